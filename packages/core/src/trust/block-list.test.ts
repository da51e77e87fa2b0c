import assert from "node:assert/strict";
import { test } from "node:test";
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

test("BlockList keeps a key blocked whose entry cannot be read, and says so", () => {
  const list = new BlockList([{ key: `trust/blocked/${peer(1)}`, value: Uint8Array.of(9) }]);
  assert.ok(list.has(peer(1)));
  assert.deepEqual(drain(list), [{ type: "damaged", key: `trust/blocked/${peer(1)}` }]);
});
