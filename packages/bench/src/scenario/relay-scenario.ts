/**
 * A relay under load over loopback, its clients in another process: pairs that talk, and one that talks to 64. Clients
 * of Kith's relay have logged in with a key each; the others let in whoever comes. One process makes the load, so
 * whether it or the server is the limit is shown: `load µs` beside `server µs`, processor time for each message.
 *
 * @module
 */
import { joinMany, payload, type RelayAddress, SERVER_COST, serveRelay, Tally } from "./relay-load.ts";
import type { Scenario } from "./scenario.ts";

const PAIRS = 32;
const PAIR_IN_FLIGHT = 4;
const RECEIVERS = 64;
const FAN_IN_FLIGHT = 16;

export const relayPairs: Scenario = {
  title: `relay: ${PAIRS} pairs, ${PAIR_IN_FLIGHT} messages of 1 KiB in flight each`,
  unit: "messages/s",
  counts: {
    ...{ kith: 400_000, ws: 400_000, bun: 400_000, nats: 400_000, mosquitto: 400_000 },
    ...{ "socket.io": 150_000, peerjs: 150_000, "libp2p relay": 8_000 },
  },
  ratioGoals: { ws: 1, nats: 1.2, peerjs: 1.8, "libp2p relay": 15 },
  cost: SERVER_COST,
  extraGoals: [{ name: "p99 ms", atMost: 1, of: "ws" }],
  answer: serveRelay,
  async ask(contender, where, count) {
    const { address, pid }: RelayAddress = JSON.parse(where);
    const peers = await joinMany(contender, address, 2 * PAIRS);
    const tally = new Tally(count, pid);
    const starts: (() => void)[] = [];
    for (let i = 0; i < PAIRS; i++) {
      const [from, to] = [peers[2 * i], peers[2 * i + 1]];
      if (from === undefined || to === undefined) throw new Error("too few peers");
      const send = await from.sender([to.name], payload());
      /** When those in flight were sent; they come in order. */
      const sentAt = new Float64Array(PAIR_IN_FLIGHT);
      let [sent, got] = [0, 0];
      const next = (now: number): void => {
        sentAt[sent++ % PAIR_IN_FLIGHT] = now;
        send();
      };
      to.onMessages((come) => {
        const now = performance.now();
        for (let i = 0; i < come; i++) if (tally.count(sentAt[got++ % PAIR_IN_FLIGHT] ?? 0, now)) next(now);
      });
      starts.push(() => {
        for (let flying = 0; flying < PAIR_IN_FLIGHT; flying++) next(performance.now());
      });
    }
    for (const start of starts) start();
    return tally.figures();
  },
};

export const relayFanOut: Scenario = {
  title: `relay: one sends 1 KiB to ${RECEIVERS}, ${FAN_IN_FLIGHT} in flight`,
  unit: "deliveries/s",
  counts: {
    ...{ kith: 3_000_000, bun: 3_000_000, nats: 1_000_000, mosquitto: 500_000 },
    ...{ ws: 500_000, "socket.io": 250_000, peerjs: 250_000 },
  },
  ratioGoals: { ws: 5, nats: 1.5, "socket.io": 9, peerjs: 9 },
  cost: SERVER_COST,
  answer: serveRelay,
  async ask(contender, where, count) {
    const { address, pid }: RelayAddress = JSON.parse(where);
    const [from, ...receivers] = await joinMany(contender, address, 1 + RECEIVERS);
    if (from === undefined) throw new Error("no peer");
    const names = receivers.map(({ name }) => name);
    const send = await from.sender(names, payload());
    const tally = new Tally(count, pid);
    /** Of those in flight: when each was sent, and how many have not got it. */
    const sentAt = new Float64Array(FAN_IN_FLIGHT);
    const missing = new Uint32Array(FAN_IN_FLIGHT);
    let sent = 0;
    const next = (now: number): void => {
      const slot = sent++ % FAN_IN_FLIGHT;
      sentAt[slot] = now;
      missing[slot] = RECEIVERS;
      send();
    };
    for (const receiver of receivers) {
      let got = 0;
      receiver.onMessages((come) => {
        const now = performance.now();
        for (let i = 0; i < come; i++) {
          const slot = got++ % FAN_IN_FLIGHT;
          const isGoingOn = tally.count(sentAt[slot] ?? 0, now);
          const left = (missing[slot] ?? 0) - 1;
          missing[slot] = left;
          if (left === 0 && isGoingOn) next(now);
        }
      });
    }
    for (let flying = 0; flying < FAN_IN_FLIGHT; flying++) next(performance.now());
    return tally.figures();
  },
};
