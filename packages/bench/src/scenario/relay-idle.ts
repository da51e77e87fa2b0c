/**
 * Clients of a relay that are only there: by how much its process grows for each of them. Clients of Kith's relay have
 * logged in with a key each; the others let in whoever comes.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { relayNamed } from "../relays.ts";
import { joinMany, type RelayAddress } from "./relay-load.ts";
import { type Scenario, secondsSince } from "./scenario.ts";

/** For a server to come to rest after the last has joined. */
const REST_MS = 6_000;
const SAMPLE_MS = 500;

export const relayIdle: Scenario = {
  title: "relay: growth of its memory by connections that only are there",
  unit: "KB each",
  isLess: true,
  counts: { kith: 5_000, ws: 5_000, bun: 5_000, nats: 5_000, mosquitto: 5_000, "socket.io": 5_000, peerjs: 5_000 },
  goal: 8,
  async answer(contender, count) {
    const { address, pid, stop } = await (await relayNamed(contender)).serve();
    const look = pid === process.pid ? ownServer() : otherServer(pid);
    const base = await look.memory();
    let grown = Number.NaN;
    let isMeasuring = false;
    const timer = setInterval(async () => {
      if (isMeasuring || look.connections() < count) return;
      isMeasuring = true;
      const memory = await look.memory();
      if (look.connections() >= count) grown = memory - base;
      isMeasuring = false;
    }, SAMPLE_MS);
    return {
      address: JSON.stringify({ address, pid } satisfies RelayAddress),
      async finish() {
        clearInterval(timer);
        stop?.();
        if (Number.isNaN(grown)) throw new Error("they were never all there while it was looked");
        return { value: grown / 1_000 / count, "base MB": base / 1e6 };
      },
    };
  },
  async ask(contender, where, count) {
    const { address }: RelayAddress = JSON.parse(where);
    const started = process.hrtime.bigint();
    await joinMany(contender, address, count);
    const seconds = secondsSince(started);
    await sleep(REST_MS);
    return { value: Number.NaN, extra: { "joins/s": count / seconds } };
  },
};

interface Look {
  connections(): number;
  /** Resident, in bytes. */
  memory(): Promise<number>;
}

/** When what is no longer needed is gone. */
function ownServer(): Look {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  return {
    connections: () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length,
    async memory() {
      for (let times = 0; times < 3; times++) {
        collect();
        await sleep(SAMPLE_MS);
      }
      return process.memoryUsage.rss();
    },
  };
}

/** As it is: nobody can be told to collect. */
function otherServer(pid: number): Look {
  return {
    connections: () => readdirSync(`/proc/${pid}/fd`).length,
    async memory() {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
      return 1_024 * Number(kilobytes);
    },
  };
}
