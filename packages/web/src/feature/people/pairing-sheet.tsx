/** The pairing that is under way, ours or theirs, wherever in the app we are: what to show, to type, to compare. */
import type { NearbyPeer, PairingView } from "@kith/sdk";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { PairingStepView } from "./pairing-step.tsx";
import { usePairingWords } from "./pairing-words.ts";

export function PairingSheet(): JSX.Element | null {
  const words = usePairingWords();
  const { nearby, pairing } = useEndpoint();
  const near = useObservable(nearby);
  const [closed, setClosed] = useState<readonly string[]>([]);
  const offered = useRef<string | undefined>(undefined); // what was shown last, if that was an offer to whoever comes
  const all = useObservable(pairing.all);
  const shown = all.find(({ id, step }) => !closed.includes(id) && !isWithoutServer(step));
  if (shown !== undefined) offered.current = isOffer(shown) ? shown.id : undefined;
  const gone = offered.current;
  if (shown === undefined) {
    if (gone === undefined || closed.includes(gone)) return null;
    return (
      <Sheet title={words.failedTitle} onClose={() => setClosed([...closed, gone])}>
        <Notice>{words.gone}</Notice>
      </Sheet>
    );
  }
  const { id, step } = shown;
  const isOver = step.at === "done" || step.at === "failed";
  const close = (): void => {
    setClosed([...closed, id]);
    if (!isOver) void pairing.answer(id, { type: "cancel" });
  };
  return (
    <Sheet key={id} title={titleOf(shown, near, words)} onClose={close}>
      <PairingStepView view={shown} />
      {isOver && (
        <Button look="main" onPress={close}>
          {words.ok}
        </Button>
      )}
    </Sheet>
  );
}

/** Such an offer is shown where its answer is taken. */
const isWithoutServer = (step: PairingView["step"]): boolean =>
  step.at === "show-qr" && step.uri.startsWith("kith:rtc/");

/** Waits for nobody in particular. */
const isOffer = ({ step, peer }: PairingView): boolean =>
  (step.at === "show-qr" || step.at === "show-code") && peer === undefined;

type Words = ReturnType<typeof usePairingWords>;

/** By what it calls itself, if only on this network so far. */
function titleOf(view: PairingView, near: readonly NearbyPeer[], words: Words): string {
  const { step, name, peer } = view;
  if (step.at === "failed") return words.failedTitle;
  if (isOffer(view)) return step.at === "show-qr" ? words.qrTitle : words.pinTitle;
  const seen = peer === undefined ? undefined : near.find((each) => each.peer === peer)?.name;
  return words.pairingWith(name ?? seen ?? words.unnamed);
}
