import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { wallTime } from "../../lib/time.ts";
import { EPOCHS_AHEAD_MAX } from "../../wire/credential-limits.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";
import { epochAt, epochEnd, epochStanding, epochStart, isIssuable } from "./epoch.ts";

const anyTime = fc.nat(4_000_000_000).map((seconds) => wallTime(1_000 * seconds));
const anyLength = fc.integer({ min: 3_600, max: 92 * 86_400 });

test("[CRE-5] every moment lies in one epoch, which is current then, and epochs follow one another", () => {
  fc.assert(
    fc.property(anyTime, anyLength, (wall, length) => {
      const epoch = epochAt(wall, length);
      assert.ok(epochStart(epoch, length) <= wall && wall < epochEnd(epoch, length));
      assert.equal(epochStart(epoch + 1, length), epochEnd(epoch, length));
      assert.equal(epochStanding(epoch, length, wall), "current");
    }),
  );
});

test("[CRE-5] clocks may differ by the skew at either end, and no more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), anyLength, (epoch, length) => {
      const [start, end] = [epochStart(epoch, length), epochEnd(epoch, length)];
      const at = (time: number): string => epochStanding(epoch, length, wallTime(time));
      assert.deepEqual([at(start - CLOCK_SKEW - 1), at(start - CLOCK_SKEW)], ["ahead", "current"]);
      assert.deepEqual([at(end + CLOCK_SKEW - 1), at(end + CLOCK_SKEW)], ["current", "over"]);
    }),
  );
});

test("[CRE-5] credentials are given for the present epoch and eight ahead", () => {
  const wall = wallTime(1_000 * 3_600 * 100);
  const given = Array.from({ length: 20 }, (_, i) => 95 + i).filter((epoch) => isIssuable(epoch, 3_600, wall));
  assert.deepEqual(given, [100, 101, 102, 103, 104, 105, 106, 107, 108]);
  assert.equal(given.length, EPOCHS_AHEAD_MAX + 1);
  assert.ok(!isIssuable(100.5, 3_600, wall));
});
