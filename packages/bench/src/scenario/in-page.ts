/** A page of Chromium for one measurement: its module is loaded when `run` begins. */
import type { Page } from "playwright-core";
import { startBrowser } from "./served-app.ts";

/** @throws {Missing} where there is no Chromium */
export async function inPage<Result>(module: string, run: (page: Page) => Promise<Result>): Promise<Result> {
  const { serveModule } = await import("@kith/sdk/testing/browser");
  await using served = await serveModule(module);
  await using browser = await startBrowser();
  const page = await browser.newPage();
  await page.goto(served.url);
  return await run(page); // before the browser goes
}
