/** The examples for pages, run: two pages of each, over a real relay. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ModulePage, serveModule } from "@kith/sdk/testing/browser";
import type { Page } from "playwright-core";
import { useApp } from "./testing/use-app.ts";

const TIMES = { timeout: 120_000 };

let relay: string;
const app = useApp({
  async begin(app) {
    const { relayKey }: { relayKey: string } = await (await fetch(`${app.url}served.json`)).json();
    relay = `${app.url.replace(/^http/, "ws").replace(/\/$/, "")}#${relayKey}`;
  },
});

/** The first page, and one that its link was opened in. */
async function openTwo(name: string): Promise<{ served: ModulePage; ada: Page; ben: Page }> {
  const served = await serveModule(fileURLToPath(new URL(`../../../examples/web/${name}.ts`, import.meta.url)));
  const open = async (url: string): Promise<Page> => {
    const page = await (await app.browser.newContext()).newPage();
    page.setDefaultTimeout(40_000);
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(url);
    await page.locator("a").waitFor({ state: "attached" });
    return page;
  };
  const ada = await open(`${served.url}?relay=${encodeURIComponent(relay)}`);
  const ben = await open((await ada.locator("a").getAttribute("href")) ?? "");
  return { served, ada, ben };
}

test("examples/web/shared-text: what one page writes the other has", TIMES, async () => {
  const { served, ada, ben } = await openTwo("shared-text");
  await using _ = served;
  await ada.locator("textarea").fill("Hello, page!");
  await ben.waitForFunction(() => document.querySelector("textarea")?.value === "Hello, page!");
});

test("examples/web/presence: a pointer is seen at the other page", TIMES, async () => {
  const { served, ada, ben } = await openTwo("presence");
  await using _ = served;
  await ada.mouse.move(40, 60);
  await ben.locator("i").waitFor();
});

test("examples/web/file-drop: a file given to one page is on the other", TIMES, async () => {
  const { served, ada, ben } = await openTwo("file-drop");
  await using _ = served;
  const buffer = Buffer.alloc(100_000, "x");
  await ada.locator("input").setInputFiles({ name: "hello.txt", mimeType: "text/plain", buffer });
  await ben.getByText("hello.txt, 100000 bytes").waitFor();
});
