import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { doorSecret, knockSecret } from "../identity/door.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { newInvitationKey } from "../room/invitation.ts";
import type { RoomInvitation } from "../room/membership.ts";
import type { RoomId } from "../room/room-id.ts";
import type { Ticket } from "../room/ticket.ts";
import { peer, seeded, vectors, WALL, wallAt } from "../trust/trust-fixture.test.ts";
import { DOORS_MET_MAX } from "../wire/limits.ts";
import { newAbout } from "./room-about.ts";
import { RoomMeetings } from "./room-meetings.ts";

const [ADA, BEN] = [peer(1), peer(2)];
const ROOM = "ab".repeat(32) as RoomId;
const keyOf = (number: number): string => number.toString(16).padStart(64, "0");
type Invitation = Pick<RoomInvitation, "publicKey" | "state" | "expires">;

/** A room of Ada's, with these invitations of hers, and somebody else's. */
function seat(own: readonly Invitation[], { knocksUntil = wallAt(-1), isIn = true } = {}) {
  const invitationsOf = (inviter: PeerId) => (inviter === ADA ? own : [open(999)]) as readonly RoomInvitation[];
  return { id: ROOM, isIn, about: { ...newAbout(), knocksUntil }, room: { membership: { invitationsOf } } };
}
const open = (number: number, expires = wallAt(1_000)): Invitation => ({
  ...{ publicKey: keyOf(number), state: "open", expires },
});
const secretsOf = (meetings: RoomMeetings): string[] =>
  [...meetings.secrets()].map(({ secret, join }) => `${join ?? "ours"} ${bytesToHex(secret.reveal())}`);
const door = (number: number): string =>
  `ours ${bytesToHex(doorSecret(nobleProvider, hexToBytes(keyOf(number))).reveal())}`;
const knock = `ours ${bytesToHex(knockSecret(nobleProvider, hexToBytes(ROOM), ADA).reveal())}`;

test("[MEE-14] we are met by our own invitations that are open, and by knocks that are awaited, and by nobody else's", () => {
  const meetings = new RoomMeetings(nobleProvider, ADA);
  const own = [open(1, wallAt(20)), open(2, wallAt(10)), { ...open(3), state: "used" as const }, open(4, wallAt(-1))];
  meetings.setDoors([seat(own, { knocksUntil: wallAt(5) })], WALL);
  assert.deepEqual(secretsOf(meetings), [knock, door(2), door(1)]);
  assert.equal(meetings.version, 1);
  meetings.setDoors([seat(own, { knocksUntil: wallAt(5) })], WALL);
  assert.equal(meetings.version, 1, "nothing changed");
  const [first] = meetings.secrets();
  meetings.setDoors([seat(own)], WALL);
  assert.deepEqual(secretsOf(meetings), [door(2), door(1)]);
  assert.throws(() => first?.secret.reveal(), "what is over is wiped");
  meetings.setDoors([seat(own, { isIn: false })], WALL);
  assert.deepEqual(secretsOf(meetings), []);
  assert.equal(meetings.version, 3);
});

test("of more links than DOORS_MET_MAX those that end last wait", () => {
  const meetings = new RoomMeetings(nobleProvider, ADA);
  const own = Array.from({ length: DOORS_MET_MAX + 2 }, (_, number) => open(number, wallAt(10_000 - number)));
  meetings.setDoors([seat(own)], WALL);
  const all = secretsOf(meetings);
  assert.equal(all.length, DOORS_MET_MAX);
  assert.ok(all.includes(door(DOORS_MET_MAX + 1)) && !all.includes(door(0)) && !all.includes(door(1)));
});

test("[MEE-14] a guest looks for the maker of its link by the same secret, for as long as it joins", () => {
  const [host, guest] = [new RoomMeetings(nobleProvider, ADA), new RoomMeetings(nobleProvider, BEN)];
  const { seed, publicKey } = newInvitationKey(nobleProvider, seeded(1));
  const relays = [{ scheme: "wss", host: "relay.example", key: new Uint8Array(32) }] as const;
  const place = { room: ROOM, member: ADA, expires: WALL, name: "", hints: [] };
  const links: readonly Ticket[] = [
    { kind: "invitation", seed, ...place, relays },
    { kind: "knock", ...place, relays },
    { kind: "knock", ...place, relays: [] },
  ];
  for (const [join, link] of links.entries()) guest.begin(join, link);
  host.setDoors([seat([{ ...open(0), publicKey: bytesToHex(publicKey) }], { knocksUntil: wallAt(1) })], WALL);
  const bare = (all: string[]): string[] => all.map((each) => each.split(" ")[1] ?? "").sort();
  assert.deepEqual(bare(secretsOf(guest)), bare(secretsOf(host)));
  assert.deepEqual(
    [...guest.secrets()].map(({ join }) => join),
    [0, 1],
    "one that names no relay is not looked for",
  );
  for (const join of links.keys()) guest.end(join);
  assert.deepEqual(secretsOf(guest), []);
  assert.equal(guest.version, 4);
});

for (const { name, room, member, secret } of vectors<{
  kind: string;
  name: string;
  room: string;
  member: PeerId;
  secret: string;
}>("room-joining.json").filter(({ kind }) => kind === "knockSecret"))
  test(`room joining vector: ${name}`, () =>
    assert.equal(bytesToHex(knockSecret(nobleProvider, hexToBytes(room), member).reveal()), secret));
