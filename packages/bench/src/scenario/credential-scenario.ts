/**
 * What a person waits for with attested facts: making a proof and checking it, sixteen places, five shown
 * (spec/credential.md). In Node beside a library for the same signatures, and in a page.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { ShowTimes, TimeShows } from "./credential-shows.ts";
import { inPage } from "./in-page.ts";
import { percentile, type Scenario } from "./scenario.ts";

const PAGE = fileURLToPath(new URL("credential-page.ts", import.meta.url));

/** What `credential-page.ts` gives its page. */
declare const timeShows: TimeShows;

const alone = {
  answer: async () => ({ address: "none: everything is in the other process" }),
  unit: "ms to prove",
  isLess: true,
  goal: 150,
  extraGoals: [{ name: "verify ms", atMost: 150 }],
} as const;

export const credential: Scenario = {
  ...alone,
  title: "a proof of 5 facts of 16, made and checked in Node",
  counts: { kith: 30, digitalbazaar: 30 },
  ratioGoals: { digitalbazaar: 1 },
  async ask(contender, _address, count) {
    if (contender === "kith") return figuresOf((await import("./credential-shows.ts")).timeShows(count));
    return figuresOf(await (await import("./credential-peer.ts")).timeTheirShows(count));
  },
};

export const credentialInPage: Scenario = {
  ...alone,
  title: "the same in a page of Chromium",
  counts: { kith: 30 },
  async ask(_contender, _address, count) {
    return figuresOf(await inPage(PAGE, (page) => page.evaluate((shows) => timeShows(shows), count)));
  },
};

/** Medians; and what the first cost, for which a person waits as well. */
function figuresOf({ issue, prove, verify, bytes }: ShowTimes): Awaited<ReturnType<Scenario["ask"]>> {
  const median = (times: readonly number[]): number =>
    percentile(
      times.toSorted((a, b) => a - b),
      0.5,
    );
  const extra = {
    "verify ms": median(verify),
    "issue ms": median(issue),
    "first prove ms": prove[0] ?? Number.NaN,
    "first verify ms": verify[0] ?? Number.NaN,
    bytes,
  };
  return { value: median(prove), extra };
}
