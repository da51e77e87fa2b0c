import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../lib/writer.ts";
import { BLOCKED_MAX } from "../wire/limits.ts";
import { BlockList } from "./block-list.ts";
import { Disk, drain, peer, WALL } from "./trust-fixture.test.ts";

test("BlockList.block is kept across a restart, ends sessions and is undone by unblock", () => {
  const disk = new Disk();
  const list = new BlockList(disk.restored);
  assert.equal(list.block(peer(1), WALL), true);
  const outputs = disk.keep(drain(list));
  assert.deepEqual(
    outputs.map(({ type }) => type),
    ["store", "audit", "revoked"],
  );
  assert.equal(list.block(peer(1), WALL), true);
  assert.deepEqual(drain(list), [], "twice is nothing");
  const again = new BlockList(disk.restored);
  assert.ok(again.has(peer(1)));
  assert.deepEqual(again.peers, [peer(1)]);
  again.unblock(peer(1));
  disk.keep(drain(again));
  assert.equal(disk.entries.size, 0);
  assert.equal(again.has(peer(1)), false);
});

test("[TRU-3] BlockList.block takes BLOCKED_MAX keys and refuses one more, unblocking nobody", () => {
  const list = new BlockList([]);
  for (let i = 0; i < BLOCKED_MAX; i++) assert.ok(list.block(peer(i), WALL));
  drain(list);
  assert.equal(list.block(peer(BLOCKED_MAX), WALL), false);
  assert.deepEqual(
    drain(list).map(({ type }) => type),
    ["audit"],
  );
  assert.ok(list.has(peer(0)));
});

test("BlockList keeps what we called a key, and reads an entry from before it did", () => {
  const disk = new Disk();
  const list = new BlockList(disk.restored);
  list.block(peer(1), WALL, "Mallory");
  list.block(peer(2), WALL);
  disk.keep(drain(list));
  const old = { key: `trust/blocked/${peer(3)}`, value: new Writer().u8(1).u64(WALL).finish() };
  const again = new BlockList([...disk.restored, old]);
  assert.deepEqual(
    again.entries.map(({ peer: key, since, name }) => [key, since, name]),
    [
      [peer(1), WALL, "Mallory"],
      [peer(2), WALL, ""],
      [peer(3), WALL, ""],
    ],
  );
  assert.deepEqual(drain(again), []);
});

test("BlockList blocks a key whose kept name is none that can be shown, without the name", () => {
  for (const name of ["a\u202eb", "x".repeat(129)]) {
    const value = new Writer().u8(1).u64(WALL).text(name).finish();
    const list = new BlockList([{ key: `trust/blocked/${peer(1)}`, value }]);
    assert.deepEqual(
      list.entries.map((each) => each.name),
      [""],
    );
    assert.equal(drain(list)[0]?.type, "damaged");
  }
});

test("BlockList keeps a key blocked whose entry cannot be read, and says so", () => {
  const list = new BlockList([{ key: `trust/blocked/${peer(1)}`, value: Uint8Array.of(9) }]);
  assert.ok(list.has(peer(1)));
  assert.deepEqual(drain(list), [{ type: "damaged", key: `trust/blocked/${peer(1)}` }]);
});
