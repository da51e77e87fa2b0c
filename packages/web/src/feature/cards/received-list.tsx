/** Whose cards we keep: found by anything that stands on them, or in our notes. */
import type { CardEntryView } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { linkTo } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Field } from "../../ui/field.tsx";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { lineOf } from "./card-view.tsx";
import { useKeptWords } from "./kept-words.ts";
import { useReceivedWords } from "./received-words.ts";
import { downloadVcard } from "./vcard-download.ts";
import { useWords } from "./words.ts";

type Order = "name" | "late";

export function ReceivedList({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  const words = useReceivedWords();
  const cards = useCards();
  const all = useObservable(cards.received);
  const [query, setQuery] = useState("");
  const [order, setOrder] = useState<Order>("name");
  const found = useSearch(all, query);
  const { problem, attempt } = useAttempt();
  if (all.length === 0)
    return (
      <section class="stack tight" aria-label={words.received}>
        <h2 class="label">{words.received}</h2>
        <Empty icon="people" title={words.none}>
          <p>{words.noneHow}</p>
        </Empty>
      </section>
    );
  return (
    <section class="stack tight" aria-label={words.received}>
      <h2 class="label">{words.received}</h2>
      <div class="row end">
        <div class="grow">
          <Field label={words.search} value={query} maxLength={128} onInput={setQuery} />
        </div>
        <Select<Order> label={words.sort} value={order} options={words.sorts} onChange={setOrder} />
      </div>
      {found.length === 0 ? (
        <p role="status" class="soft">
          {words.notFound}
        </p>
      ) : (
        <ul class="list">
          {sorted(found, order)
            .slice(0, SHOWN_MAX)
            .map((entry) => (
              <li key={entry.id}>
                <EntryItem entry={entry} isChosen={chosen === `of/${entry.id}`} />
              </li>
            ))}
        </ul>
      )}
      <p>
        <Button icon="down" onPress={attempt(async () => downloadVcard(await cards.exportReceived("3.0"), "contacts"))}>
          {words.exportAll}
        </Button>
      </p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </section>
  );
}

/** Of 5,000: nobody scrolls through more, and searching finds the others. */
const SHOWN_MAX = 500;

function useSearch(all: readonly CardEntryView[], query: string): readonly CardEntryView[] {
  const cards = useCards();
  const [found, setFound] = useState<readonly CardEntryView[]>();
  useEffect(() => {
    let isHere = true;
    if (query.trim() === "") setFound(undefined);
    else void cards.search(query).then((next) => isHere && setFound(next));
    return () => {
      isHere = false;
    };
  }, [all, query]);
  return found ?? all;
}

/** As a person's language orders names. */
function sorted(entries: readonly CardEntryView[], order: Order): readonly CardEntryView[] {
  if (order === "name") return [...entries].sort((a, b) => a.name.localeCompare(b.name));
  const late = ({ cards }: CardEntryView): number => Math.max(0, ...cards.map(({ receivedAt }) => receivedAt));
  return [...entries].sort((a, b) => late(b) - late(a));
}

function EntryItem({ entry, isChosen }: { readonly entry: CardEntryView; readonly isChosen: boolean }): JSX.Element {
  const words = useReceivedWords();
  const cardWords = useWords();
  const { typed } = useKeptWords();
  const head = entry.fields.find(({ kind }) => kind === "title" || kind === "company" || kind === "email");
  const isEnded = entry.cards.length > 0 && entry.cards.every((card) => card.isEnded);
  return (
    <a class="item" href={linkTo("cards", "of", entry.id)} aria-current={isChosen ? "page" : undefined}>
      <Face name={entry.name} of={entry.signer ?? entry.id} />
      <span class="grow">
        <span class="cut">{entry.name || cardWords.unnamed}</span>
        {head !== undefined && (
          <span class="block cut soft small">
            <bdi>{lineOf(head, cardWords)}</bdi>
          </span>
        )}
      </span>
      {isEnded && <span class="badge">{words.ended}</span>}
      {entry.signer === undefined && <span class="badge">{entry.isTyped ? typed : words.unsigned}</span>}
    </a>
  );
}
