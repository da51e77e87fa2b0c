import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Instant, instant } from "../lib/time.ts";
import { CONTACTS_MAX, PASSIVE_FOR } from "../wire/limits.ts";
import { HINTS_PER_PEER_MAX, Reach } from "./reach.ts";

const peerOf = (number: number): PeerId => number.toString(16).padStart(64, "0") as PeerId;
const SELF = peerOf(1);
const OTHER = peerOf(2); // larger than we are: we go first
const at = (ms: number): Instant => instant(ms);

function reach(pinned: readonly string[] = []): Reach {
  let dials = 0;
  return new Reach({
    self: SELF,
    random: (length) => new Uint8Array(length),
    nextDial: () => ++dials,
    pinned: () => pinned,
  });
}

function dialsBy(machine: Reach, ms: number): { dial: number; hints: readonly string[] }[] {
  machine.handleTimeout(at(ms));
  const orders = [];
  for (let order = machine.poll(); order !== undefined; order = machine.poll()) {
    orders.push({ dial: order.dial, hints: order.hints });
  }
  return orders;
}

test("Reach.want: dials where an address is known, and waits for one where none is", () => {
  const machine = reach();
  machine.want(OTHER, "outbox", at(0));
  assert.deepEqual(dialsBy(machine, 0), []);
  machine.remember(OTHER, ["10.0.0.2:1"], at(5));
  assert.deepEqual(dialsBy(machine, 5), [{ dial: 1, hints: ["10.0.0.2:1"] }]);
  assert.equal(machine.nextTimeout(), undefined, "nothing to do while the dial is under way");
});

test("Reach: nobody is dialled whom nobody wants", () => {
  const machine = reach(["10.0.0.2:1"]);
  machine.remember(OTHER, ["10.0.0.3:1"], at(0));
  machine.want(OTHER, "outbox", at(0));
  machine.unwant(OTHER, "outbox");
  assert.deepEqual(dialsBy(machine, 10_000), []);
  assert.equal(machine.nextTimeout(), undefined);
});

test("Reach.handleDialFailed: waits longer each time, a minute at most, and a fresh sighting starts over", () => {
  const machine = reach(["10.0.0.2:1"]);
  machine.want(OTHER, "outbox", at(0));
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 12; i++) {
    const [order] = dialsBy(machine, now);
    assert.ok(order !== undefined);
    machine.handleDialFailed(order.dial, at(now));
    const next = machine.nextTimeout();
    assert.ok(next !== undefined);
    waits.push(next - now);
    now = next;
  }
  assert.deepEqual(waits.slice(0, 4), [500, 1_000, 2_000, 4_000]);
  assert.equal(waits.at(-1), 60_000);
  machine.setNearby(new Map([[OTHER, ["10.0.0.9:1"]]]), at(now + 1));
  assert.equal(machine.nextTimeout(), now + 1);
  assert.deepEqual(dialsBy(machine, now + 1)[0]?.hints, ["10.0.0.9:1", "10.0.0.2:1"], "freshest first");
});

test("Reach: the larger PeerId lets the smaller one go first", () => {
  const larger = new Reach({
    self: OTHER,
    random: (length) => new Uint8Array(length),
    nextDial: () => 1,
    pinned: () => [],
  });
  larger.setNearby(new Map([[SELF, ["10.0.0.1:1"]]]), at(0));
  assert.deepEqual(dialsBy(larger, 0), []);
  assert.equal(larger.nextTimeout(), 400);
  larger.handleUp(SELF, at(100)); // the smaller one's link came
  assert.deepEqual(dialsBy(larger, 1_000), []);
});

test("Reach.handleCut: dials again at once, but not for ever where each link dies young", () => {
  const machine = reach(["10.0.0.2:1"]);
  machine.want(OTHER, "session", at(0));
  const dialUpDown = (dialledAt: number, lived: number): number => {
    assert.equal(dialsBy(machine, dialledAt).length, 1, `dials at ${dialledAt}`);
    machine.handleUp(OTHER, at(dialledAt));
    machine.handleCut(OTHER, at(dialledAt + lived));
    return (machine.nextTimeout() ?? Number.NaN) - dialledAt - lived;
  };
  const pauses: number[] = [];
  for (let i = 0, now = 0; i < 4; i++) {
    const pause = dialUpDown(now, 10);
    pauses.push(pause);
    now += 10 + pause;
  }
  assert.deepEqual(pauses, [0, 500, 1_000, 2_000]);
  machine.hurry(at(10_000));
  assert.equal(dialUpDown(10_000, 1_999), 0, "the first of another network");
  assert.equal(dialUpDown(11_999, 1_999), 500);
  assert.equal(dialUpDown(20_000, 2_000), 0, "it lived");
  assert.equal(dialUpDown(22_000, 10), 0);
});

test("[MEE-3] Reach: where hints take turns, one that leads nowhere, or to links that die, does not hold up the next", () => {
  const options = { self: peerOf(1), random: () => new Uint8Array(4), nextDial: () => 1, pinned: () => [] };
  const machine = new Reach({ ...options, takesTurns: true });
  const hints = ["relay:1/aa", "relay:2/bb", "relay:1/cc"];
  machine.setNearby(new Map([[OTHER, hints]]), at(0));
  const first = (ms: number): string | undefined => dialsBy(machine, ms)[0]?.hints[0];
  assert.equal(first(1_000), hints[0]);
  machine.handleDialFailed(1, at(1_000));
  assert.equal(first(10_000), hints[1]);
  machine.handleUp(OTHER, at(10_000));
  machine.handleCut(OTHER, at(10_100));
  assert.equal(first(20_000), hints[2], "it died young");
  machine.handleUp(OTHER, at(20_000));
  machine.handleCut(OTHER, at(36_000));
  assert.equal(first(40_000), hints[0], "it was up, and carried nothing");
  machine.handleUp(OTHER, at(40_000));
  machine.handleCut(OTHER, at(110_000));
  assert.equal(first(120_000), hints[0], "it was good for a while");
  machine.handleDialFailed(1, at(120_000));
  machine.setNearby(new Map([[OTHER, [...hints, "relay:2/dd", "relay:2/ee"]]]), at(120_000));
  assert.equal(first(130_000), "relay:2/ee", "whatever else is told meanwhile");
});

test("Reach.handleTurnedAway: who had no room is left in peace by a sighting that is no news, and wished for later and later", () => {
  const machine = reach();
  const seen = new Map([[OTHER, ["10.0.0.2:1"]]]);
  machine.setNearby(seen, at(0));
  assert.equal(dialsBy(machine, 0).length, 1);
  machine.handleUp(OTHER, at(10));
  machine.handleTurnedAway(OTHER, at(20));
  machine.setNearby(seen, at(30));
  assert.deepEqual(dialsBy(machine, 100_000), []);
  machine.want(OTHER, "outbox", at(100_000));
  assert.equal(dialsBy(machine, 100_000).length, 1);
  machine.handleUp(OTHER, at(100_010));
  machine.handleTurnedAway(OTHER, at(100_020));
  assert.equal(machine.nextTimeout(), 101_020, "the second time in a row: a second");
});

test("Reach.setNearby: who is gone is not dialled for being nearby, and its address is forgotten", () => {
  const machine = reach();
  machine.setNearby(new Map([[OTHER, ["10.0.0.2:1"]]]), at(0));
  machine.setNearby(new Map(), at(0));
  assert.deepEqual(dialsBy(machine, 1_000), []);
  assert.deepEqual(machine.hintsOf(OTHER), []);
});

test("Reach.setNearby: somebody else is dialled there if a dial by another way is waited for, and is news once", () => {
  let isAwaited = true;
  const options = { self: SELF, random: () => new Uint8Array(4), nextDial: () => 1, pinned: () => [] };
  const machine = new Reach({ ...options, isAwaited: () => isAwaited });
  const see = (...hints: string[]): readonly PeerId[] =>
    machine.setNearby(new Map([[OTHER, hints]]), at(0), () => false);
  assert.deepEqual(see("relay:1/aa"), [OTHER]);
  assert.equal(dialsBy(machine, 0).length, 1);
  assert.deepEqual(see("relay:1/aa"), []);
  machine.unwant(OTHER, "asked");
  machine.handleDialFailed(1, at(0));
  isAwaited = false;
  assert.deepEqual(see("relay:1/bb"), [OTHER]);
  assert.deepEqual(dialsBy(machine, 100_000), []);
});

test("Reach.release: where somebody is nearby, and which turn it is there, is known until it is not", () => {
  const options = { self: SELF, random: () => new Uint8Array(4), nextDial: () => 1, pinned: () => [] };
  const machine = new Reach({ ...options, takesTurns: true });
  const hints = ["relay:1/aa", "relay:2/bb"];
  const see = (seen: ReadonlyMap<PeerId, readonly string[]>) => machine.setNearby(seen, at(0), () => false);
  see(new Map([[OTHER, hints]]));
  machine.want(OTHER, "asked", at(0));
  assert.equal(dialsBy(machine, 0)[0]?.hints[0], hints[0]);
  machine.handleDialFailed(1, at(0));
  machine.unwant(OTHER, "asked");
  machine.release(OTHER);
  assert.equal(machine.nextTimeout(), undefined);
  machine.want(OTHER, "asked", at(1));
  assert.equal(dialsBy(machine, 1)[0]?.hints[0], hints[1]);
  machine.unwant(OTHER, "asked");
  machine.release(OTHER);
  see(new Map());
  assert.equal(machine.size, 0);
  see(new Map([[OTHER, hints]]));
  see(new Map());
  assert.equal(machine.size, 0, "nor is somebody who was never asked for");
  see(new Map([[OTHER, hints]]));
  machine.remember(OTHER, ["10.0.0.2:1"], at(2));
  see(new Map());
  assert.equal(machine.size, 1);
});

test("Reach: holds as many targets as there can be contacts, and as many addresses of each as are tried", () => {
  const machine = reach();
  for (let number = 2; number < CONTACTS_MAX + 100; number++) machine.want(peerOf(number), "outbox", at(0));
  assert.equal(machine.size, CONTACTS_MAX);
  machine.remember(
    OTHER,
    Array.from({ length: 50 }, (_, index) => `10.0.0.${index}:1`),
    at(0),
  );
  assert.equal(machine.hintsOf(OTHER).length, HINTS_PER_PEER_MAX);
  machine.forget(OTHER);
  assert.equal(machine.size, CONTACTS_MAX - 1);
});

test("Reach.goPassive: ten minutes, or until somebody asks, whatever else wants the peer [SES-28]", () => {
  const machine = reach(["10.0.0.2:1"]);
  assert.equal(machine.goPassive(OTHER, at(0)), true);
  assert.equal(machine.goPassive(OTHER, at(60_000)), false, "no news, but longer");
  machine.want(OTHER, "outbox", at(60_000));
  machine.setNearby(new Map([[OTHER, ["10.0.0.9:1"]]]), at(60_000));
  machine.hurry(at(100_000));
  assert.deepEqual(dialsBy(machine, 60_000 + PASSIVE_FOR - 1), []);
  assert.equal(dialsBy(machine, 60_000 + PASSIVE_FOR).length, 1);

  machine.handleUp(OTHER, at(700_000));
  machine.goPassive(OTHER, at(700_000));
  machine.handleDown(OTHER, at(700_000));
  assert.deepEqual(dialsBy(machine, 701_000), []);
  machine.want(OTHER, "asked", at(701_000));
  assert.equal(dialsBy(machine, 701_000).length, 1);
});
