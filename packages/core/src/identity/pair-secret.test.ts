import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider as provider } from "../crypto/noble-provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { compareBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import { wallTime } from "../lib/time.ts";
import { createIdentity, type LocalIdentity } from "./keys.ts";
import {
  contactTag,
  isContactTag,
  pairSecret,
  presenceEpoch,
  presenceHint,
  presenceHints,
  presenceIndex,
} from "./pair-secret.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const [ada, bob, eve] = [1, 2, 3].map(() => createIdentity(provider, random)) as [
  LocalIdentity,
  LocalIdentity,
  LocalIdentity,
];

function secretOf(local: LocalIdentity, remote: LocalIdentity): Secret {
  const secret = pairSecret(provider, local, { peerId: remote.peerId, contactKey: remote.contactPublicKey });
  assert.ok(secret !== undefined);
  return secret;
}

// [ID-8]
test("a pair secret is the same at both ends, and another for every pair", () => {
  const hex = (secret: Secret): string => bytesToHex(secret.reveal());
  assert.equal(hex(secretOf(ada, bob)), hex(secretOf(bob, ada)));
  assert.equal(new Set([secretOf(ada, bob), secretOf(ada, eve), secretOf(bob, eve)].map(hex)).size, 3);
  // Somebody else's contact key under another name gives another secret: names are bound in.
  const borrowed = pairSecret(provider, ada, { peerId: eve.peerId, contactKey: bob.contactPublicKey });
  assert.ok(borrowed !== undefined && hex(borrowed) !== hex(secretOf(ada, bob)));
});

// [ID-9]
test("a contact tag says who began, in this very hello, and takes nothing else", () => {
  const [pair, ephemeral] = [secretOf(ada, bob), random(32)];
  const tag = contactTag(provider, pair, ada.peerId, ephemeral);
  assert.equal(tag.length, 16);
  assert.ok(isContactTag(provider, secretOf(bob, ada), ada.peerId, ephemeral, tag));
  assert.ok(!isContactTag(provider, pair, bob.peerId, ephemeral, tag), "reflected");
  assert.ok(!isContactTag(provider, pair, ada.peerId, random(32), tag), "moved to another hello");
  assert.ok(!isContactTag(provider, secretOf(bob, eve), ada.peerId, ephemeral, tag));
  assert.ok(!isContactTag(provider, pair, ada.peerId, ephemeral, new Uint8Array(16)));
  assert.ok(!isContactTag(provider, pair, ada.peerId, ephemeral, tag.subarray(1)));
});

// [ID-12]
test("hints rotate each quarter of an hour and are known to the pair alone", () => {
  assert.equal(presenceEpoch(wallTime(0)), 0);
  assert.equal(presenceEpoch(wallTime(899_999)), 0);
  assert.equal(presenceEpoch(wallTime(900_000)), 1);
  assert.equal(presenceEpoch(wallTime(-5)), 0);
  const pair = secretOf(ada, bob);
  const hints = [10, 11].flatMap((epoch) =>
    [ada, bob].map(({ peerId }) => bytesToHex(presenceHint(provider, pair, peerId, epoch))),
  );
  assert.equal(new Set(hints).size, 4);
  for (const hint of hints) assert.equal(hint.length, 16);
});

// [ID-12]
test("presenceIndex finds a contact through a clock that is a quarter of an hour off, not two", () => {
  const index = (epoch: number): Map<string, string> =>
    presenceIndex(
      provider,
      [ada, eve].map((each) => ({ peerId: each.peerId, pair: secretOf(bob, each) })),
      epoch,
    );
  const hint = bytesToHex(presenceHint(provider, secretOf(ada, bob), ada.peerId, 100));
  for (const epoch of [99, 100, 101]) assert.equal(index(epoch).get(hint), ada.peerId);
  for (const epoch of [98, 102]) assert.equal(index(epoch).get(hint), undefined);
  assert.equal(index(0).size, 4);
  // What bob announces is not what bob looks for.
  assert.equal(index(100).get(bytesToHex(presenceHint(provider, secretOf(ada, bob), bob.peerId, 100))), undefined);
});

// [ID-12]
test("presenceHints pads to a multiple of eight and hides the order", () => {
  const pairs = [secretOf(ada, bob), secretOf(ada, eve)];
  const options = { provider, random, announcer: ada.peerId, epoch: 7 };
  const own = pairs.map((pair) => bytesToHex(presenceHint(provider, pair, ada.peerId, 7)));
  for (const [count, length] of [
    [0, 8],
    [1, 8],
    [2, 8],
  ] as const) {
    const hints = presenceHints({ ...options, pairs: pairs.slice(0, count) });
    assert.equal(hints.length, length);
    const hex = hints.map(bytesToHex);
    for (const hint of own.slice(0, count)) assert.ok(hex.includes(hint));
    assert.deepEqual([...hints].sort(compareBytes), hints);
    assert.equal(new Set(hex).size, length);
  }
  assert.equal(presenceHints({ ...options, pairs: Array.from({ length: 9 }, () => pairs[0]!) }).length, 16);
});
