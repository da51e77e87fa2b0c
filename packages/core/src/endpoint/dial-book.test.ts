import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { instant } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import { CONNECT_REQUESTS_MAX } from "../wire/limits.ts";
import { DialBook, type DialOutput } from "./dial-book.ts";
import { TestNet } from "./endpoint-fixture.test.ts";
import { meshHint, relayHint } from "./hint.ts";
import type { SessionEntry } from "./session-table.ts";

const NOW = instant(0);
const SELF = "00".repeat(32) as PeerId;
const OTHER = "11".repeat(32) as PeerId;

const book = (pinned: readonly string[] = []): DialBook =>
  new DialBook({ self: SELF, random: (length) => new Uint8Array(length), pinned: () => pinned });

function outputs(machine: DialBook): DialOutput[] {
  machine.reach.handleTimeout(NOW);
  machine.settle();
  const all: DialOutput[] = [];
  for (let output = machine.poll(); output !== undefined; output = machine.poll()) all.push(output);
  return all;
}

test("DialBook.connect: without an address nobody is there, at once", () => {
  const machine = book();
  machine.connect({ peer: OTHER, hints: [] }, undefined, 1, NOW);
  machine.connect({ peer: undefined, hints: [] }, undefined, 2, NOW);
  assert.deepEqual(
    outputs(machine).map((output) => output.type === "connectFailed" && [output.request, output.reason]),
    [
      [1, "unreachable"],
      [2, "unreachable"],
    ],
  );
  assert.equal(machine.requests, 0);
});

test("DialBook.connect: many who want the same contact share one dial, and each gets one answer", () => {
  const machine = book(["10.0.0.2:1"]);
  for (let request = 1; request <= 3; request++) machine.connect({ peer: OTHER, hints: [] }, undefined, request, NOW);
  const [dial, ...rest] = outputs(machine);
  assert.ok(dial?.type === "dial" && rest.length === 0);
  assert.equal(machine.requests, 3);
  machine.handleFailed(dial.dial, "timeout", undefined, NOW);
  assert.deepEqual(
    outputs(machine).map((output) => output.type === "connectFailed" && output.request),
    [1, 2, 3],
  );
  assert.equal(machine.requests, 0);
  machine.handleFailed(dial.dial, "timeout", undefined, NOW);
  assert.deepEqual(outputs(machine), []);
});

test("DialBook.connect: CONNECT_REQUESTS_MAX wait, one more is turned away", () => {
  const machine = book();
  for (let request = 1; request <= CONNECT_REQUESTS_MAX + 1; request++) {
    machine.connect({ peer: undefined, hints: ["10.0.0.2:1"] }, undefined, request, NOW);
  }
  const failed = outputs(machine).filter((output) => output.type === "connectFailed");
  assert.deepEqual(
    failed.map((output) => output.type === "connectFailed" && [output.request, output.reason]),
    [[CONNECT_REQUESTS_MAX + 1, "crowded"]],
  );
  assert.deepEqual([machine.requests, machine.size], [CONNECT_REQUESTS_MAX, CONNECT_REQUESTS_MAX]);
});

test("DialBook: a session that somebody else's link brought answers who waits for that contact", () => {
  const net = new TestNet();
  const [alice, bob] = [net.node("alice"), net.node("bob")];
  net.isReachable = (from) => from === bob; // alice's own dials lead nowhere
  alice.endpoint.trust.book.pin(
    { peer: bob.id, name: "bob", verifiedBy: "qr", role: "member", hint: bob.hint },
    alice.at.wall,
  );
  alice.endpoint.connect({ peer: bob.id, hints: [] }, 5, alice.at);
  bob.endpoint.connect({ peer: undefined, hints: [alice.hint] }, 6, bob.at);
  net.run(2_000);
  assert.equal(bob.of("connected").length, 1);
  const answers = [...alice.of("connected"), ...alice.of("connectFailed")].map(({ request }) => request);
  assert.deepEqual(answers, [5], "once, whichever came first");
});

test("DialBook.connect: addresses and relay are dialled at once; who asked hears of the first that works, and of a failure when both failed", () => {
  for (const works of [true, false]) {
    const machine = book();
    machine.reach.relayed.setNearby(new Map([[OTHER, [relayHint(1, "ab".repeat(32))]]]), NOW, () => false);
    machine.connect({ peer: OTHER, hints: ["10.0.0.2:1"] }, undefined, 1, NOW);
    const [straight, relayed, ...rest] = outputs(machine);
    assert.ok(straight?.type === "dial" && relayed?.type === "dial" && rest.length === 0);
    assert.deepEqual([straight.hints, relayed.hints], [["10.0.0.2:1"], [relayHint(1, "ab".repeat(32))]]);
    machine.handleFailed(straight.dial, "timeout", undefined, NOW);
    assert.deepEqual(outputs(machine), []);
    if (works) machine.handleConnected(relayed.dial, { stack: { peer: OTHER } } as SessionEntry, false, NOW);
    else machine.handleFailed(relayed.dial, "timeout", undefined, NOW);
    const [answer, ...others] = outputs(machine);
    assert.deepEqual([answer?.type, others.length], [works ? "connected" : "connectFailed", 0]);
    assert.equal(machine.requests, 0);
  }
});

test("DialBook: while an address is tried that somebody gave, whoever arrives at a relay is dialled there too", () => {
  const machine = book();
  const arrive = (key: string): number => {
    machine.reach.relayed.setNearby(new Map([[OTHER, [relayHint(1, key.repeat(32))]]]), NOW, () => false);
    return outputs(machine).filter(({ type }) => type === "dial").length;
  };
  assert.equal(arrive("ab"), 0);
  machine.connect({ peer: OTHER, hints: ["10.0.0.2:1"] }, undefined, 1, NOW);
  const [straight, relayed] = outputs(machine);
  assert.ok(straight?.type === "dial" && relayed?.type === "dial");
  machine.handleFailed(relayed.dial, "timeout", undefined, NOW);
  machine.reach.relayed.setNearby(new Map(), NOW);
  machine.reach.relayed.forget(OTHER);
  assert.equal(arrive("cd"), 1, "the address is still tried");
  machine.handleFailed(straight.dial, "timeout", undefined, NOW);
  assert.equal(machine.requests, 1, "and the relay");
});

test("DialBook: a session through a mesh is no answer for whoever waits for another way", () => {
  const machine = book(["10.0.0.2:1"]);
  machine.connect({ peer: OTHER, hints: [] }, undefined, 1, NOW);
  machine.connect({ peer: OTHER, hints: [meshHint("00".repeat(32) as RoomId)] }, undefined, 2, NOW);
  const dials = outputs(machine).flatMap((output) => (output.type === "dial" ? [output] : []));
  const mesh = dials.find(({ hints: [hint] }) => hint?.startsWith("mesh:"));
  assert.ok(mesh !== undefined && dials.length === 2);
  machine.handleConnected(mesh.dial, { stack: { peer: OTHER } } as SessionEntry, true, NOW);
  assert.deepEqual(
    outputs(machine).map((output) => output.type === "connected" && output.request),
    [2],
  );
  assert.equal(machine.requests, 1);
});

test("DialBook: a dial that another way overtook is over, and its own way is tried again", () => {
  const machine = book(["10.0.0.2:1"]);
  machine.reach.want(OTHER, "session", NOW);
  machine.reach.handleTimeout(NOW);
  machine.settle();
  const [straight] = outputs(machine);
  assert.ok(straight?.type === "dial");
  machine.reach.handleLinks(OTHER, { straight: false, negotiated: false, relayed: true }, NOW);
  machine.handleConnected(straight.dial, { stack: { peer: OTHER } } as SessionEntry, false, NOW);
  assert.ok(machine.reach.straight.nextTimeout() !== undefined);
  machine.reach.handleTimeout(instant(60_000));
  machine.settle();
  const [again] = outputs(machine);
  assert.ok(again?.type === "dial" && again.hints[0] === "10.0.0.2:1");
  machine.reach.handleLinks(OTHER, { straight: true, negotiated: false, relayed: true }, NOW);
  machine.handleConnected(again.dial, { stack: { peer: OTHER } } as SessionEntry, false, NOW);
  assert.equal(machine.reach.straight.nextTimeout(), undefined, "and not if that is what brought it");
});

test("DialBook.handleOvertaken: a dial is given up when nobody waits for it, and one for somebody's own call is not", () => {
  const machine = book();
  machine.connect({ peer: OTHER, hints: ["10.0.0.2:1"] }, undefined, 1, NOW);
  machine.connect({ peer: OTHER, hints: ["10.0.0.2:2"], calling: { tag: undefined } }, undefined, 2, NOW);
  const [shared, own] = outputs(machine);
  assert.ok(shared?.type === "dial" && own?.type === "dial");
  assert.equal(machine.handleOvertaken(shared.dial, OTHER, NOW), false, "somebody waits");
  machine.handleConnected(undefined, { stack: { peer: OTHER } } as SessionEntry, false, NOW);
  assert.equal(machine.handleOvertaken(own.dial, OTHER, NOW), false);
  assert.equal(machine.handleOvertaken(shared.dial, SELF, NOW), false);
  assert.equal(machine.handleOvertaken(shared.dial, OTHER, NOW), true);
  assert.deepEqual(
    machine.reach.straight.hintsOf(OTHER),
    ["10.0.0.2:1"],
    "it is tried again where a session has only a relay",
  );
  assert.equal(machine.get(shared.dial), undefined);
  machine.handleFailed(own.dial, "timeout", undefined, NOW);
  assert.equal(machine.requests, 0);
});

test("DialBook.setHope: whoever waits for a peer that may show at a relay has failed no sooner than that is over", () => {
  const machine = book();
  machine.setHope(OTHER, true);
  machine.connect({ peer: OTHER, hints: ["10.0.0.2:1"] }, undefined, 1, NOW);
  machine.connect({ peer: OTHER, hints: [] }, undefined, 2, NOW);
  const [dial, ...rest] = outputs(machine);
  assert.ok(dial?.type === "dial" && rest.length === 0);
  machine.handleFailed(dial.dial, "unexpected-peer", undefined, NOW);
  assert.deepEqual(outputs(machine), [], "a stranger lives at that address");
  // Not a contact: it is dialled where it shows, for somebody waits.
  machine.reach.relayed.setNearby(new Map([[OTHER, [relayHint(1, "ab".repeat(32))]]]), NOW, () => false);
  const [relayed] = outputs(machine);
  assert.ok(relayed?.type === "dial" && relayed.hints[0] === relayHint(1, "ab".repeat(32)));
  machine.handleFailed(relayed.dial, "unreachable", undefined, NOW);
  assert.deepEqual(outputs(machine), [], "it may come back");
  machine.setHope(OTHER, false);
  assert.deepEqual(
    outputs(machine).map((output) => output.type === "connectFailed" && [output.request, output.reason]),
    [
      [2, "unexpected-peer"],
      [1, "unexpected-peer"],
    ],
  );
  assert.equal(machine.requests, 0);
  machine.setHope(OTHER, false);
  assert.deepEqual(outputs(machine), []);
  machine.reach.relayed.setNearby(new Map(), NOW, () => false);
  assert.equal(machine.reach.size, 0, "nothing is kept of who led nowhere");
});

test("DialBook.setHope: a dial that goes on when it ends answers for those who waited", () => {
  const machine = book();
  machine.setHope(OTHER, true);
  machine.connect({ peer: OTHER, hints: [] }, undefined, 1, NOW);
  machine.connect({ peer: OTHER, hints: ["10.0.0.2:1"] }, undefined, 2, NOW);
  const [dial] = outputs(machine);
  assert.ok(dial?.type === "dial");
  machine.setHope(OTHER, false);
  assert.deepEqual(outputs(machine), []);
  machine.handleFailed(dial.dial, "unreachable", undefined, NOW);
  assert.equal(outputs(machine).filter(({ type }) => type === "connectFailed").length, 2);
  assert.equal(machine.requests, 0);
});
