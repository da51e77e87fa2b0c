/** Contacts of vCards, which nobody signed: what they say, and which of them are kept. */
import type { CardReading } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Check } from "../../ui/check.tsx";
import { Notice } from "../../ui/notice.tsx";
import { CardView } from "./card-view.tsx";
import { LeftList } from "./left-list.tsx";
import { useReadWords } from "./read-words.ts";
import { useWords } from "./words.ts";

type Contacts = Extract<CardReading, { type: "contacts" }>;

interface FoundProps extends Contacts {
  readonly onDone: (entry: string | undefined) => void;
  readonly onBack: () => void;
}

/** Names of a long file; all of them can be saved. */
const LISTED_MAX = 100;

export function ContactsFound({ id, contacts, isChanged, onDone, onBack }: FoundProps): JSX.Element {
  const words = useReadWords();
  const cardWords = useWords();
  const cards = useCards();
  const usable = contacts.flatMap(({ fields, name }, at) => (fields.length > 0 ? [{ at, name }] : []));
  const [chosen, setChosen] = useState<ReadonlySet<number>>(() => new Set(usable.map(({ at }) => at)));
  const { problem, attempt } = useAttempt();
  const [only] = contacts;
  const toggle = (at: number, isOn: boolean): void =>
    setChosen(new Set(isOn ? [...chosen, at] : [...chosen].filter((each) => each !== at)));
  const save = attempt(async () => {
    const [first, ...others] = await cards.saveContacts(id, [...chosen]);
    onDone(others.length === 0 ? first?.id : undefined);
  });
  return (
    <>
      <Notice tone={isChanged ? "bad" : "warn"}>{isChanged ? words.changed : words.unsigned}</Notice>
      {usable.length === 0 ? (
        <p>{words.none}</p>
      ) : contacts.length === 1 && only !== undefined ? (
        <CardView fields={only.fields} photo={undefined} label={words.contactsTitle} />
      ) : (
        <div class="stack tight">
          <h3>{words.contactsTitle}</h3>
          <Check
            label={`${words.all} (${usable.length})`}
            isOn={chosen.size === usable.length}
            onChange={(isOn) => setChosen(new Set(isOn ? usable.map(({ at }) => at) : []))}
          />
          {usable.slice(0, LISTED_MAX).map(({ at, name }) => (
            <Check
              key={at}
              label={name || cardWords.unnamed}
              isOn={chosen.has(at)}
              onChange={(isOn) => toggle(at, isOn)}
            />
          ))}
          {usable.length > LISTED_MAX && <p class="soft">{cardWords.more(usable.length - LISTED_MAX)}</p>}
        </div>
      )}
      <LeftList left={contacts.flatMap(({ left }) => left)} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <Button look="main" isDisabled={chosen.size === 0} onPress={save}>
          {words.saveThese(chosen.size)}
        </Button>
        <Button onPress={onBack}>{words.back}</Button>
      </div>
    </>
  );
}
