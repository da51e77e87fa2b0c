/** A backup beside what is there already. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreEntry } from "../../lib/store-entry.ts";
import { OWN_CARDS_MAX } from "../../wire/card-limits.ts";
import { KEPT_ISSUERS_MAX } from "../../wire/credential-limits.ts";
import {
  ADA,
  BEN,
  blockedEntry,
  CAT,
  cardsOf,
  contactEntry,
  credentialEntry,
  ownCardEntry,
  photoEntry,
  picture,
  pinEntry,
  WORLD,
} from "./backup-world.test.ts";
import { mergeBackup } from "./merge-backup.ts";

const keysOf = (entries: readonly StoreEntry[]): readonly string[] => entries.map(({ key }) => key);
const merged = (entries: readonly StoreEntry[], present: readonly StoreEntry[] = []): readonly StoreEntry[] =>
  mergeBackup(entries, present, ADA.peerId).puts;

test("[BAK-7] an empty store takes all of it; doing it again changes nothing", () => {
  assert.deepEqual(mergeBackup(WORLD, [], ADA.peerId), { puts: WORLD, left: 0 });
  assert.deepEqual(mergeBackup(WORLD, WORLD, ADA.peerId), { puts: [], left: WORLD.length });
});

test("[BAK-7] what is there stays as it is, whatever the backup says of it", () => {
  const here = [contactEntry(0xbe, BEN.peerId, { name: "Benjamin", role: "guest" }), ownCardEntry("00000000000000aa")];
  const puts = keysOf(merged(WORLD, here));
  for (const { key } of here) assert.ok(!puts.includes(key), key);
  assert.equal(puts.length, WORLD.length - here.length - 1); // and the photo of the card that stays
});

test("[BAK-7] no key comes to a second contact, no signer to a second entry, and nobody becomes their own contact", () => {
  assert.deepEqual(merged([contactEntry(1, BEN.peerId)], [contactEntry(2, BEN.peerId)]), []);
  assert.deepEqual(keysOf(merged([contactEntry(1, BEN.peerId), contactEntry(2, BEN.peerId)])).length, 1);
  assert.deepEqual(merged([contactEntry(1, ADA.peerId)]), []);
  assert.deepEqual(merged([cardsOf(BEN, "e1")], [cardsOf(BEN, "e2")]), []);
  assert.equal(merged([cardsOf(BEN, "e1")], [cardsOf(CAT, "e2")]).length, 1);
});

test("[BAK-7] who was blocked since does not come back; who was blocked then is blocked again", () => {
  assert.deepEqual(merged([contactEntry(1, BEN.peerId)], [blockedEntry(BEN.peerId)]), []);
  assert.equal(merged([contactEntry(1, CAT.peerId)], [blockedEntry(BEN.peerId)]).length, 1);
  assert.equal(merged([blockedEntry(BEN.peerId)], [contactEntry(1, BEN.peerId)]).length, 1);
});

test("[BAK-7] the key of a relay stays as it is known here, and facts of an issuer stay as they are", () => {
  assert.deepEqual(merged([pinEntry("a.example", 1)], [pinEntry("a.example", 2)]), []);
  assert.equal(merged([pinEntry("a.example", 1)], [pinEntry("b.example", 2)]).length, 1);
  const [old, next, here] = [credentialEntry(1), credentialEntry(2), credentialEntry(3)];
  assert.equal(merged([old, next]).length, 2, "those of one issuer come together");
  assert.deepEqual(merged([old, next], [here]), []);
  const issuers = Array.from({ length: KEPT_ISSUERS_MAX }, (_, at) => ({
    ...here,
    key: `credential/kept/${at.toString(16).padStart(64, "0")}/1`,
  }));
  assert.deepEqual(merged([old], issuers), []);
  assert.equal(merged([old, next], issuers.slice(1)).length, 2);
});

test("photos come with what names them, and with nothing else", () => {
  const { entry, field } = photoEntry(picture(1));
  assert.deepEqual(merged([entry]), []);
  assert.equal(merged([ownCardEntry("00000000000000aa", [field]), entry]).length, 2);
  assert.equal(merged([cardsOf(BEN, "e1", [field]), entry]).length, 2);
});

test("a full store takes no more of a kind, and a damaged record of its own stands in nobody's way", () => {
  const many = Array.from({ length: OWN_CARDS_MAX }, (_, at) => ownCardEntry(at.toString(16).padStart(16, "0")));
  assert.deepEqual(merged([ownCardEntry("ffffffffffffffff")], many), []);
  assert.equal(merged([ownCardEntry("ffffffffffffffff")], many.slice(1)).length, 1);
  const damaged = { key: `trust/contact/${"d".repeat(32)}`, value: Uint8Array.of(1) };
  assert.equal(merged([contactEntry(1, BEN.peerId)], [damaged]).length, 1);
});
