import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../memory-store.ts";
import { storeSuite } from "./store-suite.ts";

storeSuite("memory", async () => new MemoryStore());

test("MemoryStore fails on demand, and then has nothing of it", async () => {
  const store = new MemoryStore();
  await store.set("a", Uint8Array.of(1));
  store.isFull = true;
  await assert.rejects(store.batch([{ key: "b", value: Uint8Array.of(1) }], ["a"]), { code: "ERR_STORAGE" });
  store.isFull = false;
  assert.deepEqual(
    (await store.list("")).map(({ key }) => key),
    ["a"],
  );
});
