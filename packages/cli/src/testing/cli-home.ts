/** A person on this machine, with a node of the real program and commands beside it: for system tests. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const KITH = fileURLToPath(new URL("../../bin/kith.js", import.meta.url));
/** One line of `--json`. */
export type Line = Readonly<Record<string, unknown>>;

/** One person's home on this machine. */
export class Home {
  readonly folder: string;
  readonly port: number;
  #node: ChildProcess | undefined;

  constructor(folder: string, port: number) {
    [this.folder, this.port] = [folder, port];
  }

  start(...args: readonly string[]): {
    readonly child: ChildProcess;
    readonly ended: Promise<[number, Line[], string]>;
  } {
    const child = spawn(process.execPath, [KITH, "--home", this.folder, "--json", ...args], { stdio: "pipe" });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const lines = (): Line[] =>
      out
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Line); // of our own program
    const ended = new Promise<[number, Line[], string]>((resolve) => {
      child.once("close", (code) => resolve([code ?? -1, lines(), out + err]));
    });
    return { child, ended };
  }

  async asks(...args: readonly string[]): Promise<Line[]> {
    const [exit, lines, said] = await this.start(...args).ended;
    assert.equal(exit, 0, `kith ${args.join(" ")}: ${said}`);
    return lines;
  }

  /** Its id. */
  up(name: string): Promise<string> {
    return this.serve("--name", name, "--port", `${this.port}`, "up");
  }

  /** Runs what goes on until {@link down}; gives the id that it says first, if it is a node. */
  async serve(...args: readonly string[]): Promise<string> {
    const node = this.start(...args).child;
    this.#node = node;
    return new Promise((resolve) => {
      const take = (text: string): void => resolve(/"id":"([0-9a-f]{64})"/.exec(text)?.[1] ?? "");
      node.stdout?.once("data", take).once("end", () => resolve(""));
    });
  }

  async down(): Promise<void> {
    const node = this.#node;
    if (node === undefined || node.exitCode !== null) return;
    const gone = new Promise((resolve) => node.once("close", resolve));
    node.kill("SIGINT");
    await gone;
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
