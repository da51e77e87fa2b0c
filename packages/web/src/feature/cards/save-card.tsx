/** A card in hand: shown with what is known of it, and kept on yes alone. */
import type { CardView as HeldCard } from "@kith/sdk";
import type { JSX } from "preact";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { JudgedCard } from "./judged-card.tsx";
import { useReceivedWords } from "./received-words.ts";

interface SaveProps {
  readonly card: HeldCard;
  /** `entry`: where it is kept now; `undefined`: it is not. */
  readonly onDone: (entry: string | undefined) => void;
}

export function SaveCard({ card, onDone }: SaveProps): JSX.Element {
  const words = useReceivedWords();
  const cards = useCards();
  const { problem, attempt } = useAttempt();
  const { offer } = card.judgement;
  const discard = attempt(async () => {
    await cards.discard(card.id);
    onDone(undefined);
  });
  return (
    <>
      <JudgedCard card={card} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        {offer === "none" ? (
          <Button look="main" onPress={discard}>
            {words.ok}
          </Button>
        ) : (
          <>
            <Button look="main" onPress={attempt(async () => onDone((await cards.save(card.id)).id))}>
              {offer === "update" ? words.update : words.save}
            </Button>
            <Button onPress={discard}>{words.notNow}</Button>
          </>
        )}
      </div>
    </>
  );
}
