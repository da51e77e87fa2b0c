import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOCK_SKEW } from "../wire/limits.ts";
import { ClockGuard } from "./clock-guard.ts";
import { Disk, drain, WALL, wallAt } from "./trust-fixture.test.ts";

const DAY = 86_400_000;

test("[TRU-8] ClockGuard.check forgives a clock that went back by the skew, and not by one millisecond more", () => {
  const guard = new ClockGuard([]);
  assert.equal(guard.check(WALL), "ok");
  assert.equal(guard.check(wallAt(-CLOCK_SKEW)), "ok");
  assert.equal(guard.check(wallAt(-CLOCK_SKEW - 1)), "behind");
  assert.equal(guard.check(WALL), "ok", "right again");
});

test("[TRU-8] ClockGuard.check remembers across a restart that it was later, ten years included", () => {
  const disk = new Disk();
  const guard = new ClockGuard(disk.restored);
  guard.check(WALL);
  disk.keep(drain(guard));
  const again = new ClockGuard(disk.restored);
  assert.equal(again.check(wallAt(-3_650 * DAY)), "behind");
  assert.deepEqual(drain(again), [{ type: "audit", record: { event: "clockBehind" } }]);
  assert.equal(again.check(wallAt(-3_650 * DAY)), "behind");
  assert.deepEqual(drain(again), [], "said once");
});

test("[TRU-8] ClockGuard.witness believes a signed date within the skew ahead, and holds one beyond it", () => {
  const guard = new ClockGuard([]);
  guard.check(WALL);
  assert.equal(guard.witness(wallAt(CLOCK_SKEW), WALL), "believed");
  assert.equal(guard.witness(wallAt(CLOCK_SKEW + 1), WALL), "ahead");
  assert.equal(guard.check(WALL), "ok", "an honest clock at the skew's edge still works");
  assert.equal(guard.check(wallAt(-1)), "behind", "but no further back");
});

test("ClockGuard.accept lets a person set the clock right after it was ten years ahead", () => {
  const disk = new Disk();
  const guard = new ClockGuard([]);
  guard.check(wallAt(3_650 * DAY));
  assert.equal(guard.check(WALL), "behind");
  guard.accept(WALL);
  assert.equal(guard.check(WALL), "ok");
  disk.keep(drain(guard));
  assert.equal(new ClockGuard(disk.restored).check(WALL), "ok");
});

test("ClockGuard stores seldom, and says when what it stored is damaged", () => {
  const guard = new ClockGuard([]);
  for (let ms = 0; ms < 600_000; ms += 1_000) guard.check(wallAt(ms));
  assert.equal(drain(guard).length, 2);
  const damaged = new ClockGuard([{ key: "trust/clock", value: Uint8Array.of(1) }]);
  assert.deepEqual(drain(damaged), [{ type: "damaged", key: "trust/clock" }]);
});
