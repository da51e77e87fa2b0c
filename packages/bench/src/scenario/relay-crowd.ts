/**
 * A relay on one core with many who are there and say nothing, and a thousand who talk: how long a message takes, from
 * the send of one client to the whole message at the other. The two hops over loopback and the load's own turns are in it.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { RelayPeer } from "../contender/relay-contender.ts";
import { joinMany, momentOf, payload, type RelayAddress, serveRelay, shares } from "./relay-load.ts";
import { percentile, type Scenario } from "./scenario.ts";

const ACTIVE = 1_000;
/** Of all of them together, a second: ten of each. */
const RATE = 10_000;
/** Longer than anybody is silent before a server asks whether he is there. */
const MEASURED_MS = 30_000;
const WARM_UP_MS = 2_000;

export const relayCrowd: Scenario = {
  title: `relay: 1 KiB between ${ACTIVE} clients, ${RATE / 1_000} a millisecond, beside idle ones`,
  unit: "p99 ms",
  isLess: true,
  counts: { kith: 10_000, ws: 10_000, bun: 10_000 },
  goal: 10,
  answer: serveRelay,
  async ask(contender, where, count) {
    const { address, pid }: RelayAddress = JSON.parse(where);
    const active = await joinMany(contender, address, ACTIVE);
    await joinMany(contender, address, count);
    const times: number[] = [];
    const talks = await Promise.all(active.map((from, i) => talk(from, active[i ^ 1], times)));
    await say(talks, WARM_UP_MS);
    times.length = 0;
    const before = momentOf(pid);
    const sent = await say(talks, MEASURED_MS);
    const after = momentOf(pid);
    const lost = sent - times.length;
    times.sort((a, b) => a - b);
    return {
      value: percentile(times, 0.99),
      extra: {
        "p50 ms": percentile(times, 0.5),
        "p99.9 ms": percentile(times, 0.999),
        "max ms": times.at(-1) ?? Number.NaN,
        "not come": lost,
        ...shares(before, after),
      },
    };
  },
};

/** A message from one to the other each time it is called; they come in order. */
async function talk(from: RelayPeer, to: RelayPeer | undefined, times: number[]): Promise<() => void> {
  if (to === undefined) throw new Error("nobody to talk to");
  const send = await from.sender([to.name], payload());
  const sentAt: number[] = [];
  to.onMessages((come) => {
    const now = performance.now();
    for (let i = 0; i < come; i++) times.push(now - (sentAt.shift() ?? Number.NaN));
  });
  return () => {
    sentAt.push(performance.now());
    send();
  };
}

/** In turn, evenly over the time, however long a message takes. Resolves to how many, when all had time to come. */
async function say(talks: readonly (() => void)[], duration: number): Promise<number> {
  const started = performance.now();
  let sent = 0;
  for (let passed = 0; passed < duration; passed = performance.now() - started) {
    for (const due = Math.floor((Math.min(passed, duration) / 1_000) * RATE); sent < due; sent++)
      talks[sent % talks.length]?.();
    await sleep(1);
  }
  await sleep(1_000);
  return sent;
}
