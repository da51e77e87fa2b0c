import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider as provider } from "../crypto/noble-provider.ts";
import { AssertionError } from "../lib/assert.ts";
import { isPromisedNonce, SAS_WORDS, sasCommitment, sasWords } from "./sas.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

// [ID-11]
test("isPromisedNonce takes the committed nonce in the committed session only", () => {
  const [transcript, nonce] = [random(32), random(32)];
  const commitment = sasCommitment(provider, transcript, nonce);
  assert.ok(isPromisedNonce(provider, transcript, nonce, commitment));
  assert.ok(!isPromisedNonce(provider, transcript, random(32), commitment));
  assert.ok(!isPromisedNonce(provider, random(32), nonce, commitment));
  assert.ok(!isPromisedNonce(provider, transcript, nonce, commitment.subarray(1)));
  assert.ok(!isPromisedNonce(provider, transcript, nonce.subarray(1), commitment));
  assert.ok(!isPromisedNonce(provider, transcript, Uint8Array.of(...nonce, 0), commitment));
});

// [ID-11]
test("the five words change with each of transcript and nonces, and with their order", () => {
  const [transcript, one, two] = [random(32), random(32), random(32)];
  const words = (...parts: [Uint8Array, Uint8Array, Uint8Array]): string => sasWords(provider, ...parts).join(" ");
  const good = words(transcript, one, two);
  assert.equal(good.split(" ").length, SAS_WORDS);
  assert.equal(words(transcript, one, two), good);
  for (const other of [
    words(transcript, two, one),
    words(random(32), one, two),
    words(transcript, random(32), two),
    words(transcript, one, random(32)),
  ])
    assert.notEqual(other, good);
  assert.throws(() => sasWords(provider, transcript, one, two.subarray(1)), AssertionError);
  assert.throws(() => sasWords(provider, transcript.subarray(1), one, two), AssertionError);
});
