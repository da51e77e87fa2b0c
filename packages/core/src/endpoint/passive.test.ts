import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditEntry, decodeAuditEntry } from "../trust/audit-event.ts";
import { PASSIVE_FOR } from "../wire/limits.ts";
import { acquaint, person, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

/** `node` sees Bob on its network: a reason to dial him whenever there is no session. */
function sees(node: TestNode, bob: TestNode): void {
  const presence = bob.endpoint.presence.announcement(bob.at.wall)?.hints ?? [];
  const bobs = { key: "bob", addresses: [bob.hint], presence, name: "bob", seenAt: bob.at.wall };
  node.endpoint.setNearby([bobs], node.at);
}

/** Alice's identity runs at two places, with the same contacts and the same text that waits for Bob. */
function fight() {
  const net = new TestNet();
  const bob = net.node("bob");
  const one = net.node("one", { identity: person("alice") });
  const two = net.node("two", { identity: person("alice") });
  acquaint(one, bob);
  net.isReachable = () => false;
  one.endpoint.conversations.sendText(bob.id, "before the copy", one.at);
  net.run(10);
  for (const [key, value] of one.store) two.store.set(key, value);
  two.restart();
  net.isReachable = () => true;
  sees(one, bob);
  sees(two, bob);
  return { net, bob, one, two };
}

const codes = (node: TestNode): string[] => node.of("note").map(({ code }) => code);
const audited = (node: TestNode): AuditEntry[] =>
  [...node.store].flatMap(([key, value]) => (/^audit\/.*\//.test(key) ? [decodeAuditEntry(value)] : []));
const sessions = (node: TestNode): number => node.of("sessionOpened").length;

test("passive: an identity that runs twice stops fighting over a peer, and both ends say so [SES-28]", () => {
  const { net, bob, one, two } = fight();
  net.run(60_000);
  assert.deepEqual(codes(bob), ["runs-twice"]);
  assert.deepEqual([...codes(one), ...codes(two)], ["runs-elsewhere"], "the other of the two stays");
  assert.deepEqual([sessions(one), sessions(two), sessions(bob)], [3, 3, 6]);
  net.run(PASSIVE_FOR - 120_000);
  assert.equal(sessions(bob), 6, "nobody dials");
  assert.deepEqual(bob.textsFrom(one), ["before the copy"], "both had it in their outbox");
  assert.equal(audited(bob).filter(({ detail }) => detail === "runs-twice").length, 1);
});

test("passive: after ten quiet minutes it dials again, and what waited arrives [SES-28]", () => {
  const { net, bob, one, two } = fight();
  net.run(60_000);
  net.leave(two);
  bob.endpoint.conversations.sendText(one.id, "are you there?", bob.at);
  one.endpoint.conversations.sendText(bob.id, "I am", one.at);
  net.run(60_000);
  assert.deepEqual(bob.textsFrom(one), ["before the copy"]);
  net.run(PASSIVE_FOR);
  assert.deepEqual(one.textsFrom(bob), ["are you there?"]);
  assert.deepEqual(bob.textsFrom(one), ["before the copy", "I am"]);
});

for (const who of ["one", "bob"] as const) {
  test(`passive: it ends at once when a person asks to connect, here that of ${who} [SES-28]`, () => {
    const { net, bob, one, two } = fight();
    net.run(60_000);
    net.leave(two);
    bob.endpoint.conversations.sendText(one.id, "are you there?", bob.at);
    one.endpoint.conversations.sendText(bob.id, "I am", one.at);
    net.run(1_000);
    const [asking, asked] = who === "one" ? [one, bob] : [bob, one];
    asking.endpoint.connect({ peer: asked.id, hints: [asked.hint] }, 1, asking.at);
    net.run(5_000);
    assert.equal(asking.of("connected").length, 1);
    assert.deepEqual(one.textsFrom(bob), ["are you there?"]);
    assert.deepEqual(bob.textsFrom(one), ["before the copy", "I am"]);
  });
}

test("passive: a restart ends it [SES-28]", () => {
  const { net, bob, one, two } = fight();
  net.run(60_000);
  net.leave(two);
  one.endpoint.conversations.sendText(bob.id, "I am back", one.at);
  net.run(1_000);
  one.restart();
  net.run(5_000);
  assert.deepEqual(bob.textsFrom(one), ["before the copy", "I am back"]);
});
