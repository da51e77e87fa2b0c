import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "./backoff.ts";
import { millis } from "./time.ts";

const constant = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);

test("backoff: doubles up to its maximum and begins anew after success", () => {
  const backoff = new Backoff({ first: millis(100), max: millis(500), random: constant(0) });
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [100, 200, 400, 500, 500]); // biome-ignore format: one line
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test("backoff: chance takes off at most a half", () => {
  const backoff = new Backoff({ first: millis(100), max: millis(100), random: constant(0xff) });
  const wait = backoff.next();
  assert.ok(wait >= 50 && wait < 51, `waits ${wait}`);
});
