/**
 * The scenarios over one pipe: a stream, small messages, an echo, new sessions. Every contender runs
 * the same code on both sides.
 *
 * @module
 */
import { type Contender, messagesOver, type Pipe, type PipeKind } from "../contender/contender.ts";
import { contenderNamed, rtcContenderNamed } from "../contenders.ts";
import { type Figures, percentile, type Scenario, secondsSince } from "./scenario.ts";

const CHUNK_BYTES = 65_536;
const MESSAGE_BYTES = 100;
const ECHO_WARM_UP = 2_000;
const SENDING = "CPU ms/MB sending";
const SESSIONS_AT_ONCE = 16;
const WRITES_PER_TURN = { stream: 64, messages: 4_096 };

type Halves = Omit<Scenario, "answer" | "ask"> & {
  readonly kind: PipeKind;
  /** What is put into `figures` stands beside those of the asking half. */
  serve(pipe: Pipe, count: number, figures: Record<string, number>): void;
  ask(contender: Contender, address: string, count: number): Promise<Figures>;
};

function pipeScenario({ kind, serve, ask, ...rest }: Halves, named = contenderNamed): Scenario {
  return {
    ...rest,
    async answer(name, count) {
      const contender = await named(name);
      const figures: Record<string, number> = {};
      const address = await contender.listen((pipe) =>
        serve(kind === "messages" ? messagesOver(contender, pipe) : pipe, count, figures),
      );
      return { address, finish: async () => figures };
    },
    ask: async (name, address, count) => ask(await named(name), address, count),
  };
}

export const stream: Scenario = pipeScenario({
  title: "64 KiB writes, one stream",
  unit: "MB/s",
  kind: "stream",
  counts: { kith: 32_000, "tls 1.3": 32_000, "secret-stream": 16_000, libp2p: 8_000, "raw tcp": 32_000 },
  ratioGoals: { "tls 1.3": 0.85, "secret-stream": 2, libp2p: 4 },
  serve: (pipe, count) => countTo(pipe, count * CHUNK_BYTES, (bytes) => bytes.length),
  async ask(contender, address, count) {
    const pipe = await contender.dial(address, "stream");
    const seconds = await pourAll(pipe, CHUNK_BYTES, count, WRITES_PER_TURN.stream);
    return { value: (count * CHUNK_BYTES) / 1e6 / seconds };
  },
});

export const messages: Scenario = pipeScenario({
  title: "100-byte messages, one way",
  unit: "messages/s",
  kind: "messages",
  counts: { kith: 8_000_000, "tls 1.3": 4_000_000, "secret-stream": 200_000, libp2p: 60_000, "raw tcp": 300_000 },
  ratioGoals: { "tls 1.3": 2, "secret-stream": 40 },
  serve: (pipe, count) => countTo(pipe, count, () => 1),
  async ask(contender, address, count) {
    const pipe = messagesOver(contender, await contender.dial(address, "messages"));
    return { value: count / (await pourAll(pipe, MESSAGE_BYTES, count, WRITES_PER_TURN.messages)) };
  },
});

export const echo: Scenario = pipeScenario({
  title: "100-byte echo, one at a time, median",
  unit: "µs",
  isLess: true,
  kind: "messages",
  counts: { kith: 20_000, "tls 1.3": 20_000, "secret-stream": 20_000, libp2p: 10_000, "raw tcp": 20_000 },
  ratioGoals: { "tls 1.3": 1.3 },
  serve: (pipe) => pipe.onData((bytes) => void pipe.write(bytes.slice())),
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
    return { value: percentile(times, 0.5), extra: { p99: percentile(times, 0.99) } };
  },
});

export const sessions: Scenario = pipeScenario({
  title: "new sessions, both sides authenticated, until a byte came back",
  unit: "sessions/s",
  kind: "stream",
  counts: { kith: 1_600, "tls 1.3": 2_000, "secret-stream": 3_000, libp2p: 600 },
  ratioGoals: { "tls 1.3": 1, libp2p: 3 },
  serve: (pipe) => pipe.onData((bytes) => void pipe.write(bytes.slice(0, 1))),
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
      const caller = async (): Promise<void> => {
        while (left-- > 0) await one();
      };
      await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, caller));
    };
    await run(Math.max(4 * SESSIONS_AT_ONCE, count / 4)); // warm up
    const started = process.hrtime.bigint();
    await run(count);
    return { value: count / secondsSince(started) };
  },
});

export const rtcBulk: Scenario = pipeScenario(
  {
    title: "64 KiB writes over WebRTC, two processes of Node",
    unit: "MB/s",
    kind: "stream",
    counts: { kith: 4_000, "node-datachannel": 4_000 },
    ratioGoals: { "node-datachannel": 0.95 },
    cost: SENDING,
    serve(pipe, count, figures) {
      const total = count * CHUNK_BYTES;
      let cost: (() => number) | undefined; // from the first piece: what came before is start and handshake
      let seen = 0;
      pipe.onData((bytes) => {
        cost ??= cpuMillisPerMegabyte(total);
        seen += bytes.length;
        if (seen < total) return;
        figures["CPU ms/MB receiving"] = cost();
        pipe.write(Uint8Array.of(1));
      });
    },
    async ask(contender, address, count) {
      const pipe = await contender.dial(address, "stream");
      const cost = cpuMillisPerMegabyte(count * CHUNK_BYTES);
      const seconds = await pourAll(pipe, CHUNK_BYTES, count, WRITES_PER_TURN.stream);
      return { value: (count * CHUNK_BYTES) / 1e6 / seconds, extra: { [SENDING]: cost() } };
    },
  },
  rtcContenderNamed,
);

export const rtcMessages: Scenario = pipeScenario(
  {
    title: "100-byte messages over WebRTC, one way, two processes of Node",
    unit: "messages/s",
    kind: "messages",
    counts: { kith: 1_500_000, "node-datachannel": 500_000 },
    ratioGoals: { "node-datachannel": 2 },
    serve: (pipe, count) => countTo(pipe, count, () => 1),
    async ask(contender, address, count) {
      const pipe = await contender.dial(address, "messages");
      return { value: count / (await pourAll(pipe, MESSAGE_BYTES, count, WRITES_PER_TURN.messages)) };
    },
  },
  rtcContenderNamed,
);

/** What this process spends from now on. */
function cpuMillisPerMegabyte(bytes: number): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (1_000 * (user + system)) / bytes;
  };
}

const firstData = (pipe: Pipe): Promise<void> => new Promise((resolve) => pipe.onData(() => resolve()));

/** Seconds until the other side has said that all have come. */
async function pourAll(pipe: Pipe, bytes: number, count: number, perTurn: number): Promise<number> {
  const answered = firstData(pipe);
  const piece = new Uint8Array(bytes).fill(7);
  const started = process.hrtime.bigint();
  for (let left = count; left > 0; ) {
    let hasRoom = true;
    for (let i = Math.min(perTurn, left); i > 0 && hasRoom; i--, left--) hasRoom = pipe.write(piece);
    // A turn's worth at a time, so that timers and acknowledgements get theirs.
    if (hasRoom) await new Promise((resolve) => setImmediate(resolve));
    else await pipe.drain();
  }
  await answered;
  return secondsSince(started);
}

/** Answers with one byte once `total` units have come. */
function countTo(pipe: Pipe, total: number, unit: (bytes: Uint8Array) => number): void {
  let seen = 0;
  pipe.onData((bytes) => {
    seen += unit(bytes);
    if (seen === total) pipe.write(Uint8Array.of(1));
  });
}
