import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePeerId } from "@kith/core";
import fc from "fast-check";
import { changes } from "./peer-changes.ts";
import { readPeerId } from "./peer-id.ts";
import { BOB, fakeNearby } from "./testing/fake-people.ts";

const at = (number: number, ...rest: Parameters<typeof fakeNearby>) => ({ number, nearby: fakeNearby(...rest) });
const what = (...args: Parameters<typeof changes>): string[] =>
  changes(...args).map((one) => `${one.what} ${one.nearby.key}`);

test("a stranger that turns out to be a contact changed; it did not go", () => {
  assert.deepEqual(what([at(1, "n", "Bob")], [at(1, "n", "Bob", { peer: BOB })]), ["changed n"]);
  assert.deepEqual(what([at(1, "n", "Bob", { peer: BOB })], [at(1, "m", "Bob", { peer: BOB })]), ["changed m"]);
});

test("being seen again is no change; coming and going is", () => {
  assert.deepEqual(what([at(1, "a", "A", { seenAt: 1 })], [at(1, "a", "A", { seenAt: 2 })]), []);
  assert.deepEqual(what([at(1, "a", "A")], [at(2, "b", "B")]), ["appeared b", "gone a"]);
  assert.deepEqual(what([], []), []);
});

test("a PeerId is what core says it is, in either case", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEFg"), minLength: 63, maxLength: 65 }),
      ),
      (text) => {
        assert.equal(readPeerId(text), parsePeerId(text.toLowerCase()));
      },
    ),
  );
  assert.equal(readPeerId(BOB.toUpperCase()), BOB);
});
