import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "./assert.ts";
import { bytesEqual, compareBytes, concatBytes, isAllZero } from "./bytes.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";
import { randomBelow } from "./random.ts";
import { Reader } from "./reader.ts";
import { bytesToText, textToBytes } from "./utf8.ts";
import { WireError, type WireErrorCode } from "./wire-error.ts";
import { varintBytes, Writer } from "./writer.ts";

const refuses = (code: WireErrorCode, run: () => unknown): void =>
  assert.throws(run, (error) => error instanceof WireError && error.code === code);

const field = fc.oneof(
  fc.record({ kind: fc.constant("u8" as const), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant("u16" as const), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant("u32" as const), value: fc.nat(0xffff_ffff) }),
  fc.record({ kind: fc.constant("u64" as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("varint" as const), value: fc.maxSafeNat() }),
);

test("Reader reads back what Writer wrote, and every prefix of it is refused", () => {
  fc.assert(
    fc.property(
      fc.array(field, { minLength: 1 }),
      fc.uint8Array(),
      fc.string({ unit: "grapheme" }),
      (fields, bytes, text) => {
        const writer = new Writer(1);
        for (const { kind, value } of fields) writer[kind](value);
        const whole = writer.varBytes(bytes).text(text).finish();
        const readAll = (input: Uint8Array): void => {
          const reader = new Reader(input);
          for (const { kind, value } of fields) assert.equal(reader[kind](), value);
          assert.deepEqual(reader.varBytes(bytes.length).slice(), bytes);
          assert.equal(reader.text(65_536), text);
          reader.end();
        };
        readAll(whole);
        refuses("ERR_TRAILING", () => readAll(concatBytes(whole, Uint8Array.of(0))));
        for (let cut = 0; cut < whole.length; cut++) refuses("ERR_TRUNCATED", () => readAll(whole.slice(0, cut)));
      },
    ),
  );
});

test("Reader.varint takes 2^53 - 1 and refuses more, and forms longer than needed", () => {
  assert.equal(new Reader(new Writer().varint(Number.MAX_SAFE_INTEGER).finish()).varint(), Number.MAX_SAFE_INTEGER);
  refuses("ERR_VARINT", () => new Reader(hexToBytes("8080808080808010")).varint());
  refuses("ERR_VARINT", () => new Reader(hexToBytes("ffffffffffffffffff01")).varint());
  refuses("ERR_VARINT", () => new Reader(hexToBytes("8000")).varint());
  refuses("ERR_TRUNCATED", () => new Reader(hexToBytes("80")).varint());
  refuses("ERR_VALUE", () => new Reader(hexToBytes("0020000000000000")).u64());
});

test("Reader.varBytes refuses a length over its limit before it looks for the bytes", () => {
  refuses("ERR_TOO_LARGE", () => new Reader(new Writer().varint(2 ** 40).finish()).varBytes(10));
  assert.equal(new Reader(new Writer().varBytes(new Uint8Array(10)).finish()).varBytes(10).length, 10);
});

test("varintBytes is the length of what Writer.varint writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => varintBytes(value) === new Writer().varint(value).length));
});

test("Writer refuses numbers that do not fit their field", () => {
  for (const misuse of [
    () => new Writer().u8(256),
    () => new Writer().u16(-1),
    () => new Writer().u32(1.5),
    () => new Writer().u64(2 ** 53),
    () => new Writer().varint(-1),
  ]) {
    assert.throws(misuse, AssertionError);
  }
});

test("bytesToText agrees with the platform's strict decoder on every input", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc
      .array(
        fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xf0, 0x90, 0xf4, 0xf5, 0xff),
        { maxLength: 8 },
      )
      .map((list) => Uint8Array.from(list)),
  );
  fc.assert(
    fc.property(any, (bytes) => {
      let expected: string | undefined;
      try {
        expected = strict.decode(bytes);
      } catch {
        // malformed
      }
      if (expected === undefined) refuses("ERR_TEXT", () => bytesToText(bytes));
      else assert.equal(bytesToText(bytes), expected);
    }),
    { numRuns: 2_000 },
  );
});

test("textToBytes agrees with the platform's encoder, lone surrogates included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => bytesEqual(textToBytes(text), new TextEncoder().encode(text))),
  );
  assert.deepEqual(textToBytes("\ud800"), Uint8Array.of(0xef, 0xbf, 0xbd));
});

test("hex goes both ways and refuses odd lengths and foreign characters", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => bytesEqual(hexToBytes(bytesToHex(bytes)), bytes)));
  assert.equal(bytesToHex(hexToBytes("00FFa1")), "00ffa1");
  const long = "0123456789abcdef".repeat(1_000);
  assert.equal(bytesToHex(hexToBytes(long)), long);
  for (const bad of ["0", "0g", " 00", "0x00", "00\n"]) refuses("ERR_TEXT", () => hexToBytes(bad));
});

test("bytesEqual and compareBytes order byte strings", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      assert.equal(bytesEqual(a, b), bytesToHex(a) === bytesToHex(b));
      const [x, y] = [bytesToHex(a), bytesToHex(b)];
      assert.equal(Math.sign(compareBytes(a, b)), x < y ? -1 : x > y ? 1 : 0);
    }),
  );
  assert.ok(isAllZero(new Uint8Array(3)) && !isAllZero(Uint8Array.of(0, 1)));
});

test("randomBelow stays below its bound and draws again rather than favour small numbers", () => {
  const draws = [hexToBytes("ffffffff"), hexToBytes("00000007")];
  assert.equal(
    randomBelow(() => draws.shift() ?? assert.fail("asked too often"), 10),
    7,
  );
});
