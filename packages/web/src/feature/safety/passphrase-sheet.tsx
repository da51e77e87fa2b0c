/** What opens the home next time. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { guardOf } from "../../store/passphrases.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { presentGuard } from "./present-guard.ts";
import { useWords } from "./words.ts";

export function PassphraseSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const { home } = useKith();
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const [repeat, setRepeat] = useState("");
  const { problem, attempt } = useAttempt();
  const hasOne = home.protection === "passphrase";
  const save = attempt(async () => {
    await home.protect(guardOf(next), presentGuard(home.protection, present));
    onClose();
  });
  return (
    <Sheet title={hasOne ? words.changePassphrase : words.setPassphrase} onClose={onClose}>
      {hasOne && <Field {...{ label: words.present, value: present, onInput: setPresent }} isSecret isFocused />}
      <Field {...{ label: words.next, value: next, onInput: setNext }} isSecret />
      <Field {...{ label: words.repeat, value: repeat, onInput: setRepeat }} isSecret />
      {repeat !== "" && next !== repeat && <Notice tone="warn">{words.differ}</Notice>}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p class="soft small">{words.seconds}</p>
      <Button look="main" isDisabled={next === "" || next !== repeat} onPress={save}>
        {words.save}
      </Button>
    </Sheet>
  );
}
