/** Pairings of two endpoints that both open one (spec/pairing.md §2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import { codeText } from "./pairings.ts";
import type { PairingId, PairingState } from "./pairings-output.ts";

const YES = { accept: true, role: "member", remember: true } as const;

function start(from: TestNode, to: TestNode): PairingId {
  const id = from.endpoint.pairings.start(from.sessionWith(to), { method: "first-use" }, from.at);
  assert.ok(id !== undefined);
  return id;
}

function stageOf(node: TestNode, id: PairingId): PairingState["stage"] {
  const state = node.endpoint.pairings.states(node.at.now).find((each) => each.id === id);
  assert.ok(state !== undefined, `${node.name} shows no pairing ${id}`);
  return state.stage;
}

function strangers(): { net: TestNet; first: TestNode; second: TestNode } {
  const net = new TestNet();
  const nodes = [net.node("alice"), net.node("bob")].sort((a, b) => (a.id < b.id ? -1 : 1));
  const [first, second] = nodes as [TestNode, TestNode];
  first.endpoint.connect({ peer: undefined, hints: [second.hint] }, 1, first.at);
  net.run(1_000);
  return { net, first, second };
}

test("Pairings: when both ask at once the smaller PeerId's pairing stays, and each person keeps the one it began", () => {
  const { net, first, second } = strangers();
  const [ours, theirs] = [start(first, second), start(second, first)];
  net.run(1_000);
  assert.equal(stageOf(second, theirs).at, "consent", "the larger PeerId answers");
  second.endpoint.pairings.consent(theirs, YES, second.at.now);
  net.run(1_000);
  first.endpoint.pairings.consent(ours, YES, first.at.now);
  net.run(1_000);
  assert.equal(stageOf(first, ours).at, "done");
  assert.equal(stageOf(second, theirs).at, "done");
  assert.equal(first.endpoint.pairings.states(first.at.now).length, 1);
  assert.equal(second.endpoint.pairings.states(second.at.now).length, 1);
});

test("Pairings: one that is answered is not taken away by another that the peer opens", () => {
  const { net, first, second } = strangers();
  const ours = start(second, first);
  net.run(1_000);
  first.endpoint.pairings.consent(first.pairing().id, YES, first.at.now);
  net.run(1_000);
  assert.equal(stageOf(second, ours).at, "consent");
  const late = start(first, second);
  net.run(1_000);
  assert.equal(stageOf(first, late).at, "failed");
  assert.equal(stageOf(second, ours).at, "consent");
});

test("Pairings: another handshake of the same session ends what goes on, costs no try, and a new one works", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  const dial = (): void => {
    alice.endpoint.connect({ peer: undefined, hints: [bob.hint] }, 1, alice.at);
    net.run(1_000);
  };
  dial();
  const session = alice.sessionWith(bob);
  const { shown } = bob.endpoint.pairings.offer("pin", bob.at);
  alice.endpoint.pairings.start(session, { method: "pin", shows: false }, alice.at);
  net.run(1_000);
  assert.equal(alice.pairing().stage.at, "enter-code");
  dial();
  assert.equal(alice.sessionWith(bob), session, "the session goes on");
  assert.deepEqual(alice.pairing().stage, { at: "failed", reason: "closed" });
  assert.equal(shown.triesLeft, 3);
  const id = alice.endpoint.pairings.start(session, { method: "pin", shows: false }, alice.at);
  net.run(1_000);
  assert.ok(id !== undefined && alice.endpoint.pairings.enterCode(id, codeText(shown), alice.at.now));
  net.run(1_000);
  assert.equal(bob.endpoint.pairings.states(bob.at.now).filter(({ stage }) => stage.at === "consent").length, 1);
});
