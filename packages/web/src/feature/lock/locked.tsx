/** A passphrase, or a passkey, opens what is kept. */
import { passkeyGuard } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { guardOf } from "../../store/passphrases.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { EraseSheet } from "./erase-sheet.tsx";
import { useWords } from "./words.ts";

export function Locked({ nextTry }: { readonly nextTry: number | undefined }): JSX.Element {
  const words = useWords();
  const kith = useKith();
  const hasPasskey = kith.home.protection === "passkey";
  const [passphrase, setPassphrase] = useState("");
  const [isErasing, setErasing] = useState(false);
  const [isOpening, setOpening] = useState(false);
  const { problem, attempt } = useAttempt();
  const unlock = attempt(async () => {
    if (isOpening || (!hasPasskey && passphrase === "")) return;
    setOpening(true);
    await kith.unlock(hasPasskey ? passkeyGuard() : guardOf(passphrase)).finally(() => setOpening(false));
  });
  return (
    <main class="place">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void unlock();
        }}
      >
        <h1>{words.locked}</h1>
        <p class="soft">{hasPasskey ? words.lockedByPasskey : words.lockedHow}</p>
        {!hasPasskey && (
          <Field {...{ label: words.passphrase, value: passphrase, onInput: setPassphrase }} isSecret isFocused />
        )}
        {nextTry !== undefined && <p class="soft small">{words.later(new Date(nextTry).toLocaleTimeString())}</p>}
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <p class="soft small" role="status">
          {isOpening && !hasPasskey && words.opening}
        </p>
        <div class="row">
          <Button look="main" isDisabled={(!hasPasskey && passphrase === "") || isOpening} onPress={unlock}>
            {hasPasskey ? words.unlockByPasskey : words.unlock}
          </Button>
          <Button look="bad" onPress={() => setErasing(true)}>
            {hasPasskey ? words.lost : words.erase}
          </Button>
        </div>
        <p class="soft small">{words.backupHow}</p>
      </form>
      {isErasing && <EraseSheet onClose={() => setErasing(false)} />}
    </main>
  );
}
