/**
 * Codes before a camera (spec/app-card.md §7): how many are read of those that are turned, tilted, out of focus, grainy, grey
 * or shaded, and how long a frame of 640 × 480 takes, beside other readers; and how long drawing one takes. In Chromium.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inPage } from "./in-page.ts";
import type { DrawCodes, ScanFrames } from "./qr-page.ts";
import { percentile, type Scenario } from "./scenario.ts";

const PAGE = fileURLToPath(new URL("qr-page.ts", import.meta.url));
const WASM = new URL("../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm", import.meta.url);
const SEED = 20_270_115;

/** What `qr-page.ts` gives its page. */
declare const scanFrames: ScanFrames;
declare const drawCodes: DrawCodes;

const alone = {
  answer: async () => ({ address: "none: everything is in a page" }),
  isLess: true,
} as const;

export const qrScan: Scenario = {
  ...alone,
  title: "a frame of 640 × 480 looked at for a code, in a page of Chromium",
  unit: "ms a frame",
  counts: { kith: 16, qr: 16, jsqr: 16, "zxing-wasm": 16 },
  goal: 20,
  async ask(contender, _address, count) {
    const wasm = contender === "zxing-wasm" ? readFileSync(WASM).toString("base64") : "";
    const { times, empty, found, wrong } = await inPage(PAGE, (page) =>
      page.evaluate(([who, frames, seed, binary]) => scanFrames(who, frames, seed, binary), [
        contender,
        count,
        SEED,
        wasm,
      ] as const),
    );
    const rates = Object.entries(found).map(([look, read]) => [`${look} %`, (100 * read) / count] as const);
    const mean = rates.reduce((sum, [, rate]) => sum + rate, 0) / rates.length;
    const figures = { "read %": mean, ...Object.fromEntries(rates), wrong };
    const all = [...times, ...empty];
    return { value: at(all, 0.5), extra: { ...figures, "p95 ms": at(all, 0.95), "empty ms": at(empty, 0.5) } };
  },
};

export const qrGenerate: Scenario = {
  ...alone,
  title: "the code of a card drawn, in a page of Chromium",
  unit: "ms a code",
  counts: { kith: 60 },
  goal: 10,
  async ask(_contender, _address, count) {
    const times = await inPage(PAGE, (page) => page.evaluate((codes) => drawCodes(codes), count));
    return { value: at(times, 0.5), extra: { "p95 ms": at(times, 0.95), "first ms": times[0] ?? Number.NaN } };
  },
};

const at = (times: readonly number[], fraction: number): number =>
  percentile(
    times.toSorted((a, b) => a - b),
    fraction,
  );
