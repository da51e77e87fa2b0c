/**
 * Passphrases. Of the home: from `--passphrase-file`, from $KITH_PASSPHRASE, or asked for. Of an
 * exported identity: from $KITH_EXPORT_PASSPHRASE, or asked for; it is another one, for it leaves the
 * machine. Never an argument: arguments show in the list of processes.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Dialog } from "./dialog.ts";
import { CliError, EXIT } from "./exit-code.ts";
import { safeText } from "./render/terminal-text.ts";
import type { Shell } from "./shell.ts";

/** Shortest new passphrase, in characters. Argon2id makes each guess dear; it cannot make `abc` long. */
export const PASSPHRASE_CHARACTERS_MIN = 8;

/** The home's, if it was given beforehand. @throws {CliError} `ERR_FILE` */
export function givenPassphrase(shell: Shell): string | undefined {
  const { passphraseFile: file } = shell.options;
  if (file === undefined) return shell.terminal.env["KITH_PASSPHRASE"];
  if (file === "-") return undefined;
  try {
    return readFileSync(resolve(shell.terminal.cwd, file), "utf8").split(/\r?\n/, 1)[0] ?? "";
  } catch (cause) {
    throw new CliError(EXIT.file, "ERR_FILE", `Cannot read the passphrase from ${safeText(file)}`, { cause });
  }
}

const givenExportPassphrase = (shell: Shell): string | undefined => shell.terminal.env["KITH_EXPORT_PASSPHRASE"];

/** What seals an export that exists. */
export async function exportPassphrase(shell: Shell, dialog: Dialog): Promise<string> {
  const options = { signal: shell.signal, isSecret: true };
  return givenExportPassphrase(shell) ?? (await dialog.ask("Passphrase of the export: ", options));
}

/** A new one for an export, asked for twice. @throws {CliError} `ERR_USAGE` if it is too short or the two differ */
export async function newExportPassphrase(shell: Shell, dialog: Dialog): Promise<string> {
  const given = givenExportPassphrase(shell);
  const options = { signal: shell.signal, isSecret: true };
  const first = given ?? (await dialog.ask("New passphrase: ", options));
  if (first.length < PASSPHRASE_CHARACTERS_MIN) {
    throw new CliError(
      EXIT.usage,
      "ERR_USAGE",
      `Cannot use that passphrase: at least ${PASSPHRASE_CHARACTERS_MIN} characters`,
    );
  }
  if (given === undefined && (await dialog.ask("Again: ", options)) !== first) {
    throw new CliError(EXIT.usage, "ERR_USAGE", "Cannot use that passphrase: the two differ");
  }
  return first;
}

/** With somebody to ask, while `run` needs one. */
export async function askingPassphrase<T>(shell: Shell, ask: (dialog: Dialog) => Promise<T>): Promise<T> {
  using dialog = shell.dialog();
  return await ask(dialog);
}
