/**
 * A relay under load over loopback, its clients in another process: pairs that talk, one that talks to 64, and many
 * that are only there. Clients of Kith's relay have logged in with a key each; the others let in whoever comes.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RelayPeer } from "../contender/relay-contender.ts";
import { relayNamed } from "../relays.ts";
import { type Answering, type Figures, percentile, type Scenario, secondsSince } from "./scenario.ts";

const MESSAGE_BYTES = 1_024;
const PAIRS = 32;
const PAIR_IN_FLIGHT = 4;
const RECEIVERS = 64;
const FAN_IN_FLIGHT = 16;
/** Part of the messages that are not counted: code is compiled. */
const WARM_UP = 0.2;
/** Connections being opened at once. */
const JOINING = 16;
/** For a server to come to rest after the last has joined. */
const REST_MS = 6_000;
const SAMPLE_MS = 500;

async function serve(contender: string): Promise<Answering> {
  return { address: await (await relayNamed(contender)).serve() };
}

export const relayPairs: Scenario = {
  title: `relay: ${PAIRS} pairs, ${PAIR_IN_FLIGHT} messages of 1 KiB in flight each`,
  unit: "messages/s",
  counts: { kith: 400_000, ws: 400_000, "socket.io": 150_000, peerjs: 150_000 },
  ratioGoals: { ws: 1, peerjs: 1.8 },
  extraGoals: [{ name: "p99 ms", atMost: 1, of: "ws" }],
  answer: serve,
  async ask(contender, address, count) {
    const peers = await join(contender, address, 2 * PAIRS);
    const tally = new Tally(count);
    for (let i = 0; i < PAIRS; i++) {
      const [from, to] = [peers[2 * i], peers[2 * i + 1]];
      if (from === undefined || to === undefined) throw new Error("too few peers");
      const send = from.sender([to.name], payload());
      /** When those in flight were sent; they come in order. */
      const sentAt = new Float64Array(PAIR_IN_FLIGHT);
      let [sent, got] = [0, 0];
      const next = (): void => {
        sentAt[sent++ % PAIR_IN_FLIGHT] = performance.now();
        send();
      };
      to.onMessage(() => {
        if (tally.count(sentAt[got++ % PAIR_IN_FLIGHT] ?? 0)) next();
      });
      for (let flying = 0; flying < PAIR_IN_FLIGHT; flying++) next();
    }
    return tally.figures();
  },
};

export const relayFanOut: Scenario = {
  title: `relay: one sends 1 KiB to ${RECEIVERS}, ${FAN_IN_FLIGHT} in flight`,
  unit: "deliveries/s",
  counts: { kith: 3_000_000, ws: 500_000, "socket.io": 250_000, peerjs: 250_000 },
  ratioGoals: { ws: 5, "socket.io": 9, peerjs: 9 },
  answer: serve,
  async ask(contender, address, count) {
    const [from, ...receivers] = await join(contender, address, 1 + RECEIVERS);
    if (from === undefined) throw new Error("no peer");
    const send = from.sender(
      receivers.map(({ name }) => name),
      payload(),
    );
    const tally = new Tally(count);
    /** Of those in flight: when each was sent, and how many have not got it. */
    const sentAt = new Float64Array(FAN_IN_FLIGHT);
    const missing = new Uint32Array(FAN_IN_FLIGHT);
    let sent = 0;
    const next = (): void => {
      const slot = sent++ % FAN_IN_FLIGHT;
      sentAt[slot] = performance.now();
      missing[slot] = RECEIVERS;
      send();
    };
    for (const receiver of receivers) {
      let got = 0;
      receiver.onMessage(() => {
        const slot = got++ % FAN_IN_FLIGHT;
        const isGoingOn = tally.count(sentAt[slot] ?? 0);
        const left = (missing[slot] ?? 0) - 1;
        missing[slot] = left;
        if (left === 0 && isGoingOn) next();
      });
    }
    for (let flying = 0; flying < FAN_IN_FLIGHT; flying++) next();
    return tally.figures();
  },
};

export const relayIdle: Scenario = {
  title: "relay: growth of its memory by connections that only are there",
  unit: "KB each",
  isLess: true,
  counts: { kith: 5_000, ws: 5_000, "socket.io": 5_000, peerjs: 5_000 },
  goal: 8,
  async answer(contender, count) {
    const address = await (await relayNamed(contender)).serve();
    const base = await settledMemory();
    let grown = 0;
    let isMeasuring = false;
    const timer = setInterval(async () => {
      const sockets = process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
      if (sockets < count || isMeasuring) return;
      isMeasuring = true;
      grown = (await settledMemory()) - base;
      isMeasuring = false;
    }, SAMPLE_MS);
    return {
      address,
      async finish() {
        clearInterval(timer);
        return { value: grown / 1_000 / count, "base MB": base / 1e6 };
      },
    };
  },
  async ask(contender, address, count) {
    const started = process.hrtime.bigint();
    await join(contender, address, count);
    const seconds = secondsSince(started);
    await sleep(REST_MS);
    return { value: Number.NaN, extra: { value: 0, "joins/s": count / seconds } };
  },
};

function payload(): Uint8Array {
  return new Uint8Array(MESSAGE_BYTES).fill(0x61);
}

async function join(contender: string, address: string, count: number): Promise<RelayPeer[]> {
  const relay = await relayNamed(contender);
  const peers: RelayPeer[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started++ < count) peers.push(await relay.join(address));
  };
  await Promise.all(Array.from({ length: JOINING }, worker));
  return peers;
}

/** Memory of this process when what is no longer needed is gone. */
async function settledMemory(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (let times = 0; times < 3; times++) {
    collect();
    await sleep(SAMPLE_MS);
  }
  return process.memoryUsage.rss();
}

/** Counts messages until there are enough, and how long each took. */
class Tally {
  readonly #wanted: number;
  readonly #times: Float64Array;
  readonly #done: () => void;
  readonly #isDone: Promise<void>;
  #seen = 0;
  #taken = 0;
  #started = performance.now();
  #seconds = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.#times = new Float64Array(wanted);
    let done = (): void => {};
    this.#isDone = new Promise((resolve) => {
      done = resolve;
    });
    this.#done = done;
  }

  /** False when there are enough. */
  count(sentAt: number): boolean {
    this.#seen += 1;
    const warmUp = Math.floor(WARM_UP * this.#wanted);
    const now = performance.now();
    if (this.#seen === warmUp) this.#started = now;
    if (this.#seen > warmUp && this.#seen <= this.#wanted) this.#times[this.#taken++] = now - sentAt;
    if (this.#seen === this.#wanted) {
      this.#seconds = (now - this.#started) / 1_000;
      this.#done();
    }
    return this.#seen < this.#wanted;
  }

  async figures(): Promise<Figures> {
    await this.#isDone;
    const times = this.#times.subarray(0, this.#taken).sort();
    const extra = { "p50 ms": percentile(times, 0.5), "p99 ms": percentile(times, 0.99) };
    return { value: times.length / this.#seconds, extra };
  }
}
