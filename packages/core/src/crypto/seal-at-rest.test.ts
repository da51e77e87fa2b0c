import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../lib/assert.ts";
import { bytesToHex } from "../lib/hex.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { LABEL } from "./labels.ts";
import { nobleProvider as provider } from "./noble-provider.ts";
import { AT_REST_OVERHEAD_BYTES, openAtRest, sealAtRest } from "./seal-at-rest.ts";
import { Secret } from "./secret.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const refuses = (code: WireErrorCode, run: () => unknown): void =>
  assert.throws(run, (error) => error instanceof WireError && error.code === code);
const options = {
  provider,
  key: new Secret(random(32)),
  label: LABEL.vault,
  context: textToBytes("contacts/1"),
} as const;

test("openAtRest gives back what sealAtRest took", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 40 }), (plaintext, context) => {
      const sealed = sealAtRest({ ...options, random, context }, plaintext);
      assert.equal(sealed.length, plaintext.length + AT_REST_OVERHEAD_BYTES);
      assert.deepEqual(openAtRest({ ...options, context }, sealed), plaintext);
    }),
  );
});

// [ID-13]
test("sealing the same twice never repeats a key: with the same salt only would the bytes be equal", () => {
  const plaintext = new Uint8Array(48).fill(5);
  const sealed = Array.from({ length: 50 }, () => bytesToHex(sealAtRest({ ...options, random }, plaintext)));
  assert.equal(new Set(sealed.map((hex) => hex.slice(2, 66))).size, 50);
  assert.equal(new Set(sealed.map((hex) => hex.slice(66, 98))).size, 50);
});

// [ID-13]
test("openAtRest refuses another key, label or context, and one bit changed anywhere", () => {
  const sealed = sealAtRest({ ...options, random }, Uint8Array.of(1, 2, 3));
  refuses("ERR_CRYPTO", () => openAtRest({ ...options, key: new Secret(random(32)) }, sealed));
  refuses("ERR_CRYPTO", () => openAtRest({ ...options, label: LABEL.identityExport }, sealed));
  refuses("ERR_CRYPTO", () => openAtRest({ ...options, context: textToBytes("contacts/2") }, sealed));
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    refuses(at === 0 ? "ERR_VERSION" : "ERR_CRYPTO", () => openAtRest(options, changed));
  }
});

test("openAtRest refuses every prefix, and more bytes than there were", () => {
  const sealed = sealAtRest({ ...options, random }, new Uint8Array(0));
  for (let length = 0; length < 33; length++)
    refuses("ERR_TRUNCATED", () => openAtRest(options, sealed.subarray(0, length)));
  for (let length = 33; length < sealed.length; length++)
    refuses("ERR_CRYPTO", () => openAtRest(options, sealed.subarray(0, length)));
  refuses("ERR_CRYPTO", () => openAtRest(options, Uint8Array.of(...sealed, 0)));
});

test("sealAtRest wants a key of 32 bytes", () => {
  assert.throws(() => sealAtRest({ ...options, key: new Secret(random(31)), random }, random(1)), AssertionError);
});
