import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CBOR_DEPTH_MAX, type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";
import { WireError } from "./wire-error.ts";

/** RFC 8949, appendix A, as far as these kinds go. */
const KNOWN: readonly (readonly [string, CborValue])[] = [
  ["00", 0],
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1_000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["40", new Uint8Array(0)],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["60", ""],
  ["62c3bc", "ü"],
  ["64f0908591", "\u{10151}"],
  ["80", []],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  ["a0", new Map()],
  [
    "a201020304",
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
];

test("CBOR is as in RFC 8949, both ways", () => {
  for (const [hex, value] of KNOWN) {
    assert.equal(bytesToHex(encodeCbor(value)), hex);
    assert.deepEqual(decodeCbor(hexToBytes(hex)), value, hex);
  }
});

const codeOf = (hex: string): string | undefined => {
  try {
    decodeCbor(hexToBytes(hex));
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
};

test("CBOR that has another encoding, or is of another kind, is refused", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["", "ERR_TRUNCATED"],
    ["1817", "ERR_VALUE"], // 23 in two bytes
    ["1900ff", "ERR_VALUE"],
    ["1a0000ffff", "ERR_VALUE"],
    ["1b00000000ffffffff", "ERR_VALUE"],
    ["1b0020000000000000", "ERR_VALUE"], // 2^53
    ["5f42010243030405ff", "ERR_VALUE"], // indefinite
    ["9f01ff", "ERR_VALUE"],
    ["20", "ERR_UNKNOWN_TYPE"], // -1
    ["c000", "ERR_UNKNOWN_TYPE"], // a tag
    ["f4", "ERR_UNKNOWN_TYPE"], // false
    ["f93c00", "ERR_UNKNOWN_TYPE"], // 1.0
    ["a203040102", "ERR_VALUE"], // keys the wrong way
    ["a201020103", "ERR_VALUE"], // a key twice
    ["a1616102", "ERR_VALUE"], // a key that is text
    ["0000", "ERR_TRAILING"],
    ["62c328", "ERR_TEXT"],
    ["9bffffffffffffffff", "ERR_VALUE"],
    ["9a00ffffff00", "ERR_TRUNCATED"], // many announced, one there
    ["5a7fffffff", "ERR_TRUNCATED"],
    [`${"81".repeat(CBOR_DEPTH_MAX + 1)}00`, "ERR_LIMIT"],
    ["81".repeat(100_000), "ERR_LIMIT"],
  ];
  for (const [hex, code] of refused) assert.equal(codeOf(hex), code, hex.slice(0, 40));
  assert.equal(codeOf(`${"81".repeat(CBOR_DEPTH_MAX)}00`), undefined);
});

const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeNat(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 30 }),
    fc
      .uniqueArray(fc.maxSafeNat(), { maxLength: 8 })
      .chain((keys) =>
        fc
          .array(tie("value"), { minLength: keys.length, maxLength: keys.length })
          .map((values) => new Map(keys.sort((a, b) => a - b).map((key, at) => [key, values[at] ?? 0] as const))),
      ),
  ),
})).value;

test("CBOR survives the way there and back, and no other bytes give the same value", () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, at, flip) => {
      const bytes = encodeCbor(each);
      assert.deepEqual(decodeCbor(bytes), each);
      const broken = bytes.slice();
      broken[at % broken.length] = (broken[at % broken.length] ?? 0) ^ flip;
      if (codeOf(bytesToHex(broken)) === undefined)
        assert.equal(bytesToHex(encodeCbor(decodeCbor(broken))), bytesToHex(broken));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      if (codeOf(bytesToHex(bytes)) === undefined)
        assert.equal(bytesToHex(encodeCbor(decodeCbor(bytes))), bytesToHex(bytes));
    }),
  );
});
