/**
 * The scenarios, as two halves: what the listening process does with each pipe, and what the dialling
 * one does and measures. One number each, bigger is better unless `isLess`.
 *
 * @module
 */
import { type Contender, messagesOver, type Pipe } from "./contender/contender.ts";

export interface Scenario {
  readonly title: string;
  readonly unit: string;
  /** Smaller is better: a time. */
  readonly isLess?: true;
  readonly kind: "stream" | "messages";
  /** Pieces of work in one run. */
  readonly count: number;
  answer(pipe: Pipe, count: number): void;
  /** Gives the figures of one run. */
  ask(contender: Contender, address: string, count: number): Promise<Figures>;
}

export interface Figures {
  /** In the scenario's unit. */
  readonly value: number;
  /** The 99th percentile, where `value` is a median. */
  readonly p99?: number;
}

const CHUNK_BYTES = 65_536;
const MESSAGE_BYTES = 100;
const ECHO_WARM_UP = 2_000;
const SESSIONS_AT_ONCE = 16;

const seconds = (started: bigint): number => Number(process.hrtime.bigint() - started) / 1e9;

const firstData = (pipe: Pipe): Promise<void> => new Promise((resolve) => pipe.onData(() => resolve()));

/** Writes `count` times and waits whenever the pipe says so; a turn's worth at a time, so that timers and acknowledgements get theirs. */
async function pour(pipe: Pipe, bytes: Uint8Array, count: number, perTurn: number): Promise<void> {
  for (let left = count; left > 0; ) {
    let hasRoom = true;
    for (let i = Math.min(perTurn, left); i > 0 && hasRoom; i--, left--) hasRoom = pipe.write(bytes);
    if (hasRoom) await new Promise((resolve) => setImmediate(resolve));
    else await pipe.drain();
  }
}

/** Calls back once `total` units have come. */
function countTo(pipe: Pipe, total: number, unit: (bytes: Uint8Array) => number, done: () => void): void {
  let seen = 0;
  pipe.onData((bytes) => {
    seen += unit(bytes);
    if (seen === total) done();
  });
}

export const SCENARIOS: Record<string, Scenario> = {
  stream: {
    title: "64 KiB writes, one stream",
    unit: "MB/s",
    kind: "stream",
    count: 24_000,
    answer: (pipe, count) => countTo(pipe, count * CHUNK_BYTES, (bytes) => bytes.length, () => pipe.write(Uint8Array.of(1))),
    async ask(contender, address, count) {
      const pipe = await contender.dial(address, "stream");
      const answered = firstData(pipe);
      const started = process.hrtime.bigint();
      await pour(pipe, new Uint8Array(CHUNK_BYTES).fill(7), count, 64);
      await answered;
      return { value: (count * CHUNK_BYTES) / 1e6 / seconds(started) };
    },
  },
  messages: {
    title: "100-byte messages, one way",
    unit: "messages/s",
    kind: "messages",
    count: 3_000_000,
    answer: (pipe, count) => countTo(pipe, count, () => 1, () => pipe.write(Uint8Array.of(1))),
    async ask(contender, address, count) {
      const pipe = messagesOver(contender, await contender.dial(address, "messages"));
      const answered = firstData(pipe);
      const started = process.hrtime.bigint();
      await pour(pipe, new Uint8Array(MESSAGE_BYTES).fill(7), count, 4_096);
      await answered;
      return { value: count / seconds(started) };
    },
  },
  echo: {
    title: "100-byte echo, one at a time, median",
    unit: "µs",
    isLess: true,
    kind: "messages",
    count: 20_000,
    answer: (pipe) => pipe.onData((bytes) => void pipe.write(bytes.slice())),
    async ask(contender, address, count) {
      const pipe = messagesOver(contender, await contender.dial(address, "messages"));
      const message = new Uint8Array(MESSAGE_BYTES).fill(7);
      const times: number[] = [];
      await new Promise<void>((resolve) => {
        let started = process.hrtime.bigint();
        let left = count + ECHO_WARM_UP;
        pipe.onData(() => {
          if (left <= count) times.push(Number(process.hrtime.bigint() - started) / 1e3);
          left -= 1;
          if (left === 0) return resolve();
          started = process.hrtime.bigint();
          pipe.write(message);
        });
        pipe.write(message);
      });
      times.sort((a, b) => a - b);
      return { value: times[Math.floor(times.length / 2)] ?? 0, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
    },
  },
  sessions: {
    title: "new sessions, both sides authenticated, first byte back",
    unit: "sessions/s",
    kind: "stream",
    count: 1_500,
    answer: (pipe) => pipe.onData((bytes) => void pipe.write(bytes.slice(0, 1))),
    async ask(contender, address, count) {
      const one = async (): Promise<void> => {
        const pipe = await contender.dial(address, "stream");
        const answered = firstData(pipe);
        pipe.write(Uint8Array.of(1));
        await answered;
        await pipe.close();
      };
      const run = async (total: number): Promise<void> => {
        let left = total;
        await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, async () => {
          while (left-- > 0) await one();
        }));
      };
      await run(count / 5); // warm up
      const started = process.hrtime.bigint();
      await run(count);
      return { value: count / seconds(started) };
    },
  },
};
