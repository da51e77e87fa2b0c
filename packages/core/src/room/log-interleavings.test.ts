/**
 * Five operations of four members, in every order and with every possible knowledge of each other: each partial
 * order of five, where what one member did is in a row. What must come of it is said again here, in other words.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { person, WALL } from "../trust/trust-fixture.test.ts";
import { invited, numberOf, provider, type Replica, roomOf } from "./log-world.test.ts";
import { type Operation, signOperation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import { OperationGraph } from "./operation-graph.ts";
import { resolve } from "./resolve.ts";

interface Act {
  readonly by: number;
  readonly body: OperationBody;
}
/** Of each act: those that come before it, as bits. */
type Before = readonly number[];

const COUNT = 5;
const bit = (i: number): number => 1 << i;

/** Every partial order of the acts, as each could have come about; each once. */
function partialOrders(acts: readonly Act[]): readonly Before[] {
  const found = new Map<string, Before>();
  const place = (order: readonly number[], before: readonly number[]): void => {
    if (order.length === COUNT) found.set(before.join(), before);
    else
      for (let act = 0; act < COUNT; act++) {
        if (order.includes(act)) continue;
        for (let known = 0; known < bit(COUNT); known++) {
          if (order.some((each) => (known & bit(each)) !== 0 && (before[each] ?? 0) & ~known)) continue;
          if ((known & ~order.reduce((set, each) => set | bit(each), 0)) !== 0) continue;
          if (order.some((each) => acts[each]?.by === acts[act]?.by && (known & bit(each)) === 0)) continue;
          place([...order, act], before.with(act, known));
        }
      }
  };
  place(
    [],
    Array.from({ length: COUNT }, () => 0),
  );
  return [...found.values()];
}

/** The acts as operations, one of the orders in which they can be added. */
function operationsOf(base: Replica, acts: readonly Act[], before: Before): Operation[] {
  const old = base.log.operations();
  const made = new Map<number, Operation>();
  const ready = (act: number): boolean =>
    [...acts.keys()].every((each) => !((before[act] ?? 0) & bit(each)) || made.has(each));
  while (made.size < acts.length) {
    const act = [...acts.keys()].find((each) => !made.has(each) && ready(each)) ?? 0;
    const { by, body } = acts[act] ?? { by: 1, body: { kind: "leave" } };
    const known = [...acts.keys()].filter((each) => ((before[act] ?? 0) & bit(each)) !== 0);
    const tips = known.filter((each) => !known.some((other) => ((before[other] ?? 0) & bit(each)) !== 0));
    const parents =
      tips.length > 0 ? tips.map((each) => made.get(each)).filter((each) => each !== undefined) : old.slice(-1);
    const fields = { room: base.log.room, incarnation: "ab".repeat(16), sequence: act, date: WALL, body };
    const depth = Math.max(...parents.map((each) => each.depth)) + 1;
    made.set(act, signOperation(provider, person(by), { ...fields, parents: parents.map(({ id }) => id), depth }));
  }
  return [...made.values()];
}

function rosterOf(
  base: Replica,
  operations: readonly Operation[],
): { roster: string; membership: ReturnType<typeof resolve> } {
  const graph = new OperationGraph();
  for (const each of [...base.log.operations(), ...operations]) graph.add(each);
  const membership = resolve(provider, graph);
  const members = [...membership.members.values()].map(({ peer, role }) => `${numberOf(peer)}:${role}`);
  return { roster: members.sort().join(" "), membership };
}

/** Another order in which they can come. */
function lastFirst(operations: readonly Operation[]): Operation[] {
  const left = [...operations];
  const sorted: Operation[] = [];
  while (left.length > 0) {
    const next = left.findLastIndex(({ parents }) => !left.some(({ id }) => parents.includes(id)));
    sorted.push(...left.splice(next, 1));
  }
  return sorted;
}

function checkAll(
  base: Replica,
  acts: readonly Act[],
  expected: (isBefore: (a: number, b: number) => boolean) => string[],
): number {
  const orders = partialOrders(acts);
  for (const before of orders) {
    const operations = operationsOf(base, acts, before);
    const { roster, membership } = rosterOf(base, operations);
    const isBefore = (a: number, b: number): boolean => ((before[b] ?? 0) & bit(a)) !== 0;
    assert.equal(roster, expected(isBefore).sort().join(" "), `before: ${before}`);
    assert.deepEqual(rosterOf(base, lastFirst(operations)).membership, membership);
  }
  return orders.length;
}

const subject = (number: number) => person(number).peerId;
const expel = (by: number, number: number): Act => ({ by, body: { kind: "expel", subject: subject(number) } });

test("[ROM-7] five operations of four members, in all interleavings: a lowering, expulsions, admissions", () => {
  const [ada, ben] = roomOf(["admin", "admin", "member"]);
  assert.ok(ada !== undefined && ben !== undefined);
  ben.meet(ada);
  const invitation = invited(ben, 70);
  ada.meet(ben);
  const acts: Act[] = [
    { by: 1, body: { kind: "role", subject: subject(2), role: "member" } },
    expel(2, 3),
    expel(3, 2),
    { by: 3, body: { kind: "admit", subject: subject(5), name: "", role: "member", how: { by: "approval" } } },
    { by: 4, body: invitation.admission(6) },
  ];
  const count = checkAll(ada, acts, (isBefore) => {
    // Ben is senior to Cyd, and may expel while it is an admin; so Cyd's expulsion of Ben is nothing.
    const isCydExpelled = isBefore(1, 0);
    const isDanIn = !isCydExpelled || isBefore(3, 1);
    return [
      ...["1:owner", "2:member", "4:member", "6:member"],
      ...(isCydExpelled ? [] : ["3:admin"]),
      ...(isDanIn ? ["5:member"] : []),
    ];
  });
  assert.equal(count, 2_448);
});

test("[ROM-7] [ROM-10] five operations of four members, in all interleavings: the owner leaves", () => {
  const [ada, , cyd] = roomOf(["admin", "admin", "member"]);
  assert.ok(ada !== undefined && cyd !== undefined);
  cyd.meet(ada);
  const invitation = invited(cyd, 71);
  ada.meet(cyd);
  const acts: Act[] = [
    { by: 1, body: { kind: "role", subject: subject(3), role: "owner" } },
    { by: 1, body: { kind: "leave" } },
    expel(2, 3),
    expel(3, 2),
    { by: 4, body: invitation.admission(6) },
  ];
  checkAll(ada, acts, (isBefore) => {
    const isCydOwner = isBefore(0, 1);
    // As an owner Cyd expels Ben; as an admin it is junior to it.
    const isBenExpelled = isCydOwner && isBefore(0, 3);
    // Ben's word against Cyd the admin, whose invitation it was, counts either way.
    const isVoid = !isBenExpelled || isBefore(2, 3);
    const isGuestIn = !isVoid || isBefore(4, 2);
    const guest = isGuestIn ? ["6:member"] : [];
    if (isCydOwner) return ["3:owner", ...(isBenExpelled ? [] : ["2:admin"]), "4:member", ...guest];
    return ["2:owner", "4:member", ...guest];
  });
});
