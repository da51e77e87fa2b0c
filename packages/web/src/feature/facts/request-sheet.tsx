/** Somebody offers us attested facts, or asks for some: who and what, before anything is kept or shown. One at a time. */
import type { FactAskView, FactOfferView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { AskedFacts } from "./asked-facts.tsx";
import { FactList, moment } from "./fact-list.tsx";
import { useHolderWords } from "./holder-words.ts";
import { useWords } from "./words.ts";

export function RequestSheet(): JSX.Element | null {
  const facts = useFacts();
  const [offers, asks] = [useObservable(facts.offers), useObservable(facts.asks)];
  const [id, setId] = useState<string>();
  const next = [...offers, ...asks].filter(({ at }) => at !== "ended").sort((a, b) => a.since - b.since)[0]?.id;
  useEffect(() => {
    if (id === undefined && next !== undefined) setId(next);
  }, [id, next]);
  const close = (): void => setId(undefined);
  const offer = offers.find((each) => each.id === id);
  const ask = asks.find((each) => each.id === id);
  if (offer !== undefined) return <Offer key={offer.id} offer={offer} onClose={close} />;
  return ask === undefined ? null : <Ask key={ask.id} ask={ask} onClose={close} />;
}

interface OfferProps {
  readonly offer: FactOfferView;
  readonly onClose: () => void;
}

function Offer({ offer, onClose }: OfferProps): JSX.Element {
  const words = useHolderWords();
  const facts = useFacts();
  const { problem, attempt } = useAttempt();
  const { issuer } = offer;
  const { isOver, answer, close } = useAnswered(offer, onClose);
  return (
    <Sheet title={words.offerTitle(issuer.name)} onClose={() => void close()}>
      <p>{words.says(issuer.name)}</p>
      <FactList facts={offer.facts} />
      <p class="soft small">
        {words.ownWord(issuer.name)} {issuer.contactName !== undefined && words.knownAs(issuer.contactName)}
      </p>
      <p class="soft small">{words.offerUntil(moment(offer.endsAt))}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {isOver ? (
        <Over end={offer.end} onClose={onClose} />
      ) : offer.at === "taking" ? (
        <p role="status">
          <span class="waiting" /> {words.taking}
        </p>
      ) : (
        <>
          <p>{words.offerHow}</p>
          <div class="row">
            <Button look="main" onPress={attempt(() => answer(() => facts.accept(offer.id)))}>
              {words.take}
            </Button>
            <Button onPress={attempt(close)}>{words.decline}</Button>
          </div>
        </>
      )}
    </Sheet>
  );
}

function Ask({ ask, onClose }: { readonly ask: FactAskView; readonly onClose: () => void }): JSX.Element {
  const words = useHolderWords();
  const facts = useFacts();
  const { somebody } = useWords();
  const who = ask.name ?? somebody;
  const { isOver, answer, close } = useAnswered(ask, onClose);
  return (
    <Sheet title={words.askTitle(who)} onClose={() => void close()}>
      {isOver ? (
        <Over end={ask.end} onClose={onClose} />
      ) : (
        <AskedFacts
          {...{ ask, who }}
          onShow={(choice) => answer(() => facts.show(ask.id, choice))}
          onDecline={() => void close()}
        />
      )}
    </Sheet>
  );
}

interface Answered {
  readonly isOver: boolean;
  /** What our person said. A no that fails leaves it open. */
  readonly answer: (work: () => Promise<unknown>) => Promise<void>;
  /** Which is a no, unless it is over. */
  readonly close: () => Promise<void>;
}

/** Closes by itself what our person answered: how that ended is no news to them, unless it went wrong. */
function useAnswered({ id, at, end }: FactAskView | FactOfferView, onClose: () => void): Answered {
  const facts = useFacts();
  const isAnswered = useRef(false);
  const isOver = at === "ended";
  useEffect(() => {
    if (isOver && isAnswered.current && (end === "done" || end === "declined")) onClose();
  }, [isOver]);
  const answer = async (work: () => Promise<unknown>): Promise<void> => {
    isAnswered.current = true;
    await work();
  };
  const close = async (): Promise<void> => (isOver ? onClose() : await answer(() => facts.decline(id)));
  return { isOver, answer, close };
}

function Over({ end = "lost", onClose }: { end: FactAskView["end"]; onClose: () => void }): JSX.Element {
  const words = useHolderWords();
  return (
    <>
      <Notice tone="warn">{words.ends[end]}</Notice>
      <Button onPress={onClose}>{words.ok}</Button>
    </>
  );
}
