import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base45ToBytes, bytesToBase45 } from "./base45.ts";
import { bytesToText, textToBytes } from "./utf8.ts";

test("base45 is as in RFC 9285 §4.3 and §4.4", () => {
  for (const [plain, text] of [
    ["AB", "BB8"],
    ["Hello!!", "%69 VD92EX0"],
    ["base-45", "UJCLQE7W581"],
    ["ietf!", "QED8WEX0"],
    ["", ""],
  ] as const) {
    assert.equal(bytesToBase45(textToBytes(plain)), text);
    assert.equal(bytesToText(base45ToBytes(text)), plain);
  }
});

test("base45 that no bytes give is refused", () => {
  for (const text of ["A", "AAAA", "GGW", "::::", ":::", "::", "bb8", "BB_", "é00"])
    assert.throws(() => base45ToBytes(text), { code: "ERR_TEXT" }, text);
  assert.deepEqual(base45ToBytes("FGW"), Uint8Array.of(255, 255));
});

test("base45 survives the way there and back, and each text has one array", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
      assert.deepEqual(base45ToBytes(bytesToBase45(bytes)), bytes),
    ),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"), maxLength: 30 }),
      (text) => {
        try {
          assert.equal(bytesToBase45(base45ToBytes(text)), text);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "ERR_TEXT");
        }
      },
    ),
  );
});
