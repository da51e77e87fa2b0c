/**
 * A relay as a process of its own, on this machine, for tests of other packages than its own.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const AGENT = fileURLToPath(new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url));

export class RelayProcess implements AsyncDisposable {
  readonly port: number;
  readonly key: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, said: { readonly port: number; readonly relayKey: string }) {
    [this.#child, this.port, this.key] = [child, said.port, said.relayKey];
  }

  /** It listens, at a port of its choice, when this fulfils. `data`: the folder that it keeps its state in. */
  static async start(data: string, flags: Readonly<Record<string, unknown>> = {}): Promise<RelayProcess> {
    const settings = JSON.stringify({ data, port: 0, metrics: "off", ...flags });
    const child = spawn(process.execPath, [...process.execArgv, AGENT, settings], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    for await (const line of createInterface(child.stdout)) return new RelayProcess(child, JSON.parse(line)); // its own
    throw new Error("the relay ended");
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** With its key. */
  get address(): string {
    return `ws://${this.host}#${this.key}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await gone;
  }
}
