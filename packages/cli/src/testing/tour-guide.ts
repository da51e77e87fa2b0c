/**
 * People at terminals on machines of a lab, for the tour: starts the real program `kith`, types what a
 * person would type, waits for what it shows, and writes down all of it as a transcript.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import type { LabHost } from "@kith/sdk/testing";

const KITH = new URL("../../bin/kith.js", import.meta.url).pathname;
const SHOWN_WITHIN_MS = 30_000;
/** What a terminal would obey: colours, lines drawn again. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

export class Transcript {
  readonly lines: string[] = [];
  readonly #say: (line: string) => void;
  readonly #hidden: readonly (readonly [string, string])[];

  /** `hidden`: what each text stands as, so that no path of this machine is written down. */
  constructor(say: (line: string) => void, hidden: readonly (readonly [string, string])[]) {
    this.#say = say;
    this.#hidden = hidden;
  }

  step(words: string): void {
    this.#write(`\n## ${words}\n`);
  }

  write(text: string): void {
    for (const line of text.split("\n")) this.#write(line);
  }

  #write(line: string): void {
    let shown = line;
    for (const [text, instead] of this.#hidden) shown = shown.replaceAll(text, instead);
    this.lines.push(shown);
    this.#say(shown);
  }
}

export class Person {
  readonly name: string;
  readonly host: LabHost;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #transcript: Transcript;

  /** `env`: variables beside those of this process. */
  constructor(
    name: string,
    options: { host: LabHost; folder: string; transcript: Transcript; env?: Readonly<Record<string, string>> },
  ) {
    this.name = name;
    this.host = options.host;
    this.folder = options.folder;
    this.env = options.env ?? {};
    this.#transcript = options.transcript;
  }

  /** Types a command of kith. What it shows is written down when it has ended, or when it is {@link Program.leave left} running. */
  kith(...args: readonly string[]): Program {
    this.#transcript.write(`${this.name}$ kith ${args.map(quoted).join(" ")}`);
    return new Program(this, args, this.#transcript);
  }

  /** A command that is to succeed; resolves with what it showed. */
  async does(...args: readonly string[]): Promise<string> {
    const program = this.kith(...args);
    assert.equal(await program.ended, 0, `kith ${args.join(" ")} of ${this.name}: ${program.shown}`);
    program.leave();
    return program.shown;
  }

  /** What a program would ask, without writing it down: a line of JSON for each thing. */
  async asks(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const program = new Program(this, ["--json", ...args], undefined);
    assert.equal(await program.ended, 0, `kith ${args.join(" ")} of ${this.name}: ${program.shown}`);
    return program.shown
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>); // of our own program
  }

  /** Another command of this machine. */
  async runs(program: string, ...args: readonly string[]): Promise<string> {
    this.#transcript.write(`${this.name}$ ${[program, ...args].map(quoted).join(" ")}`);
    const shown = await this.host.run("sh", ["-c", `cd "$0" && "$@"`, this.folder, program, ...args]);
    if (shown.trim() !== "") this.#transcript.write(shown.trim());
    return shown;
  }
}

export class Program {
  /** Exit code; -1: killed. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #transcript: Transcript | undefined;
  readonly #name: string;
  #output = "";
  #told = 0;
  #wake = (): void => {};

  constructor(person: Person, args: readonly string[], transcript: Transcript | undefined) {
    this.#transcript = transcript;
    this.#name = `kith ${args.join(" ")} of ${person.name}`;
    this.#child = spawn("ip", ["netns", "exec", person.host.namespace, process.execPath, KITH, ...args], {
      cwd: person.folder,
      env: { ...process.env, HOME: person.folder, KITH_HOME: `${person.folder}/.kith`, NO_COLOR: "1", ...person.env },
      stdio: "pipe",
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text.replace(ESCAPES, "");
        this.#wake();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        resolve(code ?? -1);
        this.#wake();
      });
    });
  }

  get shown(): string {
    return this.#output;
  }

  /** The first match in what it has shown, now or soon. */
  async shows(pattern: RegExp, within: number = SHOWN_WITHIN_MS): Promise<RegExpExecArray> {
    const limit = performance.now() + within;
    const timer = setTimeout(() => this.#wake(), within + 1);
    try {
      for (;;) {
        const match = pattern.exec(this.#output);
        if (match !== null) return match;
        assert.ok(performance.now() < limit, `${this.#name} did not show ${pattern}: ${this.#output}`);
        assert.equal(this.#child.exitCode, null, `${this.#name} ended without ${pattern}: ${this.#output}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  types(line: string): void {
    this.#output += `${line}\n`; // as a terminal would show it
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Writes down what it has shown since the last time. It may go on. */
  leave(): void {
    const text = this.#output.slice(this.#told).trimEnd();
    this.#told = this.#output.length;
    if (text.trim() !== "") this.#transcript?.write(text);
  }

  /** Ctrl-C. */
  async interrupt(): Promise<number> {
    this.#child.kill("SIGINT");
    return this.ended;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

const quoted = (arg: string): string => (/^[\w./@:+=-]+$/.test(arg) ? arg : `"${arg}"`);

/** Asks again and again until the answer is as wanted. */
export async function until<T>(
  look: () => Promise<T>,
  isIt: (found: T) => boolean,
  withinMs: number = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (isIt(found)) return found;
    assert.ok(performance.now() < end, `waited in vain: ${JSON.stringify(found)}`);
    await pause(100);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each step a heading, and what was on the screens below it. */
export function tourPage(introduction: string, lines: readonly string[]): string {
  const parts = lines.join("\n").split(/^## (.*)$/m);
  const steps = parts.slice(1).flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 2]?.trim() ?? ""]] : []));
  return `${[introduction, ...steps.map(([words, shown]) => `## ${words}\n\n\`\`\`text\n${shown}\n\`\`\``)].join("\n\n")}\n`;
}
