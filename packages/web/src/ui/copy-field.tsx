/** A text to take along. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { wordsIn } from "./language.ts";

export const useCopyWords = wordsIn({
  en: { copy: "Copy", copied: "Copied" },
  de: { copy: "Kopieren", copied: "Kopiert" },
});

export function CopyField({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  const words = useCopyWords();
  const [isCopied, setCopied] = useState(false);
  // Without TLS a page may not write to the clipboard: then the text is there to be selected.
  const canCopy = navigator.clipboard !== undefined;
  return (
    <div class="row end">
      <label class="field grow">
        <span>{label}</span>
        <input class="mono" readOnly value={text} onFocus={(event) => event.currentTarget.select()} />
      </label>
      {canCopy && (
        <Button onPress={async () => setCopied(await navigator.clipboard.writeText(text).then(() => true))}>
          {isCopied ? words.copied : words.copy}
        </Button>
      )}
    </div>
  );
}
