/**
 * Small worlds from seeds: members come, go, are expelled, split and merge, restart from old disks. Whatever
 * happens: who a sender knows to be out reads nothing of what it sends, with all that it ever held, then or later.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { Disk, person, seeded } from "../trust/trust-fixture.test.ts";
import { KeyWorld, type Someone } from "./key-world.test.ts";
import { HOUR, MINUTE } from "./keys-fixture.test.ts";

const STEPS = 70;
const GENERATION = bytesToHex(labelBytes(LABEL.roomGeneration));
const STREAM = bytesToHex(labelBytes(LABEL.roomStream));

/** Watches every key of every generation that goes through somebody's hands, and under which one it seals. */
class Hoards {
  readonly #held = new Map<number, Set<string>>();
  #last = "";

  watch(number: number, base: CryptoProvider): CryptoProvider {
    const held = this.of(number);
    return {
      ...base,
      hkdfSha256: (key, salt, info, length) => {
        const what = bytesToHex(info);
        // The chain is walked to its end when a key is taken, so each generation comes by here.
        if (what === GENERATION) held.add(bytesToHex(key));
        if (what.startsWith(STREAM)) this.#last = bytesToHex(key);
        return base.hkdfSha256(key, salt, info, length);
      },
    };
  }

  of(number: number): Set<string> {
    const held = this.#held.get(number) ?? new Set();
    this.#held.set(number, held);
    return held;
  }

  /** The key that `act` derived a stream's key from, if it did. */
  during(act: () => void): string {
    this.#last = "";
    act();
    return this.#last;
  }
}

class Story {
  readonly hoards = new Hoards();
  readonly world: KeyWorld;
  readonly random: RandomSource;
  /** Everything sent, with who was known to be out by its sender. */
  readonly sent: { readonly key: string; readonly out: readonly number[] }[] = [];
  readonly #keyOf = new Map<string, string>();
  readonly #everyone: number[] = [1];
  #count = 0;

  constructor(seed: number) {
    this.random = seeded(50_000 + seed);
    this.world = new KeyWorld(seed);
    this.world.wrap = (number, provider) => this.hoards.watch(number, provider);
    const founder = this.world.start(1, []);
    this.world.log.append(founder.known, founder.id, { kind: "found" });
    this.world.settle();
    for (let count = 0; count < 3; count++) this.#join();
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  one<Item>(items: readonly Item[]): Item | undefined {
    return items.length === 0 ? undefined : items[this.below(items.length)];
  }

  /** Who runs and counts itself a member. */
  get insiders(): readonly Someone[] {
    return [...this.world.people.values()].filter((someone) => this.#rosterOf(someone).members.has(someone.id));
  }

  step(): void {
    const { world } = this;
    const actor = this.one(this.insiders);
    const dice = this.below(20);
    if (actor === undefined) return;
    if (dice < 8) this.say(actor);
    else if (dice < 10) this.#join();
    else if (dice < 12) this.#expel(actor);
    else if (dice === 12 && actor.number > 3) world.log.append(actor.known, actor.id, { kind: "leave" }, world.wall);
    else if (dice < 15) this.#linkOrCut();
    else if (dice === 15) this.#restart(actor);
    else if (dice === 16) world.advance(this.one([11 * MINUTE, HOUR, 25 * HOUR]) ?? 0);
    else world.advance(this.below(3_000));
    world.settle();
  }

  say(from: Someone): boolean {
    const { world } = this;
    const roster = this.#rosterOf(from);
    let header = "";
    const fresh = this.hoards.during(() => {
      const batch = world.seal(from.number, `message ${this.#count++}`);
      if (batch === undefined) return;
      header = `${from.number} ${from.keys.stream.join()} ${bytesToHex(batch.payload.subarray(1, 11))}`;
      for (const other of world.people.keys()) if (other !== from.number) world.give(other, batch);
    });
    if (header === "") return false;
    // Receivers derive the same; the key is derived once for each generation, when it is first used.
    if (fresh !== "" && !this.#keyOf.has(header)) this.#keyOf.set(header, fresh);
    const key = this.#keyOf.get(header);
    assert.ok(key, "a sealed batch has a key");
    const admitted = new Set(roster.admissions.map(({ subject }) => subject));
    const out = this.#everyone.filter((number) => {
      const { peerId } = person(number);
      return admitted.has(peerId) && !roster.members.has(peerId) && !roster.left.has(peerId);
    });
    this.sent.push({ key, out });
    world.settle();
    return true;
  }

  check(): void {
    for (const { key, out } of this.sent) {
      for (const number of out) assert.ok(!this.hoards.of(number).has(key), `${number} can read what it must not`);
    }
  }

  /** Everybody meets, and whoever is a member then can talk to all. */
  heal(): void {
    const { world } = this;
    const numbers = [...world.people.keys()];
    for (const a of numbers) for (const b of numbers) if (a < b && !this.#areLinked(a, b)) world.link(a, b);
    world.advance(MINUTE);
    for (const speaker of this.insiders) {
      if (!this.say(speaker)) {
        world.advance(3_000);
        assert.ok(this.say(speaker), `${speaker.number} cannot send`);
      }
      const text = `message ${this.#count - 1}`;
      for (const { number, read } of this.insiders) {
        if (number !== speaker.number) assert.ok(read.includes(text), `${number} cannot read ${speaker.number}`);
      }
    }
  }

  #rosterOf({ known }: Someone) {
    return this.world.log.roster(known);
  }

  #areLinked(a: number, b: number): boolean {
    return this.world.links.has(`${a} ${b}`) || this.world.links.has(`${b} ${a}`);
  }

  #join(): void {
    const host = this.one(this.insiders);
    if (host === undefined || this.#everyone.length > 12) return;
    const number = this.#everyone.length + 1;
    this.#everyone.push(number);
    const { world } = this;
    world.admit(host.number, number);
    world.look(host);
    const guest = world.start(number, host.known);
    world.look(guest);
    host.keys.offerPrekey(guest.keys.ownPrekey.bytes, world.now);
    guest.keys.adopt(host.keys.keysForJoiner(guest.id), world.now, world.wall);
    world.link(number, host.number);
  }

  /** Only those that came later, so that somebody stays. */
  #expel(actor: Someone): void {
    const juniors = [...this.#rosterOf(actor).members.keys()].filter((peer) =>
      this.#everyone.some((number) => number > actor.number && person(number).peerId === peer),
    );
    const whom = this.#everyone.find((number) => person(number).peerId === this.one(juniors));
    if (whom !== undefined) this.world.expel(actor.number, whom);
  }

  #linkOrCut(): void {
    const numbers = [...this.world.people.keys()];
    const [a, b] = [this.one(numbers), this.one(numbers)];
    if (a === undefined || b === undefined || a === b) return;
    if (this.#areLinked(a, b)) this.world.cut(a, b);
    else this.world.link(a, b);
  }

  /** A new process, sometimes with the disk as it was when the one before began. */
  #restart(actor: Someone): void {
    const { world } = this;
    const known = new Set(actor.known);
    const began = actor.diskAtStart;
    const disk = world.stop(actor.number);
    if (this.below(2) === 0) {
      disk.entries.clear();
      for (const [key, value] of began) disk.entries.set(key, value);
    }
    const again = new Disk();
    for (const [key, value] of disk.entries) again.entries.set(key, value);
    world.start(actor.number, known, again);
    const other = this.one([...world.people.keys()].filter((number) => number !== actor.number));
    if (other !== undefined) world.link(actor.number, other);
  }
}

for (const seed of [2, 3, 4, 5]) {
  test(`[KEY-18] who is known to be out reads nothing, and who is in can talk: world ${seed}`, () => {
    const story = new Story(seed);
    for (let step = 0; step < STEPS; step++) story.step();
    story.check();
    story.heal();
    story.check();
    assert.ok(story.sent.some(({ out }) => out.length > 0));
  });
}
