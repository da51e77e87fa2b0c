/**
 * What the commands below `kith room` share: how a room is named, and a question before something
 * that cannot be taken back.
 *
 * @module
 */
import type { Command } from "commander";
import { confirm } from "../dialog.ts";
import { CliError, EXIT } from "../exit-code.ts";
import { safeText } from "../render/terminal-text.ts";
import type { Shell } from "../shell.ts";

/** May be left out where there is one room. */
export const withRoom = (command: Command): Command =>
  command.argument("[room]", "name, or first digits of the id; the only room, if left out");

/** For commands whose arguments are something else. */
export const inRoom = (command: Command): Command =>
  command.option("-r, --room <room>", "in which room, if you are in several");

export interface InRoom {
  readonly room?: string;
}

/** As one would type it. */
export const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : JSON.stringify(safeText(name)));

/** @throws {CliError} `ERR_DENIED` unless the person says yes */
export async function askFirst(shell: Shell, question: string): Promise<void> {
  using dialog = shell.dialog();
  if (!(await confirm(dialog, question, { signal: shell.signal })))
    throw new CliError(EXIT.refused, "ERR_DENIED", "Nothing was changed");
}
