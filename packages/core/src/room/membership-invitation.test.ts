/** Invitations, and the other ways in, as far as the log decides them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { wallTime } from "../lib/time.ts";
import type { Role } from "../trust/roles.ts";
import { person, WALL } from "../trust/trust-fixture.test.ts";
import { ROOM_MEMBERS_MAX } from "../wire/limits.ts";
import { founded, invited, type Replica, roomOf } from "./log-world.test.ts";
import type { Removal, RoomAlarm } from "./membership.ts";
import { roleToGive } from "./membership-rights.ts";
import type { Operation } from "./operation.ts";
import type { OperationBody } from "./operation-body.ts";
import type { RoomPolicy } from "./room-policy.ts";

const expelOf = (number: number): OperationBody => ({ kind: "expel", subject: person(number).peerId });
function room(roles: readonly Role[], policy: Partial<RoomPolicy> = {}): [Replica, Replica, Replica, ...Replica[]] {
  const [a, b, c, ...more] = roomOf(roles, policy);
  assert.ok(a !== undefined && b !== undefined);
  for (const each of [b, c, ...more]) each?.meet(a);
  return [a, b, c ?? b, ...more];
}
const stateOf = (replica: Replica, publicKey: string): string => {
  const invitation = replica.log.membership.invitations.get(publicKey);
  return `${invitation?.state} ${invitation?.usedBy?.slice(0, 4) ?? ""}`.trim();
};
const removalOf = (replica: Replica, number: number): Removal | undefined =>
  replica.log.membership.removed.get(person(number).peerId);
const reusedBy = (number: number, publicKey: string): RoomAlarm => ({
  kind: "invitation-reused",
  peer: person(number).peerId,
  publicKey,
});

test("[ROM-12] [R14] an invitation lets one in: a second one is refused by all, and reported", () => {
  const [ada, ben, cyd] = room(["member", "member"]);
  const { publicKey, admission } = invited(ada, 50);
  cyd.meet(ada, ben);
  const first = cyd.do(admission(10));
  ben.meet(cyd);
  const second = ben.do(admission(11));
  ada.meet(ben, cyd);
  assert.deepEqual([ada.why(first), ada.why(second)], [undefined, "invitation"]);
  assert.equal(stateOf(ada, publicKey), `used ${person(10).peerId.slice(0, 4)}`);
  assert.equal(ada.roster, "1:owner 2:member 3:member 10:member");
  assert.deepEqual(ada.log.membership.alarms, [reusedBy(11, publicKey)]);
  // The same guest again is nothing new.
  const again = ada.do(admission(10));
  assert.equal(ada.why(again), "moot");
  assert.equal(ada.log.membership.alarms.length, 1);
});

test("[ROM-12] [R15] two bindings made apart converge: the inviter's own wins, else the lower rank", () => {
  for (const inviter of [0, 1, 2]) {
    const replicas = room(["member", "member"]);
    const [ada, ben, cyd] = replicas;
    const { publicKey, admission } = invited(replicas[inviter] ?? ada, 51);
    for (const each of [ada, ben, cyd]) each.meet(replicas[inviter] ?? ada);
    const [one, two] = [ben.do(admission(10)), cyd.do(admission(11))];
    const [byGuest, byOther] = [ben.copy(10), cyd.copy(11)];
    const loserIsTen = inviter === 2 || (inviter === 0 && two.id < one.id);
    const acts = [byGuest.do({ kind: "rotate", bundle: new Uint8Array(32), recipients: 1 }), byOther.admit(12)];
    ada.meet(ben, cyd, byGuest, byOther);
    const [winner, loser] = loserIsTen ? [11, 10] : [10, 11];
    assert.equal(ada.roster, `1:owner 2:member 3:member ${winner}:member`, `inviter ${inviter}`);
    assert.equal(stateOf(ada, publicKey), `used ${person(winner).peerId.slice(0, 4)}`);
    const by = person(winner === 10 ? 2 : 3).peerId;
    const operation = (winner === 10 ? one : two).id;
    assert.deepEqual(removalOf(ada, loser), { reason: "double-use", by, operation });
    assert.deepEqual(ada.log.membership.alarms, [reusedBy(loser, publicKey)]);
    const [loserAct] = loserIsTen ? [acts[0]] : [acts[1]];
    assert.equal(ada.why(loserAct ?? one), "stranger");
  }
});

test("[ROM-12] [ROM-14] a used invitation lets nobody in, among peers as elsewhere", () => {
  for (const ways of ["open", "peers"] as const) {
    const ada = founded({ ways });
    const { publicKey, admission } = invited(ada, 85);
    const state = () => {
      const { membership } = ada.log;
      const invitation = membership.invitations.get(publicKey);
      assert.ok(invitation !== undefined);
      return roleToGive(membership, ada.peer, invitation);
    };
    assert.equal(state(), "member");
    ada.do(admission(2));
    assert.equal(state(), undefined);
  }
});

test("[ROM-12] of two that the inviter itself let in with one key, the one of lower rank counts", () => {
  for (const seed of [80, 81, 82, 83]) {
    const [ada] = room(["member"]);
    const { invite, admission } = invited(ada, seed);
    const both = [
      ada.fork([invite], admission(10), { sequence: 90 }),
      ada.fork([invite], admission(11), { sequence: 91 }),
    ];
    const [first] = both.sort((a, b) => (a.id < b.id ? -1 : 1));
    assert.deepEqual(
      both.filter((each) => ada.why(each) === undefined),
      [first],
    );
  }
});

test("[ROM-13] [R16] an invitation ends with its time, when taken back, and when its inviter is expelled", () => {
  const late = (act: (ada: Replica, ben: Replica, invitation: string) => unknown): string | undefined => {
    const [ada, ben, cyd] = room(["admin", "member"]);
    const { admission, invitation, publicKey } = invited(ben, 52);
    ada.meet(ben, cyd);
    act(ada, ben, invitation);
    // Cyd has not heard of it: what it does at the same time does not count either.
    const same = cyd.do(admission(10));
    ada.meet(ben, cyd);
    const { awaiting } = ada.log.membership;
    const why = ada.why(same);
    assert.equal(awaiting.has(person(10).peerId), why !== undefined);
    assert.equal(ada.why(ada.do(admission(10))), why ?? "moot");
    return why ?? stateOf(ada, publicKey).split(" ")[0];
  };
  assert.equal(
    late((_, ben, invitation) => ben.do({ kind: "revoke", invitation })),
    "invitation",
  );
  assert.equal(
    late((ada, _, invitation) => ada.do({ kind: "revoke", invitation })),
    "invitation",
  );
  assert.equal(
    late((ada) => ada.do(expelOf(2))),
    "invitation",
  );
  assert.equal(
    late((ada) => ada.role(2, "guest")),
    "invitation",
  );
  assert.equal(
    late((ada, ben) => {
      ben.do({ kind: "leave" });
      ada.meet(ben);
    }),
    "used",
  );
});

test("[ROM-13] [R16] who came in before an invitation's end stays; its last millisecond counts", () => {
  const [ada, ben, cyd] = room(["admin", "member"]);
  const { admission, invitation, publicKey } = invited(ben, 53, "member", 1_000);
  ada.meet(ben, cyd);
  cyd.wall = wallTime(WALL + 1_000);
  cyd.do(admission(10));
  ben.meet(cyd);
  ben.do({ kind: "revoke", invitation });
  ada.meet(ben);
  assert.equal(ada.roster, "1:owner 2:admin 3:member 10:member");
  assert.equal(stateOf(ada, publicKey).split(" ")[0], "used");
  const next = invited(ada, 54, "member", 1_000);
  ada.wall = wallTime(WALL + 1_001);
  assert.equal(ada.why(ada.do(next.admission(11))), "invitation");
});

test("[ROM-13] a revocation by somebody who may not, or before the invitation, is nothing", () => {
  const [ada, ben, cyd] = room(["member", "member"]);
  const early = cyd.do({ kind: "revoke", invitation: (55).toString(16).padStart(32, "0") });
  const { admission, invitation } = invited(ada, 55);
  ben.meet(ada, cyd);
  ben.do({ kind: "revoke", invitation });
  const made = ben.do(admission(10));
  assert.deepEqual([ben.why(made), ben.why(early)], [undefined, undefined]);
});

test("[ROM-12] [R17] [R18] a key that no invitation has, or an invitation by nobody, lets nobody in", () => {
  const [ada, ben] = room(["guest", "member"]);
  const stranger = ada.copy(30);
  const strange = invited(stranger, 56);
  assert.equal(stranger.why(strange.invite), "stranger");
  const guests = invited(ben, 57);
  assert.equal(ben.why(guests.invite), "right");
  ada.meet(ben, stranger);
  assert.equal(ada.log.membership.invitations.size, 0);
  assert.equal(ada.why(ada.do(strange.admission(10))), "invitation");
  assert.equal(ada.why(ada.do(guests.admission(10))), "invitation");
  // A member that announces another's key gains nothing by it.
  const own = invited(ada, 58);
  ben.meet(ada);
  const [, , cyd] = [ada, ben, ada.copy(3)];
  const copied = cyd.do({
    kind: "invite",
    invitation: "ee".repeat(16),
    keys: [own.publicKey],
    role: "member",
    expires: ada.wall,
  });
  cyd.do({ kind: "revoke", invitation: own.invitation });
  ada.meet(cyd);
  assert.equal(ada.why(copied), undefined);
  assert.equal(stateOf(ada, own.publicKey), "open");
  assert.equal(ada.log.membership.invitations.get(own.publicKey)?.inviter, ada.peer);
});

test("[ROM-12] nobody comes in with more than the invitation says, nor than who lets it in has", () => {
  const [ada, ben, cyd] = room(["admin", "member"]);
  const [low, high] = [invited(ada, 59, "guest"), invited(ada, 60, "admin")];
  cyd.meet(ada, ben);
  const [lowest, highest] = [low, high].map(({ publicKey }) => cyd.log.membership.invitations.get(publicKey));
  assert.ok(lowest !== undefined && highest !== undefined);
  assert.equal(roleToGive(cyd.log.membership, cyd.peer, lowest), "guest");
  assert.equal(roleToGive(cyd.log.membership, cyd.peer, highest), "member");
  assert.equal(roleToGive(cyd.log.membership, ada.peer, highest), "admin");
  assert.equal(cyd.why(cyd.do(low.admission(10, "member"))), "invitation");
  assert.equal(cyd.why(cyd.do(high.admission(11, "admin"))), "right");
  assert.equal(cyd.why(cyd.do(high.admission(12, "member"))), undefined);
  assert.equal(ben.why(ben.do(low.admission(10, "guest"))), undefined);
});

const admitBy = (by: "code" | "challenge" | "approval"): OperationBody => ({
  kind: "admit",
  subject: person(10).peerId,
  name: "",
  role: "guest",
  how: { by },
});

test("[ROM-14] who may let in by which way, in each policy", () => {
  const table: [Partial<RoomPolicy>, string][] = [
    // owner, admin, member, guest; by code, challenge, approval, another's invitation
    [{ ways: "open" }, "ccai ccai c--i ----"],
    [{ ways: "open", inviters: "admin" }, "ccai ccai ---i ----"],
    [{ ways: "strict" }, "cca- cca- c--- ----"],
    [{ ways: "approval" }, "ccai ccai c--- ----"],
    [{ ways: "challenge", challengedBy: "any" }, "ccai ccai cc-i ----"],
    [{ ways: "challenge", challengedBy: "admin" }, "ccai ccai c--i ----"],
    [{ ways: "challenge", challengedBy: "every", inviters: "admin" }, "ccai ccai -c-i ----"],
  ];
  for (const [policy, expected] of table) {
    const [ada, ben, cyd, dan] = room(["admin", "member", "guest"], policy);
    assert.ok(dan !== undefined);
    const inviter = ada.copy(1);
    inviter.role(3, "admin"); // so that it may invite whatever the policy
    const eve = inviter.admit(5, "admin");
    const invitation = invited(inviter.copy(5), 61, "guest");
    const seen = [ada, ben, cyd, dan].map((who) =>
      [admitBy("code"), admitBy("challenge"), admitBy("approval"), invitation.admission(10, "guest")]
        .map((body, i) => {
          const copy = who.copy(who.number);
          if (i === 3) {
            // All know the invitation, and each has its own role.
            copy.take([...inviter.log.operations(), invitation.invite]);
            if (who.number === 3)
              copy.take([ada.copy(1).fork([invitation.invite], { kind: "role", subject: cyd.peer, role: "member" })]);
          }
          const { membership } = copy.log;
          const known = membership.invitations.get(invitation.publicKey);
          const way = (["code", "challenge", "approval"] as const)[i] ?? known;
          const foretold = way === undefined ? undefined : roleToGive(membership, who.peer, way);
          const made = copy.do(body);
          assert.equal(copy.why(made) === undefined, foretold !== undefined, `${policy.ways} ${who.number} ${i}`);
          return copy.why(made) === undefined ? "ccai"[i] : "-";
        })
        .join(""),
    );
    assert.equal(seen.join(" "), expected, JSON.stringify(policy));
    assert.ok(eve);
  }
});

test("[ROM-14] strict: only the inviter lets in, or an owner once it knows that the inviter is gone", () => {
  const [ada, ben, cyd] = room(["admin", "member"], { ways: "strict" });
  const own = invited(cyd, 62);
  ada.meet(ben, cyd);
  assert.equal(cyd.why(cyd.copy(3).do(own.admission(10))), undefined);
  const early = ada.do(own.admission(11));
  assert.equal(ada.why(early), "right");
  cyd.do({ kind: "leave" });
  ada.meet(cyd, ben);
  assert.equal(ben.why(ben.do(own.admission(12))), "right");
  assert.equal(ada.why(ada.do(own.admission(13))), undefined);
});

test("[ROM-15] a room has so many members; one more waits for a place", () => {
  const ada = founded();
  const subject = (number: number) => number.toString(16).padStart(64, "0") as Replica["peer"];
  const admit = (number: number): Operation =>
    ada.do({ kind: "admit", subject: subject(number), name: "", role: "member", how: { by: "approval" } });
  for (let i = 1; i < ROOM_MEMBERS_MAX; i++) admit(i);
  assert.equal(ada.log.membership.members.size, ROOM_MEMBERS_MAX);
  const more = admit(5_000);
  assert.equal(ada.why(more), "full");
  assert.equal(ada.log.membership.awaiting.get(subject(5_000))?.why, "full");
  ada.do({ kind: "expel", subject: subject(7) });
  assert.equal(ada.log.membership.members.size, ROOM_MEMBERS_MAX);
  assert.ok(ada.log.membership.isMember(subject(5_000)));
});

test("[ROM-15] an owner that is lowered keeps its place in a full room", () => {
  const [ada, ben] = room(["owner"]);
  const subject = (number: number) => number.toString(16).padStart(64, "0") as Replica["peer"];
  for (let i = 1; i < ROOM_MEMBERS_MAX; i++)
    ada.do({ kind: "admit", subject: subject(i), name: "", role: "guest", how: { by: "approval" } });
  assert.ok(!ada.log.membership.isMember(subject(ROOM_MEMBERS_MAX - 1)));
  ada.role(ben.number, "member");
  assert.equal(ada.log.membership.roleOf(ben.peer), "member");
});

test("[ROM-14] the policy that counts is the one that the author knew", () => {
  const [ada, ben, cyd] = room(["member", "member"]);
  const { admission } = invited(ada, 63);
  const second = invited(ada, 64);
  ben.meet(ada, cyd);
  ada.do({ kind: "policy", policy: { ways: "approval", inviters: "admin" }, name: "Shed" });
  const same = ben.do(admission(10));
  ada.meet(ben, cyd);
  assert.equal(ada.why(same), undefined);
  const peers = ada.copy(1);
  const never = peers.do({
    kind: "policy",
    policy: { ways: "peers", challengedBy: "every", inviters: "member" },
    name: "x",
  });
  assert.equal(peers.why(never), "policy");
  assert.equal(cyd.why(cyd.do(second.admission(11))), "right");
  const { name, policy } = cyd.log.membership;
  assert.deepEqual([name, policy], ["Shed", { ways: "approval", inviters: "admin" }]);
});

test("[ROM-8] grants are the newest for each operation, of this stay, by owner or admin", () => {
  const [ada, ben, cyd] = room(["admin", "member"]);
  const grant = (who: Replica, operation: string, ms: number): Operation =>
    who.do({ kind: "grant", subject: cyd.peer, operation, expires: wallTime(WALL + ms) });
  grant(ada, "chat", 1);
  grant(ada, "chat", 2);
  ben.meet(ada);
  grant(ben, "board", 3);
  ada.meet(ben, cyd);
  const granted = ada.log.membership.members.get(cyd.peer)?.grants;
  assert.deepEqual(
    granted?.map(({ operation, expires, by }) => [operation, expires - WALL, by]),
    [
      ["chat", 2, ada.peer],
      ["board", 3, ben.peer],
    ],
  );
  const byMember = cyd.do({ kind: "grant", subject: ben.peer, operation: "chat", expires: WALL });
  assert.equal(cyd.why(byMember), "right");
  ada.expel(3);
  ada.admit(3);
  assert.deepEqual(ada.log.membership.members.get(cyd.peer)?.grants, []);
});
