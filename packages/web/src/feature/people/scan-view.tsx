/** Somebody's QR code: before the camera, as a picture, or as text. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { Camera } from "../../ui/camera.tsx";
import { Field } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { scanPicture } from "../../ui/scan.ts";
import { useScanWords } from "./scan-words.ts";
import { readScanned, type Scanned } from "./scanned.ts";

interface ScanProps {
  readonly onFound: (scanned: Scanned) => void;
  readonly onBack: () => void;
}

export function ScanView({ onFound, onBack }: ScanProps): JSX.Element {
  const words = useScanWords();
  const [problem, setProblem] = useState<string>();
  const [text, setText] = useState("");
  const take = (read: string | undefined, otherwise: string): boolean => {
    const scanned = read === undefined ? undefined : readScanned(read);
    if (scanned === undefined) setProblem(otherwise);
    else onFound(scanned);
    return scanned !== undefined;
  };
  return (
    <div class="stack">
      <Camera onText={(read) => take(read, words.notOurs)} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>
        <FileButton
          accept="image/*"
          icon="image"
          onFile={async (file) => {
            const read = await scanPicture(file);
            take(read, read === undefined ? words.noCode : words.notOurs);
          }}
        >
          {words.fromPicture}
        </FileButton>
      </p>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          take(text, words.notOurs);
        }}
      >
        <Field {...{ label: words.paste, hint: words.pasteHint, value: text, onInput: setText, maxLength: 4_096 }} />
        <div class="row">
          <Button type="submit" isDisabled={text.trim() === ""}>
            {words.use}
          </Button>
          <Button look="bare" onPress={onBack}>
            {words.back}
          </Button>
        </div>
      </form>
    </div>
  );
}
