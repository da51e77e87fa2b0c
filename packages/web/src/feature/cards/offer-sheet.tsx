/** Somebody offers a card: who and which level before anything of it comes, the card before it is saved. */
import type { CardOfferView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { amount } from "../../ui/bytes.ts";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useReceivedWords } from "./received-words.ts";
import { SaveCard } from "./save-card.tsx";
import { useWords } from "./words.ts";

/** One after the other: the first that waits, until our person is through with it. */
export function OfferSheet(): JSX.Element | null {
  const offers = useObservable(useCards().offers);
  const [id, setId] = useState<string>();
  const next = offers.find(({ at }) => at !== "ended")?.id;
  useEffect(() => {
    if (id === undefined && next !== undefined) setId(next);
  }, [id, next]);
  const offer = offers.find((each) => each.id === id);
  return offer === undefined ? null : <OneOffer key={offer.id} offer={offer} onClose={() => setId(undefined)} />;
}

interface OfferProps {
  readonly offer: CardOfferView;
  readonly onClose: () => void;
}

function OneOffer({ offer, onClose }: OfferProps): JSX.Element {
  const words = useReceivedWords();
  const cards = useCards();
  const isAnswered = useRef(false); // by us: then how it ended is no news
  const who = offer.name ?? words.somebody;
  const isOver = offer.at === "ended";
  useEffect(() => {
    if (isOver && isAnswered.current) onClose();
  }, [isOver]);
  const answer = async (work: () => Promise<unknown>): Promise<void> => {
    isAnswered.current = true;
    await work();
  };
  const close = (): void => {
    if (isOver) return onClose();
    void answer(() => (offer.card === undefined ? cards.decline(offer.id) : cards.discard(offer.card.id)));
  };
  return (
    <Sheet title={words.offerTitle(who)} onClose={close}>
      {isOver ? (
        <>
          <Notice tone="warn">{words.ends[offer.end ?? "lost"]}</Notice>
          <Button onPress={onClose}>{words.ok}</Button>
        </>
      ) : offer.at === "shown" && offer.card !== undefined ? (
        <SaveCard card={offer.card} onDone={onClose} />
      ) : (
        <Asked offer={offer} onDecline={() => answer(() => cards.decline(offer.id))} />
      )}
    </Sheet>
  );
}

function Asked({ offer, onDecline }: { offer: CardOfferView; onDecline: () => Promise<void> }): JSX.Element {
  const words = useReceivedWords();
  const { levels } = useWords();
  const cards = useCards();
  const { problem, attempt } = useAttempt();
  const { bytes, photoBytes } = offer;
  const size = `${amount(bytes + photoBytes)}${photoBytes > 0 ? `, ${words.withPhoto}` : ""}`;
  return (
    <>
      <p>{words.offerHow(levels[offer.level], size)}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {offer.at === "taking" ? (
        <p role="status">
          <span class="waiting" /> {words.taking}
        </p>
      ) : (
        <div class="row">
          <Button look="main" onPress={attempt(() => cards.accept(offer.id))}>
            {words.accept}
          </Button>
          <Button onPress={onDecline}>{words.decline}</Button>
        </div>
      )}
    </>
  );
}
