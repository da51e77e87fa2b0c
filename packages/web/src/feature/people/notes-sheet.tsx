/** What a person wants to remember of a contact. */
import type { Contact } from "@kith/sdk";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useContactWords } from "./contact-words.ts";

interface NotesProps {
  readonly contact: Contact;
  readonly onClose: () => void;
}

const NOTES_BYTES_MAX = 1_024;

export function NotesSheet({ contact: { peer, notes }, onClose }: NotesProps): JSX.Element {
  const words = useContactWords();
  const { trust } = useEndpoint();
  const id = useId();
  const [next, setNext] = useState(notes);
  const { problem, attempt } = useAttempt();
  const isLong = new TextEncoder().encode(next.trim()).length > NOTES_BYTES_MAX;
  const save = attempt(async () => {
    await trust.annotate(peer, next.trim());
    onClose();
  });
  return (
    <Sheet title={words.notes} onClose={onClose}>
      <div class="field">
        <label for={id}>{words.notes}</label>
        <textarea id={id} rows={5} value={next} onInput={(event) => setNext(event.currentTarget.value)} />
        <span class="soft small">{words.notesHint}</span>
      </div>
      {isLong && <Notice tone="warn">{words.notesLong}</Notice>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button look="main" isDisabled={isLong} onPress={save}>
        {words.save}
      </Button>
    </Sheet>
  );
}
