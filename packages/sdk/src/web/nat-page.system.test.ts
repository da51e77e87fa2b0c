// A page of a real Chromium behind a router that gives ports of chance, and a node behind another: by a TURN server that
// their relay lends. Real time: ICE's.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { JoinCodeStep } from "../join-codes-api.ts";
import { nodeWebRtc } from "../node/node-webrtc.ts";
import { LAB_PROTOCOL, LabNode } from "../testing/lab-node.ts";
import { NatLab } from "../testing/nat-lab.ts";
import { whyNoLab } from "../testing/net-lab.ts";
import { bundle, chromiumPath, launchChromium } from "../testing-browser/index.ts";
import type { NatPage } from "./nat-page.fixture.ts";

declare const agent: NatPage["agent"];
declare const start: NatPage["start"];
declare const send: NatPage["send"];

const noLab = nodeWebRtc() === undefined ? "node-datachannel is not installed" : whyNoLab(["nft", "turnserver"]);
if (noLab !== undefined) console.log(`a page behind a router, in namespaces: skipped, ${noLab}`);

const FIXTURE = fileURLToPath(new URL("./nat-page.fixture.ts", import.meta.url));
const MESSAGES = 300;
const MESSAGE_BYTES = 10_000;
/** Checks, and what went by the relay before there was another way. */
const STRAY_BYTES = 200_000;

/** Chromium on Ada's machine. What the page is made of needs no network: only what the page does goes there. */
async function openPage(t: TestContext, nat: NatLab): Promise<Page> {
  const executablePath = join(nat.folder, "chromium");
  const script = `#!/bin/sh\nexec ip netns exec ${nat.ada.namespace} '${chromiumPath()}' "$@"\n`;
  await writeFile(executablePath, script, { mode: 0o755 });
  const [body, browser] = [await bundle(FIXTURE), await launchChromium({ executablePath })];
  t.after(() => browser.close());
  const context = await browser.newContext();
  await context.grantPermissions(["local-network-access"]); // to the relay: this page comes from nowhere that Chromium knows
  const page = await context.newPage();
  await page.route("http://localhost/*", (route) =>
    route.request().url().endsWith(".js")
      ? route.fulfill({ contentType: "text/javascript", body })
      : route.fulfill({
          contentType: "text/html",
          body: '<!doctype html><script type="module" src="/page.js"></script>',
        }),
  );
  await page.goto("http://localhost/");
  return page;
}

test("a page and a node, each behind a router with ports of chance: by TURN, with the relay's credentials", {
  skip: noLab ?? false,
  timeout: 90_000,
}, async (t) => {
  const nat = await NatLab.build({ ada: "symmetric", ben: "symmetric" });
  t.after(() => nat[Symbol.asyncDispose]());
  await nat.startTurn();
  const relay = await nat.startRelay({ lendsTurn: true });
  const [page, ben] = await Promise.all([
    openPage(t, nat),
    LabNode.start(nat.ben, { name: "Ben", home: join(nat.folder, "ben"), relays: [relay] }),
  ]);
  await page.evaluate((relay) => start("Ada", relay), relay);
  await ben.until("relays", ([at]) => at?.state === "ready");

  const code = await ben.call("joinCodes.create", { for: "contact" });
  const at = <At extends JoinCodeStep["at"]>(wanted: At): Promise<Extract<JoinCodeStep, { at: At }>> =>
    ben.until("joinCodes", (all) =>
      all.map(({ step }) => step).find((step): step is Extract<JoinCodeStep, { at: At }> => step.at === wanted),
    );
  await page.evaluate((code) => agent.join(code), (await at("show")).code);
  const agreed = page.evaluate(() => agent.agree());
  await at("consent");
  await ben.call("joinCodes.answer", code, { accept: true });
  await Promise.all([at("done"), agreed]);

  await page.evaluate(() => agent.on("webrtc"));
  await ben.until("sessions", ([session]) => session?.path?.kind === "webrtc");
  await page.evaluate(([protocol, count, bytes]) => send(protocol, count, bytes), [
    LAB_PROTOCOL,
    MESSAGES,
    MESSAGE_BYTES,
  ] as const);
  const { received } = await ben.until("stream", (stream) => stream.end !== undefined && stream);
  assert.equal(received, MESSAGES);
  assert.deepEqual(ben.wrong, []);
  const relayed = await nat.seen("relayed");
  assert.ok(relayed > MESSAGES * MESSAGE_BYTES, `by the TURN server: ${relayed} bytes`);
  assert.ok((await nat.seen("ben")) < STRAY_BYTES, "checks alone came straight");
});
