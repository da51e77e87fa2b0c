import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { after, instant, millis } from "../lib/time.ts";
import { NOW, person } from "../trust/trust-fixture.test.ts";
import { CHECKPOINT_OPERATIONS, CHECKPOINT_QUIET } from "../wire/limits.ts";
import { CheckpointClock } from "./checkpoint-clock.ts";
import { invited, type Replica, roomOf } from "./log-world.test.ts";

const QUIET = after(NOW, CHECKPOINT_QUIET);
const all = (): boolean => true;
const only =
  (...numbers: readonly number[]) =>
  (peer: PeerId): boolean =>
    numbers.some((number) => person(number).peerId === peer);

/** Operations until `count` are under no checkpoint; a room of `n` has `n` from its making. */
function fill(replica: Replica, count: number, have: number): void {
  for (let i = have; i < count; i++)
    replica.do({ kind: "grant", subject: person(2).peerId, operation: `note.${i}`, expires: replica.wall });
}

/** Whether 60 s after the last operation it is this replica's to make one. */
function isDue({ peer, log }: Replica, isPresent: (peer: PeerId) => boolean = all): boolean {
  const clock = new CheckpointClock(peer);
  clock.handleLog(NOW);
  return clock.isDue(log, isPresent, QUIET);
}

test("[ROM-21] a checkpoint is due after 16 operations, not after 15, and 60 s after the last, not before", () => {
  const [ada] = roomOf(["owner", "member"]);
  assert.ok(ada !== undefined);
  fill(ada, CHECKPOINT_OPERATIONS - 1, 3);
  assert.equal(isDue(ada), false);
  ada.do({ kind: "rotate", bundle: new Uint8Array(32), recipients: 3 });
  assert.equal(isDue(ada), false, "a new key is no reason");
  fill(ada, CHECKPOINT_OPERATIONS, CHECKPOINT_OPERATIONS - 1);
  assert.equal(isDue(ada), true);
  const clock = new CheckpointClock(ada.peer);
  clock.handleLog(NOW);
  assert.equal(clock.isDue(ada.log, all, instant(QUIET - 1)), false);
  clock.handleLog(after(NOW, millis(1)));
  assert.equal(clock.isDue(ada.log, all, QUIET), false, "not as quiet as that");
  assert.equal(clock.nextTimeout(), QUIET + 1);
});

test("[ROM-21] what is under a checkpoint is not counted again, and with nothing to do there is no timer", () => {
  const [ada] = roomOf(["member"]);
  assert.ok(ada !== undefined);
  fill(ada, CHECKPOINT_OPERATIONS, 2);
  ada.do({ kind: "checkpoint" });
  fill(ada, CHECKPOINT_OPERATIONS - 1, 0);
  const clock = new CheckpointClock(ada.peer);
  clock.handleLog(NOW);
  assert.equal(clock.isDue(ada.log, all, QUIET), false);
  assert.equal(clock.nextTimeout(), undefined);
  fill(ada, 1, 0);
  assert.equal(isDue(ada), true);
});

test("[ROM-21] it is for the most senior owner that is present, and for nobody alone", () => {
  const [ada, ben, cem] = roomOf(["owner", "admin"]);
  assert.ok(ada !== undefined && ben !== undefined && cem !== undefined);
  fill(ada, CHECKPOINT_OPERATIONS, 3);
  ben.meet(ada, cem);
  assert.deepEqual([isDue(ada), isDue(ben), isDue(cem)], [true, false, false]);
  assert.equal(isDue(ben, only(3)), true, "ada is away");
  assert.equal(isDue(cem, only()), false);
  assert.equal(isDue(ada, only()), false);
  const clock = new CheckpointClock(ben.peer);
  clock.handleLog(NOW);
  assert.equal(clock.isDue(ben.log, all, QUIET), false);
  assert.equal(clock.isDue(ben.log, only(3), after(QUIET, CHECKPOINT_QUIET)), true, "ada went since");
});

test("[ROM-21] none is made over a fork that counts; one that does not count hinders nobody", () => {
  const [ada, ben, cem] = roomOf(["admin", "member"]);
  assert.ok(ada !== undefined && ben !== undefined && cem !== undefined);
  fill(ada, CHECKPOINT_OPERATIONS, 2);
  cem.expel(2);
  ada.meet(ben, cem);
  assert.equal(ada.log.heads.length, 2);
  assert.equal(isDue(ada), true, "of a member that may not");
  ada.do({ kind: "grant", subject: person(3).peerId, operation: "note", expires: ada.wall });
  ben.admit(4);
  ada.meet(ben);
  assert.equal(isDue(ada), false);
  ada.admit(5);
  assert.equal(isDue(ada), true, "merged");
});

test("[ROM-11] [ROM-21] once it is made, an admin that forks from an old head voids nothing", () => {
  for (const isMade of [false, true]) {
    const [ada, ben, cem] = roomOf(["admin", "member"], { inviters: "member" });
    assert.ok(ada !== undefined && ben !== undefined && cem !== undefined);
    const old = ben.log.operations();
    const key = invited(cem, 7);
    const admission = cem.do(key.admission(4));
    ada.meet(cem);
    fill(ada, CHECKPOINT_OPERATIONS, 4);
    if (isMade) ada.do({ kind: "checkpoint" });
    const expulsion = ben.fork(old.slice(-1), { kind: "expel", subject: cem.peer });
    ada.meet(ben);
    assert.equal(ada.why(expulsion), isMade ? "lapsed" : undefined);
    assert.equal(ada.why(admission), isMade ? undefined : "removed");
    assert.equal(ada.roster, isMade ? "1:owner 2:admin 3:member 4:member" : "1:owner 2:admin");
  }
});
