/** A few members with their keys, a log that they share where they are linked, and disks: for tests of room keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NonceLedger } from "../crypto/nonce-ledger-fixture.test.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import { Disk, person, seeded } from "../trust/trust-fixture.test.ts";
import type { BatchArrival } from "./held-batches.ts";
import { later, makeEpoch, quick, ROOM, T0, TestLog, wallLater } from "./keys-fixture.test.ts";
import { RoomKeys, type RoomKeysOutput } from "./room-keys.ts";

/** One process of a member. */
export class Someone {
  readonly number: number;
  readonly known: Set<string>;
  readonly disk: Disk;
  /** What was on it when this process began. */
  readonly diskAtStart: ReadonlyMap<string, Uint8Array>;
  readonly keys: RoomKeys;
  readonly read: string[] = [];
  readonly unreadable: string[] = [];
  readonly noted: RoomKeysOutput[] = [];
  sequence = 0;
  rosterSize = -1;

  constructor(world: KeyWorld, number: number, known: Iterable<string>, disk = new Disk()) {
    [this.number, this.known, this.disk] = [number, new Set(known), disk];
    this.diskAtStart = new Map(disk.entries);
    this.keys = new RoomKeys({
      provider: world.wrap(number, world.ledger.watch(quick)),
      random: seeded(world.seed * 10_000 + world.processes++),
      identity: person(number),
      room: ROOM,
      restored: disk.restored,
      now: world.now,
      wall: world.wall,
    });
  }

  get id() {
    return person(this.number).peerId;
  }
}

export class KeyWorld {
  readonly log = new TestLog();
  readonly people = new Map<number, Someone>();
  readonly links = new Set<string>();
  readonly ledger = new NonceLedger();
  readonly seed: number;
  processes = 0;
  ms = 0;
  /** Every batch ever sent. */
  readonly batches: BatchArrival[] = [];
  /** What goes over a link, while somebody wants to look at it or drop it. */
  tap: ((from: number, to: number, bytes: Uint8Array) => boolean) | undefined;

  /** For who wants to watch what a member computes. */
  wrap: (number: number, provider: CryptoProvider) => CryptoProvider = (_number, provider) => provider;

  constructor(seed = 1) {
    this.seed = seed;
  }

  /** Person 1 founds, the others are let in by it, and all are linked. */
  static of(count: number, seed = 1): KeyWorld {
    const world = new KeyWorld(seed);
    const founder = world.start(1, []);
    world.log.append(founder.known, founder.id, { kind: "found" }, wallLater(0));
    world.settle();
    for (let number = 2; number <= count; number++) world.join(number, 1);
    return world;
  }

  get wall(): WallTime {
    return wallLater(this.ms);
  }

  get now(): Instant {
    return later(this.ms);
  }

  the(number: number): Someone {
    const someone = this.people.get(number);
    assert.ok(someone);
    return someone;
  }

  /** A process of that person; with its old disk, if it has one. */
  start(number: number, known: Iterable<string>, disk?: Disk): Someone {
    const someone = new Someone(this, number, known, disk);
    this.people.set(number, someone);
    return someone;
  }

  /** `host` admits `number`, gives it log and keys, and everybody is linked with everybody. */
  join(number: number, host: number): Someone {
    const inside = this.the(host);
    this.admit(host, number);
    const guest = this.start(number, inside.known);
    this.look(inside);
    this.look(guest);
    inside.keys.offerPrekey(guest.keys.ownPrekey.bytes, this.now);
    guest.keys.adopt(inside.keys.keysForJoiner(guest.id), this.now, this.wall);
    for (const other of this.people.keys()) if (other !== number) this.link(number, other);
    this.settle();
    return guest;
  }

  admit(by: number, whom: number): void {
    const { known, id } = this.the(by);
    this.log.append(known, id, { kind: "admit", subject: person(whom).peerId }, this.wall);
  }

  expel(by: number, whom: number): void {
    const someone = this.the(by);
    this.log.append(someone.known, someone.id, { kind: "expel", subject: person(whom).peerId }, this.wall);
    this.look(someone);
    someone.keys.rotateSoon(this.now, this.wall);
    this.settle();
  }

  link(a: number, b: number): void {
    this.links.add(`${a} ${b}`);
    this.the(a).keys.handleNeighbourUp(this.the(b).id, this.now);
    this.the(b).keys.handleNeighbourUp(this.the(a).id, this.now);
  }

  cut(a: number, b: number): void {
    for (const name of [`${a} ${b}`, `${b} ${a}`]) {
      if (!this.links.delete(name)) continue;
      this.people.get(a)?.keys.handleNeighbourDown(person(b).peerId, this.now);
      this.people.get(b)?.keys.handleNeighbourDown(person(a).peerId, this.now);
    }
  }

  /** The process ends; its disk stays. */
  stop(number: number): Disk {
    for (const other of this.people.keys()) this.cut(number, other);
    const { disk } = this.the(number);
    this.people.delete(number);
    return disk;
  }

  /** What its log says now, if that is news. */
  look(someone: Someone): boolean {
    if (someone.known.size === someone.rosterSize) return false;
    someone.rosterSize = someone.known.size;
    someone.keys.handleRoster(this.log.roster(someone.known), this.now, this.wall);
    return true;
  }

  /** Until nobody has anything to tell anybody. */
  settle(): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const name of this.links) {
        const [a, b] = name.split(" ").map((number) => this.the(Number(number)).known);
        if (a === undefined || b === undefined) continue;
        for (const id of a) b.add(id);
        for (const id of b) a.add(id);
      }
      for (const someone of [...this.people.values()]) {
        if (this.look(someone)) isQuiet = false;
        for (let output = someone.keys.poll(); output !== undefined; output = someone.keys.poll()) {
          isQuiet = false;
          this.#handle(someone, output);
        }
      }
    }
  }

  /** So many milliseconds go by. */
  advance(ms: number): void {
    const end = this.ms + ms;
    for (;;) {
      this.settle();
      const due = [...this.people.values()].map(({ keys }) => keys.nextTimeout()).filter((at) => at !== undefined);
      const next = Math.min(end, ...due.map((at) => at - T0));
      this.ms = Math.max(this.ms, next);
      for (const { keys } of this.people.values()) keys.handleTimeout(this.now, this.wall);
      this.settle();
      if (next >= end) return;
    }
  }

  /** Seals and returns the batch; `undefined` where there is no epoch for it. Nobody gets it yet. */
  seal(from: number, text: string): BatchArrival | undefined {
    const someone = this.the(from);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const sealed = someone.keys.seal([{ protocol: "test/1", bytes }], someone.sequence, this.now, this.wall);
    if (typeof sealed === "string") return undefined;
    const batch: BatchArrival = {
      origin: someone.id,
      stream: bytesToHex(someone.keys.stream),
      sequence: someone.sequence++,
      payload: sealed.bytes,
      hops: 0,
      sentAt: this.wall,
    };
    this.batches.push(batch);
    return batch;
  }

  /** Says it to all that run. False: could not. */
  say(from: number, text: string): boolean {
    const batch = this.seal(from, text);
    if (batch === undefined) return false;
    for (const someone of this.people.values()) if (someone.number !== from) this.give(someone.number, batch);
    this.settle();
    return true;
  }

  give(to: number, batch: BatchArrival): void {
    this.the(to).keys.handleBatch(batch, this.now);
  }

  #handle(someone: Someone, output: RoomKeysOutput): void {
    switch (output.type) {
      case "store":
        someone.disk.keep([output]);
        return;
      case "send": {
        const other = [...this.people.values()].find(({ id }) => id === output.peer);
        const isLinked =
          other !== undefined &&
          (this.links.has(`${someone.number} ${other.number}`) || this.links.has(`${other.number} ${someone.number}`));
        assert.ok(isLinked, "sent to somebody who is no neighbour");
        assert.ok(output.bytes.length <= 65_536);
        if (this.tap?.(someone.number, other.number, output.bytes) === false) return;
        other.keys.handleMessage(someone.id, output.bytes, this.now, this.wall);
        return;
      }
      case "rotate": {
        const { bundleHash, recipientCount } = output;
        this.log.append(someone.known, someone.id, { kind: "rotate", bundleHash, recipientCount }, this.wall);
        this.look(someone);
        return;
      }
      case "opened":
        for (const { bytes } of output.messages) someone.read.push(String.fromCharCode(...bytes));
        return;
      case "unreadable":
        someone.unreadable.push(output.reason);
        return;
      default:
        someone.noted.push(output);
    }
  }
}

test("the fixture's world begins with members that can talk", () => {
  const world = KeyWorld.of(3);
  assert.ok(world.say(2, "hello"));
  assert.deepEqual(world.the(1).read, ["hello"]);
  assert.deepEqual(world.the(3).read, ["hello"]);
  assert.ok(makeEpoch(1, [1]).bundle);
});
