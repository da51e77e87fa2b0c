/** The identity as a text that a passphrase opens. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { CopyField } from "../../ui/copy-field.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useWords } from "./words.ts";

export function ExportSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const { home } = useKith();
  const [passphrase, setPassphrase] = useState("");
  const [text, setText] = useState<string>();
  const { problem, attempt } = useAttempt();
  const make = attempt(async () => setText(await home.export(passphrase)));
  return (
    <Sheet title={words.exportIdentity} onClose={onClose}>
      {text === undefined ? (
        <>
          <p>{words.exportHow}</p>
          <Field {...{ label: words.next, value: passphrase, onInput: setPassphrase }} isSecret isFocused />
          <p class="soft small">{words.seconds}</p>
          <Button look="main" isDisabled={passphrase === ""} onPress={make}>
            {words.make}
          </Button>
        </>
      ) : (
        <>
          <CopyField label={words.exported} text={text} />
          <a
            class="button"
            download="kith-identity.txt"
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          >
            {words.download}
          </a>
        </>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </Sheet>
  );
}
