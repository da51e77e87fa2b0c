/**
 * Fifty nodes in one process that tell each other things: how many deliveries a second, how many bytes on all
 * sockets for one byte that is of use, and how long one takes while little is said.
 *
 * All signatures are checked by everybody who takes a message, and before it is passed on. The answering process
 * has nothing to do here: all nodes are in the other one.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { gossipNamed } from "../gossips.ts";
import { countSockets, randomEdges } from "./gossip-net.ts";
import { type Figures, percentile, type Scenario } from "./scenario.ts";

const NODES = 50;
const DEGREE = 6;
const MESSAGE_BYTES = 1_024;
/** Messages of each node under way at once, at capacity: the next goes when one has come everywhere. */
const IN_FLIGHT = 4;
/** Messages before anything is counted: code is compiled, trees are found. */
const WARM_UP = 200;
/** From when all are linked, and after the warm-up: whatever a net does to find its form is not measured. */
const REST_MS = 10_000;
/** While little is said: so many messages a second. */
const CALM_RATE = 8;
const CALM_MESSAGES_MAX = 80;
/** A message that has not come everywhere after so long is lost. */
const PATIENCE_MS = 60_000;

export const gossip: Scenario = {
  title: `gossip: ${NODES} nodes over loopback TCP, degree ${DEGREE}, 1 KiB messages, all signatures checked`,
  unit: "deliveries/s",
  counts: { kith: 1_000, gossipsub: 400, "libp2p flood": 500 },
  ratioGoals: { gossipsub: 8, "libp2p flood": 2 },
  extraGoals: [
    { name: "bytes ×", atMost: 1.6 },
    { name: "p99 ms", atMost: 0.3, of: "gossipsub" },
    { name: "lost", atMost: 0 },
  ],
  answer: async () => ({ address: "none: all nodes are in the other process" }),
  async ask(contender, _address, count) {
    const written = countSockets();
    const talk = new Talk();
    const started = performance.now();
    const start = await gossipNamed(contender);
    const net = await start(NODES, randomEdges(NODES, DEGREE, 1), (node, bytes) => talk.deliver(node, bytes));
    const setUpMs = performance.now() - started;
    const publish = (node: number, bytes: Uint8Array): Promise<void> => net.publish(node, bytes);

    await sleep(REST_MS);
    await talk.run(publish, Math.min(WARM_UP, count), 1);
    await sleep(REST_MS);
    const calm = await measured(written, () => talk.paced(publish, Math.min(CALM_MESSAGES_MAX, count)));
    const capacity = await measured(written, () => talk.run(publish, count, IN_FLIGHT));
    await Promise.race([net.stop(), sleep(5_000)]);
    return figures(setUpMs, calm, capacity);
  },
};

interface Phase {
  readonly said: Said;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** Messages of a phase, and how long each delivery took. */
interface Said {
  readonly messages: number;
  readonly lost: number;
  readonly times: readonly number[];
}

function figures(setUpMs: number, calm: Phase, capacity: Phase): Figures {
  const times = [...calm.said.times].sort((a, b) => a - b);
  const busy = [...capacity.said.times].sort((a, b) => a - b);
  return {
    value: capacity.said.times.length / capacity.seconds,
    extra: {
      "CPU µs each": (1e6 * capacity.cpuSeconds) / capacity.said.times.length,
      "bytes ×": capacity.bytes / (capacity.said.times.length * MESSAGE_BYTES),
      "p50 ms": percentile(times, 0.5),
      "p99 ms": percentile(times, 0.99),
      "calm bytes ×": calm.bytes / (calm.said.times.length * MESSAGE_BYTES),
      "busy p99 ms": percentile(busy, 0.99),
      lost: calm.said.lost + capacity.said.lost,
      "set-up ms": setUpMs,
    },
  };
}

async function measured(written: () => number, act: () => Promise<Said>): Promise<Phase> {
  const [bytes, cpu, started] = [written(), process.cpuUsage(), performance.now()];
  const said = await act();
  const { user, system } = process.cpuUsage(cpu);
  return {
    said,
    seconds: (performance.now() - started) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    bytes: written() - bytes,
  };
}

interface Pending {
  readonly sentAt: number;
  readonly missing: Set<number>;
  readonly done: () => void;
}

/** Numbers messages, and knows who still has not got which. */
class Talk {
  readonly #pending = new Map<number, Pending>();
  #number = 0;
  #times: number[] = [];
  #repeats = 0;

  deliver(node: number, bytes: Uint8Array): void {
    if (bytes.length !== MESSAGE_BYTES) throw new Error(`a message of ${bytes.length} bytes`);
    const pending = this.#pending.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    if (pending === undefined) return;
    if (!pending.missing.delete(node)) {
      this.#repeats += 1;
      if (this.#repeats > 100) throw new Error("messages are delivered more than once");
      return;
    }
    this.#times.push(performance.now() - pending.sentAt);
    if (pending.missing.size === 0) pending.done();
  }

  /** `count` messages in all, `inFlight` of each node at once. */
  async run(publish: Publish, count: number, inFlight: number): Promise<Said> {
    return this.#collect(async () => {
      let left = count;
      let lost = 0;
      const speak = async (node: number): Promise<void> => {
        while (left > 0) {
          left -= 1;
          if (!(await this.#say(publish, node))) lost += 1;
        }
      };
      await Promise.all(Array.from({ length: NODES * inFlight }, (_, i) => speak(i % NODES)));
      return { messages: count, lost };
    });
  }

  /** `count` messages, {@link CALM_RATE} a second. */
  async paced(publish: Publish, count: number): Promise<Said> {
    return this.#collect(async () => {
      const all: Promise<boolean>[] = [];
      for (let i = 0; i < count; i++) {
        all.push(this.#say(publish, (i * 7) % NODES)); // seldom neighbours one after the other
        await sleep(1_000 / CALM_RATE);
      }
      const arrived = await Promise.all(all);
      return { messages: count, lost: arrived.filter((isThere) => !isThere).length };
    });
  }

  async #collect(act: () => Promise<{ messages: number; lost: number }>): Promise<Said> {
    this.#times = [];
    const result = await act();
    return { ...result, times: this.#times };
  }

  /** Whether it came everywhere. */
  async #say(publish: Publish, from: number): Promise<boolean> {
    const number = this.#number++;
    const bytes = new Uint8Array(MESSAGE_BYTES).fill(number & 0xff);
    new DataView(bytes.buffer).setUint32(0, number);
    const missing = new Set(Array.from({ length: NODES }, (_, i) => i).filter((node) => node !== from));
    let patience: NodeJS.Timeout | undefined;
    const arrived = new Promise<boolean>((resolve) => {
      patience = setTimeout(() => resolve(false), PATIENCE_MS);
      this.#pending.set(number, { sentAt: performance.now(), missing, done: () => resolve(true) });
    });
    await publish(from, bytes);
    const isThere = await arrived;
    clearTimeout(patience);
    this.#pending.delete(number);
    return isThere;
  }
}

type Publish = (node: number, bytes: Uint8Array) => Promise<void>;
