/** `kith restore`: puts a backup into a home without an identity, or adds what is missing to the same. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, EXIT, type ExitCode, verdictOf } from "../exit-code.ts";
import { askingPassphrase, exportPassphrase } from "../passphrase.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

/** More than a backup has, so that a wrong file is not read whole. */
const FILE_BYTES_MAX = 33_554_432;
const BEGIN = "-----BEGIN KITH IDENTITY-----";

export function setUp(command: Command, run: Run): void {
  command
    .argument("<file>", "what `kith backup` or `kith id export` wrote")
    .description(
      "Put a backup into a home that has no identity yet. A home of the same identity gets what is missing; what is there stays.",
    )
    .action((file: string) => run((shell) => restore(shell, file)))
    .addHelpText("after", examples("kith restore me.kith-backup", "kith --home ~/second restore me.kith-backup"));
}

async function restore(shell: Shell, file: string): Promise<ExitCode> {
  const bytes = read(resolve(shell.terminal.cwd, file), file);
  const passphrase = await askingPassphrase(shell, (dialog) => exportPassphrase(shell, dialog));
  const text = new TextDecoder().decode(bytes.subarray(0, 4_096));
  if (text.trimStart().startsWith(BEGIN)) {
    const name = await shell.door.importIdentity(shell, text, passphrase); // an identity alone, of before there were backups
    shell.tell({ type: "imported", name }, `This home is ${shell.style.strong(safeText(name))} now. See: kith id`);
    return EXIT.done;
  }
  const restored = await shell.door.restoreBackup(shell, bytes, passphrase).catch((error: unknown) => {
    throw withHint(error);
  });
  const { name, fingerprint, isNew, added, left } = restored;
  const what = `contacts: ${added.contacts}, own cards: ${added.cards}, people whose cards you keep: ${added.people}`;
  shell.tell({ type: "restored", name, fingerprint, isNew, ...added, left }, [
    isNew
      ? `This home is ${shell.style.strong(safeText(name))} now (${fingerprint}), with what was in the backup (${what}).`
      : `Added to ${shell.style.strong(safeText(name))} (${fingerprint}): ${what}.`,
    ...(left > 0 ? [`Was here already, or had no place: ${left}. What was here stayed as it is.`] : []),
  ]);
  shell.note("If this identity still runs elsewhere, end it there: in two places both raise an alarm.");
  return EXIT.done;
}

/** Two passphrases and two identities are in play: says which. */
function withHint(error: unknown): unknown {
  const { code, message } = verdictOf(error);
  if (code !== "ERR_IDENTITY") return error;
  const hint =
    "The backup's passphrase is asked for, or in $KITH_EXPORT_PASSPHRASE; a sealed home's is in $KITH_PASSPHRASE.";
  return new CliError(EXIT.unverified, code, message, { cause: error, hint });
}

function read(path: string, file: string): Uint8Array {
  try {
    if (statSync(path).size <= FILE_BYTES_MAX) return readFileSync(path);
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot read ${safeText(file)}`, { cause });
  }
  throw new CliError(EXIT.file, "ERR_BACKUP", `Cannot read ${safeText(file)}: that is no backup of Kith`);
}
