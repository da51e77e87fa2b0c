import assert from "node:assert/strict";
import { test } from "node:test";
import { PACKET } from "../wire/registry.ts";
import { acquaint, TestNet } from "./endpoint-fixture.test.ts";

test("Endpoint.handleWake: links that slept are given up, and the same session goes on at once over a new one", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  alice.endpoint.connect({ peer: bob.id, hints: [bob.hint] }, 1, alice.at);
  net.run(1_000);
  alice.endpoint.conversations.sendText(bob.id, "before", alice.at);
  net.run(1_000);
  const session = alice.sessionWith(bob);
  const packetsBefore = alice.of("transmit").length;

  alice.endpoint.handleWake(alice.at);
  alice.endpoint.conversations.sendText(bob.id, "after", alice.at);
  net.run(2_000);
  assert.deepEqual(bob.textsFrom(alice), ["before", "after"]);
  assert.equal(alice.sessionWith(bob), session, "no new session");
  assert.equal(alice.of("sessionOver").length, 0);
  const asked = alice.of("transmit").slice(packetsBefore);
  assert.deepEqual(
    asked.map(({ bytes }) => bytes[0]),
    [PACKET.resume],
    "resumed in one round trip: bob might have erased the keys",
  );
});
