/**
 * Moments in which somebody waits for a relay: until it is there, until a code that was typed has brought something,
 * until a stranger has paid. All over loopback, relay and clients in one process but for the first.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readConfig, startRelay } from "@kith/relay";
import type { JoinCodes } from "@kith/sdk";
import { createEndpoint } from "@kith/sdk/node";
import { until } from "./file-kith.ts";
import { benchFolder } from "./file-pair.ts";
import { inPage } from "./in-page.ts";
import { cpuSecondsOf } from "./relay-load.ts";
import { Missing, percentile, type Scenario } from "./scenario.ts";
import { payTolls } from "./toll-payer.ts";

const RELAY_NODE = fileURLToPath(new URL("relay-node.ts", import.meta.url));
const RELAY_PROGRAM = fileURLToPath(new URL("relay-program.ts", import.meta.url));
const BUILT = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
const TOLL_PAGE = fileURLToPath(new URL("toll-page.ts", import.meta.url));
/** What a relay that is quiet asks of strangers (spec/relay.md §4). */
const QUIET_BITS = 14;
const MANY = 1_000_000;
const alone = { answer: async () => ({ address: "none: everything is in the other process" }) };

export const relayStart: Scenario = {
  ...alone,
  title: "`kith relay` as it is installed, from the start of its process to its answer that it is ready",
  unit: "ms",
  isLess: true,
  counts: { kith: 20 },
  goal: 500,
  async ask(_contender, _address, count) {
    if (!existsSync(BUILT)) throw new Missing("Kith is not built here: npm run build");
    const flags = ["--host", "127.0.0.1", "--port", "0", "--log", "off"];
    return await startsOf(count, () => [RELAY_PROGRAM, "--json", "relay", ...flags, "--data", freshFolder()]);
  },
};

export const relayStartSources: Scenario = {
  ...alone,
  title: "the same from sources, types taken away on the way, without the rest of `kith`",
  unit: "ms",
  isLess: true,
  counts: { kith: 20 },
  ask: async (_contender, _address, count) =>
    startsOf(count, () => ["--conditions=@kith/source", RELAY_NODE, freshFolder()]),
};

export const joinCode: Scenario = {
  ...alone,
  title: "a join code over a relay, from typing it to its maker's question whether this is a contact",
  unit: "ms",
  isLess: true,
  counts: { kith: 25 },
  goal: 300,
  async ask(_contender, _address, count) {
    const config = readConfig({
      flags: { host: "127.0.0.1", port: 0, data: freshFolder(), log: "off" },
    });
    const toll = { quiet: QUIET_BITS, busy: QUIET_BITS };
    await using relay = await startRelay(config, { bounds: { unreadyPerSource: MANY, loginsPerMinute: MANY, toll } });
    const relays = [`ws://127.0.0.1:${relay.port}`];
    const here = { anonymous: true, host: "127.0.0.1", discovery: false, relays } as const;
    await using ada = await createEndpoint({ ...here, name: "Ada" });
    await using ben = await createEndpoint({ ...here, name: "Ben" });
    return await medianOf(count, () => joinOnce(ada.joinCodes, ben.joinCodes));
  },
};

export const toll: Scenario = {
  ...alone,
  title: `the toll of a relay that is quiet, ${QUIET_BITS} bits, in Node`,
  unit: "ms",
  isLess: true,
  counts: { kith: 200 },
  goal: 150,
  ask: async (_contender, _address, count) => figuresOf(payTolls(count, QUIET_BITS)),
};

export const tollInPage: Scenario = {
  ...alone,
  title: "the same toll in a page of Chromium",
  unit: "ms",
  isLess: true,
  counts: { kith: 200 },
  goal: 300,
  async ask(_contender, _address, count) {
    // `payTolls` is the page's own there, which `toll-page.ts` gives it.
    const pay = [count, QUIET_BITS] as const;
    return figuresOf(await inPage(TOLL_PAGE, (page) => page.evaluate(([tolls, bits]) => payTolls(tolls, bits), pay)));
  },
};

const freshFolder = (): string => mkdtempSync(join(benchFolder(), "relay-"));

/** `act` says how many milliseconds it took. */
async function medianOf(count: number, act: () => Promise<number>): ReturnType<Scenario["ask"]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await act());
  return figuresOf(times);
}

function figuresOf(times: readonly number[]): Awaited<ReturnType<Scenario["ask"]>> {
  const sorted = times.toSorted((a, b) => a - b);
  return { value: percentile(sorted, 0.5), extra: { "p95 ms": percentile(sorted, 0.95) } };
}

/** `args` are a Node's, of a relay in a fresh folder. What it costs is shown too, which a busy machine bends less. */
async function startsOf(count: number, args: () => readonly string[]): ReturnType<Scenario["ask"]> {
  const starts: (readonly [took: number, cpu: number])[] = [];
  for (let i = 0; i < count; i++) starts.push(await startOnce(args()));
  const cpu = starts.map(([, cpu]) => cpu).sort((a, b) => a - b);
  const { value, extra } = figuresOf(starts.map(([took]) => took));
  return { value, extra: { ...extra, "CPU of each, ms": percentile(cpu, 0.5) } };
}

/** Until the process says its first line, where it is or that it is, and its relay that it is ready. */
async function startOnce(args: readonly string[]): Promise<readonly [took: number, cpu: number]> {
  const started = performance.now();
  const relay = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line = ""] = await once(createInterface({ input: relay.stdout }), "line");
  const { port }: { port: number } = JSON.parse(line);
  await (await fetch(`http://127.0.0.1:${port}/ready`)).text();
  const took = performance.now() - started;
  const cpu = 1_000 * (cpuSecondsOf(relay.pid ?? 0) ?? Number.NaN);
  relay.kill("SIGKILL");
  return [took, cpu];
}

async function joinOnce(maker: JoinCodes, guest: JoinCodes): Promise<number> {
  const made = await maker.create({ for: "contact" });
  await until(maker.all, (all) => all.some(({ id, step }) => id === made && step.at === "show"));
  const shown = maker.all.get().find(({ id }) => id === made)?.step;
  if (shown?.at !== "show") throw new Error("no code is shown");
  const started = performance.now();
  const typed = await guest.join(shown.code);
  await until(maker.all, (all) => all.some(({ id, step }) => id === made && step.at === "consent"));
  const took = performance.now() - started;
  await Promise.all([maker.cancel(made), guest.cancel(typed)]);
  return took;
}
