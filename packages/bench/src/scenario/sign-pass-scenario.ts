/**
 * Manifests of Wallet passes, signed by a relay in a process of its own, over loopback: each by a key that is logged in,
 * from an address of its own, as many as limits allow. First as fast as four who ask can, then a hundred a second on a
 * schedule that waits for nobody: who is late counts from when it should have begun.
 *
 * @module
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig, startRelay } from "@kith/relay";
import { createEndpoint } from "@kith/sdk/node";
import { until } from "./file-kith.ts";
import { benchFolder } from "./file-pair.ts";
import { percentile, type Scenario } from "./scenario.ts";

const PER_SECOND = 100;
const AT_ONCE = 4;
/** Of 100 a minute that one key may ask. */
const PER_KEY = 90;
const WARM_UP = 20;
const MANY = 1_000_000;
const HASH = "0123456789abcdef0123456789abcdef01234567";
/** As a card with a photo has it. */
const NAMES = [
  "pass.json",
  "icon.png",
  "icon@2x.png",
  "icon@3x.png",
  "logo.png",
  "logo@2x.png",
  "thumbnail.png",
  "thumbnail@2x.png",
];
const MANIFEST = JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, HASH])));

export const signPass: Scenario = {
  title: "`POST /sign-pass` at a relay: signatures a second of one processor's time, RSA of 2,048 bits",
  unit: "/s",
  counts: { kith: 1_000 },
  goal: PER_SECOND,
  extraGoals: [{ name: "p99 ms at 100/s", atMost: 50 }],
  async answer() {
    const data = mkdtempSync(join(benchFolder(), "relay-"));
    const flags = { host: "127.0.0.1", port: 0, data, log: "off", trustedProxies: ["127.0.0.1"], metrics: "open" };
    const bounds = { unreadyPerSource: MANY, loginsPerMinute: MANY, toll: { quiet: 1, busy: 1 } };
    const relay = await startRelay(readConfig({ flags }), { bounds });
    return { address: `127.0.0.1:${relay.port}` };
  },
  async ask(_contender, host, count) {
    const tickets: string[] = [];
    for (let need = 2 * count + WARM_UP; need > 0; need -= PER_KEY) tickets.push(await ticketAt(host));
    let asked = 0;
    const sign = async (): Promise<void> => {
      const [n, ticket] = [asked, tickets[Math.floor(asked / PER_KEY)] ?? ""];
      asked += 1;
      const headers = {
        ...{ Authorization: `Bearer ${ticket}`, "Content-Type": "application/json" },
        "X-Forwarded-For": `10.1.${(n >> 8) & 255}.${n & 255}`,
      };
      const answer = await fetch(`http://${host}/sign-pass`, { method: "POST", body: MANIFEST, headers });
      if (answer.status !== 200) throw new Error(`answered by ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    };
    for (let i = 0; i < WARM_UP; i++) await sign();

    const [cpu, began] = [await cpuSecondsAt(host), performance.now()];
    let left = count;
    const asker = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        await sign();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, asker));
    const [took, cpuTook] = [performance.now() - began, (await cpuSecondsAt(host)) - cpu];

    const times: number[] = [];
    const start = performance.now();
    const running: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      const due = start + (i * 1_000) / PER_SECOND;
      if (due > performance.now()) await sleep(due - performance.now());
      running.push(sign().then(() => void times.push(performance.now() - due)));
    }
    await Promise.all(running);
    times.sort((a, b) => a - b);
    return {
      value: count / cpuTook,
      extra: {
        "p99 ms at 100/s": percentile(times, 0.99),
        "median ms at 100/s": percentile(times, 0.5),
        "/s by 4 who ask": (1_000 * count) / took,
      },
    };
  },
};

async function ticketAt(host: string): Promise<string> {
  const options = { anonymous: true, host: "127.0.0.1", discovery: false, relays: [`ws://${host}`] } as const;
  await using endpoint = await createEndpoint({ ...options, name: "Ada" });
  await until(endpoint.relays, ([view]) => view?.state === "ready");
  return (await endpoint.relays.manage(host, { type: "ticket" })).ticket;
}

/** Of the relay's process, as it says itself. */
async function cpuSecondsAt(host: string): Promise<number> {
  const text = await (await fetch(`http://${host}/metrics`)).text();
  return Number(/^kith_relay_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}
