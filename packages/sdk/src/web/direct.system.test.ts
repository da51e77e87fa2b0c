// Pages of a real Chromium, and Node beside them, that share no server and show each other a code each. Real time: it is
// Chromium's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { createEndpoint } from "../create-endpoint.ts";
import { nodeProvider } from "../node/node-crypto.ts";
import { nodeWebRtc } from "../node/node-webrtc.ts";
import { DirectAgent } from "../testing/direct-agent.ts";
import { launchChromium, serveModule } from "../testing-browser/index.ts";
import type { DirectPage } from "./direct.fixture.ts";

const FIXTURE = fileURLToPath(new URL("./direct.fixture.ts", import.meta.url));
const TIMEOUT = { timeout: 90_000 };

type AgentCall = Exclude<keyof DirectAgent, "endpoint">;
type Call = <Name extends AgentCall>(
  name: Name,
  ...values: Parameters<DirectAgent[Name]>
) => Promise<Awaited<ReturnType<DirectAgent[Name]>>>;

const inPage =
  (page: Page): Call =>
  (name, ...values) =>
    page.evaluate(
      ([name, values]) => {
        const { agent } = globalThis as unknown as DirectPage;
        return (agent[name as AgentCall] as (...all: unknown[]) => unknown).apply(agent, values as unknown[]);
      },
      [name, values] as const,
    ) as never;

async function scene() {
  await using stack = new AsyncDisposableStack();
  const served = stack.use(await serveModule(FIXTURE));
  const browser = stack.use(await launchChromium());
  const all = stack.move();
  return {
    async page(name: string): Promise<Call> {
      const page = await (await browser.newContext()).newPage();
      await page.goto(served.url);
      await page.evaluate((name) => (globalThis as unknown as DirectPage).start(name), name);
      return inPage(page);
    },
    async node(name: string): Promise<Call> {
      const webRtc = nodeWebRtc();
      assert.ok(webRtc, "node-datachannel is not installed");
      const endpoint = await createEndpoint({ name, transports: [], provider: nodeProvider, webRtc });
      all.defer(() => endpoint.close());
      const agent = new DirectAgent(endpoint);
      return async (call, ...values) =>
        (agent[call] as (...each: unknown[]) => unknown).apply(agent, values as unknown[]) as never;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

for (const [one, other, wait] of [
  ["page", "page", 0],
  ["page", "page", 40_000],
  ["page", "node", 0],
  ["node", "page", 20_000],
] as const)
  test(
    `[DIR-6] [DIR-8] a ${one} and a ${other} pair by a text each way, the answer entered after ${wait / 1000} s`,
    TIMEOUT,
    async () => {
      await using all = await scene();
      const [ada, ben] = [await all[one]("Ada"), await all[other]("Ben")];
      const answer = await ben("answer", await ada("offer"));
      await pause(wait);
      assert.equal(await ada("accept", answer), "");
      assert.deepEqual(await Promise.all([ada("agree"), ben("agree")]), [
        { name: "Ben", verifiedBy: "qr" },
        { name: "Ada", verifiedBy: "qr" },
      ]);
      assert.deepEqual(await Promise.all([ada("way"), ben("way")]), ["webrtc", "webrtc"]);
      await ada("say", "no server");
      assert.equal(await ben("heard"), "no server");
    },
  );
