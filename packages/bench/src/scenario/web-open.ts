/** The app, opened from the node on this machine, each time by a browser that was never there. */
import { percentile, type Scenario } from "./scenario.ts";
import { serveApp, startBrowser } from "./served-app.ts";

const KIB = 1_024;

export const webOpen: Scenario = {
  title: "the app in a new profile of Chromium, from its address to where a name can be typed",
  unit: "ms",
  isLess: true,
  counts: { kith: 9 },
  goal: 1_000,
  answer: serveApp,
  async ask(_contender, address, count) {
    await using browser = await startBrowser();
    const times: number[] = [];
    const begins: number[] = [];
    let loaded = 0;
    for (let i = 0; i < count; i++) {
      await using context = await browser.newContext({ locale: "en-GB" });
      const page = await context.newPage();
      const started = performance.now();
      await page.goto(address);
      const begin = page.getByRole("button", { name: "Begin" });
      await begin.waitFor();
      times.push(performance.now() - started);
      loaded = await page.evaluate(() =>
        performance
          .getEntries()
          .reduce((sum, entry) => sum + ("encodedBodySize" in entry ? Number(entry.encodedBodySize) : 0), 0),
      );
      await page.getByLabel("What should others see?").fill("Ada");
      const began = performance.now();
      await begin.click();
      await page.getByRole("heading", { name: "People" }).waitFor();
      begins.push(performance.now() - began);
    }
    for (const list of [times, begins]) list.sort((a, b) => a - b);
    const extra = { "p95 ms": percentile(times, 0.95), "a name to people, ms": percentile(begins, 0.5) };
    return { value: percentile(times, 0.5), extra: { ...extra, "KiB over the wire": loaded / KIB } };
  },
};
