import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { isTollPaid } from "./relay-login.ts";
import { searchToll } from "./toll-search.ts";

const challenge = fc.uint8Array({ minLength: 32, maxLength: 32 });
const from = fc.oneof(fc.nat(1_000), fc.constant(2 ** 32 - 64), fc.constant(2 ** 32 + 5), fc.constant(2 ** 52));

test("a search finds the first counter that pays, as the plain hash sees it", () => {
  fc.assert(
    fc.property(challenge, from, fc.nat(9), (bytes, first, bits) => {
      const tries = 64;
      let expected: number | undefined;
      for (let counter = first; counter < first + tries && expected === undefined; counter++)
        if (isTollPaid(nobleProvider, bytes, counter, bits)) expected = counter;
      assert.equal(searchToll(bytes, bits, first, tries), expected);
    }),
  );
});

test("slices find what one search finds, and a challenge that is a view is read where it lies", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => 7 * index);
  const whole = searchToll(bytes, 14, 0, 2 ** 20);
  assert.ok(whole !== undefined && isTollPaid(nobleProvider, bytes, whole, 14));
  const view = Uint8Array.from([1, 2, 3, ...bytes]).subarray(3);
  let found: number | undefined;
  for (let at = 0; found === undefined; at += 1_000) found = searchToll(view, 14, at, 1_000);
  assert.equal(found, whole);
});

test("no toll is paid by the first counter, a slice of nothing pays nothing", () => {
  const bytes = new Uint8Array(32);
  assert.equal(searchToll(bytes, 0, 5, 10), 5);
  assert.equal(searchToll(bytes, 0, 5, 0), undefined);
  assert.equal(searchToll(bytes, 32, 0, 100), undefined);
});
