// Real kills and real files: share-storm.system.test.ts does it for longer.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ShareHistory, type ShareOutcome } from "./testing/share-history.ts";
import { shareStorm } from "./testing/share-storm.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-relay-storm-"));
after(() => rmSync(folder, { recursive: true }));

test("[RHT-5] a share is never given more often than allowed, by a relay that is killed while many take it", {
  timeout: 120_000,
}, async () => {
  const history = await shareStorm(join(folder, "uses"), { uses: 40, killEvery: 16 });
  history.check(40);
  const [given, lost] = [history.count("given"), history.count("lost")];
  assert.ok(given + lost >= 40 && given >= 12, `${given} given, ${lost} lost`);
});

test("[RHT-6] a share that was ended is not given any more, whatever happens to the relay", {
  timeout: 120_000,
}, async () => {
  const history = await shareStorm(join(folder, "ended"), { uses: 500, killEvery: 20, endAfter: 25 });
  history.check(500);
  assert.ok(history.count("given") >= 25);
});

test("ShareHistory finds what cannot be", async () => {
  const histories: readonly [readonly (readonly ["put" | "take" | "end", ShareOutcome])[], string | undefined][] = [
    [
      [
        ["put", "kept"],
        ["take", "given"],
        ["take", "given"],
        ["take", "ended"],
      ],
      undefined,
    ],
    [
      [
        ["put", "kept"],
        ["take", "given"],
        ["take", "lost"],
        ["take", "ended"],
      ],
      undefined,
    ],
    [
      [
        ["take", "unknown"],
        ["put", "kept"],
        ["take", "given"],
        ["end", "ended"],
        ["take", "ended"],
      ],
      undefined,
    ],
    [
      [
        ["put", "kept"],
        ["take", "given"],
        ["take", "given"],
        ["take", "given"],
      ],
      "given 3 times",
    ],
    [
      [
        ["put", "kept"],
        ["take", "given"],
        ["take", "unknown"],
      ],
      "forgotten",
    ],
    [
      [
        ["put", "kept"],
        ["end", "ended"],
        ["take", "given"],
      ],
      "after it had ended",
    ],
    [
      [
        ["put", "kept"],
        ["take", "given"],
        ["take", "ended"],
      ],
      "ended after 1 of 2 uses",
    ],
  ];
  for (const [events, fault] of histories) {
    const history = new ShareHistory();
    for (const [what, outcome] of events)
      await history.record(what, () =>
        outcome === "lost" ? Promise.reject(new Error("lost")) : Promise.resolve(outcome),
      );
    if (fault === undefined) history.check(2);
    else assert.throws(() => history.check(2), new RegExp(fault));
  }
});
