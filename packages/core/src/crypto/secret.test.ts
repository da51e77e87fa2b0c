import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AssertionError } from "../lib/assert.ts";
import { LABEL, labelBytes } from "./labels.ts";
import { Secret } from "./secret.ts";

// [ID-2]
test("a Secret shows its bytes to nobody who did not ask", () => {
  const secret = new Secret(Uint8Array.of(0xca, 0xfe));
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: 9 }),
    String(secret),
  ];
  for (const text of shown) assert.doesNotMatch(text, /202|254|ca.?fe/i);
  assert.deepEqual(Object.keys(secret), []);
  assert.deepEqual(secret.reveal(), Uint8Array.of(0xca, 0xfe));
});

test("wiping a Secret overwrites the bytes themselves, once", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const secret = new Secret(bytes);
  assert.equal(secret.isWiped, false);
  secret.wipe();
  secret.wipe();
  assert.deepEqual(bytes, new Uint8Array(3));
  assert.equal(secret.isWiped, true);
  assert.throws(() => secret.reveal(), AssertionError);
  assert.equal(`${secret}`, "<secret>");
});

// [ID-7]
test("no label holds a zero byte, and none is the beginning of another one with its end mark", () => {
  const labels = Object.values(LABEL);
  for (const label of labels) assert.ok(labelBytes(label).every((byte) => byte > 0x1f && byte < 0x7f));
  assert.equal(new Set(labels).size, labels.length);
});
