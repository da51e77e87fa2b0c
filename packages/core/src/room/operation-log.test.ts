import assert from "node:assert/strict";
import { test } from "node:test";
import { wallTime } from "../lib/time.ts";
import { codeOf, person, seeded, WALL } from "../trust/trust-fixture.test.ts";
import {
  CLOCK_SKEW,
  LOG_HELD_MAX,
  LOG_OPERATIONS_MAX,
  LOG_PER_ADMIN_MAX,
  LOG_PER_AUTHOR_MAX,
  LOG_RESERVED,
  LOG_WAITING_MAX,
  OPERATION_PARENTS_MAX,
} from "../wire/limits.ts";
import { founded, provider, Replica, roomOf } from "./log-world.test.ts";
import { decodeOperation, type Operation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import { type LogAnswer, newIncarnation, OperationLog } from "./operation-log.ts";

const ROTATE: OperationBody = { kind: "rotate", bundle: new Uint8Array(32), recipients: 1 };
const said = (answer: LogAnswer): string => (answer.outcome === "refused" ? answer.reason : answer.outcome);
const tell = (to: Replica, { bytes }: Operation, wall = to.wall): string => said(to.log.add(bytes, wall));

function pair(): [Replica, Replica] {
  const [ada, ben] = roomOf(["admin"]);
  assert.ok(ada !== undefined && ben !== undefined);
  return [ada, ben];
}

test("[ROM-3] operations are taken in any order, once, and each waits for its parents", () => {
  const [ada, ben] = pair();
  const [one, two, three] = [ada.do(ROTATE), ada.do(ROTATE), ada.do(ROTATE)];
  ben.log.takeAdded();
  assert.deepEqual([tell(ben, three), tell(ben, three), tell(ben, two)], ["waiting", "waiting", "waiting"]);
  assert.deepEqual(ben.log.missing, [one.id]);
  assert.deepEqual([tell(ben, one), tell(ben, two), ben.log.waitingCount], ["added", "known", 0]);
  assert.deepEqual(ben.log.takeAdded(), [one, two, three]);
  assert.deepEqual(ben.log.heads, [three.id]);
  assert.ok(ben.log.isAncestor(one.id, three.id) && !ben.log.isAncestor(three.id, one.id));
});

test("[ROM-3] of what waits for its parents, the oldest goes", () => {
  const [ada, ben] = pair();
  const lost = ada.do(ROTATE);
  const orphans = Array.from({ length: LOG_WAITING_MAX + 1 }, () => ada.do(ROTATE));
  for (const each of orphans) tell(ben, each);
  assert.equal(ben.log.waitingCount, LOG_WAITING_MAX);
  tell(ben, lost);
  assert.equal(ben.log.size, 3, "the first orphan was dropped, and all the others wait for it");
  for (const each of orphans) tell(ben, each);
  assert.equal(ben.log.size, ada.log.size);
});

test("[ROM-2] [R18] nothing without its author's signature, of another room, or a second founding is taken", () => {
  const [ada, ben] = pair();
  const { bytes } = ada.do(ROTATE);
  const forged = bytes.slice();
  forged[bytes.length - 1]! ^= 1;
  assert.equal(said(ben.log.add(forged, WALL)), "signature");
  assert.equal(said(ben.log.add(new Uint8Array(5_000), WALL)), "form");
  const other = founded({}, 3);
  const [founding] = other.log.operations();
  assert.ok(founding !== undefined);
  assert.equal(tell(ben, founding), "room");
  assert.equal(tell(ben, other.do(ROTATE)), "room");
  // A founding by a member of this room is another room's all the same.
  const again = OperationLog.found(
    provider,
    person(2),
    seeded(9),
    {
      name: "Garden",
      policy: { ways: "open", inviters: "member" },
      founder: "",
      incarnation: newIncarnation(seeded(1)),
    },
    WALL,
  );
  assert.equal(said(ben.log.add(again.operations()[0]?.bytes ?? bytes, WALL)), "room");
  assert.equal(
    codeOf(() => decodeOperation(provider, new Uint8Array(5_000))),
    "ERR_TOO_LARGE",
  );
});

test("[ROM-4] parents that come before each other, or a depth that does not follow, are refused", () => {
  const [ada, ben] = pair();
  const [one, two] = [ada.do(ROTATE), ada.do(ROTATE)];
  ben.meet(ada);
  const said = (parents: readonly Operation[], depth: number): string =>
    tell(ben, ada.sign(parents, ROTATE, { depth }));
  assert.equal(said([one, two], two.depth + 1), "place");
  assert.equal(said([two], two.depth + 2), "place");
  assert.equal(said([two], two.depth), "place");
  assert.equal(said([two], two.depth + 1), "added");
});

test("[ROM-5] what is dated ahead is held until then, and what waits for it too", () => {
  const [ada, ben] = pair();
  ada.wall = wallTime(WALL + CLOCK_SKEW + 1);
  const [ahead, next] = [ada.do(ROTATE), ada.do(ROTATE)];
  assert.deepEqual([tell(ben, ahead), tell(ben, next), tell(ben, ahead)], ["held", "waiting", "held"]);
  assert.deepEqual(ben.log.missing, []);
  assert.equal(ben.log.nextRelease, WALL + 1);
  ben.log.release(WALL);
  assert.equal(ben.log.size, 2);
  ben.log.release(wallTime(WALL + 1));
  assert.deepEqual([ben.log.size, ben.log.heldCount, ben.log.waitingCount], [4, 0, 0]);
});

test("[ROM-5] dates far ahead displace none that will be due", () => {
  const [ada, ben] = pair();
  const old = ada.log.operations().at(-1);
  assert.ok(old !== undefined);
  const dated = (ms: number): Operation => {
    const far = ada.copy(1);
    far.wall = wallTime(WALL + ms);
    return far.fork([old], ROTATE, { sequence: ms });
  };
  const near = dated(CLOCK_SKEW + 1_000);
  tell(ben, near);
  for (let i = 0; i < LOG_HELD_MAX; i++) tell(ben, dated(CLOCK_SKEW + 1_000_000 + i));
  assert.equal(ben.log.heldCount, LOG_HELD_MAX);
  assert.ok(ben.log.isHeld(near.id));
});

test("[ROM-5] an operation dated long before its parents is refused: 1970, or eleven minutes", () => {
  const [ada, ben] = pair();
  const parent = ada.do(ROTATE);
  ben.meet(ada);
  const dated = (ms: number) => () => ben.copy(1).fork([parent], ROTATE, { date: wallTime(ms) });
  assert.throws(dated(0), /date/);
  assert.throws(dated(WALL - CLOCK_SKEW - 1), /date/);
  const back = ben.copy(1);
  const earlier = back.fork([parent], ROTATE, { date: wallTime(WALL - CLOCK_SKEW) });
  assert.throws(() => back.fork([earlier], ROTATE, { date: wallTime(earlier.date - 1) }), /date/, "not step by step");
  assert.equal(tell(ben, dated(WALL - CLOCK_SKEW)()), "added");
  // With a clock of 1970 one still writes what others take.
  ben.wall = wallTime(0);
  assert.equal(ben.do(ROTATE).date, WALL - CLOCK_SKEW);
});

test("an operation joins what the log has, as far as there is place for parents", () => {
  const [ada] = pair();
  const base = ada.log.operations().at(-1);
  assert.ok(base !== undefined);
  for (let i = 0; i < OPERATION_PARENTS_MAX + 3; i++) ada.fork([base], ROTATE, { sequence: i });
  const joined = ada.do(ROTATE);
  assert.equal(joined.parents.length, OPERATION_PARENTS_MAX);
  assert.equal(ada.log.heads.length, 4);
  assert.equal(ada.do(ROTATE).parents.length, 4);
});

test("[ROM-20] an author has so many operations, an admin more, and a log its last ones for admins", () => {
  const [ada, ben, cyd, dan] = roomOf(["admin", "member", "member"]);
  assert.ok(ada !== undefined && ben !== undefined && cyd !== undefined && dan !== undefined);
  const write = (who: Replica, max: number): number => {
    const to = new Replica(who.number, ada.log);
    let count = 0;
    while (count < max && to.log.write(person(to.number), to.incarnation, ROTATE, WALL) !== undefined) count += 1;
    return count;
  };
  assert.equal(write(cyd, 10_000), LOG_PER_AUTHOR_MAX);
  assert.equal(write(ben, 10_000), LOG_PER_ADMIN_MAX);
  const left = LOG_OPERATIONS_MAX - LOG_RESERVED - ada.log.size;
  assert.equal(write(ada, left), left);
  const [founding] = ada.log.operations();
  assert.ok(founding !== undefined);
  assert.equal(tell(ada, cyd.sign([founding], ROTATE)), "author");
  assert.equal(tell(ada, dan.sign([founding], ROTATE)), "full");
  assert.equal(write(ada, 10_000), LOG_RESERVED);
  assert.equal(ada.log.size, LOG_OPERATIONS_MAX);
  assert.equal(tell(ada, ben.sign([founding], { kind: "leave" })), "full");
  assert.ok(ada.log.membership.members.size === 4, "nothing of it is lost");
  const { log, damaged } = OperationLog.restore(
    { provider, room: ada.log.room },
    ada.log.operations().map(({ bytes }) => bytes),
  );
  assert.deepEqual([log.size, damaged], [LOG_OPERATIONS_MAX, 0]);
});

test("a log is restored from what was kept, in any order; what cannot be read is counted", () => {
  const [ada] = pair();
  for (let i = 0; i < 20; i++) ada.do(ROTATE);
  const kept = ada.log.operations().map(({ bytes }) => bytes);
  const { log, damaged } = OperationLog.restore({ provider, room: ada.log.room }, [...kept].reverse());
  assert.deepEqual([log.size, damaged], [22, 0]);
  assert.deepEqual(log.membership, ada.log.membership);
  assert.deepEqual(log.takeAdded(), []);
  const broken = OperationLog.restore({ provider, room: ada.log.room }, [
    ...kept.slice(0, 5),
    new Uint8Array(9),
    ...kept.slice(6),
  ]);
  assert.deepEqual([broken.log.size, broken.damaged], [5, 17]);
});
