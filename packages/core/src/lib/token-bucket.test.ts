import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "./time.ts";
import { TokenBucket } from "./token-bucket.ts";

test("token bucket: at the limit and one above", () => {
  const bucket = new TokenBucket({ capacity: 5, perSecond: 2, now: instant(0) });
  assert.ok(bucket.take(5, instant(0)));
  assert.ok(!bucket.take(1, instant(499)));
  assert.equal(bucket.availableAt(1, instant(499)), instant(500));
  assert.ok(bucket.take(1, instant(500)));
  assert.ok(!bucket.take(6, instant(1_000_000)), "more than the capacity is never there");
});

test("token bucket: a debt is paid before anything else", () => {
  const bucket = new TokenBucket({ capacity: 10, perSecond: 10, now: instant(0) });
  bucket.spend(30, instant(0));
  assert.equal(bucket.available(instant(1_000)), 0);
  assert.equal(bucket.availableAt(1, instant(1_000)), instant(2_100));
  assert.ok(bucket.take(1, instant(2_100)));
});

test("token bucket: never lets more through than rate and burst allow", () => {
  const asks = fc.array(fc.record({ wait: fc.nat(400), count: fc.integer({ min: 1, max: 8 }) }), { maxLength: 100 });
  fc.assert(
    fc.property(asks, (list) => {
      const bucket = new TokenBucket({ capacity: 8, perSecond: 20, now: instant(0) });
      let now = 0;
      let taken = 0;
      for (const { wait, count } of list) {
        now += wait;
        if (bucket.take(count, instant(now))) taken += count;
        assert.ok(taken <= 8 + (now / 1_000) * 20 + 1e-6, `${taken} taken by ${now} ms`);
      }
    }),
  );
});
