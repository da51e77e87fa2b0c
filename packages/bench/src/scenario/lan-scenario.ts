/**
 * Two nodes on one network, with real multicast on this machine's interfaces: how long from the start
 * of both processes to the first chat line at the other, and how long from seeing a peer that is known.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { benchFolder } from "./file-pair.ts";
import { percentile, type Scenario } from "./scenario.ts";

const LAN_NODE = fileURLToPath(new URL("lan-node.ts", import.meta.url));

export const lan: Scenario = {
  title: "start of two processes to the first chat line at a peer found by multicast DNS, 95th percentile",
  unit: "ms",
  isLess: true,
  counts: { kith: 20 },
  goal: 2_000,
  answer: async () => ({ address: "none: each pair is two processes of its own" }),
  async ask(_contender, _address, count) {
    const lines: number[] = [];
    const known: number[] = [];
    for (let i = 0; i < count; i++) {
      const { lineMs, knownMs } = await meet();
      lines.push(lineMs);
      known.push(knownMs);
    }
    for (const times of [lines, known]) times.sort((a, b) => a - b);
    return {
      value: percentile(lines, 0.95),
      extra: { "median ms": percentile(lines, 0.5), "known p95 ms": percentile(known, 0.95) },
    };
  },
};

async function meet(): Promise<{ lineMs: number; knownMs: number }> {
  const folder = mkdtempSync(join(benchFolder(), "lan-"));
  const start = (role: string): ChildProcess =>
    spawn(process.execPath, [...process.execArgv, LAN_NODE, role, join(folder, `${role}.db`)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  const started = performance.now();
  const [host, guest] = [start("host"), start("guest")];
  let lineMs: number | undefined;
  let knownMs: number | undefined;
  if (guest.stdout === null) throw new Error("no output of the guest");
  for await (const line of createInterface({ input: guest.stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null) continue;
    if ("said" in said) lineMs = performance.now() - started;
    if ("knownMs" in said && typeof said.knownMs === "number") knownMs = said.knownMs;
  }
  host.kill();
  if (lineMs === undefined || knownMs === undefined) throw new Error("the guest ended before it met the host twice");
  return { lineMs, knownMs };
}
