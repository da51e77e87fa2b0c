/** A real node that serves the app, as `npm start` does: `kith up --app`, in a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { launchChromium } from "@kith/sdk/testing/browser";
import type { Browser, LaunchOptions } from "playwright-core";

export interface AppNode extends AsyncDisposable {
  /** Of the app, as `http://localhost:8420/`; the same after a restart. */
  readonly url: string;
  readonly home: string;
  /** Ends it without a word, or lets it say goodbye. */
  stop(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** After {@link stop}, at the same address, with what it kept. */
  start(): Promise<void>;
}

const KITH = fileURLToPath(new URL("../../../cli/bin/kith.js", import.meta.url));
/** Of what a node says against itself before it ends. */
const WORDS_MAX = 2_000;

/**
 * One after the other, not at once: where one cannot begin, nothing of the other is left running, for which the test
 * would wait.
 */
export async function startAppAndBrowser(options?: LaunchOptions): Promise<readonly [AppNode, Browser]> {
  const node = await startAppNode();
  try {
    return [node, await launchChromium(options)];
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  }
}

/** `program`: stands for `kith`. @throws {Error} in the words of a node that does not come up */
export async function startAppNode(program = KITH): Promise<AppNode> {
  const home = await mkdtemp(join(tmpdir(), "kith-app-"));
  let run = new Run(program, home, "0");
  const end = async (): Promise<void> => {
    await run.stop("SIGTERM");
    await rm(home, { recursive: true });
  };
  try {
    const url = await run.address();
    return {
      ...{ url, home, [Symbol.asyncDispose]: end },
      stop: (signal) => run.stop(signal),
      start: async () => {
        run = new Run(program, home, new URL(url).port);
        await run.address();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** One process of a node. */
class Run {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #words = "";

  constructor(program: string, home: string, port: string) {
    this.#child = spawn(process.execPath, [program, "up", "--app", port, "--json", "--home", home, "--name", "Attic"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#gone = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stderr?.on("data", (said: Buffer) => {
      process.stderr.write(said);
      this.#words = (this.#words + said.toString()).slice(-WORDS_MAX);
    });
  }

  async stop(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }

  async address(): Promise<string> {
    try {
      return await addressOf(this.#child);
    } catch (cause) {
      throw new Error(`The node does not serve the app: ${asRead(this.#words) || "without a word"}`, { cause });
    } finally {
      this.#child.stdout?.resume(); // what else it says is nobody's business, and must not fill the pipe
    }
  }
}

/** Its records as the messages in them, and nothing that colours them. */
function asRead(words: string): string {
  const lines = words.split("\n").map((line) => {
    const [, message = '""'] = /^\{"type":"error",.*"message":("(?:[^"\\]|\\.)*")/.exec(line) ?? [];
    return String(JSON.parse(message)) || line;
  });
  return stripVTControlCharacters(lines.join("\n")).trim();
}

async function addressOf({ stdout, pid }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error(`${pid} says nothing`);
  for await (const line of createInterface({ input: stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null || !("type" in said) || said.type !== "app") continue;
    if ("here" in said && typeof said.here === "string") return said.here;
  }
  throw new Error("It ended");
}
