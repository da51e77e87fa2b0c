import assert from "node:assert/strict";
import { test } from "node:test";
import { doorSecret, doorTag } from "../identity/door.ts";
import type { WallTime } from "../lib/time.ts";
import { PRESENCE_MEMBERS_MAX } from "../wire/limits.ts";
import type { Contact } from "./contact.ts";
import { Recognition } from "./recognition.ts";
import { person, provider, seeded, WALL, wallAt } from "./trust-fixture.test.ts";

const EPOCH = 15 * 60_000;
const contactOf = (...numbers: number[]): Contact => ({
  id: "00".repeat(16),
  name: "",
  notes: "",
  role: "member",
  keys: numbers.map((number) => ({
    peer: person(number).peerId,
    contactKey: person(number).contactPublicKey,
    verifiedBy: "pin",
    pinnedAt: WALL,
    hints: [],
  })),
});
function of(number: number, ...known: number[]): Recognition {
  const made = new Recognition(provider, seeded(number), person(number));
  made.learn(known.map((each) => contactOf(each)));
  return made;
}

test("[TRU-11] contacts resolve each other's hints, in this quarter of an hour and its neighbours; strangers do not", () => {
  const [ada, bob, eve] = [of(1, 2), of(2, 1), of(3, 4)];
  const hints = ada.hints(WALL);
  assert.equal(bob.peerOfHints(hints, WALL), person(1).peerId);
  assert.equal(bob.peerOfHints(hints, wallAt(EPOCH)), person(1).peerId);
  assert.equal(bob.peerOfHints(hints, wallAt(-EPOCH)), person(1).peerId);
  assert.equal(bob.peerOfHints(hints, wallAt(2 * EPOCH)), undefined);
  assert.equal(eve.peerOfHints(hints, WALL), undefined);
});

test("[TRU-11] hints change with the epoch, stay within it, and two announcers share none", () => {
  const [ada, bob] = [of(1, 2), of(2, 1)];
  const start = (Math.floor(WALL / EPOCH) * EPOCH) as WallTime;
  assert.deepEqual(ada.hints(start), ada.hints((start + EPOCH - 1) as WallTime));
  const texts = (hints: readonly Uint8Array[]): string[] => hints.map(String);
  const [now, next, theirs] = [ada.hints(start), ada.hints((start + EPOCH) as WallTime), bob.hints(start)].map(texts);
  assert.ok(now!.every((hint) => !next!.includes(hint) && !theirs!.includes(hint)));
});

test("[TRU-11] members of rooms are recognised as contacts are, until they are none", () => {
  const [ada, bob] = [of(1), of(2)];
  const ephemeral = new Uint8Array(32).fill(9);
  ada.learnMembers(new Map([[person(2).peerId, person(2).contactPublicKey]]));
  bob.learnMembers(new Map([[person(1).peerId, person(1).contactPublicKey]]));
  const tag = ada.tagFor(person(2).peerId, ephemeral);
  assert.ok(tag !== undefined);
  assert.equal(bob.peerOfTag(tag, ephemeral), person(1).peerId);
  assert.equal(bob.peerOfHints(ada.hints(WALL), WALL), person(1).peerId);
  bob.learnMembers(new Map());
  assert.equal(bob.peerOfTag(tag, ephemeral), undefined);
});

test("[TRU-11] the tag of a former member is known, and neither side's announcements are", () => {
  const [ada, bob] = [of(1), of(2)];
  const ephemeral = new Uint8Array(32).fill(9);
  const [one, two] = [person(1), person(2)].map((each) => new Map([[each.peerId, each.contactPublicKey]]));
  assert.ok(one !== undefined && two !== undefined);
  bob.learnMembers(one);
  ada.learnMembers(two);
  const [tag, hints] = [bob.tagFor(person(1).peerId, ephemeral), ada.hints(WALL)];
  ada.learnMembers(new Map(), two);
  assert.equal(ada.peerOfTag(tag ?? ephemeral, ephemeral), person(2).peerId);
  assert.equal(bob.peerOfHints(ada.hints(WALL), WALL), undefined);
  assert.equal(ada.peerOfHints(bob.hints(WALL), WALL), undefined);
  assert.equal(bob.peerOfHints(hints, WALL), person(1).peerId);
  ada.learnMembers(two, two);
  assert.equal(ada.peerOfHints(bob.hints(WALL), WALL), person(2).peerId, "a member somewhere else");
  ada.learnMembers(new Map());
  assert.equal(ada.peerOfTag(tag ?? ephemeral, ephemeral), undefined);
});

test("[TRU-11] announcements name all contacts, and of members as many as the limit says and none above it", () => {
  const ada = of(1);
  const keys = Array.from({ length: PRESENCE_MEMBERS_MAX + 1 }, (_, i) => person(100 + i));
  ada.learnMembers(new Map(keys.map(({ peerId, contactPublicKey }) => [peerId, contactPublicKey])));
  const hints = ada.hints(WALL);
  const knowing = keys.filter(({ peerId }, i) => {
    const member = new Recognition(provider, seeded(7), person(100 + i));
    member.learn([contactOf(1)]);
    return member.peerOfHints(hints, WALL) === person(1).peerId && peerId.length === 64;
  });
  assert.equal(knowing.length, PRESENCE_MEMBERS_MAX);
});

test("[TRU-12] a door tag opens while its door is there, for the hello that it was made for", () => {
  const [ada, ephemeral] = [of(1), new Uint8Array(32).fill(9)];
  const door = doorSecret(provider, new Uint8Array(32).fill(3));
  const tag = doorTag(provider, doorSecret(provider, new Uint8Array(32).fill(3)), ephemeral);
  assert.equal(ada.isGuest(tag, ephemeral), false);
  ada.setDoors([doorSecret(provider, new Uint8Array(32).fill(4)), door]);
  assert.equal(ada.isGuest(tag, ephemeral), true);
  assert.equal(ada.isGuest(tag, new Uint8Array(32).fill(8)), false);
  ada.setDoors([]);
  assert.equal(ada.isGuest(tag, ephemeral), false);
});

test("[TRU-11] a tag is recognised with the ephemeral key it was made for, and with no other", () => {
  const [ada, bob, eve] = [of(1, 2), of(2, 1, 4), of(3, 2)];
  const ephemeral = new Uint8Array(32).fill(9);
  const tag = ada.tagFor(person(2).peerId, ephemeral);
  assert.equal(bob.peerOfTag(tag!, ephemeral), person(1).peerId);
  assert.equal(bob.peerOfTag(tag!, new Uint8Array(32).fill(8)), undefined);
  assert.equal(bob.peerOfTag(eve.tagFor(person(2).peerId, ephemeral)!, ephemeral), undefined);
  assert.equal(ada.peerOfTag(tag!, ephemeral), undefined, "reflected");
  assert.equal(ada.tagFor(person(7).peerId, ephemeral), undefined);
});

test("Recognition.learn forgets who is gone and follows a changed contact key", () => {
  const [ada, bob] = [of(1, 2), of(2, 1)];
  const hints = ada.hints(WALL);
  bob.learn([]);
  assert.equal(bob.peerOfHints(hints, WALL), undefined);
  bob.learn([{ ...contactOf(1), keys: [{ ...contactOf(1).keys[0]!, contactKey: person(5).contactPublicKey }] }]);
  assert.equal(bob.peerOfHints(hints, WALL), undefined);
  bob.learn([contactOf(1)]);
  assert.equal(bob.peerOfHints(hints, WALL), person(1).peerId);
  bob.learn([contactOf(1, 4)]);
  assert.equal(bob.peerOfHints(hints, WALL), person(1).peerId, "any device of a contact");
  bob.wipe();
  assert.equal(bob.peerOfHints(hints, WALL), undefined);
});

test("Recognition passes over contact keys that no honest peer has, and hints of any length", () => {
  const bob = new Recognition(provider, seeded(2), person(2));
  bob.learn([{ ...contactOf(1), keys: [{ ...contactOf(1).keys[0]!, contactKey: new Uint8Array(32) }] }]);
  assert.equal(bob.tagFor(person(1).peerId, new Uint8Array(32)), undefined);
  assert.equal(bob.peerOfHints([new Uint8Array(0), new Uint8Array(7), new Uint8Array(9)], WALL), undefined);
});
