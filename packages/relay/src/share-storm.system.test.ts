// Real kills, many of them: a minute of a relay that is killed while many take what it keeps.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { shareStorm } from "./testing/share-storm.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-storms-"));
after(() => rmSync(folder, { recursive: true }));

test("[RHT-5] [RHT-6] shares through 30 kills are given as often as allowed at most, and not after their end", {
  timeout: 600_000,
}, async () => {
  for (const [round, storm] of [
    { uses: 100, killEvery: 10 },
    { uses: 1_000, killEvery: 30, endAfter: 300 },
    { uses: 30, killEvery: 3 },
  ].entries())
    (await shareStorm(join(folder, String(round)), storm)).check(storm.uses);
});
