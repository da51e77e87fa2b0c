/**
 * What every store must do, as tests: memory, SQLite and, in a page, IndexedDB run it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EndpointError } from "../endpoint-error.ts";
import { type KeyValueStore, STORE_KEY_CHARACTERS_MAX } from "../storage.ts";

/** Registers the tests of one store, under its name. `open` gives an empty one. */
export function storeSuite(name: string, open: () => Promise<KeyValueStore>): void {
  const claim = (what: string, run: (store: KeyValueStore) => Promise<void>): void => {
    test(`${name} store: ${what}`, async () => {
      await using store = await open();
      await run(store);
    });
  };

  claim("gives back what was set, and undefined for what was not", async (store) => {
    assert.equal(await store.get("a"), undefined);
    await store.set("a", bytes(1, 2, 3));
    await store.set("empty", bytes());
    assert.deepEqual(await store.get("a"), bytes(1, 2, 3));
    assert.deepEqual(await store.get("empty"), bytes());
    await store.set("a", bytes(9));
    assert.deepEqual(await store.get("a"), bytes(9));
    await store.delete("a");
    await store.delete("never there");
    assert.equal(await store.get("a"), undefined);
  });

  claim("gives plain arrays that nobody else has, and keeps copies", async (store) => {
    const value = bytes(1, 2, 3);
    const setting = store.set("a", value);
    value[0] = 77;
    await setting;
    const first = await store.get("a");
    assert.deepEqual(first, bytes(1, 2, 3));
    assert.equal(first?.constructor, Uint8Array);
    if (first !== undefined) first[1] = 77;
    assert.deepEqual(await store.get("a"), bytes(1, 2, 3));
  });

  claim("lists what starts with a prefix, in order, and nothing else", async (store) => {
    const keys = ["chat/b", "chat/a", "chat", "chat/a/1", "chat0", "chau", "Chat/a", "chat/~", "_", "~~"];
    await store.batch(
      keys.map((key, i) => ({ key, value: bytes(i) })),
      [],
    );
    const listed = async (prefix: string) => (await store.list(prefix)).map(({ key }) => key);
    assert.deepEqual(await listed("chat/"), ["chat/a", "chat/a/1", "chat/b", "chat/~"]);
    assert.deepEqual(await listed(""), [...keys].sort());
    assert.deepEqual(await listed("nothing"), []);
    assert.deepEqual((await store.list("chat/b"))[0]?.value, bytes(0));
  });

  claim("writes a batch whole, deletes first", async (store) => {
    await store.set("old", bytes(1));
    await store.set("both", bytes(1));
    await store.batch(
      [
        { key: "new", value: bytes(2) },
        { key: "both", value: bytes(2) },
      ],
      ["old", "both"],
    );
    assert.deepEqual(
      (await store.list("")).map(({ key, value }) => [key, ...value]),
      [
        ["both", 2],
        ["new", 2],
      ],
    );
    await store.batch([], []);
  });

  claim("lets calls take effect in the order in which they were made", async (store) => {
    const done: number[] = [];
    const calls = [
      store.set("a", bytes(1)).then(() => done.push(1)),
      store.delete("a").then(() => done.push(2)),
      store.set("a", bytes(3)).then(() => done.push(3)),
    ];
    assert.deepEqual(await store.get("a"), bytes(3));
    await Promise.all(calls);
    assert.deepEqual(done, [1, 2, 3]);
  });

  claim("takes keys and values up to their limits", async (store) => {
    const key = "k".repeat(STORE_KEY_CHARACTERS_MAX);
    const value = new Uint8Array(1_000_000).map((_, i) => i * 7);
    await store.set(key, value);
    assert.deepEqual(await store.get(key), value);
    for (const wrong of ["", `${key}k`, "with space", "ü", "line\n"]) {
      await assert.rejects(store.set(wrong, bytes(1)), { name: "AssertionError" });
    }
    assert.equal((await store.list("")).length, 1);
  });

  claim("keeps thousands of entries apart", async (store) => {
    const puts = Array.from({ length: 5_000 }, (_, i) => ({ key: `n/${i}`, value: bytes(i, i >> 8) }));
    await Promise.all(puts.map(({ key, value }) => store.set(key, value)));
    assert.deepEqual(await store.get("n/4321"), bytes(4_321, 4_321 >> 8));
    await store.batch(
      [],
      puts.slice(1).map(({ key }) => key),
    );
    assert.deepEqual(
      (await store.list("n/")).map(({ key }) => key),
      ["n/0"],
    );
  });

  claim("waits for writes when it is closed, and then refuses, coded", async (store) => {
    const writing = store.set("a", bytes(1));
    await store.close();
    await writing;
    await store.close();
    const isStorage = (error: unknown): boolean => error instanceof EndpointError && error.code === "ERR_STORAGE";
    await assert.rejects(store.get("a"), isStorage);
    await assert.rejects(store.list(""), isStorage);
    await assert.rejects(store.set("a", bytes(1)), isStorage);
  });
}

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
