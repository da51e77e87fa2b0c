/**
 * Commands typed into a running `kith up`, as `pair 2` or `send Bob photo.jpg`: the same commands,
 * on the node that is there, with up's own screen to talk on.
 *
 * @module
 */
import { Writable } from "node:stream";
import type { Observable } from "@kith/sdk";
import type { Dialog } from "./dialog.ts";
import { CliError, EXIT } from "./exit-code.ts";
import { interrupted } from "./interrupted.ts";
import type { Kith, OpenKith } from "./kith.ts";
import type { Door, Shell } from "./shell.ts";
import { State } from "./state.ts";

export class CommandPrompt {
  readonly #shell: Shell;
  readonly #kith: Kith;
  readonly #dialog: Dialog;
  readonly #show: (lines: readonly string[]) => void;
  readonly #ended = new State(0);
  #running: { readonly stop: AbortController; readonly name: string } | undefined;

  /** `show` draws what a command wants to stand below the lines. */
  constructor(shell: Shell, kith: Kith, dialog: Dialog, show: (lines: readonly string[]) => void) {
    this.#shell = shell;
    this.#kith = kith;
    this.#dialog = dialog;
    this.#show = show;
  }

  /** Asks for commands, one after the other, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const line = await this.#dialog.ask("> ", { signal, isPatient: true }).catch(() => "");
      const words = wordsOf(line).filter((word, at) => at > 0 || word !== "kith");
      if (!signal.aborted && words.length > 0) await this.#runCommand(words, signal);
    }
  }

  /** Whether somebody pairs here: then that command asks what a pairing asks. */
  get isPairing(): boolean {
    return this.#running?.name === "pair";
  }

  /** Counts the commands that ran. */
  get ended(): Observable<number> {
    return this.#ended;
  }

  /** Stops the command that runs. Whether there was one. */
  interrupt(): boolean {
    this.#running?.stop.abort(interrupted());
    return this.#running !== undefined;
  }

  async #runCommand(words: readonly string[], signal: AbortSignal): Promise<void> {
    if (words[0] === "exit" || words[0] === "quit") return this.#shell.interrupt();
    const stop = new AbortController();
    const leave = (): void => stop.abort(interrupted());
    signal.addEventListener("abort", leave, { once: true });
    this.#running = { stop, name: words[0] ?? "" };
    const print = (line: string): void => this.#dialog.print(line);
    const { terminal, options } = this.#shell;
    await this.#shell.runCommand(words, {
      terminal: {
        ...terminal,
        isInteractive: false,
        stdout: lineWriter(print),
        stderr: lineWriter(print),
        env: { ...terminal.env, KITH_HOME: options.home },
      },
      door: this.#door(),
      stop,
      dialog: {
        print,
        show: this.#show,
        ask: (question, asking) => this.#dialog.ask(question, asking),
        [Symbol.dispose]: () => this.#show([]),
      },
    });
    this.#running = undefined;
    this.#ended.set(this.#ended.get() + 1);
    signal.removeEventListener("abort", leave);
  }

  #door(): Door {
    const open: OpenKith = { kith: this.#kith, isFresh: false, [Symbol.asyncDispose]: () => Promise.resolve() };
    const runs = (): CliError =>
      new CliError(EXIT.home, "ERR_HOME_IN_USE", "Cannot do that here: the node runs; leave it with Ctrl-C first");
    return {
      open: () => Promise.resolve(open),
      start: () => Promise.reject(runs()),
      diagnose: (shell, examination) => this.#shell.door.diagnose(shell, examination),
      importIdentity: () => Promise.reject(runs()),
      restoreBackup: () => Promise.reject(runs()),
      startRelay: () =>
        Promise.reject(
          new CliError(EXIT.refused, "ERR_NO_TERMINAL", "Cannot do that here: a relay wants a terminal of its own"),
        ),
    };
  }
}

/** Splits as a shell does: spaces part words, quotes and backslashes hold them together. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  const pattern = /((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+)/g;
  for (const [word] of line.matchAll(pattern)) {
    words.push(
      word.replace(/"((?:[^"\\]|\\.)*)"?|'([^']*)'?|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
        double === undefined ? (single ?? escaped ?? "") : double.replace(/\\(.)/g, "$1"),
      ),
    );
  }
  return words;
}

/** A stream that hands on whole lines, and at the end what is left. */
function lineWriter(print: (line: string) => void): Writable {
  let rest = "";
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done): void {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) print(line);
      done();
    },
  });
}
