/** A text of several lines to take along. */
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { useCopyWords } from "./copy-field.tsx";

interface CopyTextProps {
  readonly label: string;
  readonly hint: string;
  readonly text: string;
}

export function CopyText({ label, hint, text }: CopyTextProps): JSX.Element {
  const words = useCopyWords();
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  return (
    <div class="stack tight">
      <div class="field">
        <label for={id}>{label}</label>
        <span class="soft small">{hint}</span>
        <textarea {...{ id, rows: 3, readOnly: true, value: text, spellcheck: false, dir: "ltr" }} class="mono small" />
      </div>
      {navigator.clipboard !== undefined && (
        <p>
          <Button onPress={async () => setCopied(await navigator.clipboard.writeText(text).then(() => true))}>
            {isCopied ? words.copied : words.copy}
          </Button>
        </p>
      )}
    </div>
  );
}
