/** Trust that ends, or was never there: sessions and channels end with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { wallTime } from "../lib/time.ts";
import { issueGrant } from "../trust/grant.ts";
import { CLOSE, RESET } from "../wire/registry.ts";
import { acquaint, person, provider, seeded, TestNet, type TestNode } from "./endpoint-fixture.test.ts";

function talk(from: TestNode, to: TestNode, text: string): void {
  from.endpoint.conversations.sendText(to.id, text, from.at);
  from.net.run(3_000);
}

test("Endpoint: revoking trust closes the session for that reason, and nothing more is heard", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  talk(bob, alice, "one");
  alice.endpoint.trust.revoke(bob.id, alice.at);
  net.run(1_000);
  assert.deepEqual(
    bob.of("sessionOver").map(({ reason, by }) => [reason, by]),
    [[CLOSE.revoked, "peer"]],
  );
  assert.deepEqual(
    [...alice.store.keys()].filter((key) => key.includes(bob.id)),
    [],
    "its texts are gone from the disk",
  );
  talk(bob, alice, "two");
  net.run(60_000);
  assert.deepEqual(alice.textsFrom(bob), ["one"]);
  assert.equal(bob.endpoint.conversations.undelivered(alice.id), 1);
});

test("Endpoint: a refused chat channel is asked for again, but less and less often", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  alice.endpoint.trust.book.revoke(bob.id); // as if alice had lost her trust book
  alice.endpoint.settle(alice.at);
  let packets = 0;
  talk(bob, alice, "anybody there?");
  for (const cable of net.cables) {
    const { push } = cable.packets;
    cable.packets.push = (...items) => {
      packets += items.length;
      return push.apply(cable.packets, items);
    };
  }
  net.run(600_000);
  assert.ok(packets > 4 && packets < 100, `${packets} packets in ten minutes`);
});

test("Endpoint: a blocked peer is closed on at once and gets no session afterwards", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  talk(bob, alice, "one");
  assert.ok(alice.endpoint.trust.block(bob.id, alice.at));
  alice.endpoint.expel(bob.id, alice.at);
  net.run(1_000);
  talk(bob, alice, "two");
  net.run(30_000);
  assert.deepEqual(alice.textsFrom(bob), ["one"]);
  assert.equal(alice.endpoint.sessionOf(bob.id), undefined);
  assert.ok(bob.of("sessionOpened").length < 10, "and does not ask again and again");
});

test("Endpoint: channels that a grant alone permits end with the grant, others stay", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice", { protocols: ["game/1"] }), net.node("bob")];
  acquaint(alice, bob, "guest");
  talk(bob, alice, "hello");
  const open = (): number => {
    const channel = bob.endpoint.openChannel(bob.sessionWith(alice).id, "game/1", 0);
    assert.ok(channel !== undefined);
    net.run(1_000);
    return channel;
  };
  const refused = open();
  const ends = (): unknown[] =>
    bob.of("channel").flatMap(({ output }) => (output.type === "reset" ? [[output.channel, output.code]] : []));
  assert.deepEqual(ends(), [[refused, RESET.notAuthorized]], "a guest may not");

  const { now, wall } = alice.at;
  const grant = issueGrant(provider, seeded("grant"), person("alice"), bob.id, {
    operations: ["game/1"],
    resource: "",
    limits: {},
    notBefore: wallTime(wall - 1_000),
    notAfter: wallTime(wall + 3_600_000),
    delegations: 0,
  });
  assert.equal(alice.endpoint.trust.grants.admit(grant.bytes, now, wall), "held");
  const granted = open();
  assert.equal(alice.of("channel").at(-1)?.output.type, "opened");
  assert.ok(alice.endpoint.trust.grants.revoke(grant.id, alice.at.wall));
  net.run(1_000);
  assert.deepEqual(ends().at(-1), [granted, RESET.notAuthorized]);
  assert.equal(alice.of("channel").at(-1)?.output.type, "reset", "the application is told too");
  talk(bob, alice, "still here");
  assert.deepEqual(alice.textsFrom(bob), ["hello", "still here"]);
});

test("Endpoint: another key where a contact is expected is a loud stop, and no session", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  net.nodes.splice(net.nodes.indexOf(bob), 1);
  const mallory = net.node("bob", { identity: person("mallory") }); // at bob's address
  alice.endpoint.connect({ peer: bob.id, hints: [] }, 7, alice.at);
  net.run(2_000);
  assert.deepEqual(
    alice.of("keyChanged").map(({ expected, found }) => [expected, found]),
    [[bob.id, mallory.id]],
  );
  assert.deepEqual(
    alice.of("connectFailed").map(({ request, reason }) => [request, reason]),
    [[7, "unexpected-peer"]],
  );
  assert.deepEqual([...alice.endpoint.sessions], []);
  assert.equal(mallory.of("sessionOpened").length, 0, "it does not even learn who called");
});

test("Endpoint: another device of the same contact at a contact's address is no changed key", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  acquaint(alice, bob);
  net.nodes.splice(net.nodes.indexOf(bob), 1);
  const tablet = net.node("bob", { identity: person("bob's tablet") });
  const contact = alice.endpoint.trust.book.contactOf(bob.id)?.id;
  assert.ok(contact !== undefined);
  const pin = { peer: tablet.id, name: "", verifiedBy: "words", role: "member" } as const;
  alice.endpoint.trust.book.pin(pin, alice.at.wall, { contact });
  alice.endpoint.connect({ peer: bob.id, hints: [] }, 7, alice.at);
  net.run(2_000);
  assert.deepEqual(alice.of("keyChanged"), []);
  assert.deepEqual(
    alice.of("connectFailed").map(({ reason }) => reason),
    ["unexpected-peer"],
  );
});
