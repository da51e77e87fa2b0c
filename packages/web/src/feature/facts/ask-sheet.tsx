/** A question to a contact: which facts, with which value if that matters, and whether whose they are. */
import type { Contact, WantedFact } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useFacts } from "../../store/facts.ts";
import { replaceRoute } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Check } from "../../ui/check.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useCheckWords } from "./check-words.ts";
import { useWords } from "./words.ts";

interface AskProps {
  /** Whom; the first contact unless told. */
  readonly peer: string | undefined;
  readonly onClose: () => void;
}

export function AskSheet({ peer, onClose }: AskProps): JSX.Element {
  const words = useCheckWords();
  const all = useWords();
  const contacts = useObservable(useEndpoint().trust.contacts);
  const [chosen, setChosen] = useState(peer);
  const contact = contacts.find((each) => each.peer === chosen) ?? contacts[0];
  const names = Object.fromEntries(contacts.map((each) => [each.peer, each.name]));
  return (
    <Sheet title={words.askTitle} onClose={onClose}>
      {contact === undefined ? (
        <p>{all.noContacts}</p>
      ) : (
        <>
          <p>{words.askHow}</p>
          <Select label={all.contact} value={contact.peer} options={names} onChange={setChosen} />
          <Question contact={contact} />
        </>
      )}
    </Sheet>
  );
}

function Question({ contact }: { readonly contact: Contact }): JSX.Element {
  const words = useCheckWords();
  const all = useWords();
  const facts = useFacts();
  /** What was ticked, with the value that it must have. */
  const [wanted, setWanted] = useState<readonly WantedFact[]>([]);
  const [own, setOwn] = useState("");
  const [mustNameHolder, setNames] = useState(false);
  const { problem, attempt } = useAttempt();
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const put = (label: string, value: string | undefined): void => {
    const others = wanted.filter((each) => each.label !== label);
    setWanted(value === undefined ? others : [...others, { label, value }]);
  };
  const asked = [...wanted, ...(own.trim() === "" ? [] : [{ label: own.trim(), value: "" }])];
  const ask = attempt(async () => {
    const trimmed = asked.map(({ label, value = "" }) =>
      value.trim() === "" ? { label } : { label, value: value.trim() },
    );
    const id = await facts.ask(contact.peer, { wanted: trimmed, mustNameHolder }, { signal: stop.current.signal });
    replaceRoute("facts", "check", id);
  });
  return (
    <form class="stack" onSubmit={(event) => event.preventDefault()}>
      <fieldset class="given stack tight">
        <legend class="label">{words.what}</legend>
        {Object.entries(all.kinds).map(([label, kind]) => {
          const value = wanted.find((each) => each.label === label)?.value;
          return (
            <div key={label}>
              <Check label={kind} isOn={value !== undefined} onChange={(isOn) => put(label, isOn ? "" : undefined)} />
              {value !== undefined && (
                <Field
                  {...{ label: words.only(kind), value, hint: words.onlyHint, maxLength: 128 }}
                  onInput={(text) => put(label, text)}
                />
              )}
            </div>
          );
        })}
        <Field label={words.own} value={own} onInput={setOwn} maxLength={32} />
      </fieldset>
      <Check label={words.whose} isOn={mustNameHolder} onChange={setNames} />
      <p class="soft small">{words.whoseHow}</p>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button type="submit" look="main" isDisabled={asked.length === 0} onPress={ask}>
        {words.ask}
      </Button>
    </form>
  );
}
