/** The first screen: a name, and whether this device remembers it. */
import { createPasskey, type Guard, mayHavePasskeys, passkeyGuard } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { guardOf } from "../../store/passphrases.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { chanceName } from "../../ui/chance-name.ts";
import { Check } from "../../ui/check.tsx";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useWords } from "./words.ts";
import "./welcome.css";

const NAME_CHARACTERS_MAX = 40;

interface WelcomeProps {
  readonly canKeep: boolean;
  /** Somebody has a backup. */
  readonly onRestore: () => void;
}

export function Welcome({ canKeep, onRestore }: WelcomeProps): JSX.Element {
  const words = useWords();
  const kith = useKith();
  const [name, setName] = useState(chanceName);
  const [isKept, setKept] = useState(false);
  const [passphrase, setPassphrase] = useState("");
  const [hasPasskey, setPasskey] = useState(false);
  const { problem, attempt } = useAttempt();
  const [isBusy, setBusy] = useState(false);
  const begin = attempt(async () => {
    setBusy(true);
    const called = name.trim() || chanceName();
    const guard: Guard | undefined = hasPasskey
      ? passkeyGuard(() => createPasskey(called))
      : passphrase === ""
        ? undefined
        : guardOf(passphrase);
    await kith.begin({ name: called, isKept, ...(guard && { guard }) }).finally(() => setBusy(false));
  });
  return (
    <main class="welcome">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <img src="./icon.svg" alt="" width="72" height="72" />
        <h1>{words.title}</h1>
        <p>{words.promise}</p>
        <Field
          {...{ label: words.name, hint: words.hint, value: name, onInput: setName }}
          maxLength={NAME_CHARACTERS_MAX}
          isFocused
        />
        {canKeep ? (
          <fieldset class="stack tight choice">
            <legend class="unseen">{words.keep}</legend>
            <Choice {...{ isOn: !isKept, label: words.visit, hint: words.visitHow, onChoose: () => setKept(false) }} />
            <Choice {...{ isOn: isKept, label: words.keep, hint: words.keepHow, onChoose: () => setKept(true) }} />
          </fieldset>
        ) : (
          <Notice tone="warn">{kith.home.reason === "no-storage" ? words.noStorage : words.onlyVisit}</Notice>
        )}
        {isBusy && <p role="status">{words.sealing}</p>}
        {isKept && mayHavePasskeys() && <Check label={words.passkey} isOn={hasPasskey} onChange={setPasskey} />}
        {isKept && !hasPasskey && (
          <Field
            {...{ label: words.passphrase, hint: words.passphraseHow, value: passphrase, onInput: setPassphrase }}
            isSecret
          />
        )}
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <div class="row">
          <Button look="main" type="submit" isDisabled={isBusy}>
            {words.begin}
          </Button>
          {canKeep && <Button onPress={onRestore}>{words.restore}</Button>}
        </div>
        <p class="soft small">{words.host}</p>
      </form>
    </main>
  );
}

interface ChoiceProps {
  readonly isOn: boolean;
  readonly label: string;
  readonly hint: string;
  readonly onChoose: () => void;
}

const Choice = ({ isOn, label, hint, onChoose }: ChoiceProps): JSX.Element => (
  <label>
    <input type="radio" name="kept" checked={isOn} onChange={onChoose} />
    <span>
      {label}
      <br />
      <span class="soft small">{hint}</span>
    </span>
  </label>
);
