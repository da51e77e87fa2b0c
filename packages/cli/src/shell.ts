/**
 * What one run of a command has in hand: its options, where to write, whom to ask, how to reach the
 * node, and the signal that says to stop.
 *
 * Under `--json` standard output carries one JSON object a line and nothing else; words for people
 * are dropped. Without it standard output is the answer and standard error the remarks.
 *
 * @module
 */
import type { Relay, RelayConfig, Routes } from "@kith/relay";
import type { PrivacyLevel } from "@kith/sdk";
import type { RestoredHome } from "@kith/sdk/node";
import { type Dialog, PlainDialog, ScreenDialog } from "./dialog.ts";
import { CliError, EXIT, type ExitCode } from "./exit-code.ts";
import type { OpenKith } from "./kith.ts";
import { hasUnicode, type Style, styleOf } from "./render/style.ts";
import { safeJson } from "./render/terminal-text.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command takes. */
export interface NodeOptions {
  /** The folder that holds an identity and everything it knows. */
  readonly home: string;
  readonly name?: string;
  readonly port?: number;
  readonly privacy?: PrivacyLevel;
  /** Bytes a second. */
  readonly sendRate?: number;
  /** Networks whose nodes are seen, and are not. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  /** Addresses of relays, the usual one first. */
  readonly relay?: readonly string[];
  /** They were named on the command line: `kith up` remembers them. */
  readonly keepsRelay?: boolean;
  readonly anonymous: boolean;
  readonly passphraseFile?: string;
}

export interface ShellOptions extends NodeOptions {
  readonly json: boolean;
  readonly color: boolean;
}

/** One line of `--json`: always with a `type`. docs/cli.md lists them. */
export type JsonRecord = Readonly<Record<string, unknown>> & { readonly type: string };

/** What a command can reach beyond its own process's streams; `open-kith.ts` has the real one. */
export interface Door {
  /** The running node, or one of our own. */
  open(shell: Shell): Promise<OpenKith>;
  /** A node of our own; refused if one runs. */
  start(shell: Shell): Promise<OpenKith>;
  /** Why can I not see the other one? */
  diagnose(shell: Shell, examination: Examination): Promise<readonly Finding[]>;
  /** Puts an exported identity into a home that has none. Returns the name that came with it. */
  importIdentity(shell: Shell, text: string, passphrase: string): Promise<string>;
  /** Puts a backup into a home that has no identity yet, or the same. `passphrase` is the backup's. */
  restoreBackup(shell: Shell, file: Uint8Array, passphrase: string): Promise<RestoredHome>;
  /** A relay in this process; `write` gets the lines of its log, `routes` is what else is at its port. */
  startRelay(config: RelayConfig, write: (line: string) => void, routes?: Routes): Promise<RunningRelay>;
}

export type RunningRelay = Pick<
  Relay,
  "address" | "port" | "publicUrl" | "relayKey" | "claimCode" | "closed" | "drain"
>;

/** What `kith doctor` is told to look at besides. */
export interface Examination {
  /** STUN servers, as `host[:port]`. */
  readonly stun: readonly string[];
}

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly verdict: "good" | "warn" | "bad" | "unknown";
  readonly words: string;
  readonly fix?: string;
}

/** Everything that one run of a command line stands in. */
export interface World {
  readonly terminal: Terminal;
  readonly door: Door;
  /** Aborts when the person wants out. */
  readonly stop: AbortController;
  /** Where a command that was typed into `kith up` talks, in place of a terminal of its own. */
  readonly dialog?: Dialog;
}

/** Runs a command line to its end; reports its errors itself. */
export type RunCommand = (argv: readonly string[], world: World) => Promise<ExitCode>;

export interface ShellParts {
  readonly terminal: Terminal;
  readonly options: ShellOptions;
  readonly signal: AbortSignal;
  /** Ends the command: as Ctrl-C would, or for another reason. */
  readonly interrupt: (reason?: unknown) => void;
  readonly door: Door;
  readonly runCommand: RunCommand;
  readonly dialog?: Dialog;
}

export class Shell {
  readonly terminal: Terminal;
  readonly options: ShellOptions;
  readonly signal: AbortSignal;
  readonly style: Style;
  readonly #parts: ShellParts;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.terminal = parts.terminal;
    this.options = parts.options;
    this.signal = parts.signal;
    const color = parts.options.color && parts.terminal.hasColor && !parts.options.json;
    this.style = styleOf({ color, unicode: hasUnicode(parts.terminal.env) });
  }

  get isJson(): boolean {
    return this.options.json;
  }

  get columns(): number {
    return this.terminal.isInteractive || this.isGuest ? this.terminal.size().columns : 100;
  }

  /** The running node, or one of our own. Dispose it: that ends a node of our own cleanly. */
  open(): Promise<OpenKith> {
    return this.#parts.door.open(this);
  }

  get door(): Door {
    return this.#parts.door;
  }

  /** How a command ends that only watched: leaving is its ordinary end. @throws the reason, if it was another */
  leave(): ExitCode {
    const { aborted, reason } = this.signal;
    if (!aborted) return EXIT.done;
    if (reason instanceof CliError && (reason.exit === EXIT.interrupted || reason.exit === EXIT.terminated))
      return EXIT.done;
    throw reason;
  }

  interrupt(reason?: unknown): void {
    this.#parts.interrupt(reason);
  }

  /** A line of the answer, for people. */
  print(line = ""): void {
    if (!this.isJson) this.terminal.stdout.write(`${line}\n`);
  }

  /** A remark beside the answer: standard error, people only. */
  note(line: string): void {
    if (!this.isJson) this.terminal.stderr.write(`${line}\n`);
  }

  /** A line of the answer, for programs. */
  record(record: JsonRecord): void {
    if (this.isJson) this.terminal.stdout.write(`${safeJson(record)}\n`);
  }

  /** The same fact for both. */
  tell(record: JsonRecord, words: string | readonly string[]): void {
    this.record(record);
    for (const line of typeof words === "string" ? [words] : words) this.print(line);
  }

  /** Whether this command was typed into `kith up`: it has no terminal of its own. */
  get isGuest(): boolean {
    return this.#parts.dialog !== undefined;
  }

  /** Runs another command line, in another world. */
  get runCommand(): RunCommand {
    return this.#parts.runCommand;
  }

  /** Takes the terminal over, where there is one, until disposed. `onInterrupt` is what Ctrl-C does meanwhile. */
  dialog(onInterrupt: () => void = () => this.interrupt()): Dialog {
    if (this.#parts.dialog !== undefined) return this.#parts.dialog;
    if (this.terminal.isInteractive && !this.isJson) return new ScreenDialog(this.terminal, onInterrupt);
    return new PlainDialog(this.terminal, (line) => this.print(line));
  }
}
