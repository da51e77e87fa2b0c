import assert from "node:assert/strict";
import { test } from "node:test";
import { LABEL } from "../crypto/labels.ts";
import { nobleProvider as provider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { AssertionError } from "../lib/assert.ts";
import { WireError } from "../lib/wire-error.ts";
import { createIdentity, identityFromSeed, oneTimeIdentity, wipeIdentity } from "./keys.ts";
import { parsePeerId, peerIdFromBytes, peerIdToBytes } from "./peer-id.ts";
import { signLabelled, verifyLabelled } from "./signed.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

test("a PeerId reads back what it prints, and nothing else", () => {
  const { peerId } = createIdentity(provider, random);
  assert.equal(parsePeerId(peerId), peerId);
  assert.equal(peerIdFromBytes(peerIdToBytes(peerId)), peerId);
  for (const text of [
    "",
    peerId.toUpperCase(),
    `${peerId} `,
    ` ${peerId}`,
    peerId.slice(1),
    `${peerId}0`,
    peerId.replace(/./, "g"),
    `${peerId}\n`,
  ])
    assert.equal(parsePeerId(text), undefined, text);
  for (const length of [0, 31, 33])
    assert.throws(
      () => peerIdFromBytes(new Uint8Array(length)),
      (error) => error instanceof WireError && error.code === "ERR_VALUE",
    );
});

// [ID-3]
test("a one-time identity shares nothing with the device's own, and says what it is", () => {
  const own = createIdentity(provider, random);
  const [one, two] = [oneTimeIdentity(provider, random), oneTimeIdentity(provider, random)];
  assert.equal(own.isOneTime, false);
  assert.ok(one.isOneTime && two.isOneTime);
  assert.equal(new Set([own, one, two].map(({ peerId }) => peerId)).size, 3);
  assert.equal(new Set([own, one, two].map(({ contactPublicKey }) => contactPublicKey.join())).size, 3);
});

test("an identity keeps its own copy of its randomness, prints no secret, and can be wiped", () => {
  const drawn = random(32);
  const identity = createIdentity(provider, () => drawn);
  const seed = identity.seed.reveal().slice();
  drawn.fill(0);
  assert.deepEqual(identity.seed.reveal(), seed);
  assert.equal(identityFromSeed(provider, new Secret(seed.slice())).peerId, identity.peerId);
  assert.ok(!JSON.stringify(identity).includes(Buffer.from(seed).toString("hex")));
  const bytes = [identity.seed.reveal(), identity.contactSecret.reveal()];
  wipeIdentity(identity);
  wipeIdentity(identity);
  for (const each of bytes) assert.deepEqual(each, new Uint8Array(32));
  assert.throws(() => signLabelled(provider, identity, LABEL.grant, seed), AssertionError);
  assert.throws(() => identityFromSeed(provider, new Secret(new Uint8Array(31))), AssertionError);
});

// [ID-7]
test("a signature counts for its label, its signer and its bytes only", () => {
  const [ada, bob] = [createIdentity(provider, random), createIdentity(provider, random)];
  const [message, more] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const signature = signLabelled(provider, ada, LABEL.grant, message, more);
  const verify = (signer: typeof ada, label: (typeof LABEL)[keyof typeof LABEL], ...parts: Uint8Array[]): boolean =>
    verifyLabelled(provider, signer.peerId, label, signature, ...parts);
  assert.ok(verify(ada, LABEL.grant, message, more));
  assert.ok(verify(ada, LABEL.grant, Uint8Array.of(1, 2, 3)));
  assert.ok(!verify(bob, LABEL.grant, message, more));
  assert.ok(!verify(ada, LABEL.auditHead, message, more));
  assert.ok(!verify(ada, LABEL.grant, more, message));
  assert.ok(!verify(ada, LABEL.grant, message));
  assert.ok(!verifyLabelled(provider, ada.peerId, LABEL.grant, signature.subarray(1), message, more));
  // An unlabelled signature of the same key is worth nothing here.
  const bare = provider.ed25519Sign(ada.seed.reveal(), Uint8Array.of(1, 2, 3));
  assert.ok(!verifyLabelled(provider, ada.peerId, LABEL.grant, bare, Uint8Array.of(1, 2, 3)));
});
