/** Ways to add somebody, those first that work from here. What goes on afterwards is shown by the pairing sheet. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { go, linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useAddWords } from "./add-words.ts";
import { JoinCodeBegin, JoinCodeStepView } from "./join-code.tsx";
import { NearbyList } from "./nearby-list.tsx";
import { ScanView } from "./scan-view.tsx";
import { pairingText, type Scanned } from "./scanned.ts";
import { ServerlessView } from "./serverless-view.tsx";
import { useServerlessWords } from "./serverless-words.ts";
import { useStrangers } from "./use-strangers.ts";

interface AddProps {
  /** What a link brought that this app was opened with. */
  readonly given: { readonly what: "pair" | "join"; readonly code: string } | undefined;
  readonly onClose: () => void;
}

export function AddSheet({ given, onClose }: AddProps): JSX.Element {
  const words = useAddWords();
  const serverlessWords = useServerlessWords();
  const { joinCodes, pairing } = useEndpoint();
  const [id, setId] = useState<string>();
  const [isScanning, setScanning] = useState(false);
  const [serverless, setServerless] = useState<{ readonly given?: string }>();
  const [typed, setTyped] = useState(given?.what === "join" ? given.code : "");
  const { problem, attempt } = useAttempt();
  const view = useObservable(joinCodes.all).find((each) => each.id === id);
  const close = (): void => {
    if (id !== undefined && view?.step.at !== "done" && view?.step.at !== "failed") void joinCodes.cancel(id);
    onClose();
  };
  const begin = (text: string): Promise<void> =>
    attempt(async () => {
      await pairing.start(text, "qr");
      onClose();
    })();
  const take = (scanned: Scanned): void => {
    setScanning(false);
    if (scanned.what === "room") return go("rooms", "join", scanned.ticket);
    if (scanned.what === "pair") return void begin(scanned.text);
    if (scanned.what === "direct") return setServerless({ given: scanned.text });
    setTyped(scanned.code);
  };
  return (
    <Sheet title={isScanning ? words.scanTitle : serverless ? serverlessWords.title : words.addTitle} onClose={close}>
      {problem !== undefined && (
        <Notice tone="bad">
          <p>{problem}</p>
          <p>{words.pairHint}</p>
        </Notice>
      )}
      {view !== undefined ? (
        <JoinCodeStepView view={view} onClose={onClose} />
      ) : isScanning ? (
        <ScanView onFound={take} onBack={() => setScanning(false)} />
      ) : serverless !== undefined ? (
        <ServerlessView given={serverless.given} onMet={onClose} onBack={() => setServerless(undefined)} />
      ) : given?.what === "pair" ? (
        <div class="stack">
          <p>{words.givenPair}</p>
          <Button look="main" onPress={() => begin(pairingText(given.code))}>
            {words.pairNow}
          </Button>
        </div>
      ) : (
        <Ways
          typed={typed}
          onJoinCode={setId}
          onScan={() => setScanning(true)}
          onServerless={() => setServerless({})}
          onClose={onClose}
        />
      )}
    </Sheet>
  );
}

interface WaysProps {
  /** A code that came with a link. */
  readonly typed: string;
  readonly onJoinCode: (id: string) => void;
  readonly onScan: () => void;
  readonly onServerless: () => void;
  readonly onClose: () => void;
}

function Ways({ typed, onJoinCode, onScan, onServerless, onClose }: WaysProps): JSX.Element {
  const words = useAddWords();
  const serverlessWords = useServerlessWords();
  const { addresses, direct, joinCodes, pairing, relays } = useEndpoint();
  const near = useStrangers();
  const hasLan = useObservable(addresses).length > 0;
  const hasRelay = useObservable(relays).some(({ state }) => state === "ready");
  const { problem, attempt } = useAttempt();
  const offer = (method: "pin" | "qr"): (() => Promise<void>) =>
    attempt(async () => {
      // Without an address of ours, what a QR code can lead to is the relay: a join code, as a link.
      if (method === "qr" && !hasLan) return onJoinCode(await joinCodes.create({ for: "contact" }));
      await pairing.offer(method);
      onClose();
    });
  if (typed !== "")
    return (
      <div class="stack">
        <JoinCodeBegin typed={typed} onBegun={onJoinCode} />
        <a href={linkTo("chats", "aside", "join", typed)}>{words.asOneTime}</a>
      </div>
    );
  return (
    <div class="stack">
      {!hasLan && !hasRelay && <Notice tone="warn">{isSecureContext ? words.nowhere : words.nowhereHttp}</Notice>}
      {near.length > 0 && <NearbyList nearby={near} onBegun={onClose} />}
      <div class="stack tight">
        <h3>{words.qr}</h3>
        <p class="soft small">{!hasLan ? words.qrHowRelay : hasRelay ? words.qrHowBoth : words.qrHow}</p>
        <div class="row">
          <Button look="main" onPress={offer("qr")}>
            {words.showQr}
          </Button>
          <Button icon="scan" onPress={onScan}>
            {words.scanQr}
          </Button>
        </div>
      </div>
      <div class="stack tight">
        <h3>{words.joinCode}</h3>
        <JoinCodeBegin typed="" onBegun={onJoinCode} />
      </div>
      {hasLan && (
        <div class="stack tight">
          <h3>{words.pin}</h3>
          <p class="soft small">{words.pinHow}</p>
          <p>
            <Button onPress={offer("pin")}>{words.showPin}</Button>
          </p>
        </div>
      )}
      {direct !== undefined && (
        <div class="stack tight">
          <h3>{serverlessWords.title}</h3>
          <p class="soft small">{serverlessWords.how}</p>
          <p>
            <Button onPress={onServerless}>{serverlessWords.title}</Button>
          </p>
        </div>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </div>
  );
}
