/** Somebody comes back from their backup: nothing is changed until all of it has been opened, and said what it replaces. */
import { isIdentityExport, nobleProvider, wipeIdentity } from "@kith/core";
import { BACKUP_BYTES_MAX, backupFault, looksLikeBackup } from "@kith/core/backup";
import { EndpointError } from "@kith/sdk";
import type { HomeBackup } from "@kith/sdk/web";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useKith } from "../../store/kith-context.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { OpenedBackup, type Present } from "./opened-backup.tsx";
import { useRestoreWords } from "./restore-words.ts";

interface RestoreProps {
  /** Who is here now. */
  readonly present: Present | undefined;
  readonly onClose: () => void;
}

/** Of an exported identity that is pasted, with room for what mail does to it. */
const TEXT_CHARACTERS_MAX = 16_384;

type Fault = "noBackup" | "damaged" | "newer";
const FAULTS = { "no-backup": "noBackup", damaged: "damaged", newer: "newer" } as const;

/** What is wrong with it, as far as that shows without the passphrase. */
function faultOf(file: Uint8Array): Fault | undefined {
  if (file.length > BACKUP_BYTES_MAX) return "noBackup";
  const fault = looksLikeBackup(file) ? backupFault(nobleProvider, file) : undefined;
  if (fault !== undefined) return FAULTS[fault];
  return looksLikeBackup(file) || isIdentityExport(new TextDecoder().decode(file)) ? undefined : "noBackup";
}

export function RestoreSheet({ present, onClose }: RestoreProps): JSX.Element {
  const words = useRestoreWords();
  const kith = useKith();
  const [text, setText] = useState("");
  const [file, setFile] = useState<Uint8Array>();
  const [fault, setFault] = useState<Fault>();
  const [passphrase, setPassphrase] = useState("");
  const [isWrong, setWrong] = useState(false);
  const [opened, setOpened] = useState<HomeBackup>();
  const take = (next: Uint8Array | undefined, typed = ""): void => {
    setText(typed);
    setFile(next);
    setFault(next === undefined ? undefined : faultOf(next));
    setWrong(false);
  };
  const isWhole = file !== undefined && fault === undefined;
  const open = async (): Promise<void> => {
    setWrong(false);
    if (file === undefined) return;
    try {
      setOpened(await kith.openBackup(file, passphrase));
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      if (error.code === "ERR_BACKUP") setFault("damaged");
      else setWrong(true);
    }
  };
  const close = (): void => {
    if (opened !== undefined) wipeIdentity(opened.identity);
    onClose();
  };
  if (opened !== undefined)
    return (
      <Sheet title={words.title} onClose={close}>
        <OpenedBackup opened={opened} present={present} onClose={close} />
      </Sheet>
    );
  return (
    <Sheet title={words.title} onClose={close}>
      <p>{words.how}</p>
      <div>
        <FileButton
          accept=".kith-backup,.txt,.kith,text/plain"
          onFile={async (chosen) =>
            take(chosen.size > BACKUP_BYTES_MAX ? new Uint8Array(0) : new Uint8Array(await chosen.arrayBuffer()))
          }
        >
          {words.choose}
        </FileButton>
      </div>
      <Field
        {...{ label: words.paste, value: text, maxLength: TEXT_CHARACTERS_MAX }}
        onInput={(typed) => take(typed === "" ? undefined : new TextEncoder().encode(typed), typed)}
      />
      {isWhole && <Notice>{words.whole}</Notice>}
      {fault !== undefined && <Notice tone="bad">{words[fault]}</Notice>}
      {isWhole && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void open();
          }}
        >
          <Field {...{ label: words.passphrase, value: passphrase, onInput: setPassphrase }} isSecret isFocused />
          {isWrong && <Notice tone="bad">{words.wrong[looksLikeBackup(file) ? "file" : "text"]}</Notice>}
          <p class="soft small">{words.seconds}</p>
          <Button look="main" isDisabled={passphrase === ""} onPress={open}>
            {words.open}
          </Button>
        </form>
      )}
    </Sheet>
  );
}
