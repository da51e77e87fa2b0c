import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, type RoomId } from "@kith/sdk";
import { RoomLifetimes } from "./room-lifetimes.ts";

const [GARDEN, ATTIC] = ["garden" as RoomId, "attic" as RoomId];

test("what was chosen for a room is there after a reload, until something else is chosen", async () => {
  const store = new MemoryStore();
  const before = await RoomLifetimes.open(store);
  await before.choose(GARDEN, 86_400);
  await before.choose(ATTIC, 60);
  await before.choose(ATTIC, undefined);
  assert.deepEqual([...before.all.get()], [[GARDEN, 86_400]]);
  await store.set(`room-lifetime/${ATTIC}`, new Uint8Array(3)); // damaged
  const after = await RoomLifetimes.open(store);
  assert.deepEqual([...after.all.get()], [[GARDEN, 86_400]]);
});

test("for one visit it is remembered as long as the visit lasts", async () => {
  const lifetimes = await RoomLifetimes.open(undefined);
  await lifetimes.choose(GARDEN, 60);
  assert.equal(lifetimes.all.get().get(GARDEN), 60);
});
