import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { KeyWorld } from "./key-world.test.ts";
import { wallLater } from "./keys-fixture.test.ts";

const everybody = (world: KeyWorld): void => {
  for (const a of world.people.keys()) for (const b of world.people.keys()) if (a < b) world.link(a, b);
};

test("[KEY-14] after a restart a member reads and writes with what its disk holds", () => {
  const world = KeyWorld.of(3);
  const known = new Set(world.the(2).known);
  const disk = world.stop(2);
  world.start(2, known, disk);
  world.settle(); // no links yet
  assert.ok(world.say(2, "back"));
  assert.deepEqual(world.the(1).read, ["back"]);
  assert.ok(world.say(1, "welcome"));
  assert.deepEqual(world.the(2).read, ["welcome"]);
  for (const value of disk.entries.values()) {
    assert.ok(!bytesToHex(value).includes(bytesToHex(world.the(2).keys.stream)));
  }
});

test("[KEY-14] stored keys are sealed, and what cannot be read is reported and removed", () => {
  const world = KeyWorld.of(2);
  const known = new Set(world.the(2).known);
  const disk = world.stop(2);
  const names = [...disk.entries.keys()].filter((name) => !name.includes("/prekey/"));
  assert.equal(names.length, 2);
  for (const name of names) {
    const value = disk.entries.get(name)?.slice() ?? new Uint8Array();
    value[60] = (value[60] ?? 0) ^ 1;
    disk.entries.set(name, value);
  }
  const again = world.start(2, known, disk);
  everybody(world);
  world.settle();
  assert.deepEqual(again.noted.map((output) => output.type === "damaged" && output.key).sort(), names.sort());
  // Its keys are gone; it makes a later prekey, and gets the epoch from its neighbour.
  assert.ok(again.keys.ownPrekey.version > 1);
  world.advance(2_000);
  assert.ok(world.say(1, "again"));
  assert.deepEqual(again.read, ["again"]);
});

test("[KEY-14] a stored key put in the place of another one does not open", () => {
  const world = KeyWorld.of(2);
  world.admit(1, 3);
  world.expel(1, 3);
  const known = new Set(world.the(2).known);
  const disk = world.stop(2);
  const [one = "", two = "", ...more] = [...disk.entries.keys()].filter((name) => name.includes("/epoch/"));
  assert.deepEqual(more, []);
  const [first, second] = [disk.entries.get(one), disk.entries.get(two)];
  assert.ok(first && second);
  disk.entries.set(one, second);
  disk.entries.set(two, first);
  const again = world.start(2, known, disk);
  world.settle();
  assert.deepEqual(
    again.noted.map((output) => output.type === "damaged" && output.key),
    [one, two],
  );
});

test("[KEY-8] a disk restored from an older copy never makes a key meet a nonce twice", () => {
  const world = KeyWorld.of(3);
  const copy = new Map(world.the(2).disk.entries);
  const known = new Set(world.the(2).known);
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 3; count++) assert.ok(world.say(2, `${round} ${count}`));
    world.admit(1, 5 + round);
    world.expel(1, 5 + round);
    const disk = world.stop(2);
    disk.entries.clear();
    for (const [key, value] of copy) disk.entries.set(key, value);
    // The old process had sent in the newer epochs; this one has forgotten all of it.
    world.start(2, known, disk);
    world.settle();
    assert.ok(world.say(2, "restored"));
    everybody(world);
    world.advance(2_000);
    assert.ok(world.say(2, "and up to date"));
  }
  assert.equal(world.the(1).unreadable.length, 0);
  assert.ok(world.ledger.size > 20); // it throws at the first repeat
});

test("[KEY-14] wiping leaves nothing in memory that works, and nothing on the disk", () => {
  const world = KeyWorld.of(2);
  const ben = world.the(2);
  ben.keys.wipe();
  world.links.clear();
  world.settle();
  assert.equal(ben.disk.entries.size, 0);
  assert.equal(ben.keys.nextTimeout(), undefined);
  assert.ok(!ben.keys.canSeal(world.now, wallLater(0)));
  assert.equal(
    typeof ben.keys.seal([{ protocol: "a", bytes: new Uint8Array(1) }], 0, world.now, wallLater(0)),
    "string",
  );
});
