/** An endpoint in a real page. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, serveModule } from "../testing-browser/index.ts";

test("createEndpoint: an endpoint runs in a page of Chromium", async () => {
  await using served = await serveModule(fileURLToPath(new URL("./page.fixture.ts", import.meta.url)));
  await using browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(served.url);
  const fingerprint = await page.evaluate(async () => {
    const { createEndpoint } = (globalThis as unknown as { kith: typeof import("./index.ts") }).kith;
    const endpoint = await createEndpoint({ name: "Ada" });
    const { fingerprint } = endpoint;
    await endpoint.close();
    return fingerprint;
  });
  assert.match(fingerprint, /^([0-9A-F]{4}-){7}[0-9A-F]{4}$/);
});
