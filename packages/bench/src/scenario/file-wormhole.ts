/** Debian's magic-wormhole: its Transit class alone, since a mailbox server has nothing to do with speed. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { benchFolder } from "./file-pair.ts";
import type { Answering } from "./scenario.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("transit_file.py", import.meta.url));

export async function receiveByWormhole(): Promise<Answering> {
  if (spawnSync(PYTHON, ["-c", "import wormhole.transit"]).status !== 0) {
    throw new Error("Debian's magic-wormhole is not installed");
  }
  const received = join(benchFolder(), "wormhole.bin");
  const receiver = python(["receive", received]);
  return {
    address: JSON.stringify([await line(receiver), received]),
    async finish() {
      receiver.kill();
      return {};
    },
  };
}

/** Seconds from the connection to the receiver's word that the digest is the same, and where the file is now. */
export async function sendByWormhole(address: string, path: string): Promise<{ seconds: number; received: string }> {
  const [hints, received]: [string, string] = JSON.parse(address);
  const { seconds }: { seconds: number } = JSON.parse(await line(python(["send", path, hints])));
  return { seconds, received };
}

const python = (args: readonly string[]): ChildProcess =>
  spawn(PYTHON, [SCRIPT, ...args], { stdio: ["ignore", "pipe", "inherit"] });

async function line(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("wormhole says nothing");
  for await (const text of createInterface({ input: child.stdout })) return text;
  throw new Error("wormhole ended without a word");
}
