/** A new room. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { go } from "../../store/route.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useWords } from "./words.ts";

export function CreateRoomSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const { rooms } = useEndpoint();
  const [name, setName] = useState("");
  const { problem, attempt } = useAttempt();
  const create = attempt(async () => {
    const room = await rooms.create(name.trim());
    onClose();
    go("rooms", room.id, "members");
  });
  return (
    <Sheet title={words.create} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <p class="soft">{words.createHow}</p>
        <Field {...{ label: words.name, value: name, onInput: setName, isFocused: true }} maxLength={40} />
        <Button look="main" type="submit" isDisabled={name.trim() === ""}>
          {words.create}
        </Button>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      </form>
    </Sheet>
  );
}
