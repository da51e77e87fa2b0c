import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base64urlToBytes, bytesToBase64url } from "./base64url.ts";
import { WireError } from "./wire-error.ts";

test("base64url goes there and back, and agrees with Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = bytesToBase64url(bytes);
      assert.equal(text, Buffer.from(bytes).toString("base64url"));
      assert.deepEqual(base64urlToBytes(text), bytes);
    }),
  );
});

test("base64urlToBytes takes one text for one array: it refuses padding, foreign characters and loose bits", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."AQgwz-_09+/= \n=é\u{1f600}"), maxLength: 12 }), (text) => {
      try {
        assert.equal(bytesToBase64url(base64urlToBytes(text)), text);
      } catch (error) {
        assert.ok(error instanceof WireError && error.code === "ERR_TEXT");
        assert.notEqual(Buffer.from(text, "base64url").toString("base64url"), text);
      }
    }),
    { numRuns: 2_000 },
  );
});
