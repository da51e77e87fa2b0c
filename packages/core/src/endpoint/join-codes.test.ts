/**
 * Join codes between two endpoints under one-time identities, as a relay's mailbox brings them together
 * (spec/relay-meeting.md §3): the right code, wrong ones, time, and whoever sits in between.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { oneTimeIdentity } from "../identity/keys.ts";
import { WORDS } from "../identity/word-list.ts";
import { minutes, wallTime } from "../lib/time.ts";
import { textToBytes } from "../lib/utf8.ts";
import { BURNT_CODES_KEY } from "../relay/burnt-codes.ts";
import type { CodeLeadsTo } from "../trust/pairing-message.ts";
import { person, provider, seeded, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import type { PairingId, PairingStage, PairingState } from "./pairings-output.ts";

const LIFETIME = minutes(10);
const YES = { accept: true, role: "member", remember: false } as const;
const secret = (words: string): Secret => new Secret(textToBytes(words));

interface World {
  readonly net: TestNet;
  /** Of Ada, who shows the code, and of Ben, who has it. */
  readonly host: TestNode;
  readonly guest: TestNode;
  readonly offer: PairingId;
}

/** An endpoint that serves one code for `name`. */
function oneTime(net: TestNet, name: string, label = name): TestNode {
  const identity = oneTimeIdentity(provider, seeded(`one-time ${label}`));
  const introduces = { identity: person(name), name, isBlocked: () => false };
  return net.node(`${label}-once`, { identity, introduces });
}

function world(words = "acorn-canyon", leadsTo: CodeLeadsTo = "contacts"): World {
  const net = new TestNet();
  const [host, guest] = [oneTime(net, "ada"), oneTime(net, "ben")];
  const offer = host.endpoint.pairings.offerCode({ secret: secret(words), lifetime: LIFETIME, leadsTo }, host.at);
  return { net, host, guest, offer };
}

/** What the mailbox did: the guest has a link to whoever is at the other end, and tries its code. */
function tryCode(net: TestNet, guest: TestNode, to: TestNode, words: string): PairingId {
  guest.endpoint.connect({ peer: undefined, hints: [to.hint] }, 1, guest.at);
  net.run(500);
  const request = { method: "code", code: secret(words) } as const;
  const id = guest.endpoint.pairings.start(guest.sessionWith(to), request, guest.at);
  assert.ok(id !== undefined);
  net.run(500);
  return id;
}

const statesOf = (node: TestNode): PairingState[] => node.endpoint.pairings.states(node.at.now);
const stageOf = (node: TestNode, id?: PairingId): PairingStage | undefined =>
  statesOf(node).find((state) => (id === undefined ? state.peer !== undefined : state.id === id))?.stage;
const runningOf = (node: TestNode): PairingId => {
  const state = statesOf(node).find(({ peer }) => peer !== undefined);
  assert.ok(state !== undefined);
  return state.id;
};

function agree(net: TestNet, host: TestNode, guest: TestNode): void {
  host.endpoint.pairings.consent(runningOf(host), YES, host.at.now);
  net.run(500);
  guest.endpoint.pairings.consent(runningOf(guest), YES, guest.at.now);
  net.run(500);
}

test("[MEE-6] the right code leads two people to each other's own identity, each under a one-time one until then", () => {
  const { net, host, guest } = world();
  tryCode(net, guest, host, "acorn-canyon");
  const asked = stageOf(host);
  assert.ok(asked?.at === "consent");
  assert.equal(asked.asks.peer, person("ben").peerId, "who typed introduces itself first");
  assert.equal(stageOf(guest)?.at, "waiting");
  agree(net, host, guest);
  const [atHost, atGuest] = [stageOf(host), stageOf(guest)];
  assert.ok(atHost?.at === "done" && atGuest?.at === "done");
  assert.deepEqual([atHost.paired.peer, atHost.paired.verifiedBy], [person("ben").peerId, "code"]);
  assert.deepEqual([atGuest.paired.peer, atGuest.paired.name], [person("ada").peerId, "ada"]);
  // The devices' own endpoints take them over, and want to meet.
  const ada = net.node("ada");
  ada.endpoint.adopt(atHost.paired, ada.at);
  net.run(500);
  assert.ok(ada.endpoint.trust.isContact(person("ben").peerId));
  assert.equal(ada.endpoint.trust.book.keyOf(person("ben").peerId)?.verifiedBy, "code");
  assert.ok(!host.endpoint.trust.isContact(person("ben").peerId), "the one-time endpoint keeps nobody");
});

for (const leadsTo of ["room", "files"] as const) {
  test(`[MEE-6] a code that leads to ${leadsTo} names nobody`, () => {
    const { net, host, guest } = world("acorn-canyon", leadsTo);
    tryCode(net, guest, host, "acorn-canyon");
    agree(net, host, guest);
    const [atHost, atGuest] = [stageOf(host), stageOf(guest)];
    assert.ok(atHost?.at === "done" && atGuest?.at === "done");
    assert.deepEqual([atHost.paired.peer, atHost.paired.name], [guest.id, ""]);
    assert.deepEqual([atGuest.paired.peer, atGuest.paired.name], [host.id, ""]);
    assert.deepEqual([atHost.paired.leadsTo, atGuest.paired.leadsTo], [leadsTo, leadsTo]);
  });
}

test("[PAI-14] one wrong try ends the code for both, and who comes later with the right one finds nothing", () => {
  const { net, host, guest, offer } = world();
  const id = tryCode(net, guest, host, "acorn-castle");
  assert.deepEqual(stageOf(guest, id), { at: "failed", reason: "wrong-code" });
  assert.deepEqual(stageOf(host), { at: "failed", reason: "wrong-code" });
  assert.equal(stageOf(host, offer), undefined, "nothing is shown any more");
  const again = guest.endpoint.pairings.start(
    guest.sessionWith(host),
    { method: "code", code: secret("acorn-canyon") },
    guest.at,
  );
  net.run(500);
  assert.deepEqual(stageOf(guest, again), { at: "failed", reason: "unavailable" });
  const third = oneTime(net, "cleo");
  const late = tryCode(net, third, host, "acorn-canyon");
  assert.deepEqual(stageOf(third, late), { at: "failed", reason: "unavailable" });
});

test("[PAI-14] the try is counted in the store before it is answered", () => {
  const { net, host, guest } = world();
  const counted: string[] = [];
  const isCode = (key: string): boolean => key.startsWith("trust/code/");
  tryCode(net, guest, host, "acorn-castle");
  for (const output of host.of("store"))
    for (const { key, value } of output.puts) if (isCode(key)) counted.push(`${value[1]} tries left`);
  assert.deepEqual(counted, ["1 tries left", "0 tries left"]);
  assert.ok(![...host.store.keys()].some(isCode), "and nothing is left of it afterwards");
});

test("a code that was right once is used up", () => {
  const { net, host, guest } = world();
  tryCode(net, guest, host, "acorn-canyon");
  const third = oneTime(net, "cleo");
  const late = tryCode(net, third, host, "acorn-canyon");
  assert.deepEqual(stageOf(third, late), { at: "failed", reason: "unavailable" });
  agree(net, host, guest);
  assert.equal(stageOf(guest)?.at, "done");
});

test("a code is over when its time is, to the millisecond, and says so by being gone", () => {
  for (const isLate of [false, true]) {
    const { net, host, guest, offer } = world();
    guest.endpoint.connect({ peer: undefined, hints: [host.hint] }, 1, guest.at);
    net.run(1_000);
    const state = statesOf(host).find(({ id }) => id === offer);
    assert.ok(state?.stage.at === "show-code");
    net.run(state.stage.shown.expiresAt - net.now - (isLate ? 0 : 100));
    const id = guest.endpoint.pairings.start(
      guest.sessionWith(host),
      { method: "code", code: secret("acorn-canyon") },
      guest.at,
    );
    net.run(90);
    const expected = isLate ? { at: "failed", reason: "unavailable" } : { at: "waiting" };
    assert.deepEqual(stageOf(guest, id), expected);
    assert.equal(stageOf(host, offer), undefined, isLate ? "gone" : "used up");
  }
});

test("an endpoint for a code answers to nothing but its code", () => {
  for (const request of [{ method: "first-use" }, { method: "words" }, { method: "pin", shows: false }] as const) {
    const { net, host, guest } = world();
    guest.endpoint.connect({ peer: undefined, hints: [host.hint] }, 1, guest.at);
    net.run(500);
    const id = guest.endpoint.pairings.start(guest.sessionWith(host), request, guest.at);
    net.run(500);
    assert.deepEqual(stageOf(guest, id), { at: "failed", reason: "unavailable" });
    const right = tryCode(net, guest, host, "acorn-canyon");
    assert.deepEqual(stageOf(guest, right), { at: "waiting" }, "and that cost no try");
    assert.ok(statesOf(host).some(({ stage }) => stage.at === "consent"));
  }
});

test("[MEE-6] whoever carries the packets sees neither words, names nor keys", () => {
  const { net, host, guest } = world();
  net.heard = [];
  tryCode(net, guest, host, "acorn-canyon");
  agree(net, host, guest);
  assert.equal(stageOf(guest)?.at, "done");
  const all = Buffer.concat(net.heard);
  assert.ok(net.heard.length > 10);
  const secrets = [
    ...["acorn", "canyon", "ada", "ben"].map((text) => Buffer.from(text)),
    ...[person("ada"), person("ben")].flatMap(({ peerId, contactPublicKey }) => [
      Buffer.from(peerId, "hex"),
      Buffer.from(contactPublicKey),
    ]),
  ];
  // Three letters may come up by chance in a few kilobytes; longer ones do not.
  for (const each of secrets.filter(({ length }) => length > 3)) assert.equal(all.indexOf(each), -1, each.toString());
});

/** A relay that is two endpoints, one towards either side, and guesses. */
function between(guess: string): { host: PairingStage | undefined; guest: PairingStage | undefined } {
  const { net, host, guest } = world();
  const towardsGuest = oneTime(net, "mallory", "mallory-1");
  const towardsHost = oneTime(net, "mallory", "mallory-2");
  const offered = { secret: secret(guess), lifetime: LIFETIME, leadsTo: "contacts" } as const;
  towardsGuest.endpoint.pairings.offerCode(offered, towardsGuest.at);
  tryCode(net, guest, towardsGuest, "acorn-canyon");
  tryCode(net, towardsHost, host, guess);
  return { host: stageOf(host), guest: stageOf(guest) };
}

test("[PAI-3] a relay that shakes hands with both sides gets one guess at either: 1 in 1,048,576 each", () => {
  assert.equal(WORDS.length ** 2, 1_048_576);
  const wrong = between("acorn-castle");
  assert.deepEqual(wrong.host, { at: "failed", reason: "wrong-code" });
  assert.deepEqual(wrong.guest, { at: "failed", reason: "wrong-code" });
  // So much is the words' worth, and no more: who has them is in between.
  const right = between("acorn-canyon");
  assert.equal(right.host?.at, "consent");
});

test("[MEE-7] a burnt code is kept count of, and the third has three words", () => {
  const net = new TestNet();
  const ada = net.node("ada");
  const { joinCodes } = ada.endpoint;
  for (const words of [2, 2, 3]) {
    assert.equal(joinCodes.newWords(ada.at).length, words);
    joinCodes.handleBurnt(ada.at);
    net.run(100);
  }
  assert.ok(ada.store.has(BURNT_CODES_KEY));
  ada.restart();
  assert.equal(ada.endpoint.joinCodes.newWords(ada.at).length, 3);
  const later = { ...ada.at, wall: wallTime(ada.at.wall + 31 * 86_400_000) };
  assert.equal(ada.endpoint.joinCodes.newWords(later).length, 2);
});
