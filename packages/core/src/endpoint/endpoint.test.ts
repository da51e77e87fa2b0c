import assert from "node:assert/strict";
import { test } from "node:test";
import { newTransferId } from "../app/file/file-message.ts";
import { textToBytes } from "../lib/utf8.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

function connect(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: undefined, hints: [to.hint] }, 1, from.at);
  from.net.run(1_000);
}

test("Endpoint: two strangers shake hands, pair by first use with both people's yes, and talk", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  connect(alice, bob);
  assert.deepEqual(
    alice.of("connected").map(({ session }) => session.stack.peer),
    [bob.id],
  );
  assert.equal(alice.of("sessionOpened").length, 1);
  assert.equal(bob.of("sessionOpened").length, 1);

  const id = alice.endpoint.pairings.start(alice.sessionWith(bob), { method: "first-use" }, alice.at);
  assert.ok(id !== undefined);
  net.run(1_000);
  const asked = bob.pairing();
  assert.equal(asked.stage.at, "consent");
  assert.ok(!bob.endpoint.trust.isContact(alice.id), "nobody is trusted before the yes");
  bob.endpoint.pairings.consent(asked.id, { accept: true, role: "member", remember: true }, bob.at.now);
  net.run(1_000);
  assert.equal(alice.pairing().stage.at, "consent");
  alice.endpoint.pairings.consent(id, { accept: true, role: "member", remember: true }, alice.at.now);
  net.run(1_000);
  assert.equal(alice.pairing().stage.at, "done");
  assert.equal(bob.pairing().stage.at, "done");
  assert.ok(alice.endpoint.trust.isContact(bob.id) && bob.endpoint.trust.isContact(alice.id));

  const text = alice.endpoint.conversations.sendText(bob.id, "hello bob", alice.at);
  bob.endpoint.conversations.sendText(alice.id, "hello alice", bob.at);
  net.run(1_000);
  assert.deepEqual(bob.textsFrom(alice), ["hello bob"]);
  assert.deepEqual(alice.textsFrom(bob), ["hello alice"]);
  const states = alice
    .of("chat")
    .flatMap(({ event }) => (event.type === "state" && event.id === text ? [event.state] : []));
  assert.deepEqual(states, ["queued", "sent", "stored"]);
});

test("Endpoint: a file goes from shelf to place over a session of contacts", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  const content = new Uint8Array(1_000_000).map((_, index) => index * 31 + (index >> 8));
  alice.shelf.set("big", content);
  const { wall } = alice.at;
  const manifest = [{ path: "big.bin", kind: "file", size: content.length, mode: 0o644, modified: wall }] as const;
  const record = {
    id: newTransferId((length) => new Uint8Array(length).fill(7)),
    offeredAt: wall,
    source: textToBytes("big"),
    manifest,
  };
  const key = alice.endpoint.transfers.send(bob.id, record);
  assert.ok(key !== undefined);
  net.run(5_000);
  const [offer] = bob.endpoint.transfers.states;
  assert.equal(offer?.stage, "offered");
  assert.ok(bob.endpoint.transfers.accept(offer.key, bob.at.wall));
  net.run(60_000);
  assert.deepEqual(bob.placed.get(offer.key), ["big.bin"]);
  assert.deepEqual(bob.parts.get(`${offer.key} 0`), content);
  assert.equal(alice.endpoint.transfers.states[0]?.stage, "done");
});
