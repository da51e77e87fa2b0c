/** Node's WebCrypto is a page's. Real time: its answers come from other threads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "@kith/core";
import { webCrypto } from "./web-crypto.ts";

const nonce = new Uint8Array(12).fill(1);
const aad = Uint8Array.of(1, 2, 3);
const plaintext = new Uint8Array(5_000).map((_, at) => at);

test("in bulk the same comes out as from the provider, once the key is there", async () => {
  const { provider, bulkAead } = webCrypto(crypto.subtle);
  const bytes = new Uint8Array(32).fill(2);
  const key = provider.importAeadKey(bytes);
  bytes.fill(0);
  const [right] = nobleProvider.seal(nobleProvider.importAeadKey(new Uint8Array(32).fill(2)), nonce, aad, plaintext);
  assert.ok(right);
  assert.equal(bulkAead.seal(key, nonce, aad, plaintext), undefined, "the platform has the key later");
  assert.deepEqual(provider.seal(key, nonce, aad, plaintext), [right]);
  await new Promise((done) => setTimeout(done, 50));
  const given = plaintext.slice();
  const sealing = bulkAead.seal(key, nonce, aad, given);
  given.fill(0); // it was read
  assert.deepEqual(await sealing, right);
  const sealed = right.slice();
  const opening = bulkAead.open(key, nonce, aad, sealed);
  sealed.fill(0);
  assert.deepEqual(await opening, plaintext);
  assert.equal(await bulkAead.open(key, nonce, aad, sealed), undefined, "another tag");
});

test("contents of files are hashed as the provider does, part after part", async () => {
  const { provider, bulkHash } = webCrypto(crypto.subtle);
  assert.deepEqual(await bulkHash([aad, plaintext]), nobleProvider.sha256(aad, plaintext));
  assert.deepEqual(await bulkHash([]), provider.sha256());
});

test("a key of somebody else is the provider's matter", () => {
  const { bulkAead } = webCrypto(crypto.subtle);
  const key = nobleProvider.importAeadKey(new Uint8Array(32));
  assert.equal(bulkAead.seal(key, nonce, aad, plaintext), undefined);
  assert.equal(bulkAead.open(key, nonce, aad, plaintext), undefined);
});
