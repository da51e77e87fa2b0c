/**
 * The command line: global options, the commands, help. Everything it needs comes in; it returns
 * how the process should end.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import type { Run } from "./command/command-shape.ts";
import { COMMANDS, type CommandEntry } from "./command/registry.ts";
import { EXIT, type ExitCode, verdictOf } from "./exit-code.ts";
import { commandNameOf, globalOptions, optionsOf } from "./global-options.ts";
import { interrupted } from "./interrupted.ts";
import { styleOf } from "./render/style.ts";
import { safeJson, safeText } from "./render/terminal-text.ts";
import { Shell, type World } from "./shell.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

export async function runProgram(argv: readonly string[], world: World): Promise<ExitCode> {
  const { terminal } = world;
  let exit: ExitCode = EXIT.done;
  try {
    const program = await build(argv, world, (code) => {
      exit = code;
    });
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    return report(error, argv, terminal);
  }
}

/** Ends that the person wanted: nothing to say. */
const QUIET: ReadonlySet<ExitCode> = new Set([EXIT.done, EXIT.interrupted, EXIT.terminated]);

function report(error: unknown, argv: readonly string[], terminal: Terminal): ExitCode {
  const isJson = argv.includes("--json");
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, "");
    if (isJson) terminal.stderr.write(`${safeJson({ type: "error", code: "ERR_USAGE", exit: EXIT.usage, message })}\n`);
    else terminal.stderr.write(`kith: ${safeText(message)}\n`);
    return EXIT.usage;
  }
  const { exit, code, message, hint } = verdictOf(error);
  if (isJson) {
    terminal.stderr.write(
      `${safeJson({ type: "error", code, exit, message, ...(hint === undefined ? {} : { hint }) })}\n`,
    );
  } else if (!QUIET.has(exit)) {
    const style = styleOf({ color: terminal.hasColor && !argv.includes("--no-color"), unicode: true });
    terminal.stderr.write(`${style.bad("kith:")} ${message}\n`);
    if (hint !== undefined) terminal.stderr.write(`${style.dim(hint)}\n`);
    if (exit === EXIT.bug && terminal.env["KITH_DEBUG"] && error instanceof Error)
      terminal.stderr.write(`${error.stack}\n`);
  }
  return exit;
}

async function build(argv: readonly string[], world: World, ended: (exit: ExitCode) => void): Promise<Command> {
  const program = globalOptions(new Command("kith"))
    .description("Kith connects people and devices that know each other, directly.")
    .usage("<command> [options]")
    .version(VERSION, "-V, --version", "the version of this program")
    .helpOption("-h, --help", "what a command does, with examples")
    .helpCommand("help [command]", "the same as --help")
    .addHelpText("after", FOOTER);
  settle(program, world.terminal);
  const name = commandNameOf(argv);
  const wanted = name === "help" ? commandNameOf(argv.slice(argv.indexOf("help") + 1)) : name;
  for (const entry of [...COMMANDS, COMPLETE]) await addCommand(program, entry, entry.name === wanted, world, ended);
  if (name === undefined && !argv.some((word) => ["-h", "--help", "-V", "--version"].includes(word))) program.help();
  return program;
}

/** What the completion scripts call; it knows the registry, so it cannot stand in it. */
const COMPLETE: CommandEntry = { name: "__complete", summary: "", load: () => import("./command/complete.ts") };

async function addCommand(
  program: Command,
  entry: CommandEntry,
  isWanted: boolean,
  world: World,
  ended: (exit: ExitCode) => void,
): Promise<void> {
  const command = program.command(entry.name, { hidden: entry === COMPLETE }).summary(entry.summary);
  settle(command, world.terminal);
  if (!isWanted) return;
  const end = entry.summary.endsWith("?") ? "" : ".";
  command.description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}${end}`);
  const run: Run = async (work) => {
    const shell = new Shell({
      terminal: world.terminal,
      options: optionsOf(program, world.terminal),
      signal: world.stop.signal,
      interrupt: (reason) => world.stop.abort(reason ?? interrupted()),
      door: world.door,
      runCommand: runProgram,
      ...(world.dialog === undefined ? {} : { dialog: world.dialog }),
    });
    ended((await work(shell)) ?? EXIT.done);
  };
  const { setUp } = await entry.load();
  setUp(command, run);
  for (const sub of command.commands) settle(sub, world.terminal);
  if (entry !== COMPLETE) command.addHelpText("after", "\nOptions that every command takes: kith --help");
}

function settle(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.stdout.write(text),
    writeErr: () => undefined, // report() says it, once
    getOutHelpWidth: () => Math.min(100, terminal.size().columns),
    getErrHelpWidth: () => Math.min(100, terminal.size().columns),
    getOutHasColors: () => terminal.hasColor,
  });
  command.showHelpAfterError(false).configureHelp({ showGlobalOptions: false });
}

const FOOTER = `
Peers are named by contact name, by a nearby peer's name or number (kith peers),
by the first groups of a fingerprint, or as host:port.

Examples:
  kith up                       run the node; leave with Ctrl-C
  kith pair 2 --pin             pair with the second peer of the list
  kith send Bob photos/ a.pdf   send a folder and a file
  kith room create Family       make a room; kith room invite lets others in
  kith help chat                more about one command

Exit codes: 0 done, 2 usage, 3 unknown or ambiguous, 4 unreachable, 5 refused,
6 not verified, 7 unfinished, 8 file, 9 home, 10 doctor found something, 130 Ctrl-C.`;
