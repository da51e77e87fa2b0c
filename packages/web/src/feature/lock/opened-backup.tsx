/** Who is in a backup, what it takes the place of, and the yes to that. */
import { fingerprint, nobleProvider } from "@kith/core";
import type { HomeBackup } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { guardOf } from "../../store/passphrases.ts";
import { Button } from "../../ui/button.tsx";
import { Check } from "../../ui/check.tsx";
import { Field } from "../../ui/field.tsx";
import { language } from "../../ui/language.ts";
import { Notice } from "../../ui/notice.tsx";
import { useRestoreWords } from "./restore-words.ts";

/** Who is here now. */
export interface Present {
  readonly name: string;
  readonly fingerprint: string;
  /** Whether this device remembers. */
  readonly isKept: boolean;
}

interface OpenedProps {
  readonly opened: HomeBackup;
  readonly present: Present | undefined;
  readonly onClose: () => void;
}

export function OpenedBackup({ opened, present, onClose }: OpenedProps): JSX.Element {
  const words = useRestoreWords();
  const kith = useKith();
  const [isSure, setSure] = useState(false);
  const [passphrase, setPassphrase] = useState("");
  const print = fingerprint(nobleProvider, opened.identity.peerId);
  const isSame = print === present?.fingerprint;
  const hasMore = present?.isKept === true && opened.entries.length > 0;
  const replaces = present?.isKept === true;
  const restore = (): Promise<void> =>
    kith.restore(opened, replaces || passphrase === "" ? undefined : guardOf(passphrase));
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!replaces || isSure || (isSame && hasMore)) void restore();
      }}
    >
      <section class="card stack tight" aria-label={words.found}>
        <strong>{opened.name}</strong>
        <p class="mono">{print}</p>
        {opened.madeAt !== undefined && (
          <>
            <p>{words.counts(opened.counts)}</p>
            <p class="soft small">{words.made(new Date(opened.madeAt).toLocaleString(language.get()))}</p>
          </>
        )}
      </section>
      {isSame ? (
        <>
          <Notice>{hasMore ? words.adds : words.same}</Notice>
          <Button look={hasMore ? "main" : "plain"} onPress={hasMore ? restore : onClose}>
            {hasMore ? words.add : "OK"}
          </Button>
        </>
      ) : (
        <>
          {present !== undefined && (
            <Notice tone="warn">
              {replaces ? words.replaces(present.name, present.fingerprint) : words.replacesVisit(present.name)}
            </Notice>
          )}
          {replaces ? (
            <Check label={words.sure(present.name)} isOn={isSure} onChange={setSure} />
          ) : (
            <Field
              {...{ label: words.guard, hint: words.guardHow, value: passphrase, onInput: setPassphrase }}
              isSecret
              isFocused
            />
          )}
          <p class="soft small">{words.twice}</p>
          <Button look={replaces ? "bad" : "main"} isDisabled={replaces && !isSure} onPress={restore}>
            {replaces ? words.replace : words.restore}
          </Button>
        </>
      )}
    </form>
  );
}
