/** Whom an endpoint answers, and as whom (spec/trust.md §8, [TRU-11]; docs/threat-model.md §2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import { codeText } from "./pairings.ts";
import type { PairingStage } from "./pairings-output.ts";
import type { PrivacyLevel } from "./presence.ts";

function connect(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: undefined, hints: [to.hint] }, 1, from.at);
  from.net.run(2_000);
}

const peersOf = (node: TestNode): string[] => [...node.endpoint.sessions].map(({ stack }) => stack.peer);

function stage(node: TestNode): PairingStage {
  return node.pairing().stage;
}

for (const privacy of ["contacts", "hidden"] as const) {
  test(`Endpoint, privacy ${privacy}: a stranger gets no answer while no pairing is open`, () => {
    const net = new TestNet();
    const [eve, bob] = [net.node("eve"), net.node("bob", { privacy })];
    connect(eve, bob);
    assert.deepEqual(
      eve.of("connectFailed").map(({ reason }) => reason),
      ["refused"],
    );
    assert.deepEqual([peersOf(eve), peersOf(bob)], [[], []]);
    const events = bob.endpoint.trust.log.range;
    assert.equal(events.next, 2, "the start, and one line about the refusal");
  });

  test(`Endpoint, privacy ${privacy}: while pairing is open a stranger meets a one-time identity, and after it the real one`, () => {
    const net = new TestNet();
    const [alice, bob] = [net.node("alice"), net.node("bob", { privacy })];
    const { shown } = bob.endpoint.pairings.offer("pin", bob.at);
    connect(alice, bob);
    const [met] = peersOf(alice);
    assert.ok(met !== undefined && met !== bob.id, "bob is not seen");
    const entry = [...alice.endpoint.sessions][0];
    assert.ok(entry !== undefined);
    const id = alice.endpoint.pairings.start(entry, { method: "pin", shows: false }, alice.at);
    assert.ok(id !== undefined);
    net.run(1_000);
    assert.equal(stage(alice).at, "enter-code");
    assert.ok(alice.endpoint.pairings.enterCode(id, codeText(shown), alice.at.now));
    net.run(1_000);
    const yes = { accept: true, role: "member", remember: true } as const;
    bob.endpoint.pairings.consent(bob.pairing().id, yes, bob.at.now);
    net.run(1_000);
    alice.endpoint.pairings.consent(id, yes, alice.at.now);
    net.run(5_000);
    assert.ok(alice.endpoint.trust.isContact(bob.id), "now it knows who it was");
    assert.ok(bob.endpoint.trust.isContact(alice.id));
    alice.endpoint.conversations.sendText(bob.id, "hello", alice.at);
    net.run(10_000);
    assert.deepEqual(bob.textsFrom(alice), ["hello"]);
    assert.deepEqual(peersOf(alice), [bob.id], "the session that was only for pairing is gone");
    assert.equal(alice.of("keyChanged").length, 0);
  });

  test(`Endpoint, privacy ${privacy}: a contact is answered as the device itself, silently`, () => {
    const net = new TestNet();
    const [alice, bob] = [net.node("alice", { privacy }), net.node("bob", { privacy })];
    acquaint(alice, bob);
    alice.endpoint.conversations.sendText(bob.id, "hello", alice.at);
    net.run(2_000);
    assert.deepEqual(bob.textsFrom(alice), ["hello"]);
    assert.deepEqual([peersOf(alice), peersOf(bob)], [[bob.id], [alice.id]]);
    assert.deepEqual(
      [alice.endpoint.pairings.states(alice.at.now), bob.endpoint.pairings.states(bob.at.now)],
      [[], []],
    );
  });
}

test("Endpoint, private: the tag of a contact opens nothing for whoever copies its hello", () => {
  const net = new TestNet();
  const [alice, bob, eve] = [net.node("alice"), net.node("bob", { privacy: "hidden" }), net.node("eve")];
  acquaint(alice, bob);
  let hello: Uint8Array | undefined;
  const cable = net.join(eve, undefined, bob);
  alice.endpoint.conversations.sendText(bob.id, "hello", alice.at);
  while (alice.turn());
  for (const each of net.cables) if (each !== cable) hello ??= each.packets.find(({ bytes }) => bytes[0] === 1)?.bytes;
  assert.ok(hello !== undefined);
  net.run(1_000);
  assert.deepEqual(bob.textsFrom(alice), ["hello"]);
  cable.packets.push({ due: 0, to: 1, bytes: hello.slice() });
  net.run(20_000);
  assert.deepEqual(peersOf(bob), [alice.id], "the copy became no session");
  assert.deepEqual(peersOf(eve), []);
});

test("Endpoint, privacy open: a stranger is answered, which is the price of being found", () => {
  const net = new TestNet();
  const [host, stranger] = [net.node("host"), net.node("stranger")];
  connect(stranger, host);
  assert.deepEqual(peersOf(stranger), [host.id]);
});

test("Endpoint, privacy contacts: dialling an unknown address tells nobody who we are", () => {
  const net = new TestNet();
  const [host, stranger] = [net.node("host", { privacy: "contacts" }), net.node("stranger")];
  connect(host, stranger);
  assert.deepEqual(peersOf(host), [stranger.id]);
  assert.equal(peersOf(stranger).length, 1);
  assert.notEqual(peersOf(stranger)[0], host.id);
});

test("Presence.announcement: open shows name and hints, contacts hints alone, hidden nothing", () => {
  const net = new TestNet();
  const announced = (privacy: PrivacyLevel) => {
    const { endpoint, at } = net.node(privacy, { privacy });
    const said = endpoint.presence.announcement(at.wall);
    return said && { name: said.name, hints: said.hints.length };
  };
  assert.deepEqual(announced("open"), { name: "open", hints: 8 });
  assert.deepEqual(announced("contacts"), { name: undefined, hints: 8 });
  assert.equal(announced("hidden"), undefined);
});
