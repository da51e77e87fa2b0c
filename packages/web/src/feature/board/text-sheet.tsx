/** Words for the board. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { TEXT_CHARACTERS_MAX } from "./element.ts";
import { useWords } from "./words.ts";

interface TextProps {
  readonly onPut: (text: string) => void;
  readonly onClose: () => void;
}

export function TextSheet({ onPut, onClose }: TextProps): JSX.Element {
  const words = useWords();
  const [text, setText] = useState("");
  return (
    <Sheet title={words.text} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onPut(text);
          onClose();
        }}
      >
        <label class="field">
          <span>{words.text}</span>
          <textarea
            rows={3}
            maxLength={TEXT_CHARACTERS_MAX}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <Button look="main" type="submit" isDisabled={text.trim() === ""}>
          {words.put}
        </Button>
      </form>
    </Sheet>
  );
}
