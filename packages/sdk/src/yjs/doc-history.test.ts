/** Earlier versions of a document: when they are made, what they hold, what goes at the bound, and how one is brought back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minutes, type PeerId, peerIdFromBytes } from "@kith/core";
import fc from "fast-check";
import * as Y from "yjs";
import { MemoryStore } from "../memory-store.ts";
import { RoomHub } from "../room-hub.test.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { bringBack } from "./bring-back.ts";
import { DocHistory, VERSION_AFTER_REST, VERSION_AFTER_WORK, VERSIONS_MAX } from "./doc-history.ts";
import { readVersion, writeVersion } from "./doc-version.ts";
import { KithProvider } from "./kith-provider.ts";
import { leastMissed } from "./thinning.ts";

const [ADA, BEN] = [1, 2].map((byte) => peerIdFromBytes(new Uint8Array(32).fill(byte))) as [PeerId, PeerId];
const PREFIX = "history/room/page/";

interface Kept {
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  readonly history: DocHistory;
  readonly clock: FakeClock;
  readonly store: MemoryStore;
}

async function begin(store: MemoryStore = new MemoryStore(), doc: Y.Doc = new Y.Doc()): Promise<Kept> {
  const clock = new FakeClock();
  const history = await DocHistory.open(store, PREFIX, doc, clock);
  doc.on("update", () => history.note(ADA, true));
  return { doc, text: doc.getText("text"), history, clock, store };
}

/** Until what was asked of the store has been done. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const textAt = async (history: DocHistory, number: number): Promise<string> =>
  (await history.docAt(number)).getText("text").toString();

test("history: a version comes when nobody edits for a while, with when and whose it is", async () => {
  const { text, history, clock } = await begin();
  text.insert(0, "one");
  clock.advance(VERSION_AFTER_REST / 2);
  history.note(BEN, false);
  const last = clock.wall();
  text.insert(3, " two");
  clock.advance(VERSION_AFTER_REST - 1);
  await settled();
  assert.deepEqual(history.versions.get(), []);
  clock.advance(1);
  await settled();
  const [version, ...more] = history.versions.get();
  assert.deepEqual(more, []);
  assert.deepEqual([version?.at, version?.by, version?.broughtBy], [last, [ADA], [BEN]]);
  assert.equal(await textAt(history, version?.number ?? -1), "one two");
  clock.advance(10 * VERSION_AFTER_WORK);
  await settled();
  assert.equal(history.versions.get().length, 1, "none without a change");
});

test("history: who writes all the time has versions, too", async () => {
  const { text, history, clock } = await begin();
  for (let minute = 0; minute < 31; minute++) {
    text.insert(text.length, "x");
    clock.advance(minutes(1));
    await settled();
  }
  assert.equal(history.versions.get().length, 3);
});

test("history: what was deleted since is in the version before, for a text, a list and a map, after a restart as well", async () => {
  const { doc, text, history, store } = await begin();
  const board = doc.getArray<unknown>("board");
  text.insert(0, "the first draft");
  board.push([{ kind: "stroke", points: [1, 2, 0.5] }, { bytes: new Uint8Array([1, 2]) }]);
  doc.getMap("map").set("colour", "red");
  await history.keep();
  text.delete(4, 6);
  board.delete(0, 1);
  doc.getMap("map").set("colour", "blue");
  await history.keep("Shorter");
  text.delete(0, text.length);
  board.delete(0, board.length);
  await history.close();
  const again = await DocHistory.open(store, PREFIX, doc, new FakeClock());
  const [first, second, third] = again.versions.get();
  assert.deepEqual([first?.name, second?.name, third?.name], [undefined, "Shorter", undefined]);
  const [one, two] = [await again.docAt(first?.number ?? -1), await again.docAt(second?.number ?? -1)];
  assert.equal(one.getText("text").toString(), "the first draft");
  assert.equal(one.getArray("board").length, 2);
  assert.equal(one.getMap("map").get("colour"), "red");
  assert.equal(two.getText("text").toString(), "the draft");
  assert.deepEqual(two.getArray("board").toJSON(), [{ bytes: new Uint8Array([1, 2]) }]);
});

test("history: what was written and not kept before a crash becomes a version, of nobody knows whom", async () => {
  const store = new MemoryStore();
  const { doc, text } = await begin(store);
  text.insert(0, "lost?");
  const again = await DocHistory.open(store, PREFIX, doc, new FakeClock());
  await again.close();
  const [version] = again.versions.get();
  assert.deepEqual(version?.by, []);
  assert.equal(await textAt(again, version?.number ?? -1), "lost?");
});

test("history: bringing one back is an edit: what came later is a version before it, and others' edits merge", async () => {
  const { doc, text, history } = await begin();
  text.insert(0, "Tomatoes and beans");
  await history.keep();
  text.delete(0, text.length);
  text.insert(0, "Nothing");
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  other.getText("text").insert(7, "!");
  const [first] = history.versions.get();
  await history.bringBack(first?.number ?? -1);
  assert.equal(text.toString(), "Tomatoes and beans");
  const versions = history.versions.get();
  assert.equal(versions.length, 3);
  assert.equal(versions[2]?.broughtBackFrom, first?.at);
  assert.equal(await textAt(history, versions[1]?.number ?? -1), "Nothing");
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  assert.equal(text.toString(), other.getText("text").toString());
  assert.match(text.toString(), /^(!Tomatoes and beans|Tomatoes and beans!)$/);
  await assert.rejects(history.bringBack(99), { code: "ERR_ARGUMENT" });
});

test("history: at most so many versions; of those that are left each is what it was", {
  timeout: 120_000,
}, async () => {
  const { text, history, clock } = await begin();
  const wrote = new Map<number, string>();
  for (let count = 0; count < VERSIONS_MAX + 20; count++) {
    text.insert(0, `${count} `);
    if (text.length > 40) text.delete(30, text.length - 30);
    await history.keep(count === 5 ? "Five" : undefined);
    const last = history.versions.get().at(-1);
    wrote.set(last?.number ?? -1, text.toString());
    clock.advance(minutes(7));
    assert.ok(history.versions.get().length <= VERSIONS_MAX);
  }
  const versions = history.versions.get();
  assert.equal(versions.length, VERSIONS_MAX);
  assert.equal(versions.find(({ name }) => name !== undefined)?.name, "Five");
  for (const { number } of versions) assert.equal(await textAt(history, number), wrote.get(number));
});

test("history: at most so many bytes; the oldest go into one, without what was deleted", {
  timeout: 60_000,
}, async () => {
  const { doc, history, store } = await begin();
  const pictures = doc.getArray("pictures");
  for (let count = 0; count < 12; count++) {
    pictures.delete(0, pictures.length);
    pictures.push([new Uint8Array(4_000_000).fill(count)]);
    await history.keep();
  }
  const bytes = (await store.list(PREFIX)).reduce((sum, { value }) => sum + value.length, 0);
  assert.ok(bytes < 33_600_000, `${bytes} bytes`);
  const versions = history.versions.get();
  assert.ok(versions.length >= 7, `${versions.length} versions`);
  const oldest = await history.docAt(versions[0]?.number ?? -1);
  assert.equal(oldest.getArray("pictures").length, 1);
});

test("history: a full store keeps no version, says so to whom asked, and the next one has all", async () => {
  const { text, history, store } = await begin();
  text.insert(0, "one");
  store.isFull = true;
  await assert.rejects(history.keep(), { code: "ERR_STORAGE" });
  store.isFull = false;
  text.insert(3, " two");
  await history.keep();
  const [version] = history.versions.get();
  assert.deepEqual(version?.by, [ADA]);
  assert.equal(await textAt(history, version?.number ?? -1), "one two");
});

test("bringBack gives any list, text and map, and does not touch what is the same", () => {
  const value = fc.oneof(
    fc.nat({ max: 4 }),
    fc.record({ kind: fc.constantFrom("a", "b"), bytes: fc.uint8Array({ maxLength: 2 }) }, { noNullPrototype: true }),
  );
  const word = fc.array(fc.constantFrom("a", "b", "😀", "😁"), { maxLength: 8 }).map((letters) => letters.join(""));
  const state = fc.record({
    text: word,
    list: fc.array(value, { maxLength: 8 }),
    map: fc.dictionary(fc.constantFrom("x", "y"), value),
  });
  fc.assert(
    fc.property(state, state, (was, is) => {
      const [earlier, doc] = [new Y.Doc(), new Y.Doc()];
      for (const [each, said] of [
        [earlier, was],
        [doc, is],
      ] as const) {
        each.getText("text").insert(0, said.text);
        each.getArray("list").insert(0, said.list);
        const map = each.getMap("map");
        for (const [key, entry] of Object.entries(said.map)) map.set(key, entry);
      }
      bringBack(doc, earlier);
      assert.equal(doc.getText("text").toString(), was.text);
      assert.deepEqual(doc.getArray("list").toJSON(), was.list);
      assert.deepEqual({ ...doc.getMap("map").toJSON() }, { ...was.map });
      let changes = 0;
      doc.on("update", () => changes++);
      bringBack(doc, earlier);
      assert.equal(changes, 0);
    }),
  );
});

test("bringBack touches nothing of a document that it cannot bring back whole", () => {
  const [earlier, doc] = [new Y.Doc(), new Y.Doc()];
  doc.getText("a").insert(0, "here");
  doc.getMap("nested").set("inner", new Y.Map());
  assert.throws(() => bringBack(doc, earlier), { code: "ERR_ARGUMENT" });
  assert.equal(doc.getText("a").toString(), "here");
});

test("of too many versions the middle one of the closest goes, old ones before recent, named ones last", () => {
  const at = (...times: number[]): { at: number; name: string | undefined }[] =>
    times.map((at) => ({ at, name: undefined }));
  assert.equal(leastMissed(at(0, 100, 110, 120, 900)), 2);
  assert.equal(leastMissed(at(0, 10, 20, 980, 990, 1_000)), 1, "as close, but older");
  const named = at(0, 100, 110, 120, 900).map((each, index) => (index === 2 ? { ...each, name: "Mine" } : each));
  assert.notEqual(leastMissed(named), 2);
  const all = at(0, 5, 10).map((each) => ({ ...each, name: "All" }));
  assert.equal(leastMissed(all), 1);
});

test("a record of a version is read as it was written, and no bytes make the reader throw", () => {
  const record = {
    ...{ number: 7, at: 1_700_000_000_000, by: [ADA], broughtBy: [BEN], name: "Ω", broughtBackFrom: 5 },
    ...{ vector: new Uint8Array([1, 2, 3]), bytes: 9 },
  };
  assert.deepEqual(readVersion(writeVersion(record)), record);
  const bare = { ...record, by: [], broughtBy: [], name: undefined, broughtBackFrom: undefined };
  assert.deepEqual(readVersion(writeVersion(bare)), bare);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readVersion(bytes)));
  for (const wrong of [
    "{}",
    "null",
    "[]",
    '{"number":1,"at":"x","bytes":1}',
    '{"number":1,"at":1,"bytes":1,"vector":"zz"}',
  ])
    assert.equal(readVersion(new TextEncoder().encode(wrong)), undefined, wrong);
});

test("KithProvider: versions say who wrote and who only brought it, and come back for everybody", {
  timeout: 20_000,
}, async () => {
  const hub = new RoomHub();
  const a = hub.join();
  const store = new MemoryStore();
  const textOf = ({ doc }: KithProvider): string => doc.getText("text").toString();
  const until = async (isIt: () => boolean): Promise<void> => {
    while (!isIt()) await new Promise((resolve) => setImmediate(resolve));
  };
  await using ada = await KithProvider.open(a.room, new Y.Doc());
  await ada.ready;
  ada.doc.getText("text").insert(0, "one");
  await settled();
  const b = hub.join();
  {
    await using ben = await KithProvider.open(b.room, new Y.Doc(), { store, keepsHistory: true });
    await ben.ready;
    await until(() => textOf(ben) === "one");
    await ben.history?.keep();
    ada.doc.getText("text").insert(3, " two");
    await until(() => textOf(ben) === "one two");
    await ben.history?.keep();
    ben.doc.getText("text").delete(0, 7);
    await ben.history?.keep();
    const versions = ben.history?.versions.get() ?? [];
    assert.deepEqual(
      versions.map(({ by, broughtBy }) => [by, broughtBy]),
      [
        [[], [a.self]],
        [[a.self], []],
        [[b.self], []],
      ],
    );
    await ben.history?.bringBack(versions[1]?.number ?? -1);
    await until(() => textOf(ada) === "one two");
  }
  await using again = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store, keepsHistory: true });
  assert.equal(again.history?.versions.get().length, 4);
  await using bare = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store });
  assert.equal(bare.history, undefined);
});
