/** `kith join-code`: a code to say aloud, for a contact or into a room. */
import type { Role } from "@kith/sdk";
import { type Command, Option } from "commander";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { leadJoinCode } from "../join-code-dialog.ts";
import { durationOf } from "../option-values.ts";
import { safeText } from "../render/terminal-text.ts";
import { resolveRoom, roomName } from "../resolve-room.ts";
import type { Shell } from "../shell.ts";
import { examples, type Run } from "./command-shape.ts";

interface JoinCodeOptions {
  readonly room?: string;
  readonly role?: Role;
  readonly expires?: number;
  readonly at?: string;
  readonly yes?: boolean;
}

export function setUp(command: Command, run: Run): void {
  command
    .option("--room <room>", "into this room, in place of becoming contacts")
    .addOption(new Option("--role <role>", "what the other one will be").choices(["admin", "member", "guest"]))
    .option("--expires <time>", "good for so long (10min unless told, 15min at most)", durationOf)
    .option("--at <host>", "meet at this relay, in place of the usual one")
    .option("-y, --yes", "agree without asking, once the code was right")
    .addHelpText(
      "after",
      `${examples(
        "kith join-code                  a code for somebody to become your contact",
        "kith join-code --room Family    a code into a room",
        "kith join-code --expires 5min",
      )}

The other one types it, anywhere in the world: kith join 7-acorn-canyon
The relay never sees the words. A wrong try ends the code for both.`,
    )
    .action((options: JoinCodeOptions) => run((shell) => make(shell, options)));
}

async function make(shell: Shell, options: JoinCodeOptions): Promise<ExitCode> {
  await using open = await shell.open();
  const { kith } = open;
  const { role, expires, at, signal } = { ...options, signal: shell.signal };
  const room = options.room === undefined ? undefined : await resolveRoom(kith, options.room);
  const more = role === undefined ? {} : { role };
  const purpose =
    room === undefined ? ({ for: "contact" } as const) : ({ for: "room", room: room.id, ...more } as const);
  const terms = {
    signal,
    ...(expires !== undefined && { lifetimeMs: expires }),
    ...(at !== undefined && { relay: at }),
  };
  const id = await kith.joinCodes.create(purpose, terms);
  const { step } = await leadJoinCode(shell, kith, id, { isConsentGiven: options.yes === true, ...more });
  const { style } = shell;
  if (room !== undefined)
    shell.print(style.good(`${style.signs.good} They have an invitation into ${roomName(room.view.get())}.`));
  else if (step.contact !== undefined) {
    const { name, fingerprint, role: given } = step.contact;
    shell.print(style.good(`${style.signs.good} ${safeText(name, 40)} is your contact now (${given}).`));
    shell.print(`  fingerprint  ${fingerprint}`);
  }
  if (open.isFresh) shell.note("Keep a node running to be there: kith up");
  return EXIT.done;
}
