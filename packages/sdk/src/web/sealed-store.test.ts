import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesToHex,
  LABEL,
  labelBytes,
  nobleProvider,
  PASSPHRASE_COST_MIN,
  Secret,
  sealAtRest,
  textToBytes,
} from "@kith/core";
import { MemoryStore } from "../memory-store.ts";
import { storeSuite } from "../testing/store-suite.ts";
import { type Guard, passphraseGuard } from "./guard.ts";
import { openSealedStore, type SealedStore } from "./sealed-store.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const guard = (passphrase: string): Guard => passphraseGuard(passphrase, { cost: PASSPHRASE_COST_MIN });

/** A guard that guards nothing, and so is quick. */
const glass: Guard = {
  protection: "browser",
  wrap: async (master) => master.slice(),
  unwrap: async (wrapped) => wrapped.slice(),
};

async function begun(inner = new MemoryStore()): Promise<SealedStore> {
  const store = await openSealedStore(inner);
  await store.begin(glass);
  return store;
}

storeSuite("sealed", () => begun());

test("SealedStore finds everything again after it was locked, and refuses until it is unlocked", async () => {
  const inner = new MemoryStore();
  const store = await openSealedStore(inner);
  assert.deepEqual([store.state, store.protection], ["empty", undefined]);
  await assert.rejects(store.get("a"), { code: "ERR_STORAGE", message: /locked/ });
  await store.begin(guard("correct horse"));
  await store.batch([entry("chat/1", 1), entry("chat/2", 2), entry("trust/1", 3)], []);
  await store.delete("chat/1");
  const reading = store.list("");
  store.lock();
  await assert.rejects(reading, { code: "ERR_STORAGE", message: /locked/ });
  for (const call of [store.get("a"), store.list(""), store.set("a", Uint8Array.of(1)), store.delete("a")])
    await assert.rejects(call, { code: "ERR_STORAGE", message: /locked/ });
  const again = await openSealedStore(inner);
  assert.deepEqual([again.state, again.protection], ["locked", "passphrase"]);
  await again.unlock(guard("correct horse"));
  assert.deepEqual(await again.list(""), [entry("chat/2", 2), entry("trust/1", 3)]);
  assert.deepEqual(await again.list("chat/"), [entry("chat/2", 2)]);
});

test("SealedStore: nothing of keys or values can be read below it", async () => {
  const inner = new MemoryStore();
  const store = await begun(inner);
  await store.set("trust/alice", textToBytes("her number is unlisted"));
  const rows = await inner.list("");
  assert.equal(rows.length, 3);
  for (const { key, value } of rows)
    assert.doesNotMatch(key + bytesToHex(value) + Buffer.from(value).toString("latin1"), /alice|trust|number|unlisted/);
});

test("SealedStore answers wrong passphrases ever more slowly, also after a restart, until the right one comes", async () => {
  const inner = new MemoryStore();
  let now = 1_800_000_000_000;
  const open = (): Promise<SealedStore> => openSealedStore(inner, { wallClock: () => now });
  await (await open()).begin(guard("right"));
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const store = await open();
    await assert.rejects(store.unlock(guard("wrong")), { code: "ERR_IDENTITY", message: /wrong passphrase/ });
    const pause = (store.nextTry ?? now) - now;
    pauses.push(pause);
    if (pause === 0) continue;
    now += pause - 1;
    await assert.rejects((await open()).unlock(guard("right")), { code: "ERR_TRY_LATER", message: /in 1 s/ });
    now += 1;
  }
  assert.deepEqual(pauses, [0, 0, 2_000, 4_000, 8_000, 16_000]);
  now -= 3_600_000; // a clock set back opens nothing, and shuts nobody out for an hour
  const store = await open();
  assert.equal((store.nextTry ?? 0) - now, 16_000);
  now += 16_000;
  await store.unlock(guard("right"));
  assert.equal(store.nextTry, undefined);
  assert.equal((await open()).nextTry, undefined);
});

test("SealedStore: another passphrase needs the one before, and is the only one from then on", async () => {
  const inner = new MemoryStore();
  const store = await openSealedStore(inner);
  await store.begin(guard("old"));
  await store.set("a", Uint8Array.of(7));
  await assert.rejects(store.protect(guard("new"), guard("guessed")), { code: "ERR_IDENTITY" });
  await store.protect(guard("new"), guard("old"));
  assert.deepEqual(await store.get("a"), Uint8Array.of(7), "it stays open meanwhile");
  const again = await openSealedStore(inner);
  await assert.rejects(again.unlock(guard("old")), { code: "ERR_IDENTITY" });
  await assert.rejects(again.unlock(glass), { code: "ERR_IDENTITY", message: /kept by passphrase/ });
  await again.unlock(guard("new"));
  assert.deepEqual(await again.get("a"), Uint8Array.of(7));
});

test("[ID-16] SealedStore refuses rows that were changed, moved, or name another key", async () => {
  const inner = new MemoryStore();
  const store = await begun(inner);
  await store.batch([entry("a", 1), entry("b", 2)], []);
  const [a, b] = await inner.list("v/");
  assert.ok(a && b);
  await inner.batch([{ key: a.key, value: b.value }], []);
  await assert.rejects(store.list(""), { code: "ERR_STORAGE", message: /changed by somebody else/ });
  await inner.batch([a], []);
  // One who knows the key writes "c" where "a" is: only the name of the row tells.
  const master = (await inner.get("vault/key"))?.slice(2);
  assert.ok(master);
  const [name] = await inner.list("k/");
  assert.ok(name);
  const sealing = { provider: nobleProvider, random, key: new Secret(master), label: LABEL.storeRow };
  const forged = sealAtRest({ ...sealing, context: textToBytes(name.key) }, textToBytes("c"));
  await inner.set(name.key, forged);
  const again = await openSealedStore(inner);
  await assert.rejects(again.unlock(glass), { code: "ERR_STORAGE", message: /changed by somebody else/ });
  assert.equal(again.state, "locked");
});

test("SealedStore: its rows are those of the specification", async () => {
  const inner = new MemoryStore();
  await (await begun(inner)).set("chat/1", Uint8Array.of(1));
  const master = (await inner.get("vault/key"))?.slice(2);
  assert.ok(master);
  const rowKey = nobleProvider.hkdfSha256(master, new Uint8Array(0), labelBytes(LABEL.storeRow), 32);
  const row = bytesToHex(nobleProvider.hmacSha256(rowKey, textToBytes("chat/1")));
  assert.deepEqual(
    (await inner.list("")).map(({ key }) => key),
    [`k/${row}`, `v/${row}`, "vault/key"],
  );
});

test("SealedStore: after a write that failed it still knows what is there, and names what is new when it comes", async () => {
  const inner = new MemoryStore();
  const store = await begun(inner);
  await store.set("a", Uint8Array.of(1));
  inner.isFull = true;
  await assert.rejects(store.batch([entry("b", 2)], ["a"]), { code: "ERR_STORAGE", message: /full/ });
  inner.isFull = false;
  assert.deepEqual(await store.list(""), [entry("a", 1)]);
  await store.set("b", Uint8Array.of(3));
  const again = await openSealedStore(inner);
  await again.unlock(glass);
  assert.deepEqual(await again.list(""), [entry("a", 1), entry("b", 3)]);
});

test("SealedStore: what a newer version sealed is refused, and said", async () => {
  const inner = new MemoryStore();
  await inner.set("vault/key", Uint8Array.of(2, 0, 1, 2, 3));
  const store = await openSealedStore(inner);
  await assert.rejects(store.unlock(glass), { code: "ERR_STORAGE", message: /newer version/ });
});

const entry = (key: string, ...value: number[]) => ({ key, value: Uint8Array.from(value) });
