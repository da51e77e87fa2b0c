import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "../trust/trust-fixture.test.ts";
import { HELD_BATCHES_MAX } from "../wire/room-key-limits.ts";
import { HeldBatches } from "./held-batches.ts";
import { KeyWorld } from "./key-world.test.ts";
import { T0, wallLater } from "./keys-fixture.test.ts";

const ID = (number: number) => person(number).peerId;

test("[KEY-17] a batch that outruns log and bundle waits, and those after it in its stream with it", () => {
  const world = KeyWorld.of(3);
  for (const other of [1, 3]) world.cut(2, other);
  const old = world.seal(1, "old");
  world.expel(1, 3);
  world.settle();
  const [one, two] = [world.seal(1, "one"), world.seal(1, "two")];
  assert.ok(old && one && two);
  world.give(2, one);
  world.give(2, two);
  world.give(2, old); // of an epoch that Ben holds, but after the others in its stream
  world.settle();
  assert.deepEqual(world.the(2).read, []);
  world.link(1, 2);
  world.settle();
  assert.deepEqual(world.the(2).read, ["one", "two", "old"]);
});

test("[KEY-17] what waits in vain is given up after thirty seconds, and what follows is let through", () => {
  const world = KeyWorld.of(3);
  const [old, later2] = [world.seal(1, "old"), world.seal(1, "later")];
  for (const other of [1, 3]) world.cut(2, other);
  world.expel(1, 3);
  world.settle();
  const lost = world.seal(1, "lost");
  assert.ok(old && lost && later2);
  world.give(2, old);
  world.give(2, lost);
  world.give(2, later2);
  world.advance(30_000 - 1);
  assert.deepEqual([world.the(2).read, world.the(2).unreadable], [["old"], []]);
  world.advance(1);
  assert.deepEqual([world.the(2).read, world.the(2).unreadable], [["old", "later"], ["no-key"]]);
});

test("[KEY-17] what waits is bounded: the oldest is given up", () => {
  const held = new HeldBatches();
  const batch = (sequence: number, bytes: number) => ({
    origin: ID(1),
    stream: "00".repeat(16),
    sequence,
    payload: new Uint8Array(bytes),
    hops: 0,
    sentAt: wallLater(0),
  });
  for (let sequence = 0; sequence < HELD_BATCHES_MAX; sequence++)
    assert.deepEqual(held.add(batch(sequence, 1), T0), []);
  assert.deepEqual(
    held.add(batch(HELD_BATCHES_MAX, 1), T0).map(({ sequence }) => sequence),
    [0],
  );
  assert.equal(held.add(batch(HELD_BATCHES_MAX + 1, 4_194_304), T0).length, HELD_BATCHES_MAX);
  assert.equal(held.size, 1);
});

test("[KEY-17] damaged, repeated and foreign batches: said once each, and nobody stumbles", () => {
  const world = KeyWorld.of(2);
  const batch = world.seal(1, "fine");
  assert.ok(batch);
  const payload = batch.payload.slice();
  payload[20] = (payload[20] ?? 0) ^ 1;
  for (const damaged of [
    { ...batch, payload },
    { ...batch, payload: batch.payload.subarray(0, 9) },
    { ...batch, origin: ID(2) },
    { ...batch, stream: "ab".repeat(16) },
    { ...batch, sequence: 7 },
  ]) {
    world.give(2, damaged);
  }
  world.give(2, batch);
  world.settle();
  assert.deepEqual(world.the(2).unreadable, Array(5).fill("damaged"));
  assert.deepEqual(world.the(2).read, ["fine"]);
});
