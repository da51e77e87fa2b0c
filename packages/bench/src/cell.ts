/** One cell of the table: a contender in a scenario once, in two fresh processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Extra, type Figures, Missing } from "./scenario/scenario.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const CELL_TIMEOUT_MS = 300_000;
/** For the listening half to stop a server that is a process of its own. */
const STOP_MS = 2_000;

/** A folder: `--cpu-prof` for every process. */
const profile = process.env["KITH_BENCH_PROFILE"];

export interface Cell extends Figures {
  readonly extra: Extra;
  /** User and system time of both processes, start to end. */
  readonly cpuSeconds: number;
}

interface Half {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** The next line it says. */
  line(): Promise<Record<string, unknown>>;
}

/** Rejects with what the process said on its standard error if either half fails, with {@link Missing} if it cannot take part. */
export async function runCell(scenario: string, contender: string, count: number): Promise<Cell> {
  const answering = half(["answer", contender, scenario, String(count)]);
  let asking: Half | undefined;
  try {
    const { address } = await answering.line();
    asking = half(["ask", contender, scenario, String(count), String(address)]);
    const asked = await asking.line();
    answering.process.stdin?.end();
    const answered = await answering.line();
    if (profile !== undefined) await Promise.all([answering.ended, asking.ended]); // it is written at the end
    const { cpu, value: larger, ...extra } = largerOf(extraOf(asked), extraOf(answered));
    const cpuSeconds = (extraOf(asked)["cpu"] ?? 0) + (extraOf(answered)["cpu"] ?? 0);
    const value = typeof asked["value"] === "number" ? asked["value"] : (larger ?? Number.NaN);
    return { value, extra, cpuSeconds: cpu === undefined ? Number.NaN : cpuSeconds };
  } finally {
    asking?.process.kill("SIGKILL");
    answering.process.stdin?.end();
    await Promise.race([answering.ended, sleep(STOP_MS, undefined, { ref: false })]);
    answering.process.kill("SIGKILL");
  }
}

function half(args: readonly string[]): Half {
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = spawn(process.execPath, [...flags, "--conditions=@kith/source", WORKER, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-4_000);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), CELL_TIMEOUT_MS);
  const ended = once(child, "exit");
  void ended.then(() => clearTimeout(timer));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    ended,
    async line() {
      const { value, done } = await lines.next();
      if (done === true) {
        const [code, signal] = await ended;
        throw new Error(`${args.join(" ")} ended early (${signal ?? code})\n${complaint}`);
      }
      const said: Record<string, unknown> = JSON.parse(value);
      if (typeof said["missing"] === "string") throw new Missing(said["missing"]);
      return said;
    },
  };
}

function extraOf(line: Record<string, unknown>): Record<string, number> {
  const { extra } = line;
  return typeof extra === "object" && extra !== null ? { ...extra } : {};
}

function largerOf(a: Extra, b: Extra): Record<string, number> {
  const both: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) both[name] = Math.max(value, both[name] ?? value);
  return both;
}
