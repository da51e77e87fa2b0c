/** A card for somebody: which, how much of it, and how. Where one way fails, the next is offered; none begins by itself. */

import type { CardLevel } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { nameOf } from "./card-view.tsx";
import { FaultNotice } from "./fault-notice.tsx";
import { GiveWays } from "./give-ways.tsx";
import { useGiveWords } from "./give-words.ts";
import { LevelChoice } from "./level-choice.tsx";
import { usePreview } from "./level-preview.tsx";
import { useWords } from "./words.ts";

interface GiveProps {
  /** Which of ours; the first unless told. */
  readonly card?: string | undefined;
  /** For whom; anybody unless told. */
  readonly peer?: string | undefined;
  readonly onClose: () => void;
}

export function GiveSheet({ card: given, peer, onClose }: GiveProps): JSX.Element {
  const words = useGiveWords();
  const own = useObservable(useCards().own);
  const [chosen, setChosen] = useState(given);
  const [level, setLevel] = useState<CardLevel>("public");
  const [isChosen, setIsChosen] = useState(false);
  const cardWords = useWords();
  const card = own.find(({ id }) => id === chosen) ?? own[0];
  if (card === undefined)
    return (
      <Sheet title={words.title} onClose={onClose}>
        <p>{words.noCard}</p>
        <p>{cardWords.noneMineHow}</p>
        <Button onPress={onClose}>{words.back}</Button>
      </Sheet>
    );
  const names = own.map(({ id, label, fields }) => [id, label || nameOf(fields.map(({ field }) => field))] as const);
  return (
    <Sheet title={words.title} onClose={onClose}>
      {isChosen ? (
        <GiveWays card={card} level={level} peer={peer} onBack={() => setIsChosen(false)} onClose={onClose} />
      ) : (
        <>
          {own.length > 1 && (
            <Select label={words.which} value={card.id} options={Object.fromEntries(names)} onChange={setChosen} />
          )}
          <h3>{words.levelTitle}</h3>
          <LevelChoice value={level} onChange={setLevel} />
          <Chosen card={card} level={level} onNext={() => setIsChosen(true)} />
        </>
      )}
    </Sheet>
  );
}

interface ChosenProps {
  readonly card: Parameters<typeof usePreview>[0];
  readonly level: CardLevel;
  readonly onNext: () => void;
}

/** What of it would go, in a line; and on, if that can be given. */
function Chosen({ card, level, onNext }: ChosenProps): JSX.Element {
  const words = useWords();
  const preview = usePreview(card, level);
  const [fault] = preview?.faults ?? [];
  const kinds = [...new Set(preview?.fields.map(({ kind }) => words.kinds[kind]))];
  if (fault !== undefined) return <FaultNotice fault={fault} />;
  return (
    <>
      <p role="status">{kinds.join(", ")}</p>
      <Button look="main" isDisabled={preview === undefined} onPress={onNext}>
        {words.next}
      </Button>
    </>
  );
}
