/** Two ways to one peer are dialled at once: the first that has keys is the session, and nothing renews it (spec/session.md §8). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestNet } from "./endpoint-fixture.test.ts";

test("[SES-30] a handshake that another way overtook is given up, and a pairing that began meanwhile goes on", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  const target = { peer: bob.id, hints: [bob.hint] };
  alice.endpoint.connect(target, 1, alice.at);
  alice.endpoint.connect(target, 2, alice.at);
  alice.turn();
  const [slow] = net.cables.splice(1); // its packets wait
  assert.ok(slow !== undefined && net.cables.length === 1);
  net.run(100);
  assert.deepEqual(
    alice.of("connected").map(({ request }) => request),
    [1, 2],
    "both wait for bob, whichever way leads there",
  );
  const session = alice.sessionWith(bob);
  const { transcript } = session;
  const pairing = alice.endpoint.pairings.start(session, { method: "first-use" }, alice.at);
  net.run(10);
  assert.equal(bob.pairing().stage.at, "consent");

  net.cables.push(slow);
  net.run(100);
  assert.deepEqual([alice.pairing().id, alice.pairing().stage.at], [pairing, "waiting"]);
  assert.equal(bob.pairing().stage.at, "consent");
  assert.equal(alice.sessionWith(bob).transcript, transcript);
  assert.deepEqual([alice.cables.size, bob.cables.size], [1, 1], "the slow one is closed");
  assert.deepEqual([alice.endpoint.census.dials, bob.endpoint.census.doors], [0, 0]);
});

test("an address that somebody gave, and that a relay overtook, is tried again, for a link of the same session", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  const target = { peer: bob.id, hints: [bob.hint] };
  for (const [request, kind] of [
    [1, "relayed"],
    [2, "tcp"],
  ] as const) {
    net.kind = kind;
    alice.endpoint.connect(target, request, alice.at);
    alice.turn();
  }
  const [slow] = net.cables.splice(1);
  assert.ok(slow !== undefined);
  net.isReachable = () => false;
  net.run(100);
  const { transcript, stack } = alice.sessionWith(bob);
  assert.deepEqual([stack.ways.relayed, stack.ways.straight], [true, false]);
  net.cables.push(slow);
  net.isReachable = () => true;
  net.run(5_000);
  assert.deepEqual([stack.ways.straight, bob.sessionWith(alice).stack.ways.straight], [true, true]);
  assert.equal(alice.sessionWith(bob).transcript, transcript);
});
