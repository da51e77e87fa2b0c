import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { concatBytes } from "../lib/bytes.ts";
import { assertStrict, codeOf, person, provider, seeded } from "../trust/trust-fixture.test.ts";
import { EPOCH_GENERATIONS_MAX, EPOCH_RECIPIENTS_MAX } from "../wire/room-key-limits.ts";
import {
  bundleBytesMax,
  decodeBundle,
  decodeHead,
  EPOCH_BUNDLE_BYTES_MAX,
  encodeBundle,
  openParcel,
  recipientCount,
  sealEpoch,
} from "./epoch.ts";
import { EpochKeys } from "./epoch-keys.ts";
import { makeEpoch, OTHER_ROOM, prekeyOf, quick, ROOM } from "./keys-fixture.test.ts";

const KEY = new Uint8Array(32).fill(7);
const chain = (generation = 0): EpochKeys => new EpochKeys(quick, ROOM, generation, new Secret(KEY.slice()));

test("[KEY-3] each recipient opens its own parcel with its prekey's secret, and gets the key", () => {
  const members = new Map([1, 2, 3].map((number) => [person(number).peerId, prekeyOf(number, 1, provider).prekey]));
  const random = seeded(1);
  const options = { provider, random, room: ROOM, author: person(1).peerId, members, check: chain().check() };
  const sealed = sealEpoch({ ...options, key: new Secret(KEY.slice()) });
  const bundle = decodeBundle(provider, encodeBundle(sealed));
  assert.deepEqual(bundle, sealed);
  assert.equal(recipientCount(bundle.head), 3);
  for (const number of [1, 2, 3]) {
    assert.deepEqual(openParcel(provider, ROOM, bundle, prekeyOf(number, 1, provider)), KEY);
  }
});

test("[KEY-3] a parcel opens for nobody else: another member, another prekey, another room, another author", () => {
  const { bundle } = makeEpoch(1, [1, 2]);
  assert.ok(openParcel(quick, ROOM, bundle, prekeyOf(2)));
  assert.equal(openParcel(quick, ROOM, bundle, prekeyOf(3)), undefined);
  assert.equal(openParcel(quick, ROOM, bundle, prekeyOf(2, 2)), undefined);
  assert.equal(openParcel(quick, OTHER_ROOM, bundle, prekeyOf(2)), undefined);
  const stolen = { ...bundle, head: { ...bundle.head, author: person(3).peerId } };
  assert.equal(openParcel(quick, ROOM, stolen, prekeyOf(2)), undefined);
  // A prekey of the same name and version, with other keys: a restored backup's.
  const twin = { ...prekeyOf(2, 2), prekey: { ...prekeyOf(2, 2).prekey, version: 1 } };
  assert.equal(openParcel(quick, ROOM, bundle, twin), undefined);
});

test("[KEY-4] a member without a prekey, or with one that is no key, is named without a parcel", () => {
  const bad = { ...prekeyOf(3).prekey, x25519: new Uint8Array(32) };
  const members = new Map([
    [person(1).peerId, prekeyOf(1).prekey],
    [person(2).peerId, undefined],
    [person(3).peerId, bad],
  ]);
  const options = { provider: quick, random: seeded(1), room: ROOM, author: person(1).peerId, members };
  const { head } = sealEpoch({ ...options, key: new Secret(KEY.slice()), check: chain().check() });
  assert.deepEqual(
    head.recipients.map(({ peer }) => peer),
    [person(1).peerId],
  );
  assert.deepEqual(head.others, [person(2).peerId, person(3).peerId].sort());
});

test("[KEY-3] damaged bundles are refused with a WireError, or open for nobody", () => {
  const { bundle } = makeEpoch(1, [1, 2]);
  const bytes = encodeBundle(bundle);
  assertStrict(bundle.head.bytes, decodeHead);
  for (const cut of [0, 1, 131, bundle.head.bytes.length, bytes.length - 1]) {
    assert.equal(
      codeOf(() => decodeBundle(quick, bytes.subarray(0, cut))),
      "ERR_TRUNCATED",
    );
  }
  assert.equal(
    codeOf(() => decodeBundle(quick, concatBytes(bytes, Uint8Array.of(0)))),
    "ERR_TRAILING",
  );
  for (let at = 0; at < bytes.length; at += 13) {
    const broken = bytes.slice();
    broken[at] = (broken[at] ?? 0) ^ 0x40;
    codeOf(() => assert.notDeepEqual(decodeBundle(quick, broken).hash, bundle.hash));
  }
});

test("[KEY-3] a head names each member once, in order, and nobody is too few", () => {
  const { bytes } = makeEpoch(1, [1, 2, 3]).bundle.head;
  const twice = bytes.slice();
  twice.copyWithin(131 + 36, 131, 131 + 36);
  assert.equal(
    codeOf(() => decodeHead(twice)),
    "ERR_VALUE",
  );
  const both = concatBytes(bytes.subarray(0, -2), Uint8Array.of(0, 1), bytes.subarray(131, 131 + 32));
  assert.equal(
    codeOf(() => decodeHead(both)),
    "ERR_VALUE",
  );
  const nobody = concatBytes(bytes.subarray(0, 129), new Uint8Array(4));
  assert.equal(
    codeOf(() => decodeHead(nobody)),
    "ERR_VALUE",
  );
  const many = bytes.slice();
  many.set([(EPOCH_RECIPIENTS_MAX + 1) >> 8, (EPOCH_RECIPIENTS_MAX + 1) & 0xff], 129);
  assert.equal(
    codeOf(() => decodeHead(many)),
    "ERR_LIMIT",
  );
  assert.equal(bundleBytesMax(EPOCH_RECIPIENTS_MAX), EPOCH_BUNDLE_BYTES_MAX);
});

test("[KEY-3] a head for 1,000 is taken", () => {
  const others = Array.from({ length: EPOCH_RECIPIENTS_MAX }, (_, index) => {
    const peer = new Uint8Array(32);
    peer.set([index >> 8, index & 0xff, 1]);
    return peer;
  });
  const fixed = makeEpoch(1, [1]).bundle.head.bytes.subarray(0, 129);
  const count = Uint8Array.of(0, 0, EPOCH_RECIPIENTS_MAX >> 8, EPOCH_RECIPIENTS_MAX & 0xff);
  assert.equal(decodeHead(concatBytes(fixed, count, ...others)).others.length, EPOCH_RECIPIENTS_MAX);
});

test("[KEY-5] a generation follows from the one before, and every one leads to the same check", () => {
  const whole = chain();
  const fifth = whole.at(5)?.reveal().slice();
  assert.ok(fifth);
  const late = new EpochKeys(quick, ROOM, 5, new Secret(fifth.slice()));
  assert.deepEqual(late.at(9)?.reveal(), whole.at(9)?.reveal());
  assert.ok(late.isThat(whole.check()));
  assert.equal(late.at(4), undefined);
  assert.ok(!new EpochKeys(quick, ROOM, 4, new Secret(fifth.slice())).isThat(whole.check()));
  assert.ok(!new EpochKeys(quick, OTHER_ROOM, 5, new Secret(fifth.slice())).isThat(whole.check()));
});

test("[KEY-5] the last generation is used for nothing, and none after it exists", () => {
  assert.ok(chain().at(EPOCH_GENERATIONS_MAX - 1));
  for (const generation of [EPOCH_GENERATIONS_MAX, EPOCH_GENERATIONS_MAX + 1, -1, 0.5]) {
    assert.equal(chain().at(generation), undefined);
  }
});

test("[KEY-5] a raised floor erases what came before", () => {
  const keys = chain();
  const [first, third] = [keys.at(1), keys.at(3)];
  keys.raise(3);
  assert.equal(keys.floor, 3);
  assert.ok(first?.isWiped && third?.isWiped === false);
  assert.equal(keys.at(2), undefined);
  keys.raise(2);
  assert.equal(keys.floor, 3);
  assert.deepEqual(keys.at(4)?.reveal(), chain().at(4)?.reveal());
});
