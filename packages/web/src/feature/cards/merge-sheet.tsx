/** Two entries that are one person: who, what there will be and whose it is, and then a yes. */
import type { CardEntryView, CardField, MergePreview } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Face } from "../../ui/face.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { kindOf, lineOf } from "./card-view.tsx";
import { useKeptWords } from "./kept-words.ts";
import { useTwins } from "./use-twins.ts";
import { useWords } from "./words.ts";

interface MergeProps {
  readonly entry: CardEntryView;
  /** Whom somebody had in mind. */
  readonly other?: string | undefined;
  /** `entry`: that of both. */
  readonly onDone: (entry: string | undefined) => void;
}

export function MergeSheet({ entry, other, onDone }: MergeProps): JSX.Element {
  const words = useKeptWords();
  const [chosen, setChosen] = useState(other);
  const second = useObservable(useCards().received).find(({ id }) => id === chosen);
  return (
    <Sheet title={words.mergeTitle} onClose={() => onDone(undefined)}>
      {second === undefined ? (
        <Others entry={entry} onChoose={setChosen} />
      ) : (
        <Both one={entry} two={second} onBack={() => setChosen(undefined)} onDone={onDone} />
      )}
    </Sheet>
  );
}

/** Of long lists the first; searching finds the others. */
const LISTED_MAX = 20;

function Others({ entry, onChoose }: { entry: CardEntryView; onChoose: (id: string) => void }): JSX.Element {
  const words = useKeptWords();
  const { unnamed } = useWords();
  const [query, setQuery] = useState("");
  const twins = useTwins(entry);
  const all = useObservable(useCards().received).filter(
    ({ id, signer }) => id !== entry.id && (signer === undefined || entry.signer === undefined),
  );
  const hintOf = (id: string): keyof typeof words.hints | undefined => twins.find((twin) => twin.entry === id)?.hint;
  const wanted = query.trim().toLowerCase();
  const found = all
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort((a, b) => Number(hintOf(a.id) === undefined) - Number(hintOf(b.id) === undefined));
  if (all.length === 0) return <p>{words.nobody}</p>;
  return (
    <>
      <p>{words.mergeHow}</p>
      <Field label={words.search} value={query} maxLength={128} onInput={setQuery} />
      <ul class="list">
        {found.slice(0, LISTED_MAX).map(({ id, name, signer }) => {
          const hint = hintOf(id);
          return (
            <li key={id} class="item">
              <Face name={name} of={signer ?? id} />
              <span class="grow" id={`merge-${id}`}>
                <span class="block cut">{name || unnamed}</span>
                {hint !== undefined && <span class="block soft small">{words.hints[hint]}</span>}
              </span>
              <Button describedBy={`merge-${id}`} onPress={() => onChoose(id)}>
                {words.choose}
              </Button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface BothProps {
  readonly one: CardEntryView;
  readonly two: CardEntryView;
  readonly onBack: () => void;
  readonly onDone: (entry: string | undefined) => void;
}

function Both({ one, two, onBack, onDone }: BothProps): JSX.Element {
  const words = useKeptWords();
  const cardWords = useWords();
  const cards = useCards();
  const [front, setFront] = useState(two.signer === undefined ? one.id : two.id); // what is signed stands in front anyway
  const [first, second] = front === one.id ? [one, two] : [two, one];
  const [preview, setPreview] = useState<MergePreview | "too-much">();
  const { problem, attempt } = useAttempt();
  useEffect(() => {
    let isHere = true;
    cards.previewMerge(first.id, second.id).then(
      (next) => isHere && setPreview(next),
      () => isHere && setPreview("too-much"),
    );
    return () => {
      isHere = false;
    };
  }, [first, second]);
  const nameOf = ({ name }: CardEntryView): string => name || cardWords.unnamed;
  return (
    <>
      {one.signer === undefined && two.signer === undefined && (
        <Select
          label={words.front}
          value={front}
          options={{ [one.id]: nameOf(one), [two.id]: nameOf(two) }}
          onChange={setFront}
        />
      )}
      {preview === "too-much" && <Notice tone="warn">{words.tooMuch}</Notice>}
      {typeof preview === "object" && (
        <>
          <section class="card stack tight" aria-label={words.after}>
            <h3>{nameOf(preview.entry)}</h3>
            <ul class="stack tight">
              {linesOf(preview.entry, first, second).map(({ field, isOfFirst, isOfSecond }, at) => (
                <li key={at}>
                  <span class="block soft small">
                    {kindOf(field, cardWords)},{" "}
                    {isOfFirst && isOfSecond ? words.ofBoth : words.of(nameOf(isOfFirst ? first : second))}
                  </span>
                  <bdi>{lineOf(field, cardWords)}</bdi>
                </li>
              ))}
            </ul>
          </section>
          {preview.dropped !== undefined && <Notice tone="warn">{words.photoGoes(nameOf(second))}</Notice>}
          <p class="soft small">{words.allKept}</p>
        </>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <Button
          look="main"
          isDisabled={typeof preview !== "object"}
          onPress={attempt(async () => onDone((await cards.merge(first.id, second.id)).id))}
        >
          {words.mergeNow}
        </Button>
        <Button onPress={onBack}>{words.another}</Button>
      </div>
    </>
  );
}

interface Line {
  readonly field: CardField;
  readonly isOfFirst: boolean;
  readonly isOfSecond: boolean;
}

/** Each thing that will be kept, once, also a name that another one stands before. */
function linesOf(entry: CardEntryView, first: CardEntryView, second: CardEntryView): readonly Line[] {
  const keysOf = ({ fields, typed }: CardEntryView): ReadonlySet<string> =>
    new Set([...fields, ...typed].map((field) => JSON.stringify(field)));
  const [ofFirst, ofSecond] = [keysOf(first), keysOf(second)];
  const shown = keysOf({ ...entry, typed: [] });
  const all = [...entry.fields, ...entry.typed.filter((field) => !shown.has(JSON.stringify(field)))];
  return all.map((field) => {
    const key = JSON.stringify(field);
    return { field, isOfFirst: ofFirst.has(key), isOfSecond: ofSecond.has(key) };
  });
}
