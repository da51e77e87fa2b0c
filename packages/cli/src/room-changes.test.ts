import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, type RoomMoment, roomChangeInWords, roomChanges } from "./room-changes.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { BOB, CAROL } from "./testing/fake-people.ts";
import { fakeMember, fakeRequest, fakeRoomId } from "./testing/fake-rooms.ts";

function moment(): RoomMoment {
  const room = new FakeKith({ rooms: [{ members: [fakeMember(BOB, "Bob")] }] }).rooms.get(fakeRoomId("4a11"));
  assert.ok(room);
  return momentOf(room);
}

const now = moment();
const with_ = (change: Partial<RoomMoment>): RoomMoment => ({ ...now, ...change });

test("at first only what waits for an answer is told, and what does not fit", () => {
  assert.deepEqual(roomChanges(undefined, now), []);
  const waiting = with_({ requests: [fakeRequest(CAROL, "Cem")], gaps: [{ kind: "cut-vertex", peer: BOB }] });
  assert.deepEqual(
    roomChanges(undefined, waiting).map(({ what }) => what),
    ["asks", "gap"],
  );
});

test("members come and go; that they are online or away is no change", () => {
  const cem = fakeMember(CAROL, "Cem", { admittedBy: BOB });
  const more = with_({ members: [...now.members, cem] });
  assert.deepEqual(roomChanges(now, more), [{ what: "joined", peer: CAROL, name: "Cem", by: "Bob" }]);
  assert.deepEqual(roomChanges(more, now), [{ what: "out", peer: CAROL, name: "Cem" }]);
  assert.deepEqual(roomChanges(more, with_({ members: [...now.members, { ...cem, isOnline: false }] })), []);
});

test("who comes in is told that it is in, not of everybody who was there before", () => {
  const joining = with_({ view: { ...now.view, state: "joining" }, members: [] });
  assert.deepEqual(roomChanges(joining, now), [{ what: "in" }]);
});

test("a room that is over says how, once, and nothing more", () => {
  const over = with_({ view: { ...now.view, state: "expelled" }, members: [], gaps: [] });
  assert.deepEqual(roomChanges(now, over), [{ what: "expelled" }]);
  assert.deepEqual(roomChanges(over, over), []);
  assert.equal(roomChangeInWords({ what: "expelled" }, over), "You were expelled from Family.");
});

test("a gap is told when it comes and, to programs, when it goes", () => {
  const gap = { kind: "cut-vertex", peer: BOB } as const;
  const gapped = with_({ gaps: [{ ...gap }] });
  assert.deepEqual(roomChanges(now, gapped), [{ what: "gap", gap }]);
  assert.deepEqual(roomChanges(gapped, with_({ gaps: [{ ...gap }] })), []);
  assert.deepEqual(roomChanges(gapped, now), [{ what: "gap-over", gap }]);
  assert.equal(roomChangeInWords({ what: "gap-over", gap }, now), undefined);
});

test("somebody who asks for a code is told until it was answered", () => {
  const asked = with_({ challenges: [{ member: BOB, name: "Bob" }] });
  const [change] = roomChanges(now, asked);
  assert.deepEqual(change, { what: "challenge", peer: BOB, name: "Bob" });
  assert.deepEqual(roomChanges(asked, now), []);
});
