import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { after, type Instant, instant, millis } from "../lib/time.ts";
import { ResumeBook } from "../session/resume-book.ts";
import { encodeRefuse } from "../wire/handshake-packet.ts";
import { HALF_OPEN_PER_SOURCE_MAX, HANDSHAKE_TIMEOUT, SILENT_LINKS_PER_SOURCE_MAX } from "../wire/limits.ts";
import { PACKET, REFUSAL } from "../wire/registry.ts";
import { type DoorOutput, type DoorPolicy, Doorway } from "./doorway.ts";
import { person, provider, seeded } from "./endpoint-fixture.test.ts";
import { createPersona, type Persona } from "./persona.ts";

const START = instant(1_000);
const ARRIVAL = { source: "10.0.0.1", traits: { ordered: true } };
const personas = new Map<string, Persona>();

class House {
  readonly main: Persona;
  readonly book: ResumeBook;
  readonly door: Doorway;
  isHome = true;
  #index = 1;

  constructor(name: string) {
    const random = seeded(`doorway ${name}`);
    this.main = personas.get(name) ?? createPersona(provider, random, person(name));
    personas.set(name, this.main);
    this.book = new ResumeBook({ provider, random, self: this.main.identity.peerId });
    const policy: DoorPolicy = {
      hostFor: () => (this.isHome ? { persona: this.main, knownAs: undefined } : undefined),
      isWelcome: () => true,
      receivedFrom: () => new Uint8Array(0),
      freeIndex: () => this.#index++,
    };
    this.door = new Doorway({ provider, random, book: this.book, main: this.main, policy, now: START });
  }

  dial(link: number, resumeId: string | undefined, expected?: House, binding?: Uint8Array): void {
    const plan = { persona: this.main, expected: expected?.main.identity.peerId, resumeId, tag: undefined, binding };
    this.door.handleDialled(link, plan, true, START);
  }

  outputs(): DoorOutput[] {
    const outputs: DoorOutput[] = [];
    for (let output = this.door.poll(); output !== undefined; output = this.door.poll()) outputs.push(output);
    return outputs;
  }
}

/** Carries packets over one link, which both call by the same number, until neither has more; what else came out. */
function carry(one: House, other: House, link: number, now: Instant = START): [DoorOutput[], DoorOutput[]] {
  const told: [DoorOutput[], DoorOutput[]] = [[], []];
  for (let isBusy = true; isBusy; ) {
    isBusy = false;
    for (const [from, to, index] of [
      [one, other, 0],
      [other, one, 1],
    ] as const) {
      for (const output of from.outputs()) {
        isBusy = true;
        if (output.type === "transmit") to.door.handlePacket(link, output.bytes, now);
        else told[index].push(output);
      }
    }
  }
  return told;
}

const failures = (outputs: readonly DoorOutput[]): unknown[] =>
  outputs.flatMap((output) => (output.type === "failed" ? [[output.link, output.reason]] : []));

function keyedOf(outputs: readonly DoorOutput[]): Extract<DoorOutput, { type: "keyed" }> {
  const keyed = outputs.find((output) => output.type === "keyed");
  assert.ok(keyed?.type === "keyed", `not keyed: ${JSON.stringify(failures(outputs))}`);
  return keyed;
}

function meet(one: House, other: House, link: number, resumeId?: string): ReturnType<typeof carry> {
  other.door.handleArrived(link, ARRIVAL, START);
  one.dial(link, resumeId, other);
  return carry(one, other, link);
}

test("Doorway: a handshake leaves both ends with keys of each other, and no door open", () => {
  const [alice, bob] = [new House("alice"), new House("bob")];
  const [atAlice, atBob] = meet(alice, bob, 1);
  assert.equal(keyedOf(atAlice).keying.peer, bob.main.identity.peerId);
  assert.equal(keyedOf(atBob).keying.peer, alice.main.identity.peerId);
  assert.equal(keyedOf(atAlice).keying.resumeId, keyedOf(atBob).keying.resumeId);
  assert.equal(keyedOf(atAlice).resumed, undefined);
  assert.deepEqual([alice.door.size, bob.door.size], [0, 0]);
});

test("Doorway: a known id resumes, and one that the other side forgot falls back to a handshake on the same link", () => {
  const [alice, bob] = [new House("alice"), new House("bob")];
  const [atAlice, atBob] = meet(alice, bob, 1);
  alice.book.hold(keyedOf(atAlice).keying);
  bob.book.hold(keyedOf(atBob).keying);
  const { resumeId } = keyedOf(atAlice).keying;
  const [resumed, answered] = meet(alice, bob, 2, resumeId);
  assert.deepEqual([keyedOf(resumed).resumed, keyedOf(answered).resumed], [resumeId, resumeId]);

  bob.book.dropPeer(alice.main.identity.peerId);
  const [again, atBobAgain] = meet(alice, bob, 3, resumeId);
  assert.deepEqual([keyedOf(again).resumed, keyedOf(atBobAgain).resumed], [undefined, undefined]);
  assert.equal(alice.book.peerOf(resumeId), undefined, "of no use any more");
});

test("[DIR-6] Doorway: on a bound link only the same binding leads to keys, and nothing is resumed", () => {
  const bindings = [undefined, new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  for (const ours of bindings)
    for (const theirs of bindings) {
      const [alice, bob] = [new House("alice"), new House("bob")];
      bob.door.handleArrived(1, { ...ARRIVAL, binding: theirs }, START);
      alice.dial(1, undefined, bob, ours);
      const [atAlice, atBob] = carry(alice, bob, 1);
      if (ours === theirs) {
        assert.equal(keyedOf(atAlice).keying.peer, bob.main.identity.peerId);
        assert.equal(keyedOf(atBob).keying.peer, alice.main.identity.peerId);
      } else assert.deepEqual(failures(atAlice), [[1, "crypto"]]);
    }
  const [alice, bob] = [new House("alice"), new House("bob")];
  const [atAlice, atBob] = meet(alice, bob, 1);
  alice.book.hold(keyedOf(atAlice).keying);
  bob.book.hold(keyedOf(atBob).keying);
  bob.door.handleArrived(2, { ...ARRIVAL, binding: bindings[1] }, START);
  alice.dial(2, keyedOf(atAlice).keying.resumeId, bob);
  assert.deepEqual(failures(carry(alice, bob, 2)[1]), [[2, "protocol"]]);
});

test("Doorway: nobody home: the stranger is told so, and the link fails at both ends", () => {
  const [alice, bob] = [new House("alice"), new House("bob")];
  bob.isHome = false;
  const [atAlice, atBob] = meet(alice, bob, 1);
  assert.deepEqual([failures(atAlice), failures(atBob)], [[[1, "refused"]], [[1, "closed"]]]);
  assert.deepEqual([alice.door.size, bob.door.size], [0, 0]);
});

test("Doorway: whoever connects and says nothing is given up after HANDSHAKE_TIMEOUT, and not before", () => {
  const bob = new House("bob");
  bob.door.handleArrived(1, ARRIVAL, START);
  const end = after(START, HANDSHAKE_TIMEOUT);
  assert.equal(bob.door.nextTimeout(), end);
  bob.door.handleTimeout(after(end, millis(-1)));
  assert.deepEqual(bob.outputs(), []);
  bob.door.handleTimeout(end);
  assert.deepEqual(failures(bob.outputs()), [[1, "timeout"]]);
  assert.equal(bob.door.size, 0);
});

test("Doorway: of one source's silent links the oldest makes room for one over the limit", () => {
  const bob = new House("bob");
  for (let link = 1; link <= SILENT_LINKS_PER_SOURCE_MAX; link++) bob.door.handleArrived(link, ARRIVAL, START);
  assert.deepEqual(bob.outputs(), []);
  bob.door.handleArrived(1_000, ARRIVAL, START);
  assert.deepEqual(failures(bob.outputs()), [[1, "crowded"]]);
  assert.equal(bob.door.size, SILENT_LINKS_PER_SOURCE_MAX);
});

test("Doorway.forget: a link that goes in the middle of a handshake frees its place", () => {
  const bob = new House("bob");
  const hello = (): Uint8Array => {
    const alice = new House("alice");
    alice.dial(1, undefined);
    const [first] = alice.outputs();
    assert.ok(first?.type === "transmit");
    return first.bytes;
  };
  const knock = (link: number): number | undefined => {
    bob.door.handleArrived(link, ARRIVAL, START);
    bob.door.handlePacket(link, hello(), START);
    const [answer] = bob.outputs();
    return answer?.type === "transmit" ? answer.bytes[0] : undefined;
  };
  for (let link = 1; link <= HALF_OPEN_PER_SOURCE_MAX; link++) assert.equal(knock(link), PACKET.answer);
  assert.equal(knock(100), PACKET.refuse);
  bob.door.forget(1);
  assert.equal(knock(101), PACKET.answer);
});

test("Doorway: whatever a stranger sends first, it throws nothing and leaves no door open for ever", () => {
  const kinds = fc.constantFrom(...Object.values(PACKET), 0x00, 0xff);
  fc.assert(
    fc.property(kinds, fc.uint8Array({ maxLength: 1_400 }), (kind, rest) => {
      const bob = new House("bob");
      bob.door.handleArrived(1, ARRIVAL, START);
      bob.door.handlePacket(1, Uint8Array.of(kind, ...rest), START);
      bob.door.handlePacket(1, rest, START);
      bob.door.handleTimeout(after(START, HANDSHAKE_TIMEOUT));
      assert.equal(bob.door.size, 0);
      assert.equal(bob.outputs().filter(({ type }) => type === "keyed").length, 0);
    }),
    { numRuns: 200 },
  );
});

test("Doorway: what comes on a link that is gone, or was never here, is nobody's", () => {
  const bob = new House("bob");
  assert.equal(bob.door.handlePacket(9, encodeRefuse(REFUSAL.busy), START), false);
  bob.door.forget(9);
  bob.door.handleArrived(9, ARRIVAL, START);
  bob.door.forget(9);
  assert.equal(bob.door.handlePacket(9, encodeRefuse(REFUSAL.busy), START), false);
  assert.equal(bob.door.nextTimeout(), undefined);
});
