/** The code of a card, as large as the screen: dark on light in every theme, for cameras. Several codes are shown in turn. */
import type { CardCodeView, CardId, CardLevel } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { Button } from "../../ui/button.tsx";
import { QrCode } from "../../ui/qr-code.tsx";
import { useGiveWords } from "./give-words.ts";
import type { Giving } from "./use-giving-course.ts";

interface CodeProps {
  readonly card: CardId;
  readonly level: CardLevel;
  readonly name: string;
  readonly giving: Giving;
}

/** A camera looks eight times a second; fewer than three changes a second are no flicker. */
const FRAME_MS = 400;

export function CodeScreen({ card, level, name, giving }: CodeProps): JSX.Element {
  const words = useGiveWords();
  const cards = useCards();
  const dialog = useRef<HTMLDialogElement>(null);
  const [code, setCode] = useState<CardCodeView>();
  useEffect(() => {
    dialog.current?.showModal();
    void cards.code(card, level).then(setCode);
  }, []);
  const close = (event?: Event): void => {
    event?.preventDefault();
    giving.given("code");
  };
  return (
    <dialog class="code-screen" ref={dialog} aria-label={words.codeLabel(name)} onCancel={close}>
      <div class="stack">
        <div class="row apart">
          <strong class="grow cut">{name}</strong>
          <Button icon="close" onPress={() => close()}>
            {words.close}
          </Button>
        </div>
        {code !== undefined && <Frames code={code} label={words.codeLabel(name)} />}
        <p class="small">{words.codeHow}</p>
      </div>
    </dialog>
  );
}

function Frames({
  code: { frames },
  label,
}: {
  readonly code: CardCodeView;
  readonly label: string;
}): JSX.Element | null {
  const words = useGiveWords();
  const [at, setAt] = useState(0);
  const [isMoving, setMoving] = useState(() => !matchMedia("(prefers-reduced-motion: reduce)").matches);
  const isSeveral = frames.length > 1;
  useEffect(() => {
    if (!isSeveral || !isMoving) return;
    const timer = setInterval(() => setAt((before) => before + 1), FRAME_MS);
    return () => clearInterval(timer);
  }, [isSeveral, isMoving]);
  const frame = frames[at % frames.length];
  if (frame === undefined) return null;
  return (
    <>
      <QrCode text={frame.text} label={label} level={frame.level} />
      {isSeveral && (
        <>
          <p class="small">{words.codePart((at % frames.length) + 1, frames.length)}</p>
          <div class="row">
            <Button onPress={() => setMoving(!isMoving)}>{isMoving ? words.pause : words.play}</Button>
            <Button
              onPress={() => {
                setMoving(false);
                setAt(at + 1);
              }}
            >
              {words.following}
            </Button>
          </div>
        </>
      )}
    </>
  );
}
