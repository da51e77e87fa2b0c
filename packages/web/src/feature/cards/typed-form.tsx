/** What one was told of somebody, typed in: fields without levels, which nobody signs and nobody is given. */
import { fieldFault } from "@kith/core/card";
import type { CardEntryView, CardFieldInput } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { AddField } from "./card-editor.tsx";
import { type DraftField, draftOf, emptyField, fieldsOf, moved } from "./draft.ts";
import { FieldEditor } from "./field-editor.tsx";
import { useKeptWords } from "./kept-words.ts";
import { useWords } from "./words.ts";

interface TypedProps {
  /** Whose unsigned fields are edited; somebody new unless told. */
  readonly entry?: CardEntryView;
  /** `entry`: where it is kept; `undefined`: it is not. */
  readonly onDone: (entry: string | undefined) => void;
}

/** What people are told first. */
const ASKED = ["name", "phone", "email"] as const;

export function TypedForm({ entry, onDone }: TypedProps): JSX.Element {
  const words = useKeptWords();
  const cardWords = useWords();
  const cards = useCards();
  const [draft, setDraft] = useState<readonly DraftField[]>(() => begun(entry));
  const { problem, attempt } = useAttempt();
  const fields = fieldsOf(draft).flatMap(({ field }): readonly CardFieldInput[] =>
    field.kind === "photo" ? [] : [field],
  );
  const hasFault = fieldsOf(draft).some(({ field }) => fieldFault(field) !== undefined);
  const isNothing = fields.length === 0 && (entry === undefined || entry.signer === undefined);
  const change = (next: DraftField): void => setDraft(draft.map((each) => (each.key === next.key ? next : each)));
  const save = attempt(async () => {
    const kept = entry === undefined ? await cards.addContact(fields) : await cards.editContact(entry.id, fields);
    onDone(kept.id);
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!hasFault && !isNothing) void save();
      }}
    >
      <p class="soft small">{words.typedHow}</p>
      {draft.map((field) => (
        <FieldEditor
          key={field.key}
          field={field}
          hasLevel={false}
          onChange={change}
          onMove={(by) => setDraft(moved(draft, field.key, by))}
          onRemove={() => setDraft(draft.filter((each) => each !== field))}
        />
      ))}
      <AddField draft={draft} hasPhoto={false} onAdd={(field) => setDraft([...draft, field])} />
      {isNothing && <p class="soft small">{words.nothing}</p>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <div class="row">
        <Button look="main" type="submit" isDisabled={hasFault || isNothing}>
          {cardWords.save}
        </Button>
        <Button onPress={() => onDone(undefined)}>{cardWords.cancel}</Button>
      </div>
    </form>
  );
}

function begun(entry: CardEntryView | undefined): readonly DraftField[] {
  if (entry === undefined) return ASKED.map(emptyField);
  const typed = entry.typed.filter((field) => field.kind !== "photo"); // it stays by itself
  return typed.length === 0 ? [emptyField("phone")] : typed.map((field) => draftOf({ level: "personal", field }));
}
