/** Who we are, whom we know and our cards, as a file that a passphrase opens. */
import type { BackupFile } from "@kith/sdk";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEndpoint } from "../../store/endpoint-context.ts";
import { useKith } from "../../store/kith-context.ts";
import { useAttempt } from "../../store/use-attempt.ts";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import { Field } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { useBackupWords } from "./backup-words.ts";

/** Shortest passphrase of what leaves the device, in characters, as in the terminal. */
const CHARACTERS_MIN = 8;

export function BackupSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useBackupWords();
  const { home } = useKith();
  const { fingerprint } = useEndpoint();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<BackupFile>();
  const { problem, attempt } = useAttempt();
  const isReady = passphrase.length >= CHARACTERS_MIN && passphrase === again && !isMaking;
  const make = attempt(async () => {
    if (!isReady) return;
    setMaking(true);
    setMade(await home.backup(passphrase).finally(() => setMaking(false)));
  });
  return (
    <Sheet title={words.title} onClose={onClose}>
      {made === undefined ? (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void make();
          }}
        >
          <p>{words.how}</p>
          <p class="soft small">{words.not}</p>
          <Field
            {...{ label: words.passphrase, hint: words.length, value: passphrase, onInput: setPassphrase }}
            isSecret
            isFocused
          />
          <Field {...{ label: words.again, value: again, onInput: setAgain }} isSecret />
          {again !== "" && passphrase !== again && <p class="soft small">{words.differ}</p>}
          <p class="soft small" role="status">
            {isMaking ? words.making : words.seconds}
          </p>
          <Button look="main" type="submit" isDisabled={!isReady}>
            {words.make}
          </Button>
        </form>
      ) : (
        <>
          <Notice>{words.made(made.records)}</Notice>
          {made.damaged > 0 && <Notice tone="warn">{words.damaged(made.damaged)}</Notice>}
          {made.photosLeft > 0 && <Notice tone="warn">{words.photosLeft(made.photosLeft)}</Notice>}
          <p>{words.keep}</p>
          <Button look="main" onPress={() => save(made.bytes, fingerprint)}>
            {words.save}
          </Button>
        </>
      )}
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    </Sheet>
  );
}

/** The name says whose it is, for who has several: by digits, so that a folder of backups shows no names. */
function save(bytes: Uint8Array, fingerprint: string): void {
  const name = `kith-${fingerprint.slice(0, 4)}.kith-backup`;
  download(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" }), name);
}
