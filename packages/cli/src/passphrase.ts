/**
 * Passphrases: from `--passphrase-file`, from $KITH_PASSPHRASE, or asked for. Never an argument:
 * arguments show in the list of processes.
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

/** One that was given beforehand. @throws {CliError} `ERR_FILE` */
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

export async function passphraseFor(shell: Shell, dialog: Dialog, question: string): Promise<string> {
  return givenPassphrase(shell) ?? (await dialog.ask(question, { signal: shell.signal, isSecret: true }));
}

/** A new one, asked for twice. @throws {CliError} `ERR_USAGE` if it is too short or the two differ */
export async function newPassphrase(shell: Shell, dialog: Dialog): Promise<string> {
  const given = givenPassphrase(shell);
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
