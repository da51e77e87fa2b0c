/** What we vouch for about a contact: facts of a kind, each with what we say; then it is offered to them. */
import type { Contact, FactInput } from "@kith/sdk";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useFacts } from "../../store/facts.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { useObservable } from "../../store/use-observable.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Select } from "../../ui/select.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { type DraftFact, FactDraft } from "./fact-draft.tsx";
import { useIssuerWords } from "./issuer-words.ts";
import { useWords } from "./words.ts";

/** Five that have a name of ours, and nine of one's own. */
const FACTS_MAX = 14;

export function VouchSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useIssuerWords();
  const all = useWords();
  const contacts = useObservable(useEndpoint().trust.contacts);
  const [peer, setPeer] = useState<string>();
  const contact = contacts.find((each) => each.peer === peer) ?? contacts[0];
  const names = Object.fromEntries(contacts.map((each) => [each.peer, each.name]));
  return (
    <Sheet title={words.issueTitle} onClose={onClose}>
      {contact === undefined ? (
        <p>{all.noContacts}</p>
      ) : (
        <>
          <p>{words.issueHow}</p>
          <Select label={all.contact} value={contact.peer} options={names} onChange={setPeer} />
          <Draft key={contact.peer} contact={contact} onClose={onClose} />
        </>
      )}
    </Sheet>
  );
}

function Draft({ contact, onClose }: { readonly contact: Contact; readonly onClose: () => void }): JSX.Element {
  const words = useIssuerWords();
  const facts = useFacts();
  const [drafts, setDrafts] = useState<readonly DraftFact[]>([
    { kind: "name", label: "", value: contact.name },
    { kind: "memberOf", label: "", value: "" },
  ]);
  const { problem, attempt } = useAttempt();
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const given: readonly FactInput[] = drafts
    .filter(({ value }) => value.trim() !== "")
    .map(({ kind, label, value }) => ({ label: kind === "own" ? label : kind, value }));
  const offer = attempt(async () => {
    await facts.vouch(contact.peer, given);
    await facts.offer(contact.peer, { signal: stop.current.signal });
    onClose();
  });
  return (
    <form class="stack" onSubmit={(event) => event.preventDefault()}>
      {drafts.map((draft, index) => (
        <FactDraft
          key={index}
          {...{ draft, at: index + 1 }}
          onChange={(changed) => setDrafts(drafts.with(index, changed))}
          onRemove={() => setDrafts(drafts.toSpliced(index, 1))}
        />
      ))}
      <div class="row">
        <Button
          icon="add"
          isDisabled={drafts.length >= FACTS_MAX}
          onPress={() => setDrafts([...drafts, { kind: "own", label: "", value: "" }])}
        >
          {words.add}
        </Button>
      </div>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button type="submit" look="main" isDisabled={given.length === 0} onPress={offer}>
        {words.offer}
      </Button>
    </form>
  );
}
