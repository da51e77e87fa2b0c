/**
 * Bulk over WebRTC where one or both ends are pages of Chromium, each in a browser process of its own: Kith beside a bare
 * data channel and, between pages, PeerJS.
 *
 * @module
 */
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig, startRelay } from "@kith/relay";
import { listenOnLoopback } from "../contender/relay-process.ts";
import { FarNetwork } from "../rtc/far-network.ts";
import type { Half } from "../rtc/half.ts";
import { nodeHalf } from "../rtc/node-half.ts";
import { benchFolder } from "./file-pair.ts";
import type { Answering, Scenario } from "./scenario.ts";
import { cpuSecondsIn, startBrowser } from "./served-app.ts";

/** What `../rtc/page-….ts` give their pages. */
declare const half: Half;

const CHUNK_BYTES = 65_536;
const BARE = "data channel";
const MODULES: Readonly<Record<string, string>> = { kith: "kith", [BARE]: "bare", peerjs: "peerjs" };

/** A line of 20 ms there and back: from one country to the next. */
const FAR_MS = 10;
/** So that a page says its real addresses, which a long line can stand before. */
const SHOWS_ADDRESSES = "--disable-features=WebRtcHideLocalIpsWithMdns";

type Place = "page" | "node";

/** A half, wherever it is, and what its process has cost so far. */
interface Placed extends AsyncDisposable {
  readonly half: {
    readonly [Call in keyof Half]: (...values: Parameters<Half[Call]>) => Promise<Awaited<ReturnType<Half[Call]>>>;
  };
  cpuSeconds(): Promise<number>;
}

const between = (from: Place, to: Place, counts: Readonly<Record<string, number>>, delayMs = 0): Scenario => ({
  title: `64 KiB writes over WebRTC, ${from} to ${to}${delayMs > 0 ? `, ${2 * delayMs} ms there and back` : ""}`,
  unit: "MB/s",
  counts,
  ratioGoals: { [BARE]: delayMs > 0 ? 1 : 0.85 },
  cost: "CPU ms/MB",
  answer: serve,
  async ask(contender, server, count) {
    await using line = delayMs > 0 ? new FarNetwork(delayMs) : undefined;
    await using sender = await placed(from, contender, line);
    await using receiver = await placed(to, contender, line);
    const carried = async (text: string): Promise<string> => (contender === BARE && line ? line.viaSdp(text) : text);
    const [one, other] = [sender.half, receiver.half];
    await Promise.all([one.start(server), other.start(server)]);
    await one.accept(await carried(await other.answer(await carried(await one.offer()))));
    await Promise.all([one.ready(), other.ready()]);
    await other.count(count * CHUNK_BYTES);
    const costs = (): Promise<readonly number[]> => Promise.all([sender.cpuSeconds(), receiver.cpuSeconds()]);
    const before = await costs();
    const seconds = await one.pour(CHUNK_BYTES, count);
    const [sent = 0, received = 0] = (await costs()).map((cpu, index) => cpu - (before[index] ?? 0));
    const megabytes = (count * CHUNK_BYTES) / 1e6;
    const perMegabyte = (cpu: number): number => (1_000 * cpu) / megabytes;
    return {
      value: megabytes / seconds,
      extra: {
        "CPU ms/MB": perMegabyte(sent + received),
        "of it sending": perMegabyte(sent),
        "MB/s if a core each": megabytes / Math.max(sent, received),
      },
    };
  },
});

export const rtcPages: Scenario = between("page", "page", { kith: 1_000, [BARE]: 1_000, peerjs: 1_000 });
export const rtcPageToNode: Scenario = between("page", "node", { kith: 1_000, [BARE]: 1_000 });
export const rtcNodeToPage: Scenario = between("node", "page", { kith: 1_000, [BARE]: 1_000 });

export const rtcFarPages: Scenario = between("page", "page", { kith: 1_600, [BARE]: 1_600 }, FAR_MS);

/** What brings the two together. */
async function serve(contender: string): Promise<Answering> {
  if (contender === "peerjs") {
    const { ExpressPeerServer } = await import("peer");
    const { default: express } = await import("express");
    const app = express();
    const http = createServer(app);
    app.use("/", ExpressPeerServer(http, { path: "/" }));
    return { address: `http://127.0.0.1:${await listenOnLoopback(http)}/` };
  }
  if (contender === BARE) return { address: "none" };
  const data = mkdtempSync(join(benchFolder(), "relay-"));
  const relay = await startRelay(
    readConfig({ flags: { host: "127.0.0.1", port: 0, data, log: "off", metrics: "off" } }),
  );
  return { address: `ws://127.0.0.1:${relay.port}#${Buffer.from(relay.relayKey).toString("hex")}` };
}

const placed = (place: Place, contender: string, line: FarNetwork | undefined): Promise<Placed> =>
  place === "page" ? inPage(contender, line) : Promise.resolve(inNode(contender));

async function inPage(contender: string, line: FarNetwork | undefined): Promise<Placed> {
  const { serveModule } = await import("@kith/sdk/testing/browser");
  await using stack = new AsyncDisposableStack();
  const module = fileURLToPath(new URL(`../rtc/page-${MODULES[contender]}.ts`, import.meta.url));
  const served = stack.use(await serveModule(module));
  const browser = stack.use(await startBrowser(line === undefined ? [] : [SHOWS_ADDRESSES]));
  const page = await browser.newPage();
  if (line !== undefined) await page.exposeFunction("farVia", (candidate: string) => line.via(candidate));
  await page.goto(served.url);
  const call = (name: keyof Half, values: readonly unknown[]): Promise<never> =>
    page.evaluate(([name, values]) => Reflect.apply(half[name], undefined, [...values]), [
      name,
      values,
    ] as const) as never;
  const ends = stack.move();
  return {
    half: {
      start: (...values) => call("start", values),
      offer: () => call("offer", []),
      answer: (...values) => call("answer", values),
      accept: (...values) => call("accept", values),
      ready: () => call("ready", []),
      pour: (...values) => call("pour", values),
      count: (...values) => call("count", values),
    },
    cpuSeconds: () => cpuSecondsIn(browser),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

function inNode(contender: string): Placed {
  const ours = nodeHalf(contender);
  return {
    half: { ...ours, count: async (total) => ours.count(total) },
    async cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    [Symbol.asyncDispose]: async () => {}, // the process ends after its figures
  };
}
