/** A passkey opens the home next time. */
import { createPasskey, passkeyGuard } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useKith } from "../../store/kith-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { presentGuard } from "./present-guard.ts";
import { useWords } from "./words.ts";

export function PasskeySheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const { name } = useEndpoint();
  const { home } = useKith();
  const [present, setPresent] = useState("");
  const { problem, attempt } = useAttempt();
  const hasPassphrase = home.protection === "passphrase";
  const save = attempt(async () => {
    // Made when the present passphrase was right, so that a wrong one leaves no passkey behind.
    const made = passkeyGuard(() => createPasskey(name));
    await home.protect(made, presentGuard(home.protection, present));
    onClose();
  });
  return (
    <Sheet title={words.usePasskey} onClose={onClose}>
      <p>{words.passkeyHow}</p>
      <Notice tone="warn">{words.passkeyLoss}</Notice>
      {hasPassphrase && <Field {...{ label: words.present, value: present, onInput: setPresent }} isSecret isFocused />}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Button look="main" isDisabled={hasPassphrase && present === ""} onPress={save}>
        {words.usePasskey}
      </Button>
    </Sheet>
  );
}
