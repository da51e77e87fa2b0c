/** `kith join`: what somebody else's code leads to, a contact, a room or files. */
import { resolve } from "node:path";
import type { Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { leadJoinCode, spelled } from "../join-code-dialog.ts";
import { transferTitle } from "../render/progress.ts";
import { safeText } from "../render/terminal-text.ts";
import { bytesInWords, count } from "../render/units.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";
import { comeIn } from "./room-joining.ts";

export interface JoinOptions {
  readonly role?: Role;
  readonly to?: string;
  readonly yes?: boolean;
}

export function setUp(command: Command, run: Run): void {
  command
    .argument("<code...>", "as 7-acorn-canyon, or 7-acorn-canyon@relay.example; spaces will do, Tab completes words")
    .addOption(new Option("--role <role>", "what a contact may do").choices(["owner", "admin", "member", "guest"]))
    .option("--to <dir>", "where files go; the inbox unless told")
    .option("-y, --yes", "agree without asking, once the code was right")
    .addHelpText(
      "after",
      `${examples("kith join 7-acorn-canyon", "kith join 7 acorn canyon", "kith join 7-acorn-canyon@relay.example")}

There is one try: a word that is none is told before anything is sent, a wrong one ends the code.
Links and codes of rooms on your own network: kith room join`,
    )
    .action((words: string[], options: JoinOptions) => run((shell) => join(shell, words, options)));
}

export async function join(shell: Shell, words: readonly string[], options: JoinOptions): Promise<ExitCode> {
  const code = spelled(words);
  await using open = await shell.open();
  const { kith } = open;
  const { role, to, yes } = options;
  const id = await kith.joinCodes.join(code, { signal: shell.signal });
  const { step } = await leadJoinCode(shell, kith, id, {
    isConsentGiven: yes === true,
    ...(role !== undefined && { role }),
    ...(to !== undefined && { directory: resolve(shell.terminal.cwd, to) }),
  });
  const { style } = shell;
  if (step.invitation !== undefined) return await comeIn(shell, open, step.invitation);
  if (step.transfer !== undefined) {
    const { fileCount, bytesTotal, directory } = step.transfer;
    const what = `${transferTitle(step.transfer)} (${count(fileCount, "file")}, ${bytesInWords(bytesTotal)})`;
    shell.print(style.good(`${style.signs.good} You have ${what}, verified.`));
    if (directory !== undefined) shell.print(`  in  ${safeText(directory, 200)}`);
  }
  if (step.contact !== undefined) {
    const { name, fingerprint, role: given } = step.contact;
    shell.print(style.good(`${style.signs.good} ${safeText(name, 40)} is your contact now (${given}).`));
    shell.print(`  fingerprint  ${fingerprint}`);
    if (open.isFresh) shell.note("Keep a node running to be there: kith up");
  }
  return EXIT.done;
}
