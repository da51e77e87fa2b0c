/** Two who share no server: a code from one to the other, and one back. The pairing itself is shown by the pairing sheet. */
import { type DirectAnswerCode, type DirectCode, type DirectOfferCode, EndpointError } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { Button } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { ScanView } from "./scan-view.tsx";
import type { Scanned } from "./scanned.ts";
import { useServerlessWords } from "./serverless-words.ts";

type Step =
  | { readonly at: "choose" | "preparing" | "connecting" | "scanOffer" }
  | { readonly at: "offer" | "scanAnswer"; readonly code: DirectOfferCode }
  | { readonly at: "answer"; readonly code: DirectAnswerCode }
  | { readonly at: "failed"; readonly why: "unusable" | "unreachable" };

interface ServerlessProps {
  /** Another one's offer, where that was scanned already. */
  readonly given: string | undefined;
  /** They found each other. */
  readonly onMet: () => void;
  readonly onBack: () => void;
}

export function ServerlessView({ given, onMet, onBack }: ServerlessProps): JSX.Element {
  const words = useServerlessWords();
  const { direct } = useEndpoint();
  const [step, setStep] = useState<Step>({ at: given === undefined ? "choose" : "preparing" });
  const [problem, setProblem] = useState<string>();
  const isShown = useRef(true);
  const code = useRef<DirectCode | undefined>(undefined); // cancelled when this closes before they have met
  useEffect(() => {
    if (given !== undefined) void reply(given);
    return () => {
      isShown.current = false;
      code.current?.cancel();
    };
  }, []);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      const why = error.code === "ERR_ARGUMENT" ? "unusable" : "unreachable";
      if (isShown.current) setStep({ at: "failed", why });
    }
  };
  const keep = <Code extends DirectCode>(made: Code | undefined): made is Code => {
    code.current = made;
    if (!isShown.current) made?.cancel();
    return made !== undefined;
  };
  const met = (): void => {
    code.current = undefined;
    if (isShown.current) onMet();
  };
  const begin = (): Promise<void> =>
    attempt(async () => {
      setStep({ at: "preparing" });
      const made = await direct?.offer();
      if (keep(made)) setStep({ at: "offer", code: made });
    });
  const reply = (offer: string): Promise<void> =>
    attempt(async () => {
      setStep({ at: "preparing" });
      const made = await direct?.answer(offer);
      if (!keep(made)) return;
      setStep({ at: "answer", code: made });
      await made.pairing;
      met();
    });
  const accept = (offer: DirectOfferCode, answer: string): Promise<void> =>
    attempt(async () => {
      setStep({ at: "connecting" });
      await offer.accept(answer);
      met();
    });
  const scanned = (wanted: "offer" | "answer", found: Scanned, use: (text: string) => void): void => {
    if (found.what === "direct" && found.kind === wanted) use(found.text);
    else setProblem(words.wanted[wanted]);
  };
  const problemNotice = problem !== undefined && <Notice tone="bad">{problem}</Notice>;
  switch (step.at) {
    case "choose":
      return (
        <div class="stack">
          <p>{words.how}</p>
          <div class="row">
            <Button look="main" onPress={begin}>
              {words.begin}
            </Button>
            <Button icon="scan" onPress={() => setStep({ at: "scanOffer" })}>
              {words.reply}
            </Button>
          </div>
          <p>
            <Button look="bare" onPress={onBack}>
              {words.back}
            </Button>
          </p>
        </div>
      );
    case "preparing":
    case "connecting":
      return <Waits text={words[step.at]} />;
    case "scanOffer":
      return (
        <div class="stack">
          {problemNotice}
          <ScanView onFound={(found) => scanned("offer", found, reply)} onBack={() => setStep({ at: "choose" })} />
        </div>
      );
    case "offer":
      return (
        <Shown code={step.code} label={words.offerQr} how={words.offerHow}>
          <p>{words.offerNext}</p>
          <Button look="main" icon="scan" onPress={() => setStep({ at: "scanAnswer", code: step.code })}>
            {words.scanAnswer}
          </Button>
        </Shown>
      );
    case "scanAnswer":
      return (
        <div class="stack">
          {problemNotice}
          <ScanView
            onFound={(found) => scanned("answer", found, (text) => accept(step.code, text))}
            onBack={() => setStep({ at: "offer", code: step.code })}
          />
        </div>
      );
    case "answer":
      return (
        <Shown code={step.code} label={words.answerQr} how={words.answerHow}>
          <Waits text={words.waiting} />
        </Shown>
      );
    case "failed":
      return (
        <div class="stack">
          <Notice tone="bad">
            <p>{words[step.why]}</p>
            {step.why === "unreachable" && <p>{words.otherwise}</p>}
          </Notice>
          <div class="row">
            <Button look="main" onPress={() => setStep({ at: "choose" })}>
              {words.again}
            </Button>
            <Button look="bare" onPress={onBack}>
              {words.back}
            </Button>
          </div>
        </div>
      );
  }
}

const Waits = ({ text }: { readonly text: string }): JSX.Element => (
  <p class="row" role="status">
    <span class="waiting" /> {text}
  </p>
);

interface ShownProps {
  readonly code: DirectCode;
  readonly label: string;
  readonly how: string;
  readonly children: JSX.Element | JSX.Element[];
}

function Shown({ code: { text, expiresAt }, label, how, children }: ShownProps): JSX.Element {
  const words = useServerlessWords();
  return (
    <div class="stack tight">
      <p>{how}</p>
      <QrCode text={text} label={label} />
      <p class="soft small">{words.goodUntil(new Date(expiresAt).toLocaleTimeString())}</p>
      <CopyField label={words.text} text={text} />
      {children}
    </div>
  );
}
