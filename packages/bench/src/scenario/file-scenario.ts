/**
 * One file, read from memory and written to memory, its content hash verified at the receiver; and
 * what a large one costs in resident memory.
 *
 * @module
 */
import { statSync } from "node:fs";
import { contenderNamed } from "../contenders.ts";
import { fetchFile, serveFile } from "./file-curl.ts";
import { receiveFiles, removeReceived, sendFiles } from "./file-kith.ts";
import { assertSameContent, emptyFile, MIB, sourceFile } from "./file-pair.ts";
import { receiveOverPipe, sendOverPipe } from "./file-pipe.ts";
import { receiveByWormhole, sendByWormhole } from "./file-wormhole.ts";
import { type Extra, type Scenario, secondsSince } from "./scenario.ts";

/** Enough for code to be compiled and connections to be up before it counts. */
const WARM_UP_MIB = 32;

export const file: Scenario = {
  title: "1 GiB file, content hash verified at the receiver",
  unit: "MB/s",
  counts: { kith: 1_024, "tls 1.3": 1_024, "secret-stream": 1_024, curl: 1_024, wormhole: 1_024 },
  ratioGoals: { "tls 1.3": 1.4, "secret-stream": 1.4, curl: 1.4, wormhole: 2 },
  async answer(name, count) {
    const path = sourceFile(count);
    if (name === "kith") return await receiveFiles();
    if (name === "curl") return await serveFile(path);
    if (name === "wormhole") return await receiveByWormhole();
    return await receiveOverPipe(await contenderNamed(name));
  },
  async ask(name, address, count) {
    const path = sourceFile(count);
    const { seconds, received } = await transfer(name, address, path);
    assertSameContent(path, received);
    removeReceived(received);
    return { value: (count * MIB) / 1e6 / seconds };
  },
};

async function transfer(name: string, address: string, path: string): Promise<{ seconds: number; received: string }> {
  if (name === "wormhole") return await sendByWormhole(address, path);
  if (name === "kith") {
    const { send } = await sendFiles(address);
    removeReceived(await send(sourceFile(WARM_UP_MIB)));
    return await timed(() => send(path));
  }
  if (name === "curl") return await timed(() => fetchFile(address));
  const contender = await contenderNamed(name);
  return await timed(() => sendOverPipe(contender, address, path));
}

async function timed(run: () => Promise<string>): Promise<{ seconds: number; received: string }> {
  const started = process.hrtime.bigint();
  const received = await run();
  return { seconds: secondsSince(started), received };
}

export const memory: Scenario = {
  title: "4 GiB file: growth of resident memory, the larger of both ends",
  unit: "MiB",
  isLess: true,
  counts: { kith: 4_096 },
  goal: 64,
  async answer() {
    const receiving = await receiveFiles();
    let growth: (() => Extra) | undefined;
    // The warm-up has come by then: what a first transfer costs once is no growth.
    receiving.endpoint.files.transfers.subscribe(() => {
      if (receiving.endpoint.files.transfers.get().some(({ state }) => state === "done")) growth ??= watchGrowth();
    });
    return { address: receiving.address, finish: async () => growth?.() ?? {} };
  },
  async ask(_name, address, count) {
    const { send } = await sendFiles(address);
    removeReceived(await send(sourceFile(WARM_UP_MIB)));
    const growth = watchGrowth();
    const received = await send(emptyFile(count));
    if (statSync(received).size !== count * MIB) throw new Error("the file came short");
    removeReceived(received);
    return { value: Number.NaN, extra: growth() };
  },
};

const SAMPLE_MS = 20;

/** Samples resident memory until the returned function is called; it tells the growth in MiB. */
function watchGrowth(): () => Extra {
  const before = process.memoryUsage.rss();
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return { value: (highest - before) / MIB, peak: highest / MIB };
  };
}
