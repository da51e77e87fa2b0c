import assert from "node:assert/strict";
import { test } from "node:test";
import { peerIdToBytes } from "../identity/peer-id.ts";
import { codeOf, person } from "../trust/trust-fixture.test.ts";
import { EPOCH_GENERATIONS_MAX, EPOCHS_HELD_MAX } from "../wire/room-key-limits.ts";
import { EpochRing } from "./epoch-ring.ts";
import {
  DAY,
  HOUR,
  later,
  type Made,
  MINUTE,
  makeEpoch,
  quick,
  ROOM,
  T0,
  TestLog,
  W0,
  wallLater,
} from "./keys-fixture.test.ts";

const ID = (number: number) => person(number).peerId;

/** A replica with its ring: what it knows, and what it holds. */
class Replica {
  readonly ring = new EpochRing(quick, ROOM);
  readonly log: TestLog;
  readonly known: Set<string>;
  constructor(log: TestLog, known: Iterable<string>) {
    [this.log, this.known] = [log, new Set(known)];
    this.look();
  }
  look(now = T0): void {
    this.ring.handleRoster(this.log.roster(this.known), now);
  }
  /** Rotates for `members` and holds the epoch. */
  rotate(author: number, members: readonly number[], seed: number, now = T0): { id: string; made: Made } {
    const made = makeEpoch(author, members, seed);
    const id = this.log.rotate(this.known, author, made);
    this.look(now);
    assert.equal(this.ring.add(made.share(id), now), "added");
    return { id, made };
  }
  get chosen(): string | undefined {
    return this.ring.choose(T0, W0)?.epoch;
  }
}
const world = (count: number): Replica => {
  const { log, known } = TestLog.of(count);
  return new Replica(log, known);
};

test("[KEY-9] an epoch for all members is used; one that leaves a member out is not", () => {
  const ada = world(3);
  ada.rotate(1, [1, 2], 1);
  assert.equal(ada.chosen, undefined);
  const { id } = ada.rotate(1, [1, 2, 3], 2);
  assert.equal(ada.chosen, id);
});

test("[KEY-9] once an expulsion is known, no epoch that the expelled may have is used", () => {
  const ada = world(3);
  ada.rotate(1, [1, 2, 3], 1);
  ada.log.append(ada.known, ID(1), { kind: "expel", subject: ID(3) });
  ada.look();
  assert.equal(ada.chosen, undefined);
  const { id } = ada.rotate(1, [1, 2], 2);
  assert.equal(ada.chosen, id);
});

test("[KEY-9] someone admitted after the epoch began, and expelled, may have it too", () => {
  const ada = world(2);
  ada.rotate(1, [1, 2], 1);
  ada.log.append(ada.known, ID(2), { kind: "admit", subject: ID(3) });
  ada.look();
  assert.ok(ada.chosen);
  ada.log.append(ada.known, ID(1), { kind: "expel", subject: ID(3) });
  ada.look();
  assert.equal(ada.chosen, undefined);
});

test("[KEY-9] someone whose admission turned out void may have been given the key", () => {
  const ada = world(3);
  const cyd = new Replica(ada.log, ada.known);
  const { id, made } = ada.rotate(1, [1, 2, 3], 1);
  for (const operation of ada.known) cyd.known.add(operation);
  cyd.log.append(cyd.known, ID(3), { kind: "admit", subject: ID(4) });
  cyd.look();
  cyd.ring.add(made.share(id), T0);
  assert.ok(cyd.ring.shareFor(ID(4), id));
  // Ada expels Cyd without knowing; then she hears of the admission, which is void now.
  ada.log.append(ada.known, ID(1), { kind: "expel", subject: ID(3) });
  ada.look();
  const { id: second } = ada.rotate(1, [1, 2], 2);
  for (const operation of cyd.known) ada.known.add(operation);
  ada.look();
  // Who is out cannot spoil an epoch that began after: nobody who holds it believed Cyd.
  assert.equal(ada.chosen, second);
  assert.equal(ada.ring.shareFor(ID(4), id), undefined);
});

test("[KEY-9] concurrent removals: neither epoch fits both, a third one does", () => {
  const ada = world(4);
  const ben = new Replica(ada.log, ada.known);
  ada.log.append(ada.known, ID(1), { kind: "expel", subject: ID(3) });
  ben.log.append(ben.known, ID(2), { kind: "expel", subject: ID(4) });
  const one = ada.rotate(1, [1, 2, 4], 1);
  const two = ben.rotate(2, [1, 2, 3], 2);
  for (const operation of ben.known) ada.known.add(operation);
  ada.look();
  ada.ring.add(two.made.share(two.id), T0);
  assert.equal(ada.chosen, undefined);
  assert.ok(ada.ring.holds(one.id) && ada.ring.holds(two.id));
  assert.equal(ada.rotate(1, [1, 2], 3).id, ada.chosen);
});

test("[KEY-10] of concurrent rotations all choose the one with the smallest id, and a later one over both", () => {
  const ada = world(2);
  const ben = new Replica(ada.log, ada.known);
  const one = ada.rotate(1, [1, 2], 1);
  const two = ben.rotate(2, [1, 2], 2);
  for (const operation of [...ada.known]) ben.known.add(operation);
  for (const operation of [...ben.known]) ada.known.add(operation);
  ada.look();
  ben.look();
  ada.ring.add(two.made.share(two.id), T0);
  ben.ring.add(one.made.share(one.id), T0);
  assert.equal(ada.chosen, one.id < two.id ? one.id : two.id);
  assert.equal(ben.chosen, ada.chosen);
  // Whether its id is smaller or greater.
  for (let seed = 3; seed < 9; seed++) assert.equal(ada.rotate(1, [1, 2], seed).id, ada.chosen);
});

test("[KEY-5] whoever admits and whoever hears of it send in the generation that the newcomer got", () => {
  const ada = world(2);
  const { id, made } = ada.rotate(1, [1, 2], 1);
  const ben = new Replica(ada.log, ada.known);
  ben.ring.add(made.share(id), T0);
  assert.equal(ben.ring.choose(T0, W0)?.generation, 0);
  ben.log.append(ben.known, ID(2), { kind: "admit", subject: ID(3) });
  ben.look();
  assert.equal(ben.ring.shareFor(ID(3), id)?.generation, 1);
  assert.equal(ben.ring.shareFor(ID(1), id)?.generation, 0);
  assert.equal(ben.ring.choose(T0, W0)?.generation, 1);
  for (const operation of ben.known) ada.known.add(operation);
  ada.look();
  assert.equal(ada.ring.choose(T0, W0)?.generation, 1);
});

test("[KEY-5] the generation before is erased after twenty minutes", () => {
  const ada = world(2);
  const { id } = ada.rotate(1, [1, 2], 1);
  ada.log.append(ada.known, ID(1), { kind: "admit", subject: ID(3) });
  ada.look();
  const header = (generation: number) => ({ epochPrefix: id.slice(0, 16), generation });
  ada.ring.handleTimeout(later(20 * MINUTE - 1), W0);
  assert.equal(ada.ring.keysFor(header(0)).length, 1);
  assert.equal(ada.ring.nextTimeout(), later(20 * MINUTE));
  ada.ring.handleTimeout(later(20 * MINUTE), W0);
  assert.equal(ada.ring.keysFor(header(0)).length, 0);
  assert.ok(ada.ring.isBefore(header(0)));
  assert.equal(ada.ring.keysFor(header(1)).length, 1);
  assert.equal(ada.ring.keysFor(header(EPOCH_GENERATIONS_MAX - 1)).length, 1);
  assert.equal(ada.ring.keysFor(header(EPOCH_GENERATIONS_MAX)).length, 0);
});

test("[KEY-5] an epoch that was hashed forward to its end is not used any more", () => {
  const ada = world(1);
  ada.rotate(1, [1], 1);
  for (let count = 1; count < EPOCH_GENERATIONS_MAX; count++) {
    ada.log.append(ada.known, ID(1), { kind: "admit", subject: ID(2) });
  }
  ada.look();
  assert.equal(ada.ring.choose(T0, W0)?.generation, EPOCH_GENERATIONS_MAX - 1);
  ada.log.append(ada.known, ID(1), { kind: "admit", subject: ID(2) });
  ada.look();
  assert.equal(ada.chosen, undefined);
});

test("[KEY-11] an epoch is used for a day and read for two, by either clock", () => {
  const ada = world(1);
  const { id } = ada.rotate(1, [1], 1);
  const header = { epochPrefix: id.slice(0, 16), generation: 0 };
  assert.ok(ada.ring.choose(later(DAY - 1), W0));
  assert.equal(ada.ring.choose(later(DAY), W0), undefined);
  assert.equal(ada.ring.choose(T0, wallLater(DAY + 10 * MINUTE)), undefined);
  ada.ring.handleTimeout(later(2 * DAY - 1), wallLater(2 * DAY));
  assert.equal(ada.ring.keysFor(header).length, 1);
  ada.ring.handleTimeout(later(2 * DAY), wallLater(2 * DAY));
  assert.equal(ada.ring.keysFor(header).length, 0);
  assert.deepEqual([...ada.ring.takeUnsaved()], [[id, undefined]]);
});

test("[KEY-12] who left may still read for ten minutes, whoever was expelled not at all", () => {
  const ada = world(3);
  const { id } = ada.rotate(1, [1, 2, 3], 1);
  ada.log.append(ada.known, ID(3), { kind: "leave" });
  ada.look();
  const choice = ada.ring.choose(later(10 * MINUTE - 1), W0);
  assert.ok(choice?.epoch === id && choice.isKnownToLeaver);
  assert.equal(ada.ring.choose(later(10 * MINUTE), W0), undefined);
  assert.equal(ada.ring.choose(T0, wallLater(10 * MINUTE)), undefined);
  ada.log.append(ada.known, ID(1), { kind: "expel", subject: ID(2) });
  ada.look();
  assert.equal(ada.chosen, undefined);
});

test("[KEY-6] a share that is not what the rotation names is wrong; one that nobody named is unknown", () => {
  const ada = world(2);
  const made = makeEpoch(1, [1, 2], 1);
  const other = makeEpoch(1, [1, 2], 2);
  assert.equal(ada.ring.add(made.share("00".repeat(32)), T0), "unknown");
  const id = ada.log.rotate(ada.known, 1, made);
  ada.look();
  assert.equal(ada.ring.add(other.share(id), T0), "wrong");
  assert.equal(
    ada.ring.add({ ...other.share(id), head: made.bundle.head, parcelsHash: made.bundle.parcelsHash }, T0),
    "wrong",
  );
  // The key of one generation, said to be that of another.
  assert.equal(ada.ring.add({ ...made.share(id, 3), generation: 2 }, T0), "wrong");
  const bytes = made.bundle.head.bytes.slice();
  bytes.set(peerIdToBytes(ID(2)), 1);
  assert.equal(ada.ring.add({ ...made.share(id), head: { ...made.bundle.head, bytes } }, T0), "wrong");
  assert.equal(ada.ring.add(made.share(id, 3), T0), "added");
  assert.equal(ada.ring.add(made.share(id, 5), T0), "known");
  assert.equal(ada.ring.add(made.share(id), T0), "added");
  assert.equal(ada.ring.keysFor({ epochPrefix: id.slice(0, 16), generation: 0 }).length, 1);
});

test("[KEY-6] a bundle copied into somebody else's rotation is wrong", () => {
  const ada = world(2);
  const made = makeEpoch(1, [1, 2], 1);
  const id = ada.log.rotate(ada.known, 2, made);
  ada.look();
  assert.equal(ada.ring.add(made.share(id), T0), "wrong");
});

test("[KEY-3] an operation that counts other recipients than its bundle names begins no epoch", () => {
  const ada = world(2);
  const made = makeEpoch(1, [1, 2], 1);
  const act = { kind: "rotate", bundleHash: made.bundle.hash, recipientCount: 3 } as const;
  const { id } = ada.log.append(ada.known, ID(1), act);
  ada.look();
  assert.equal(ada.ring.add(made.share(id), T0), "wrong");
});

test("[KEY-6] only holders are given a key, and only what they may read", () => {
  const ada = world(3);
  const { id } = ada.rotate(1, [1, 2], 1);
  assert.ok(ada.ring.shareFor(ID(2), id));
  assert.equal(ada.ring.shareFor(ID(3), id), undefined);
  assert.equal(ada.ring.shareFor(ID(9), id), undefined);
  assert.equal(ada.ring.shareFor(ID(2), "00".repeat(32)), undefined);
});

test("[KEY-11] at most 16 epochs are held: the one learned longest ago goes", () => {
  const ada = world(1);
  const ids = Array.from({ length: EPOCHS_HELD_MAX + 1 }, (_, seed) => ada.rotate(1, [1], seed + 1, later(seed)).id);
  assert.equal(ada.ring.size, EPOCHS_HELD_MAX);
  assert.deepEqual(ada.ring.ids, ids.slice(1));
});

test("[KEY-14] epochs come back from the store, from the oldest generation kept on", () => {
  const ada = world(2);
  const { id } = ada.rotate(1, [1, 2], 1);
  ada.log.append(ada.known, ID(1), { kind: "admit", subject: ID(3) });
  ada.look();
  ada.ring.handleTimeout(later(HOUR), W0);
  const saved = ada.ring.takeUnsaved();
  assert.equal(ada.ring.takeUnsaved().size, 0);
  const bytes = saved.get(id);
  assert.ok(bytes);
  const again = new Replica(ada.log, ada.known);
  again.ring.restore(id, bytes, T0);
  again.look();
  assert.equal(again.ring.choose(T0, W0)?.generation, 1);
  assert.ok(again.ring.isBefore({ epochPrefix: id.slice(0, 16), generation: 0 }));
  assert.deepEqual(again.ring.choose(T0, W0)?.key.reveal(), ada.ring.choose(T0, W0)?.key.reveal());
  for (let length = 0; length < bytes.length; length += 7) {
    assert.ok(codeOf(() => again.ring.restore(id, bytes.subarray(0, length), T0)));
  }
  assert.equal(
    codeOf(() => again.ring.restore("x", bytes, T0)),
    "ERR_TEXT",
  );
});

test("[KEY-14] wiping erases every key and what was stored of it", () => {
  const ada = world(1);
  const { id } = ada.rotate(1, [1], 1);
  const key = ada.ring.choose(T0, W0)?.key;
  ada.ring.wipe();
  assert.ok(key?.isWiped);
  assert.deepEqual([...ada.ring.takeUnsaved()], [[id, undefined]]);
});
