/**
 * Talking with the person in front of `kith`: saying things, showing a state that changes, asking.
 * With a terminal that is a {@link Screen}; without one, lines out and lines in, so that a script
 * can answer through a pipe.
 *
 * @module
 */
import { createInterface, type Interface } from "node:readline";
import { CliError, EXIT } from "./exit-code.ts";
import { Screen } from "./render/screen.ts";
import type { Terminal } from "./terminal.ts";

export interface AskOptions {
  /** Withdraws the question; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Typed characters are not shown. */
  readonly isSecret?: boolean;
  /** Can wait: every other question comes before it, also one that is asked later. */
  readonly isPatient?: boolean;
}

export interface Dialog extends Disposable {
  print(line: string): void;
  /** What stands below everything printed; nothing without a terminal. */
  show(lines: readonly string[]): void;
  /** One question at a time; the others wait. @throws {CliError} `ERR_NO_ANSWER` if nobody can answer. */
  ask(question: string, options: AskOptions): Promise<string>;
}

/** Asks until the answer is yes or no. */
export async function confirm(dialog: Dialog, question: string, options: AskOptions): Promise<boolean> {
  for (;;) {
    const answer = (await dialog.ask(`${question} [y/n] `, options)).trim().toLowerCase();
    if (["y", "yes"].includes(answer)) return true;
    if (["n", "no"].includes(answer)) return false;
    dialog.print("Please answer y or n.");
  }
}

interface Question {
  readonly text: string;
  readonly isSecret: boolean;
  readonly isPatient: boolean;
  readonly answer: (line: string) => void;
  readonly fail: (reason: unknown) => void;
}

export class ScreenDialog implements Dialog {
  readonly #screen: Screen;
  readonly #questions: Question[] = [];

  constructor(terminal: Terminal, interrupt: () => void) {
    this.#screen = new Screen(terminal, {
      interrupt,
      end: interrupt,
      line: (text) => this.#handleLine(text),
    });
  }

  print(line: string): void {
    this.#screen.print(line);
  }

  show(lines: readonly string[]): void {
    this.#screen.show(lines);
  }

  ask(text: string, { signal, isSecret = false, isPatient = false }: AskOptions): Promise<string> {
    return new Promise((answer, fail) => {
      if (signal.aborted) return fail(signal.reason);
      const question: Question = { text, isSecret, isPatient, answer, fail };
      const patient = this.#questions.findIndex((one) => one.isPatient);
      const at = isPatient || patient < 0 ? this.#questions.length : patient;
      this.#questions.splice(at, 0, question);
      if (at === 0) this.#showFirst();
      signal.addEventListener("abort", () => this.#withdraw(question, signal.reason), { once: true });
    });
  }

  [Symbol.dispose](): void {
    this.#screen[Symbol.dispose]();
  }

  #handleLine(line: string): void {
    const question = this.#questions.shift();
    if (question === undefined) return;
    this.#screen.print(question.text + (question.isSecret ? "" : line)); // asked and answered: part of the story now
    this.#showFirst();
    question.answer(line);
  }

  #withdraw(question: Question, reason: unknown): void {
    const at = this.#questions.indexOf(question);
    if (at < 0) return;
    this.#questions.splice(at, 1);
    if (at === 0) this.#showFirst();
    question.fail(reason);
  }

  #showFirst(): void {
    const [first] = this.#questions;
    this.#screen.prompt(first?.text, { isSecret: first?.isSecret === true });
  }
}

/** Lines that come before somebody asked wait; a pipe may be ahead of us. */
export class PlainDialog implements Dialog {
  readonly #terminal: Terminal;
  readonly #print: (line: string) => void;
  readonly #lines: string[] = [];
  readonly #questions: Question[] = [];
  #reader: Interface | undefined;
  #hasEnded = false;

  /** `print` says where text for people goes: nowhere, under --json. */
  constructor(terminal: Terminal, print: (line: string) => void) {
    this.#terminal = terminal;
    this.#print = print;
  }

  print(line: string): void {
    this.#print(line);
  }

  show(): void {}

  ask(text: string, { signal, isSecret = false, isPatient = false }: AskOptions): Promise<string> {
    this.#print(text.trimEnd());
    this.#start();
    return new Promise((answer, fail) => {
      if (signal.aborted) return fail(signal.reason);
      const question: Question = { text, isSecret, isPatient, answer, fail };
      this.#questions.push(question);
      signal.addEventListener("abort", () => this.#withdraw(question, signal.reason), { once: true });
      this.#serve();
    });
  }

  [Symbol.dispose](): void {
    this.#reader?.close();
    this.#terminal.stdin.pause();
  }

  #start(): void {
    if (this.#reader !== undefined) return;
    this.#reader = createInterface({ input: this.#terminal.stdin, crlfDelay: Number.POSITIVE_INFINITY });
    this.#reader.on("line", (line) => {
      this.#lines.push(line);
      this.#serve();
    });
    this.#reader.on("close", () => {
      this.#hasEnded = true;
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#questions.length > 0) {
      const line = this.#lines.shift();
      if (line === undefined && !this.#hasEnded) return;
      const question = this.#questions.shift();
      if (line === undefined) question?.fail(nobodyAnswers());
      else question?.answer(line);
    }
  }

  #withdraw(question: Question, reason: unknown): void {
    const at = this.#questions.indexOf(question);
    if (at >= 0) this.#questions.splice(at, 1);
    question.fail(reason);
  }
}

const nobodyAnswers = (): CliError =>
  new CliError(EXIT.usage, "ERR_NO_ANSWER", "Cannot ask: there is no terminal, and the input has ended", {
    hint: "Answer with --yes or --code, or write the answers to standard input.",
  });
