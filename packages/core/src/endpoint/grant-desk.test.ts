/** Grants that travel between endpoints: given, passed on, shown, taken back, across restarts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { wallTime } from "../lib/time.ts";
import { type Grant, type GrantTerms, issueGrant } from "../trust/grant.ts";
import type { Role } from "../trust/roles.ts";
import { CLOCK_SKEW } from "../wire/limits.ts";
import { acquaint, person, provider, seeded, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

let made = 0;
function make(by: TestNode, to: TestNode, terms: Partial<GrantTerms> = {}, parent?: Grant): Grant {
  const { wall } = by.at;
  return issueGrant(
    provider,
    seeded(`grant ${made++}`),
    by.endpoint.identity,
    to.id,
    {
      operations: ["game/1"],
      resource: "",
      limits: {},
      notBefore: parent?.notBefore ?? wallTime(wall - 1_000),
      notAfter: parent?.notAfter ?? wallTime(wall + 86_400_000),
      delegations: 0,
      ...terms,
    },
    parent,
  );
}

function give(by: TestNode, to: TestNode, terms: Partial<GrantTerms> = {}): Grant {
  const grant = make(by, to, terms);
  assert.equal(by.endpoint.grants.give(grant, by.at), "held");
  return grant;
}

function connect(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: to.id, hints: [to.hint] }, 1, from.at);
  from.net.run(2_000);
}

const receivedBy = (node: TestNode): string[] => node.endpoint.grants.received.map(({ id }) => id);
const heldFor = (node: TestNode, subject: TestNode): string[] =>
  node.endpoint.trust.grants.grantsOf(subject.id).map(({ id }) => id);

/** Whether `by` may open a channel of `game/1` with `at`, as the other side decides. */
function mayPlay(by: TestNode, at: TestNode): boolean {
  const { trust } = at.endpoint;
  return trust.mayOpen(by.id, "", "game/1", at.at).allowed;
}

function three(aliceAtCarol: Role = "guest"): { net: TestNet; alice: TestNode; bob: TestNode; carol: TestNode } {
  const net = new TestNet();
  const [alice, bob, carol] = [net.node("alice"), net.node("bob"), net.node("carol")];
  acquaint(alice, bob, "guest");
  acquaint(bob, carol, "guest");
  acquaint(alice, carol, "guest");
  const contact = carol.endpoint.trust.book.contactOf(alice.id);
  assert.ok(contact !== undefined);
  carol.endpoint.trust.book.setRole(alice.id, aliceAtCarol);
  return { net, alice, bob, carol };
}

test("[GRA-4] Endpoint: a grant reaches its subject when a session exists, and its revocation too", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob, "guest");
  const grant = give(alice, bob);
  net.run(5_000);
  connect(bob, alice);
  assert.deepEqual(receivedBy(bob), [grant.id]);
  assert.equal(alice.endpoint.grants.stateOf(bob.id, grant.id), "taken");
  assert.ok(mayPlay(bob, alice));
  assert.ok(alice.endpoint.grants.revoke(bob.id, grant.id, alice.at));
  net.run(2_000);
  assert.deepEqual(receivedBy(bob), []);
  assert.equal(alice.endpoint.grants.stateOf(bob.id, grant.id), undefined, "acknowledged, so forgotten");
  assert.equal(mayPlay(bob, alice), false);
  const kept = [alice, bob].flatMap(({ store }) =>
    [...store.keys()].filter((key) => key.startsWith("trust/exchange/")),
  );
  assert.deepEqual(kept, []);
});

test("[GRA-4] Endpoint: what was not acknowledged is told again after a restart, whoever restarts", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob, "guest");
  const [first, second] = [give(alice, bob), give(alice, bob, { operations: ["file.send"] })];
  net.run(100);
  alice.restart();
  bob.restart();
  connect(alice, bob);
  assert.deepEqual(receivedBy(bob).sort(), [first.id, second.id].sort());
  bob.restart();
  assert.deepEqual(receivedBy(bob).sort(), [first.id, second.id].sort(), "kept");
  net.run(20_000);
  alice.endpoint.grants.revoke(bob.id, first.id, alice.at);
  net.run(10);
  alice.restart();
  connect(alice, bob);
  net.run(2_000);
  assert.deepEqual(receivedBy(bob), [second.id]);
});

test("[GRA-6] Endpoint: a grant passed on is shown to its root's issuer by itself, and ends with each link", () => {
  const { net, alice, bob, carol } = three();
  const root = give(alice, bob, { delegations: 1, limits: { uses: 10 } });
  connect(alice, bob);
  const passed = make(bob, carol, { limits: { uses: 2 } }, root);
  assert.ok(bob.endpoint.grants.passOn(passed, bob.at));
  connect(bob, carol);
  assert.deepEqual(receivedBy(carol), [passed.id]);
  assert.equal(mayPlay(carol, alice), false, "not shown yet");
  connect(carol, alice);
  assert.deepEqual(heldFor(alice, carol), [passed.id]);
  assert.ok(mayPlay(carol, alice));
  assert.deepEqual(
    bob.endpoint.grants.passedOn.map(({ id }) => id),
    [passed.id],
  );
  alice.endpoint.grants.revoke(bob.id, root.id, alice.at);
  net.run(5_000);
  assert.equal(mayPlay(carol, alice), false);
  assert.deepEqual([receivedBy(bob), receivedBy(carol)], [[], []]);
  assert.deepEqual(bob.endpoint.grants.passedOn, []);
});

test("[GRA-7] Endpoint: who passed a grant on takes it back where it is used, even before it was shown there", () => {
  const { net, alice, bob, carol } = three();
  const root = give(alice, bob, { delegations: 1 });
  connect(alice, bob);
  const passed = make(bob, carol, {}, root);
  bob.endpoint.grants.passOn(passed, bob.at);
  connect(bob, carol);
  bob.endpoint.grants.revoke(carol.id, passed.id, bob.at);
  net.run(2_000);
  assert.deepEqual(receivedBy(carol), []);
  carol.endpoint.grants.show(alice.id, passed, carol.at); // a liar keeps a copy
  connect(carol, alice);
  assert.deepEqual(heldFor(alice, carol), []);
  assert.equal(carol.endpoint.grants.stateOf(alice.id, passed.id), "refused");
  assert.ok(alice.endpoint.trust.grants.isRevoked(passed.id));
});

test("[GRA-6] Endpoint: a foreign grant is honoured where its issuer has authority, and nowhere else", () => {
  for (const [role, honoured] of [
    ["admin", true],
    ["member", false],
  ] as const) {
    const { net, alice, bob, carol } = three(role);
    const grant = give(alice, bob);
    connect(alice, bob);
    assert.equal(mayPlay(bob, carol), false);
    bob.endpoint.grants.show(carol.id, grant, bob.at);
    connect(bob, carol);
    net.run(1_000);
    assert.equal(mayPlay(bob, carol), honoured, role);
    assert.equal(bob.endpoint.grants.stateOf(carol.id, grant.id), honoured ? "taken" : "refused");
  }
});

test("[GRA-7] Endpoint: what was passed on and is used at whoever passed it on ends there too", () => {
  const { net, alice, bob, carol } = three();
  bob.endpoint.trust.book.setRole(alice.id, "admin"); // so that her grants count with him
  const root = give(alice, bob, { delegations: 1 });
  connect(alice, bob);
  const passed = make(bob, carol, {}, root);
  bob.endpoint.grants.passOn(passed, bob.at);
  connect(bob, carol);
  carol.endpoint.grants.show(bob.id, passed, carol.at);
  net.run(2_000);
  assert.ok(mayPlay(carol, bob));
  bob.endpoint.grants.revoke(carol.id, passed.id, bob.at);
  assert.equal(mayPlay(carol, bob), false, "at once");
  net.run(2_000);
  assert.deepEqual(heldFor(bob, carol), []);
});

test("[GRA-1] Endpoint: a stranger's channel for grants is refused", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  connect(bob, alice);
  assert.equal(alice.endpoint.trust.mayOpen(bob.id, "", "grant/1", alice.at).allowed, false);
  acquaint(alice, bob, "guest");
  assert.ok(alice.endpoint.trust.mayOpen(bob.id, "", "grant/1", alice.at).allowed);
  alice.endpoint.trust.blocked.block(bob.id, alice.at.wall);
  assert.equal(alice.endpoint.trust.mayOpen(bob.id, "", "grant/1", alice.at).allowed, false);
});

test("Endpoint: what a contact gave, and what it was given, goes with it", () => {
  const { net, alice, bob, carol } = three();
  const root = give(alice, bob, { delegations: 1 });
  connect(alice, bob);
  bob.endpoint.grants.passOn(make(bob, carol, {}, root), bob.at);
  connect(bob, carol);
  bob.endpoint.trust.revoke(alice.id, bob.at);
  net.run(2_000);
  assert.deepEqual([receivedBy(bob), receivedBy(carol)], [[], []]);
  assert.deepEqual(
    [...bob.store.keys()].filter((key) => key.startsWith(`trust/exchange/${alice.id}`)),
    [],
  );
});

test("[TRU-8] Endpoint: the date of a grant by an admin is remembered as the latest time, one beyond the skew is not", () => {
  const { alice, bob, carol } = three("admin");
  const shown = (terms: Partial<GrantTerms>): void => {
    const grant = make(alice, bob, terms);
    carol.endpoint.trust.admit(grant, carol.at);
  };
  const { wall } = carol.at;
  const behind = (back: number): boolean =>
    carol.endpoint.trust.isClockBehind({ now: carol.at.now, wall: wallTime(wall - back) });
  shown({ notBefore: wallTime(wall + CLOCK_SKEW + 1) });
  assert.equal(behind(1), false, "held, not believed");
  assert.equal(mayPlay(bob, carol), false, "nor applied");
  shown({ notBefore: wallTime(wall + CLOCK_SKEW) });
  assert.equal(behind(0), false);
  assert.equal(behind(1), true);
  assert.equal(person("alice").peerId, alice.id);
});

test("[TRU-8] Endpoint: a clock set back fails grants until a person accepts it", () => {
  const { net, alice, bob } = three();
  give(alice, bob);
  assert.ok(mayPlay(bob, alice));
  const back = { now: net.at.now, wall: wallTime(net.at.wall - 3_600_000) };
  const { trust } = alice.endpoint;
  assert.equal(trust.isClockBehind(back), true);
  assert.deepEqual(trust.mayOpen(bob.id, "", "game/1", back), { allowed: false, reason: "clock-behind" });
  trust.acceptClock(back);
  assert.equal(trust.isClockBehind(back), false);
  assert.notDeepEqual(trust.mayOpen(bob.id, "", "game/1", back), { allowed: false, reason: "clock-behind" });
});
