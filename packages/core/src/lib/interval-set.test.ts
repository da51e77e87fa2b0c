import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "./assert.ts";
import { IntervalSet } from "./interval-set.ts";

const ranges = (set: IntervalSet): [number, number][] =>
  Array.from({ length: set.rangeCount }, (_, i) => [set.start(i), set.end(i)]);

test("interval set: what touches becomes one", () => {
  const set = new IntervalSet(8);
  for (const start of [4, 0, 8]) set.add(start, start + 2);
  assert.deepEqual(ranges(set), [[0, 2], [4, 6], [8, 10]]); // biome-ignore format: one line
  set.add(2, 4);
  assert.deepEqual(ranges(set), [[0, 6], [8, 10]]); // biome-ignore format: one line
  set.add(5, 20);
  assert.deepEqual(ranges(set), [[0, 20]]);
});

test("interval set: when full the lowest range is forgotten", () => {
  const set = new IntervalSet(2);
  assert.ok(set.add(10, 11));
  assert.ok(set.add(20, 21));
  assert.ok(!set.add(30, 31));
  assert.deepEqual(ranges(set), [[20, 21], [30, 31]]); // biome-ignore format: one line
  assert.ok(!set.add(0, 1));
  assert.ok(!set.has(0));
});

test("interval set: agrees with a plain set", () => {
  const operation = fc.record({
    start: fc.nat(60),
    length: fc.integer({ min: 1, max: 9 }),
    drop: fc.option(fc.nat(60), { freq: 5 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const set = new IntervalSet(1_000);
      const naive = new Set<number>();
      for (const { start, length, drop } of operations) {
        set.add(start, start + length);
        for (let i = 0; i < length; i++) naive.add(start + i);
        if (drop !== null) {
          set.dropBelow(drop);
          for (let i = 0; i < drop; i++) naive.delete(i);
        }
        for (let i = 0; i < 72; i++) assert.equal(set.has(i), naive.has(i), `value ${i}`);
        for (let i = 1; i < set.rangeCount; i++) assert.ok(set.start(i) > set.end(i - 1), "ranges touch");
      }
    }),
  );
});

test("interval set: an empty interval is our bug", () => {
  assert.throws(() => new IntervalSet(1).add(3, 3), AssertionError);
});
