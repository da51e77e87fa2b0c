/** Bounds of an endpoint's rooms, each at the bound and one above. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { days, instant, millis, wallTime } from "../lib/time.ts";
import { JoinRequests } from "../room/join-requests.ts";
import type { RoomId } from "../room/room-id.ts";
import { AttemptLimits } from "../trust/attempt-limits.ts";
import { peer } from "../trust/trust-fixture.test.ts";
import {
  INVITATION_LIFETIME_MAX,
  JOIN_HOSTS_MAX,
  JOINS_MAX,
  ROOM_HINTS_KEPT_MAX,
  ROOM_UNSENT_BYTES_MAX,
} from "../wire/limits.ts";
import { person, provider, seeded, TestNet } from "./endpoint-fixture.test.ts";
import { JoinHosts } from "./join-hosts.ts";
import { RoomHints } from "./room-hints.ts";
import { RoomOutbox } from "./room-outbox.ts";
import { sessionWith } from "./session-fixture.test.ts";
import type { SessionEntry } from "./session-table.ts";

const AT = { now: instant(1_000), wall: wallTime(1_800_000_000_000) };
const ROOM = "ab".repeat(32) as RoomId;

test("RoomOutbox: what waits to be said has a bound in bytes, each message counting 64 more", () => {
  const outbox = new RoomOutbox();
  const message = { protocol: "chat/1", bytes: new Uint8Array(16_384 - 64) };
  for (let bytes = 0; bytes < ROOM_UNSENT_BYTES_MAX; bytes += 16_384) assert.equal(outbox.add(message), true);
  assert.equal(outbox.add({ protocol: "chat/1", bytes: new Uint8Array(0) }), false);
  assert.equal(outbox.takeWritable(), false);
  outbox.sent(15);
  assert.equal(outbox.takeWritable(), false, "more than half is full");
  outbox.sent(1);
  assert.equal(outbox.takeWritable(), true);
  assert.equal(outbox.takeWritable(), false, "told once");
  assert.equal(outbox.add(message), true);
});

test("RoomHints: of so many members it is kept where they were met, and the one met longest ago goes", () => {
  const none = { hintsOf: () => [], tell: () => {} };
  const hints = new RoomHints(ROOM, { ground: none, topology: none, restored: [] });
  for (let number = 1; number <= ROOM_HINTS_KEPT_MAX; number++)
    assert.deepEqual(hints.remember(peer(number), ["192.0.2.1:1"])?.deletes, []);
  hints.remember(peer(1), ["192.0.2.1:2"]); // met again
  const change = hints.remember(peer(ROOM_HINTS_KEPT_MAX + 1), ["192.0.2.1:1"]);
  assert.deepEqual(change?.deletes, [`room/${ROOM}/hints/${peer(2)}`]);
  assert.deepEqual(hints.of(peer(2)), []);
  assert.deepEqual(hints.of(peer(1)), ["192.0.2.1:2"]);
  assert.equal(hints.remember(peer(2), ["192.0.2.1:1"], false), undefined, "never met");
});

test("RoomHints: where members say they are is known still when their lists are forgotten", () => {
  const told = new Map([[peer(1), ["192.0.2.1:1"]]]);
  const topology = { hintsOf: (member: PeerId) => told.get(member) ?? [] };
  const parts = { ground: { hintsOf: () => [], tell: () => {} }, topology, restored: [] };
  const hints = new RoomHints(ROOM, parts);
  const { puts = [] } = hints.remember(peer(1), hints.seen(peer(1)), false) ?? {};
  told.clear();
  assert.deepEqual(hints.of(peer(1)), ["192.0.2.1:1"]);
  assert.deepEqual(new RoomHints(ROOM, { ...parts, restored: puts }).of(peer(1)), ["192.0.2.1:1"]);
});

test("an invitation lives for a year at most", () => {
  const { rooms } = new TestNet().node("ada").endpoint;
  const made = rooms.create("kitchen", {}, AT);
  assert.ok(typeof made !== "string");
  const invite = (lifetime: number): unknown =>
    rooms.invite(made.room, { uses: 1, lifetime: millis(lifetime), role: "member", hints: [], relays: [] }, AT);
  assert.equal(INVITATION_LIFETIME_MAX, days(365));
  assert.equal(typeof invite(INVITATION_LIFETIME_MAX), "object");
  assert.equal(invite(INVITATION_LIFETIME_MAX + 1), "argument");
  assert.equal(invite(0), "argument");
});

test("so many joinings of ours go on at once, and one more fails", () => {
  const net = new TestNet();
  const ada = net.node("ada");
  for (let request = 1; request <= JOINS_MAX + 1; request++)
    ada.endpoint.rooms.join(`${request}-amber-canyon`, [["ben:1"]], request, AT);
  ada.endpoint.settle(AT);
  const failed: unknown[] = [];
  for (let output = ada.endpoint.poll(); output !== undefined; output = ada.endpoint.poll())
    if (output.type === "roomJoinFailed") failed.push([output.request, output.reason]);
  assert.deepEqual(failed, [[JOINS_MAX + 1, "limit"]]);
});

test("JoinHosts: so many guests are served at once; one more is not, until another has gone", () => {
  const random = seeded("guests");
  const hosts = new JoinHosts({
    ...{ provider, random, identity: person("ada"), isKnown: () => false },
    attempts: new AttemptLimits([], AT.now, AT.wall),
    requests: new JoinRequests([], AT.now, AT.wall),
    policy: {
      ...{
        rooms: () => [],
        nameOf: () => "",
        invitations: () => [],
        code: () => undefined,
        verdict: () => ({ answer: "refuse", why: "denied" }),
      },
      ...{ mayAdmit: () => false, standing: () => "stranger", isBlocked: () => false, isClockBehind: () => false },
    },
  });
  const guests = Array.from({ length: JOIN_HOSTS_MAX + 1 }, (_, i) => sessionWith(i + 1));
  const isServed = (session: SessionEntry): boolean => hosts.handleMessages(session, 1, { messages: [], bytes: 0 }, AT);
  for (const session of guests) hosts.handleOffered(session, 1, AT);
  const [first, last] = [guests[0], guests[JOIN_HOSTS_MAX]];
  assert.ok(first !== undefined && last !== undefined);
  assert.deepEqual(guests.map(isServed), [...Array<boolean>(JOIN_HOSTS_MAX).fill(true), false]);
  hosts.handleSessionOver(first, AT);
  hosts.handleOffered(last, 1, AT);
  assert.equal(isServed(last), true);
});
