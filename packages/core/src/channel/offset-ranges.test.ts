import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OffsetRanges } from "./offset-ranges.ts";

test("OffsetRanges agrees with a set of numbers", () => {
  const range = fc.tuple(fc.boolean(), fc.nat(60), fc.integer({ min: 1, max: 20 }));
  fc.assert(
    fc.property(fc.array(range, { size: "medium" }), (steps) => {
      const ranges = new OffsetRanges();
      const model = new Set<number>();
      for (const [isAdd, start, length] of steps) {
        if (isAdd) ranges.add(start, start + length);
        else ranges.remove(start, start + length);
        for (let i = start; i < start + length; i++) {
          if (isAdd) model.add(i);
          else model.delete(i);
        }
        const sorted = [...model].sort((a, b) => a - b);
        assert.equal(ranges.isEmpty, sorted.length === 0);
        assert.equal(ranges.firstStart, sorted[0]);
        assert.equal(ranges.size, sorted.filter((value) => !model.has(value - 1)).length);
      }
      // Emptied from below, it gives every offset once.
      const drained: number[] = [];
      while (!ranges.isEmpty) {
        const [start, end] = [ranges.firstStart!, ranges.firstEnd!];
        for (let i = start; i < end; i++) drained.push(i);
        ranges.remove(start, end);
      }
      assert.deepEqual(
        drained,
        [...model].sort((a, b) => a - b),
      );
    }),
  );
});

test("OffsetRanges.removeAll removes what another holds, and remove of nothing is nothing", () => {
  const ranges = new OffsetRanges();
  ranges.add(0, 100);
  const others = new OffsetRanges();
  others.add(10, 20);
  others.add(90, 200);
  ranges.removeAll(others);
  ranges.remove(5, 5);
  assert.equal(ranges.firstEnd, 10);
  ranges.remove(0, 10);
  assert.deepEqual([ranges.firstStart, ranges.firstEnd, ranges.size], [20, 90, 1]);
});
