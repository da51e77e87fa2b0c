/** Who is answered, and as whom, at each privacy level (spec/trust.md §8, docs/threat-model.md §2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import type { PrivacyLevel } from "./presence.ts";

const YES = { accept: true, role: "member", remember: true } as const;

function dial(from: TestNode, to: TestNode): void {
  from.endpoint.connect({ peer: undefined, hints: [to.hint] }, 1, from.at);
  from.net.run(1_000);
}

const met = (node: TestNode): string[] => node.of("connected").map(({ session }) => session.stack.peer);

for (const privacy of ["contacts", "hidden"] as const satisfies readonly PrivacyLevel[]) {
  test(`Endpoint in ${privacy}: a stranger is refused and learns no key [TRU-11]`, () => {
    const net = new TestNet();
    const [host, stranger] = [net.node("host", { privacy }), net.node("stranger")];
    dial(stranger, host);
    assert.deepEqual(met(stranger), []);
    assert.deepEqual(
      stranger.of("connectFailed").map(({ reason, peer }) => ({ reason, peer })),
      [{ reason: "refused", peer: undefined }],
    );
    assert.equal([...host.endpoint.sessions].length, 0);
  });

  test(`Endpoint in ${privacy}: a contact shows its tag and meets the identity it knows [TRU-11]`, () => {
    const net = new TestNet();
    const [host, friend] = [net.node("host", { privacy }), net.node("friend", { privacy })];
    acquaint(host, friend);
    friend.endpoint.connect({ peer: host.id, hints: [] }, 1, friend.at);
    net.run(1_000);
    assert.deepEqual(met(friend), [host.id]);
    assert.equal(host.sessionWith(friend).stack.peer, friend.id);
  });

  test(`Endpoint in ${privacy}: while pairing is open both meet under one-time identities, and then know the true ones`, () => {
    const net = new TestNet();
    const [host, guest] = [net.node("host", { privacy }), net.node("guest", { privacy })];
    const { shown } = host.endpoint.pairings.offer("pin", host.at);
    const code = Buffer.from(shown.secret.reveal()).toString();
    dial(guest, host);
    const [session] = guest.of("connected").map((output) => output.session);
    assert.ok(session !== undefined);
    assert.notEqual(session.stack.peer, host.id);
    assert.notEqual([...host.endpoint.sessions][0]?.stack.peer, guest.id);

    const id = guest.endpoint.pairings.start(session, { method: "pin", shows: false }, guest.at);
    assert.ok(id !== undefined);
    net.run(100);
    assert.ok(guest.endpoint.pairings.enterCode(id, code, guest.at.now));
    net.run(100);
    const asked = host.endpoint.pairings.states(host.at.now).find(({ stage }) => stage.at === "consent");
    assert.ok(asked?.stage.at === "consent");
    assert.equal(asked.stage.asks.peer, guest.id);
    host.endpoint.pairings.consent(asked.id, YES, host.at.now);
    net.run(100);
    guest.endpoint.pairings.consent(id, YES, guest.at.now);
    net.run(5_000);
    assert.ok(host.endpoint.trust.isContact(guest.id) && guest.endpoint.trust.isContact(host.id));
    assert.equal(guest.sessionWith(host).stack.peer, host.id, "they meet anew as themselves");
  });
}

test("Endpoint in open: a stranger is answered, which is the price of being found", () => {
  const net = new TestNet();
  const [host, stranger] = [net.node("host"), net.node("stranger")];
  dial(stranger, host);
  assert.deepEqual(met(stranger), [host.id]);
});

test("Endpoint in contacts: dialling an unknown address tells nobody who we are", () => {
  const net = new TestNet();
  const [host, stranger] = [net.node("host", { privacy: "contacts" }), net.node("stranger")];
  dial(host, stranger);
  assert.deepEqual(met(host), [stranger.id]);
  assert.ok([...stranger.endpoint.sessions].every(({ stack }) => stack.peer !== host.id));
});

test("Presence: open shows name and hints, contacts hints alone, hidden nothing", () => {
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
