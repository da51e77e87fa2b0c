/** `kith __complete -- words…`: what the completion scripts ask. Never fails, never starts a node. */
import { Command } from "commander";
import { candidates, FILES, type Running } from "../completion/candidates.ts";
import { connectControl } from "../control/remote-kith.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { commandNameOf, globalOptions } from "../global-options.ts";
import type { KithRoom } from "../kith.ts";
import type { Shell } from "../shell.ts";
import type { Run } from "./command-shape.ts";
import { COMMANDS } from "./registry.ts";

/** A shell waits for us: a node that does not answer at once has nothing to say. */
const NODE_PATIENCE_MS = 400;
/** Rooms whose members are offered. */
const ROOMS_MAX = 8;

export function setUp(command: Command, run: Run): void {
  command
    .argument("[words...]")
    .allowUnknownOption()
    .action((words: string[]) => run((shell) => complete(shell, words)));
}

async function complete(shell: Shell, words: readonly string[]): Promise<ExitCode> {
  const program = await describe(words);
  const running = await runningNode(shell, commandNameOf(words));
  try {
    for (const found of candidates(program, words, running)) {
      shell.print(found === FILES ? FILES : `${found.word}\t${found.meaning}`);
    }
  } finally {
    await running?.kith.close();
  }
  return EXIT.done;
}

/** All commands by name; the one that is being typed with everything it takes. */
async function describe(words: readonly string[]): Promise<Command> {
  const program = globalOptions(new Command("kith"));
  const name = commandNameOf(words.slice(0, -1));
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary);
    if (entry.name === name) (await entry.load()).setUp(command, () => Promise.resolve());
  }
  return program;
}

async function runningNode(shell: Shell, command: string | undefined): Promise<Running | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), NODE_PATIENCE_MS).unref());
  const asking = ask(shell, command).catch(() => undefined);
  return Promise.race([asking, late]);
}

async function ask(shell: Shell, command: string | undefined): Promise<Running | undefined> {
  const kith = await connectControl(shell.options.home);
  if (kith === undefined) return undefined;
  if (command === "fact" || command === "issuer") await kith.facts.open();
  const views = command === "room" ? kith.rooms.all.get().slice(0, ROOMS_MAX) : [];
  const rooms = await Promise.all(views.map(({ id }) => kith.rooms.get(id)));
  return { kith, rooms: rooms.filter((room): room is KithRoom => room !== undefined) };
}
