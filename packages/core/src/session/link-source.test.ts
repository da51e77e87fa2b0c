import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sourceOf } from "./link-source.ts";

const CASES: readonly (readonly [address: string, source: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:201", "192.0.2.1"],
  ["2001:db8:1:2ab::1", "2001:db8:1:200/56"],
  ["2001:db8:1:2ff:1:2:3:4", "2001:db8:1:200/56"],
  ["2001:db8:1:300::", "2001:db8:1:300/56"],
  ["::1", "0:0:0:0/56"],
  ["::", "0:0:0:0/56"],
  ["fe80::1%eth0", "fe80:0:0:0/56%eth0"],
  ["fe80::2%eth0", "fe80:0:0:0/56%eth0"],
  ["64:ff9b::192.0.2.33", "64:ff9b:0:0/56"],
  ["relay-label", "relay-label"],
  ["1:2:3", "1:2:3"],
  ["1::2::3", "1::2::3"],
  ["1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"],
  ["1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7::8"],
  ["g::1", "g::1"],
  ["::ffff:300.0.2.1", "::ffff:300.0.2.1"],
  ["::1.2.3.4:5", "::1.2.3.4:5"],
];

test("sourceOf counts by the /48 for a relay", () => {
  assert.equal(sourceOf("2001:db8:1:2ab::1", 48), "2001:db8:1/48");
  assert.equal(sourceOf("fe80::1%eth0", 48), "fe80:0:0/48%eth0");
  assert.equal(sourceOf("192.0.2.1", 48), "192.0.2.1");
});

for (const [address, source] of CASES) {
  test(`sourceOf: ${address} counts as ${source}`, () => assert.equal(sourceOf(address), source));
}

test("sourceOf: the last 72 bits of an IPv6 address never matter, the first 56 always do", () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const hex = (groups: readonly number[]): string => groups.map((each) => each.toString(16)).join(":");
  fc.assert(
    fc.property(
      fc.tuple(group, group, group, group),
      fc.array(group, { minLength: 4, maxLength: 4 }),
      fc.nat(55),
      (head, tail, bit) => {
        fc.pre(!head.every((each) => each === 0));
        const [a, b, c, d] = head;
        assert.equal(sourceOf(hex([...head, ...tail])), sourceOf(hex([a, b, c, d ^ 0xff, 1, 2, 3, 4])));
        const other = [...head];
        other[bit >> 4]! ^= 0x8000 >> (bit & 15);
        fc.pre(!other.every((each) => each === 0));
        assert.notEqual(sourceOf(hex([...head, ...tail])), sourceOf(hex([...other, ...tail])));
      },
    ),
  );
});

test("sourceOf is total and bounded for any text", () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => assert.ok(sourceOf(text).length <= 160)));
});
