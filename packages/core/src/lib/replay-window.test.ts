import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "./assert.ts";
import { ReplayWindow } from "./replay-window.ts";

/** The obvious version: every counter ever seen, in a set. */
class NaiveWindow {
  readonly #seen = new Set<number>();
  #highest = -1;
  readonly #size: number;
  constructor(size: number) {
    this.#size = size;
  }
  add(counter: number): boolean {
    if (counter <= this.#highest - this.#size || this.#seen.has(counter)) return false;
    this.#seen.add(counter);
    this.#highest = Math.max(this.#highest, counter);
    return true;
  }
}

test("replay window: takes each counter once", () => {
  const window = new ReplayWindow(64);
  assert.equal(window.highest, -1);
  for (const counter of [0, 1, 5, 3, 70]) assert.ok(window.add(counter), `first ${counter}`);
  for (const counter of [0, 1, 5, 3, 70]) assert.ok(!window.add(counter), `again ${counter}`);
  assert.equal(window.highest, 70);
});

test("[SES-5] replay window: the oldest within is new, one below is not", () => {
  const window = new ReplayWindow(4_096);
  window.add(10_000);
  assert.ok(window.isNew(10_000 - 4_095));
  assert.ok(!window.isNew(10_000 - 4_096));
  assert.ok(window.add(10_000 - 4_095));
  assert.ok(!window.add(10_000 - 4_096));
});

test("replay window: a leap to the largest counter takes no longer than a step", () => {
  const window = new ReplayWindow(4_096);
  window.add(7);
  assert.ok(window.add(Number.MAX_SAFE_INTEGER));
  assert.ok(!window.isNew(7));
  assert.ok(window.add(Number.MAX_SAFE_INTEGER - 4_000));
});

test("replay window: agrees with a set of all counters", () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -300, max: 300 })), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, fc.constantFrom(32, 64, 128), fc.nat(2 ** 40), (moves, size, start) => {
      const window = new ReplayWindow(size);
      const naive = new NaiveWindow(size);
      let counter = start;
      for (const move of moves) {
        counter = Math.max(0, counter + move);
        const isNew = window.isNew(counter);
        assert.equal(window.add(counter), isNew);
        assert.equal(isNew, naive.add(counter), `counter ${counter}`);
      }
    }),
  );
});

test("replay window: a size that is no number of blocks is our bug", () => {
  assert.throws(() => new ReplayWindow(33), AssertionError);
});
