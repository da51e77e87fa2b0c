import assert from "node:assert/strict";
import { test } from "node:test";
import { giveBack } from "./give-back.ts";

test("giveBack empties a large array that has its memory to itself, and no other", () => {
  const whole = new Uint8Array(4_096);
  giveBack(whole);
  assert.equal(whole.length, 0);
  const small = new Uint8Array(4_095);
  giveBack(small);
  assert.equal(small.length, 4_095);
  const shared = new Uint8Array(8_192).subarray(1);
  giveBack(shared);
  assert.equal(shared.length, 8_191);
});
