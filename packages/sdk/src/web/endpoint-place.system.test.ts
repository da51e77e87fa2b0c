/**
 * An endpoint in a page, and in a worker of it: files and chats come at both, and what the page's thread feels of them is
 * said (docs/adr/0035). Real time: it is Chromium's.
 */
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PeerId } from "@kith/core";
import type { Browser, Page } from "playwright-core";
import type { Endpoint } from "../api.ts";
import { createEndpoint } from "../node/create-endpoint.ts";
import { RelayProcess } from "../testing/relay-process.ts";
import { until } from "../testing/until.ts";
import { launchChromium, type ModulePage, serveModule } from "../testing-browser/index.ts";
import type { Felt, PlaceFixture } from "./endpoint-place.fixture.ts";

declare const place: PlaceFixture;

const MIB = 1_048_576;
/** 48 for the figures of the ADR. */
const FILE_MIB = Number(process.env["KITH_PLACE_FILE_MIB"] ?? 8);
const MESSAGE_EVERY_MS = 50;
const TIMES = { timeout: 300_000 };

let folder: string;
let served: ModulePage;
let browser: Browser;
let relay: RelayProcess;
let node: Endpoint;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-place-"));
  served = await serveModule(fileURLToPath(new URL("./endpoint-place.fixture.ts", import.meta.url)));
  relay = await RelayProcess.start(join(folder, "relay"));
  node = await createEndpoint({ home: join(folder, "node"), name: "Node", relays: [relay.address], discovery: false });
  browser = await launchChromium();
  await writeFile(join(folder, "in.bin"), randomFillSync(new Uint8Array(FILE_MIB * MIB)));
});
after(async () => {
  await browser?.close();
  await node?.close();
  await relay?.[Symbol.asyncDispose]();
  await served?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

for (const where of ["page", "worker"] as const)
  test(`an endpoint in a ${where} receives and sends a file while messages come`, TIMES, async (t) => {
    const page = await browser.newPage();
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(served.url);
    const peer = await page.evaluate(
      ([where, relay]) => {
        place.begin(where);
        return place.call("open", relay, where === "page");
      },
      [where, relay.address] as const,
    );
    await pair(page);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    const busy = async (): Promise<number> => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
    };
    const feel = async (command: "receive" | "send", ...args: unknown[]): Promise<Felt & { readonly busy: number }> => {
      const before = await busy();
      const felt = await page.evaluate(([command, args]) => place.feel(command, ...args), [command, args] as const);
      return { ...felt, busy: Math.round((await busy()) * 10 - before * 10) / 10 };
    };
    const talk = setInterval(() => void node.chat.send(peer as PeerId, `${performance.now()}`), MESSAGE_EVERY_MS);
    try {
      await node.files.send(peer as PeerId, [join(folder, "in.bin")]);
      const coming = await feel("receive");
      t.diagnostic(`${where}, ${FILE_MIB} MiB coming: ${JSON.stringify(coming)}`);
      const accepting = until(node.files.transfers, (all) =>
        all.find(({ isOutgoing, state }) => !isOutgoing && state === "offered"),
      ).then(({ id }) => node.files.accept(id));
      const going = await feel("send", node.id, FILE_MIB * MIB);
      await accepting;
      t.diagnostic(`${where}, ${FILE_MIB} MiB going: ${JSON.stringify(going)}`);
      assert.ok(coming.messages > 0 && going.messages > 0, "messages came while files did");
    } finally {
      clearInterval(talk);
    }
    await page.evaluate(() => place.call("close"));
    await page.close();
  });

async function pair(page: Page): Promise<void> {
  const made = await node.joinCodes.create({ for: "contact" });
  const step = await until(node.joinCodes.all, (all) => all.find(({ id, step }) => id === made && step.at === "show"));
  const joining = page.evaluate((code) => place.call("join", code), step.step.at === "show" ? step.step.code : "");
  await until(node.joinCodes.all, (all) => all.find(({ id, step }) => id === made && step.at === "consent"));
  await node.joinCodes.answer(made, { accept: true });
  await joining;
}
