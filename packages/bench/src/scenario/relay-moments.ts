/**
 * Moments in which somebody waits for a relay: until it is there, until a code that was typed has brought something,
 * until a stranger has paid. All over loopback, relay and clients in one process but for the first.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { searchToll } from "@kith/core";
import { readConfig, startRelay } from "@kith/relay";
import type { JoinCodes } from "@kith/sdk";
import { createEndpoint } from "@kith/sdk/node";
import { until } from "./file-kith.ts";
import { benchFolder } from "./file-pair.ts";
import { percentile, type Scenario } from "./scenario.ts";

const RELAY_NODE = fileURLToPath(new URL("relay-node.ts", import.meta.url));
/** What a relay that is quiet asks of strangers (spec/relay.md §4). */
const QUIET_BITS = 14;
const MANY = 1_000_000;
const alone = { answer: async () => ({ address: "none: everything is in the other process" }) };

export const relayStart: Scenario = {
  ...alone,
  title: "a relay's process, from its start to ready, from sources",
  unit: "ms",
  isLess: true,
  counts: { kith: 10 },
  goal: 500,
  ask: async (_contender, _address, count) => medianOf(count, startOnce),
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
      flags: { host: "127.0.0.1", port: 0, data: mkdtempSync(join(benchFolder(), "relay-")), log: "off" },
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
  title: `the toll of a relay that is quiet, ${QUIET_BITS} bits`,
  unit: "ms",
  isLess: true,
  counts: { kith: 200 },
  goal: 150,
  ask: async (_contender, _address, count) => medianOf(count, payOnce),
};

/** `act` says how many milliseconds it took. */
async function medianOf(count: number, act: () => Promise<number> | number): ReturnType<Scenario["ask"]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await act());
  times.sort((a, b) => a - b);
  return { value: percentile(times, 0.5), extra: { "p95 ms": percentile(times, 0.95) } };
}

async function startOnce(): Promise<number> {
  const started = performance.now();
  const data = mkdtempSync(join(benchFolder(), "relay-"));
  const relay = spawn(process.execPath, [...process.execArgv, RELAY_NODE, data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const _ready of createInterface({ input: relay.stdout })) break;
  const took = performance.now() - started;
  relay.kill();
  return took;
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

const SLICE = 65_536;

function payOnce(): number {
  const challenge = randomBytes(32);
  const started = performance.now();
  for (let from = 0; searchToll(challenge, QUIET_BITS, from, SLICE) === undefined; ) from += SLICE;
  return performance.now() - started;
}
