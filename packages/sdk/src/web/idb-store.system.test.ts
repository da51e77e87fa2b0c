/** The store of a page, in Chromium: what it keeps, and what a browser does to it. Real time: it is Chromium's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { launchChromium, type ModulePage, runSuite, serveModule } from "../testing-browser/index.ts";
import type { IdbFixture } from "./idb-store.fixture.ts";

declare const idb: IdbFixture;

let served: ModulePage;
let browser: Browser;
before(async () => {
  served = await serveModule(fileURLToPath(new URL("./idb-store.fixture.ts", import.meta.url)));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
});

/** A page of a profile of its own. */
async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(served.url);
  return page;
}

test("IdbStore is a store as all others", async (t) => runSuite(t, await open()));

test("IdbStore finds everything again after a reload, and of an array no more than the part that was given", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const store = await idb.openIdbStore("kept");
    const backing = new Uint8Array(100_000);
    await store.set("part", backing.subarray(5, 8).fill(7));
    await store.batch([{ key: "b", value: Uint8Array.of(2) }], ["part2"]);
  });
  await page.reload();
  const found = await page.evaluate(async () => {
    const store = await idb.openIdbStore("kept");
    const part = await store.get("part");
    return { list: (await store.list("")).map(({ key, value }) => [key, ...value]), buffer: part?.buffer.byteLength };
  });
  assert.deepEqual(found, {
    list: [
      ["b", 2],
      ["part", 7, 7, 7],
    ],
    buffer: 3, // not the array that it was a part of
  });
});

test("IdbStore writes the calls of one turn in one transaction, with strict durability", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const seen: string[] = [];
    const { prototype } = IDBDatabase;
    const original = prototype.transaction;
    prototype.transaction = function (this: IDBDatabase, ...args) {
      const made = original.apply(this, args);
      seen.push(`${made.mode} ${made.durability}`);
      return made;
    };
    const store = await idb.openIdbStore("turns");
    const writes = [1, 2, 3].map((i) => store.set(`k${i}`, Uint8Array.of(i)));
    await Promise.all(writes);
    await store.get("k1");
    return seen;
  });
  assert.deepEqual(seen, ["readwrite strict", "readonly default"]);
});

test("IdbStore writes nothing of a transaction that failed, tells every writer why, and goes on", async () => {
  const page = await open();
  const outcome = await page.evaluate(async () => {
    const store = await idb.openIdbStore("failing");
    await store.set("a", Uint8Array.of(1));
    const original = IDBObjectStore.prototype.put;
    const told: string[] = [];
    const tell = (error: Error & { code?: string }): void => void told.push(`${error.code} ${error.message}`);
    // What a full disk does: the request fails, and with it all of its transaction.
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value, key) {
      if (key !== "b") return original.call(this, value, key);
      throw new DOMException("", "QuotaExceededError");
    };
    const writes = [store.set("c", Uint8Array.of(3)), store.set("b", Uint8Array.of(2)), store.delete("a")];
    await Promise.all(writes.map((write) => write.catch(tell)));
    IDBObjectStore.prototype.put = original;
    await store.set("d", Uint8Array.of(4));
    return { told, keys: (await store.list("")).map(({ key }) => key) };
  });
  const full =
    "ERR_STORAGE Cannot write store: no space left: the browser gives this site no more, or the disk is full";
  assert.deepEqual(outcome, { told: [full, full, full], keys: ["a", "d"] });
});

test("IdbStore says that the quota of the browser is used up, and keeps what it had", async () => {
  const page = await open();
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(served.url).origin, quotaSize: 4_000_000 });
  const outcome = await page.evaluate(async () => {
    const store = await idb.openIdbStore("quota");
    await store.set("a", Uint8Array.of(1));
    const random = new Uint8Array(1_000_000).map((_, i) => (i * i) >> 3);
    const told = await store
      .set(
        "big",
        new Uint8Array(16_000_000).map((_, i) => random[i % 999_999] ?? 0),
      )
      .then(
        () => "stored",
        (error: Error & { code?: string }) => `${error.code} ${error.message}`,
      );
    return { told, keys: (await store.list("")).map(({ key }) => key) };
  });
  assert.match(outcome.told, /^ERR_STORAGE Cannot write store: no space left/);
  assert.deepEqual(outcome.keys, ["a"]);
});

test("IdbStore lets another tab erase it, says so from then on, and finishes what was called before", async () => {
  const page = await open();
  const other = await page.context().newPage();
  await other.goto(served.url);
  await page.evaluate(async () => {
    const store = await idb.openIdbStore("wanted");
    await store.set("a", Uint8Array.of(1));
    Object.assign(globalThis, { store });
  });
  const erased = await other.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.deleteDatabase("wanted");
        request.onsuccess = () => resolve("erased");
        request.onblocked = () => resolve("blocked");
      }),
  );
  assert.equal(erased, "erased");
  const told = await page.evaluate(() =>
    (globalThis as unknown as { store: { get(key: string): Promise<unknown> } }).store.get("a").then(
      () => "read",
      (error: Error & { code?: string }) => `${error.code} ${error.message}`,
    ),
  );
  assert.equal(
    told,
    "ERR_STORAGE Cannot use store: another tab erases it or brings it to a newer version; reload this one",
  );
});

test("openIdbStore refuses, coded and in words, what a newer version made, and what a tab holds open", async () => {
  const page = await open();
  const told = await page.evaluate(async () => {
    const make = (name: string, version: number): Promise<IDBDatabase> =>
      new Promise((resolve) => {
        const request = indexedDB.open(name, version);
        request.onsuccess = () => resolve(request.result);
      });
    const tell = (opening: Promise<unknown>): Promise<string> =>
      opening.then(
        () => "opened",
        (error: Error & { code?: string }) => `${error.code} ${error.message}`,
      );
    (await make("newer", 2)).close();
    const newer = await tell(idb.openIdbStore("newer"));
    // A tab that holds on while the database is to be erased keeps everybody else waiting.
    await make("held", 1);
    indexedDB.deleteDatabase("held");
    const held = await tell(idb.openIdbStore("held"));
    return { newer, held };
  });
  assert.equal(told.newer, "ERR_STORAGE Cannot open store: a newer version made it");
  assert.equal(
    told.held,
    "ERR_STORAGE Cannot open store: another tab erases it or holds an older version open; close the other tabs",
  );
});
