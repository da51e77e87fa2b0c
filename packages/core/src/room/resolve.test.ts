import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { Role } from "../trust/roles.ts";
import { person, provider, vectors, WALL } from "../trust/trust-fixture.test.ts";
import { founded, type Replica, roomOf } from "./log-world.test.ts";
import { OperationLog } from "./operation-log.ts";
import type { RoomId } from "./room-id.ts";

/** Exactly so many replicas. */
function room(roles: readonly Role[]): [Replica, Replica, Replica, Replica] {
  const [a, b, c, d] = roomOf(roles);
  assert.ok(a !== undefined && b !== undefined);
  return [a, b, c ?? b, d ?? b];
}

test("[ROM-9] of mutual expulsions the senior's wins, in whatever order they come", () => {
  const [ada, ben, cyd] = room(["admin", "admin", "member"]);
  ben.expel(3);
  cyd.expel(2);
  ada.meet(ben, cyd);
  for (const each of [ada, ben, cyd]) assert.equal(each.roster, "1:owner 2:admin 4:member");
  const removal = ada.log.membership.removed.get(person(3).peerId);
  assert.deepEqual([removal?.reason, removal?.by], ["expelled", person(2).peerId]);
});

test("[ROM-9] what an expelled admin did elsewhere is void, and whom it let in is awaiting approval", () => {
  const [ada, ben, cyd] = room(["admin", "member"]);
  ada.expel(2);
  const admit = ben.admit(5);
  const expel = ben.expel(3);
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 3:member");
  assert.deepEqual([ada.why(admit), ada.why(expel)], ["removed", "removed"]);
  assert.deepEqual([...ada.log.membership.awaiting.keys()], [person(5).peerId]);
  ada.role(5, "member");
  assert.equal(ada.roster, "1:owner 3:member 5:member");
  assert.equal(ada.log.membership.members.get(person(5).peerId)?.name, "P5");
});

test("[ROM-10] when the last owner leaves, the most senior admin owns the room", () => {
  const [ada, ben, cyd] = room(["member", "admin", "admin"]);
  ada.do({ kind: "leave" });
  cyd.meet(ada, ben);
  assert.equal(cyd.roster, "3:owner 2:member 4:admin");
  cyd.role(4, "member");
  cyd.expel(2);
  assert.equal(cyd.roster, "3:owner 4:member");
});

test("[ROM-8] somebody who left or was expelled can come again", () => {
  const ada = founded();
  ada.admit(2);
  const ben = ada.copy(2);
  ben.do({ kind: "leave" });
  ada.meet(ben);
  assert.equal(ada.roster, "1:owner");
  ada.admit(2, "admin");
  assert.equal(ada.roster, "1:owner 2:admin");
  ada.expel(2);
  assert.equal(ada.roster, "1:owner");
  ada.admit(2);
  assert.equal(ada.roster, "1:owner 2:member");
  ben.meet(ada);
  ben.do({ kind: "rotate", bundle: new Uint8Array(32), recipients: 2 });
  assert.equal(ben.log.membership.rotations.length, 1);
});

interface LogCase {
  kind: string;
  name: string;
  room: RoomId;
  operations: string[];
  roomName: string;
  members: { peer: PeerId; role: Role; how: string }[];
  removed: { peer: PeerId; reason: string; by: PeerId }[];
  awaiting: PeerId[];
  alarms: { kind: string; peer: PeerId }[];
  digest: string;
}
for (const each of vectors<LogCase>("room-operations.json").filter(({ kind }) => kind === "log")) {
  test(`[ROM-6] room log vector: ${each.name}`, () => {
    const log = new OperationLog({ provider, room: each.room });
    for (const operation of each.operations) log.add(hexToBytes(operation), WALL);
    const { name, members, removed, awaiting, alarms, digest } = log.membership;
    assert.equal(name, each.roomName);
    assert.deepEqual(
      [...members.values()].map(({ peer, role, how }) => ({ peer, role, how })),
      each.members,
    );
    assert.deepEqual(
      [...removed].map(([peer, { reason, by }]) => ({ peer, reason, by })),
      each.removed,
    );
    assert.deepEqual([...awaiting.keys()], each.awaiting);
    assert.deepEqual(
      alarms.map(({ kind, peer }) => ({ kind, peer })),
      each.alarms,
    );
    assert.equal(bytesToHex(digest), each.digest);
  });
}
