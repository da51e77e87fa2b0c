import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { NOW, person, provider, seeded, WALL } from "../trust/trust-fixture.test.ts";
import { Room, type RoomOptions } from "./room.ts";
import { roomPolicy } from "./room-policy.ts";

const AT = { now: NOW, wall: WALL };
const options = (number: number): RoomOptions => ({ provider, random: seeded(number), identity: person(number) });
const idOf = (number: number): PeerId => person(number).peerId;

/** What it has for its neighbours, in order. */
function said(room: Room): Uint8Array[] {
  room.settle(AT);
  const messages: Uint8Array[] = [];
  for (let effect = room.poll(); effect !== undefined; effect = room.poll())
    if (effect.type === "send") messages.push(effect.bytes);
  return messages;
}

/** Lets somebody in, and hands over what makes it a member. */
function admit(host: Room, number: number): Room {
  const subject = idOf(number);
  host.act({ kind: "admit", subject, name: `P${number}`, role: "member", how: { by: "approval" } }, AT);
  const guest = new Room({ ...options(number), id: host.id, restored: [] }, AT);
  for (const part of host.packageFor(subject, guest.prekey, new Map(), AT)) guest.takePart(part, AT);
  assert.ok(guest.isWhole(idOf(1), AT));
  return guest;
}

test("a prekey that comes right after the operation that lets its member in is taken", () => {
  const terms = { name: "kitchen", policy: roomPolicy(), founder: "P1" };
  const host = Room.found(options(1), terms, AT);
  const other = admit(host, 2);
  for (const [room, peer] of [[host, 2] as const, [other, 1] as const]) room.handleNeighbourUp(idOf(peer), AT);
  for (let round = 0; round < 4; round++) {
    for (const message of said(host)) other.handleMessage(idOf(1), message, AT);
    for (const message of said(other)) host.handleMessage(idOf(2), message, AT);
  }
  admit(host, 3);
  for (const message of said(host)) other.handleMessage(idOf(1), message, AT); // all in one turn
  assert.deepEqual([...other.contactKeys()].map(([peer]) => peer).sort(), [1, 2, 3].map(idOf).sort());
});
