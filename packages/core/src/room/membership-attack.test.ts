/** What somebody gains that forks, lies about when it did what, or acts while the net is apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "../trust/roles.ts";
import { person } from "../trust/trust-fixture.test.ts";
import { ROOM_ROLES_PER_MEMBER_MAX } from "../wire/limits.ts";
import { founded, invited, type Replica, roomOf } from "./log-world.test.ts";
import type { Operation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";

const ROTATE: OperationBody = { kind: "rotate", bundle: new Uint8Array(32), recipients: 1 };
const CHECKPOINT: OperationBody = { kind: "checkpoint" };
const expelOf = (number: number): OperationBody => ({ kind: "expel", subject: person(number).peerId });

function room(...roles: readonly Role[]): [Replica, Replica, Replica, ...Replica[]] {
  const [a, b, c, ...more] = roomOf(roles);
  assert.ok(a !== undefined && b !== undefined);
  for (const each of [b, c, ...more]) each?.meet(a);
  return [a, b, c ?? b, ...more];
}
function last(replica: Replica): Operation {
  const operation = replica.log.operations().at(-1);
  assert.ok(operation !== undefined);
  return operation;
}

test("[ROM-9] a junior admin that forks from below voids nothing of a senior", () => {
  const [ada, ben, cyd] = room("admin", "admin", "member");
  const old = last(ada);
  const [admit, expel] = [ben.admit(6), ben.expel(4)];
  cyd.meet(ben);
  cyd.fork([old], expelOf(2));
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:admin 3:admin 6:member");
  assert.deepEqual([ada.why(admit), ada.why(expel)], [undefined, undefined]);
});

test("[ROM-9] a senior admin that forks from below voids a junior's later acts; whom it let in awaits", () => {
  const [ada, ben, cyd] = room("admin", "admin", "member");
  const old = last(ada);
  const admit = cyd.admit(6);
  ben.meet(cyd);
  ben.fork([old], expelOf(3));
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:admin 4:member");
  assert.equal(ada.why(admit), "removed");
  assert.equal(ada.log.membership.awaiting.get(person(6).peerId)?.why, "void");
});

test("[ROM-11] an owner's checkpoint ends that: what forks from below it lapses, however long the fork", () => {
  const [ada, ben, cyd] = room("admin", "admin", "member");
  const old = last(ada);
  const admit = cyd.admit(6);
  ada.meet(ben, cyd);
  ada.do(CHECKPOINT);
  ben.meet(ada);
  const junk = ben.fork([old], ROTATE);
  const expel = ben.fork([junk], expelOf(3), { sequence: 99 });
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:admin 3:admin 4:member 6:member");
  assert.deepEqual(
    [junk, expel, admit].map((each) => ada.why(each)),
    ["lapsed", "lapsed", undefined],
  );
  // Knowing of it, or of what it stands on, is enough.
  const [beside] = [ben.fork([admit], ROTATE, { sequence: 100 })];
  assert.equal(ben.why(beside), undefined);
  assert.equal(ben.why(ben.expel(3)), undefined);
});

test("[ROM-11] a checkpoint binds nobody who is senior to its owner", () => {
  const [ada, ben, cyd] = room("owner", "member");
  const old = last(ada);
  ben.do(ROTATE);
  ben.do(CHECKPOINT);
  ada.fork([old], expelOf(2));
  cyd.meet(ada, ben);
  assert.equal(cyd.roster, "1:owner 3:member");
});

test("[ROM-11] more than half of the admins make a checkpoint, half of them do not", () => {
  for (const [signers, why] of [
    [[3, 4], "votes"],
    [[3, 4, 5], undefined],
  ] as const) {
    const [ada, ben, ...others] = room("admin", "admin", "admin", "admin", "member");
    const old = last(ada);
    const kept = others[0]?.admit(7);
    assert.ok(kept !== undefined);
    const made: Operation[] = [];
    for (const signer of others.filter(({ number }) => (signers as readonly number[]).includes(number))) {
      if (others[0] !== undefined && others[0] !== signer) signer.take(others[0].log.operations().slice(0, 7));
      made.push(signer.fork([kept], CHECKPOINT));
    }
    ben.fork([old], expelOf(3));
    ada.meet(ben, ...others);
    assert.equal(ada.log.membership.isMember(person(3).peerId), why === undefined, `${signers}`);
    assert.deepEqual(ada.why(made[1] ?? kept), why);
    assert.equal(ada.log.membership.isMember(person(7).peerId), why === undefined);
  }
});

test("[ROM-11] a checkpoint of the admins binds no owner, and an owner's not itself", () => {
  const [ada, ben, cyd] = room("admin", "member");
  const old = last(ada);
  ben.do(ROTATE);
  const checkpoint = ben.do(CHECKPOINT);
  ada.fork([old], expelOf(3));
  cyd.meet(ada, ben);
  assert.equal(cyd.roster, "1:owner 2:admin");
  assert.equal(cyd.why(checkpoint), undefined);
  ada.do(CHECKPOINT);
  assert.equal(ada.why(ada.fork([old], ROTATE)), undefined);
});

test("[ROM-11] leaving, and stepping down, never lapse", () => {
  const [ada, ben, cyd] = room("owner", "member");
  const old = last(ada);
  ada.do(ROTATE);
  ada.do(CHECKPOINT);
  ben.fork([old], { kind: "role", subject: ben.peer, role: "member" });
  cyd.fork([old], { kind: "leave" });
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:member");
});

test("[ROM-11] checkpoints of many who are no admins are none, with one of an admin among them", () => {
  const [ada, ben, ...members] = room("admin", "member", "member", "member", "admin", "admin");
  const old = last(ada);
  const base = ben.do(ROTATE);
  for (const each of members.slice(0, 4)) {
    each.take([base]);
    each.fork([base], CHECKPOINT);
  }
  const late = ben.fork([old], expelOf(3));
  ada.meet(ben, ...members.slice(0, 4));
  assert.equal(ada.why(late), undefined);
  assert.ok(!ada.log.membership.isMember(person(3).peerId));
});

test("[ROM-9] in a ring of expulsions the most senior decides, and whom it spares expels on", () => {
  const [ada, ben, cyd, dan] = room("admin", "admin", "admin", "member");
  assert.ok(dan !== undefined);
  ben.expel(3); // junior to it
  cyd.expel(4); // void: expelled by a senior without knowing
  dan.expel(2); // senior to it: no right
  ada.meet(ben, cyd, dan);
  for (const each of [ada, ben, cyd, dan]) assert.equal(each.roster, "1:owner 2:admin 4:admin 5:member");
});

test("[ROM-9] of two owners that expel each other the one made first stays", () => {
  const [ada, ben, cyd] = room("owner", "owner", "member");
  ben.expel(3);
  cyd.expel(2);
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:owner 4:member");
  ben.meet(ada);
  ben.expel(1);
  assert.equal(ben.roster, "1:owner 2:owner 4:member");
});

test("[ROM-8] a role that was lowered caps what was done at the same time, and not what was done before", () => {
  const [ada, ben] = room("admin", "member");
  const before = ben.admit(4);
  ada.meet(ben);
  ada.role(2, "member");
  const [same, own] = [ben.admit(5), ben.do(ROTATE)];
  ada.meet(ben);
  assert.equal(ada.roster, "1:owner 2:member 3:member 4:member");
  assert.deepEqual(
    [before, same, own].map((each) => ada.why(each)),
    [undefined, "right", undefined],
  );
});

test("[ROM-8] nobody gives more than it has, and nobody gives itself anything", () => {
  const [ada, ben, cyd] = room("admin", "member", "guest");
  const tries: [Replica, (who: Replica) => Operation, string][] = [
    [ben, (who) => who.admit(6, "owner"), "right"],
    [ben, (who) => who.role(3, "admin"), "right"],
    [ben, (who) => who.role(2, "owner"), "moot"],
    [cyd, (who) => who.admit(6), "right"],
    [cyd, (who) => who.role(4, "member"), "right"],
    [cyd, (who) => who.expel(4), "right"],
    [cyd, (who) => who.do({ kind: "policy", policy: { ways: "strict", inviters: "owner" }, name: "Mine" }), "right"],
  ];
  for (const [who, act, why] of tries) assert.equal(who.why(act(who)), why);
  ada.meet(ben, cyd);
  assert.equal(ada.roster, "1:owner 2:admin 3:member 4:guest");
  assert.equal(ada.log.membership.name, "Garden");
  const stranger = ada.copy(20);
  assert.equal(stranger.why(stranger.admit(21, "guest")), "stranger");
  assert.equal(stranger.log.membership.awaiting.size, 0);
});

test("[ROM-14] in a room of peers nobody expels, ranks or rules, and all are members", () => {
  const ada = founded({ ways: "peers" });
  const admit = (who: Replica, number: number): Operation =>
    who.do({ kind: "admit", subject: person(number).peerId, name: "", role: "member", how: { by: "challenge" } });
  admit(ada, 2);
  const ben = ada.copy(2);
  admit(ben, 3);
  const acts: OperationBody[] = [
    expelOf(3),
    { kind: "role", subject: person(3).peerId, role: "guest" },
    { kind: "policy", policy: { ways: "open", inviters: "owner" }, name: "Mine" },
    { kind: "grant", subject: person(3).peerId, operation: "chat", expires: ada.wall },
    { kind: "admit", subject: person(4).peerId, name: "", role: "member", how: { by: "approval" } },
    { kind: "admit", subject: person(4).peerId, name: "", role: "owner", how: { by: "challenge" } },
    CHECKPOINT,
  ];
  for (const who of [ada, ben]) for (const body of acts) assert.notEqual(who.why(who.do(body)), undefined, body.kind);
  ada.meet(ben);
  assert.equal(ada.roster, "1:member 2:member 3:member");
  ada.do({ kind: "leave" });
  assert.equal(ada.roster, "2:member 3:member");
});

test("[ROM-10] the room passes on when its last owner steps down, and each time again", () => {
  const [ada, ben, cyd] = room("admin", "member");
  ada.role(1, "member");
  ben.meet(ada);
  assert.equal(ben.roster, "2:owner 3:member 1:member");
  assert.equal(ben.log.membership.maySetRole(ben.peer, ben.peer, "guest"), false);
  ben.do({ kind: "leave" });
  cyd.meet(ben);
  assert.equal(cyd.roster, "3:owner 1:member");
  cyd.do({ kind: "leave" });
  assert.equal(cyd.roster, "1:owner");
  const alone = founded();
  alone.role(1, "guest");
  assert.equal(alone.roster, "1:guest");
});

test("[ROM-10] whoever came in by invitation follows as anybody else, and may do what an owner may", () => {
  const ada = founded();
  const { admission, publicKey } = invited(ada, 90);
  ada.do(admission(2));
  ada.admit(3);
  const [ben, cyd] = [ada.copy(2), ada.copy(3)];
  ada.do({ kind: "leave" });
  ben.meet(ada);
  assert.equal(ben.roster, "2:owner 3:member");
  assert.equal(ben.log.membership.members.get(ben.peer)?.how, "invitation");
  assert.equal(ben.log.membership.invitations.get(publicKey)?.state, "used");
  ben.role(3, "admin");
  ben.do({ kind: "policy", policy: { ways: "approval", inviters: "owner" }, name: "Bens" });
  cyd.meet(ben);
  cyd.expel(2);
  assert.equal(cyd.roster, "2:owner 3:admin");
  assert.equal(cyd.log.membership.name, "Bens");
});

test("[ROM-8] of one identity so many changes of role count, then it can be expelled", () => {
  const [ada] = room("member");
  for (let i = 0; i < ROOM_ROLES_PER_MEMBER_MAX; i++)
    assert.equal(ada.why(ada.role(2, i % 2 ? "admin" : "guest")), undefined);
  assert.equal(ada.why(ada.role(2, "guest")), "moot");
  assert.equal(ada.roster, "1:owner 2:admin");
  ada.expel(2);
  assert.equal(ada.roster, "1:owner");
});

test("[ROM-10] who owns the room does not change with what was done elsewhere when its owner left", () => {
  const [ada, ben, cyd] = room("member", "member");
  ben.admit(5, "member");
  ada.do({ kind: "leave" });
  const elsewhere = cyd.do(ROTATE);
  cyd.meet(ada, ben);
  assert.equal(cyd.roster.split(" ")[0], "2:owner");
  assert.equal(cyd.why(elsewhere), undefined);
});

test("[ROM-16] two operations with one number are both kept, and their author is named", () => {
  const [ada, ben] = room("admin", "member");
  const old = last(ada);
  const one = ben.fork([old], expelOf(3), { sequence: 7 });
  const two = ben.fork(
    [old],
    { kind: "admit", subject: person(4).peerId, name: "", role: "member", how: { by: "code" } },
    { sequence: 7 },
  );
  ada.meet(ben);
  assert.deepEqual(ada.log.membership.alarms, [
    { kind: "contradiction", peer: ben.peer, operations: [one.id, two.id].sort() },
  ]);
  assert.equal(ada.roster, "1:owner 2:admin 4:member");
});
