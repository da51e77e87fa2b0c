// Pages of a real Chromium, and Node beside them, that meet at a relay and go on over WebRTC. Real time: it is Chromium's.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { createEndpoint } from "../create-endpoint.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { nodeWebRtc } from "../node/node-webrtc.ts";
import { RtcAgent } from "../testing/rtc-agent.ts";
import { launchChromium, serveModule } from "../testing-browser/index.ts";
import type { WebRtcOptions } from "../webrtc/rtc-api.ts";
import type { RtcPage } from "./rtc.fixture.ts";

const FIXTURE = fileURLToPath(new URL("./rtc.fixture.ts", import.meta.url));
const RELAY = fileURLToPath(new URL("../../../relay/src/testing/relay-agent.ts", import.meta.url));
const TIMEOUT = { timeout: 90_000 };

type AgentCall = Exclude<keyof RtcAgent, "endpoint">;
/** An agent here or in a page. */
type Call = <Name extends AgentCall>(
  name: Name,
  ...values: Parameters<RtcAgent[Name]>
) => Promise<Awaited<ReturnType<RtcAgent[Name]>>>;

const inPage =
  (page: Page): Call =>
  (name, ...values) =>
    page.evaluate(
      ([name, values]) => {
        const { agent } = globalThis as unknown as RtcPage;
        return (agent[name as AgentCall] as (...all: unknown[]) => unknown).apply(agent, values as unknown[]);
      },
      [name, values] as const,
    ) as never;

const here =
  (agent: RtcAgent): Call =>
  async (name, ...values) =>
    (agent[name] as (...all: unknown[]) => unknown).apply(agent, values) as never;

/** Of all tests; each has agents of its own. */
const common = new AsyncDisposableStack();
let browser: Browser;
let url: string;
let relay: string;

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-rtc-"));
  common.defer(() => rm(folder, { recursive: true, force: true }));
  const { child, address } = await startRelay(folder);
  common.defer(() => void child.stdin?.end());
  relay = address;
  ({ url } = common.use(await serveModule(FIXTURE)));
  browser = common.use(await launchChromium());
});
after(() => common.disposeAsync());

interface Scene {
  /** Pages so far. */
  readonly pages: readonly Page[];
  page(name: string): Promise<Call>;
  node(name: string): Promise<Call>;
}

/** Everybody in it goes when the test is over, also when its time is: who waits for a page then hears that it has gone. */
function scene(t: TestContext): Scene {
  const pages: Page[] = [];
  return {
    pages,
    async page(name) {
      const context = await browser.newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      pages.push(page);
      await page.goto(url);
      await page.evaluate(([name, relay]) => (globalThis as unknown as RtcPage).start(name, relay), [
        name,
        relay,
      ] as const);
      return inPage(page);
    },
    async node(name) {
      const library = nodeWebRtc();
      assert.ok(library, "node-datachannel is not installed");
      const connections: { close(): void }[] = [];
      const connect: WebRtcOptions["connect"] = async (configuration) => {
        const connection = await library.connect(configuration);
        connections.push(connection);
        return connection;
      };
      const endpoint = await createEndpoint({
        ...{ name, transports: [], relays: [relay], protocols: ["count/1"] },
        ...{ provider: nodeProvider, webRtc: { ...library, connect } },
      });
      t.after(() => endpoint.close());
      return here(new RtcAgent(endpoint, connections));
    },
  };
}

async function startRelay(folder: string): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [
    ...process.execArgv,
    RELAY,
    JSON.stringify({ data: folder, port: 0, metrics: "off" }),
  ]);
  child.stderr?.pipe(process.stderr);
  for await (const line of createInterface(child.stdout)) {
    const { port, relayKey } = JSON.parse(line) as { port: number; relayKey: string }; // of our own program
    return { child, address: `ws://127.0.0.1:${port}#${relayKey}` };
  }
  throw new Error("the relay ended");
}

/** They become contacts by a code, at the relay, and are on WebRTC soon. */
async function meet(ada: Call, ben: Call): Promise<void> {
  await ben("join", await ada("show"));
  await Promise.all([ada("agree"), ben("agree")]);
  await Promise.all([ada("on", "webrtc"), ben("on", "webrtc")]);
}

test("two pages meet at a relay and go on over WebRTC", TIMEOUT, async (t) => {
  const all = scene(t);
  const [ada, ben] = [await all.page("Ada"), await all.page("Ben")];
  await meet(ada, ben);
});

for (const kind of ["page", "node"] as const)
  test(
    `[SIG-9] a page and a ${kind}: the link is cut, and the channel goes on, nothing lost or doubled`,
    TIMEOUT,
    async (t) => {
      const all = scene(t);
      const [ada, ben] = [await all[kind]("Ada"), await all.page("Ben")];
      await meet(ada, ben);
      await ben("receive");
      await ada("send");
      await ben("more", 100);
      await ada("cut");
      await ben("more", 20);
      await Promise.all([ada("on", "webrtc"), ben("on", "webrtc")]);
      await ben("more", 100);
      const sent = await ada("stop");
      const seen = await ben("seen");
      assert.ok(seen.length >= sent);
      assert.deepEqual(
        seen,
        Array.from(seen, (_, i) => i),
      );
    },
  );

test("[SIG-11] ICE of a connection that seems cut is restarted, under it the link goes on", TIMEOUT, async (t) => {
  const all = scene(t);
  const [ada, ben] = [await all.page("Ada"), await all.page("Ben")];
  await meet(ada, ben);
  const credentials = (): Promise<string[]> =>
    Promise.all(all.pages.map((page) => page.evaluate(() => (globalThis as unknown as RtcPage).credentials())));
  const before = await credentials();
  await ben("receive");
  await ada("send");
  await ben("more", 20);
  await all.pages[0]?.evaluate(() => (globalThis as unknown as RtcPage).seem("disconnected"));
  for (let after = before; after.some((now, i) => now === before[i]); after = await credentials())
    await ben("more", 20);
  await ben("more", 100);
  for (const call of [ada, ben]) await call("on", "webrtc");
  const sent = await ada("stop");
  assert.ok((await ben("seen")).length >= sent);
});
