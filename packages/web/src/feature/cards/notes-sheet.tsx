/** What a person notes about somebody's card, and by which words they find it. */
import type { CardEntryView } from "@kith/sdk";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { useCards } from "../../store/cards.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useReceivedWords } from "./received-words.ts";

interface NotesProps {
  readonly entry: CardEntryView;
  readonly onClose: () => void;
}

const NOTES_CHARS_MAX = 4_096;

export function EntryNotesSheet({ entry, onClose }: NotesProps): JSX.Element {
  const words = useReceivedWords();
  const cards = useCards();
  const id = useId();
  const [notes, setNotes] = useState(entry.notes);
  const [tags, setTags] = useState(entry.tags.join(", "));
  const { problem, attempt } = useAttempt();
  const save = attempt(async () => {
    await cards.annotate(entry.id, { notes: notes.trim(), tags: tags.split(",") });
    onClose();
  });
  return (
    <Sheet title={words.editNotes} onClose={onClose}>
      <div class="field">
        <label for={id}>{words.notes}</label>
        <textarea
          {...{ id, rows: 5, value: notes, maxLength: NOTES_CHARS_MAX }}
          onInput={(event) => setNotes(event.currentTarget.value)}
        />
        <span class="soft small">{words.notesHint}</span>
      </div>
      <Field label={words.tags} hint={words.tagsHint} value={tags} onInput={setTags} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button look="main" onPress={save}>
        {words.save}
      </Button>
    </Sheet>
  );
}
