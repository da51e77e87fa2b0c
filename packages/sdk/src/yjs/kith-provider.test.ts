/** Documents shared by Yjs over a room in memory. Waits for what is to come, never for a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { MemoryStore } from "../memory-store.ts";
import { RoomHub } from "../room-hub.test.ts";
import { type CursorUser, KithProvider } from "./kith-provider.ts";
import { PRESENCE_BYTES_MAX, readPresence, writePresence } from "./presence-message.ts";

const TIMES = { timeout: 20_000 };

async function until(isIt: () => boolean): Promise<void> {
  while (!isIt()) await new Promise((resolve) => setImmediate(resolve));
}

const textOf = ({ doc }: KithProvider): string => doc.getText("text").toString();

test("KithProvider: what one writes the others have, and a late joiner all of it", TIMES, async () => {
  const hub = new RoomHub();
  await using ada = await KithProvider.open(hub.join().room, new Y.Doc());
  ada.doc.getText("text").insert(0, "Hello");
  await using ben = await KithProvider.open(hub.join().room, new Y.Doc());
  await ben.ready;
  assert.equal(textOf(ben), "Hello");
  ben.doc.getText("text").insert(5, ", Ada");
  await until(() => textOf(ada) === "Hello, Ada");
});

test("KithProvider: what one turn brings leaves as one update", TIMES, async () => {
  const hub = new RoomHub();
  await using ada = await KithProvider.open(hub.join().room, new Y.Doc());
  await using ben = await KithProvider.open(hub.join().room, new Y.Doc());
  await ben.ready;
  let updates = 0;
  ben.doc.on("update", () => updates++);
  for (let index = 0; index < 100; index++) ada.doc.getText("text").insert(index, "x");
  await until(() => textOf(ben).length === 100);
  assert.equal(updates, 1);
});

test("KithProvider: edits that follow soon leave together, and the last one of all does", TIMES, async () => {
  const hub = new RoomHub();
  const ada = await KithProvider.open(hub.join().room, new Y.Doc());
  await using ben = await KithProvider.open(hub.join().room, new Y.Doc());
  await ben.ready;
  let updates = 0;
  ben.doc.on("update", () => updates++);
  const started = performance.now();
  for (let index = 0; index < 200; index++) {
    ada.doc.getText("text").insert(index, "x");
    await new Promise((resolve) => setImmediate(resolve));
  }
  ada.doc.getText("text").insert(200, "!");
  await ada[Symbol.asyncDispose]();
  const took = performance.now() - started;
  await until(() => textOf(ben).endsWith("!"));
  assert.ok(updates <= 2 + took / 15, `${updates} updates in ${took} ms`);
});

test("KithProvider: who comes in later has what was written since somebody came in before", TIMES, async () => {
  const hub = new RoomHub();
  await using ada = await KithProvider.open(hub.join().room, new Y.Doc());
  ada.doc.getText("text").insert(0, "one");
  await using ben = await KithProvider.open(hub.join().room, new Y.Doc());
  await ben.ready;
  for (const change of [
    () => ada.doc.getText("text").insert(3, " two"),
    () => ada.doc.getText("text").delete(0, 4), // which no vector tells
  ]) {
    change();
    await using cem = await KithProvider.open(hub.join().room, new Y.Doc());
    await cem.ready;
    await until(() => textOf(cem) === textOf(ada)); // whoever of the two told it
  }
});

test("KithProvider: what an observer writes in answer to others is told and kept, too", TIMES, async () => {
  const store = new MemoryStore();
  const hub = new RoomHub();
  await using ada = await KithProvider.open(hub.join().room, new Y.Doc());
  const b = hub.join();
  const ben = await KithProvider.open(b.room, new Y.Doc(), { store });
  await ben.ready;
  const text = ben.doc.getText("text");
  text.observe(() => text.toString().endsWith("?") && text.insert(text.length, " Yes."));
  ada.doc.getText("text").insert(0, "Tea?");
  await until(() => textOf(ada) === "Tea? Yes.");
  await ben[Symbol.asyncDispose]();
  await using again = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store });
  assert.equal(textOf(again), "Tea? Yes.");
});

test("KithProvider: what comes while the device writes is kept as one", TIMES, async () => {
  const store = new MemoryStore();
  let writes = 0;
  const batch = store.batch.bind(store);
  store.batch = async (...args) => {
    writes += 1;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    return batch(...args);
  };
  {
    await using ada = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store });
    for (let index = 0; index < 100; index++) {
      ada.doc.getText("text").insert(index, "z");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  assert.ok(writes <= 12, `${writes} writes`);
  await using again = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store });
  assert.equal(textOf(again), "z".repeat(100));
});

test("KithProvider: a device keeps the document, and puts many updates together", TIMES, async () => {
  const store = new MemoryStore();
  const hub = new RoomHub();
  const { room } = hub.join();
  {
    await using ada = await KithProvider.open(room, new Y.Doc(), { store, name: "page" });
    for (let index = 0; index < 300; index++) {
      ada.doc.getText("text").insert(index, "y");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const kept = await store.list(`doc/${room.id}/page/`);
  assert.ok(kept.length <= 129, `${kept.length} are kept`);
  await using again = await KithProvider.open(new RoomHub().join().room, new Y.Doc(), { store, name: "page" });
  assert.equal(textOf(again), "y".repeat(300));
});

test(
  "KithProvider: what both wrote while one was away, and restarted, is one text when it is back",
  TIMES,
  async () => {
    const store = new MemoryStore();
    const hub = new RoomHub();
    await using ada = await KithProvider.open(hub.join().room, new Y.Doc());
    ada.doc.getText("text").insert(0, "base");
    const b = hub.join();
    const ben = await KithProvider.open(b.room, new Y.Doc(), { store });
    await ben.ready;
    hub.setOnline(b.member, false);
    ben.doc.getText("text").insert(4, " Ben");
    await ben[Symbol.asyncDispose]();
    ada.doc.getText("text").insert(0, "Ada ");
    const again = hub.join();
    hub.setOnline(again.member, false);
    await using back = await KithProvider.open(again.room, new Y.Doc(), { store });
    assert.equal(textOf(back), "base Ben");
    back.doc.getText("text").insert(8, "!");
    hub.setOnline(again.member, true);
    await until(() => textOf(ada) === "Ada base Ben!" && textOf(back) === textOf(ada));
  },
);

test("KithProvider: where nobody has the document, somebody begins it", TIMES, async () => {
  const hub = new RoomHub();
  const [a, b] = [hub.join(), hub.join()];
  await using ada = await KithProvider.open(a.room, new Y.Doc());
  await using ben = await KithProvider.open(b.room, new Y.Doc());
  await Promise.all([ada.ready, ben.ready]);
  ada.doc.getText("text").insert(0, "A");
  ben.doc.getText("text").insert(0, "B");
  await until(() => textOf(ada).length === 2 && textOf(ada) === textOf(ben));
});

test("KithProvider: cursors are shown with whose they are, and go with who goes", TIMES, async () => {
  const hub = new RoomHub();
  const [a, b] = [hub.join(), hub.join()];
  await using ada = await KithProvider.open(a.room, new Y.Doc());
  const ben = await KithProvider.open(b.room, new Y.Doc());
  ben.awareness.setLocalState({ cursor: 7 });
  await until(() => ada.awareness.states.get(ben.doc.clientID) !== undefined);
  assert.deepEqual(ada.awareness.states.get(ben.doc.clientID), { cursor: 7 });
  assert.equal(ada.peerOf(ben.doc.clientID), b.self);
  await ben[Symbol.asyncDispose]();
  await until(() => !ada.awareness.states.has(ben.doc.clientID));
});

test("KithProvider: nobody moves another one's cursor", TIMES, async () => {
  const hub = new RoomHub();
  const [a, b, m] = [hub.join(), hub.join(), hub.join()];
  await using ada = await KithProvider.open(a.room, new Y.Doc());
  await using ben = await KithProvider.open(b.room, new Y.Doc());
  ben.awareness.setLocalState({ cursor: 7 });
  await until(() => ada.awareness.states.has(ben.doc.clientID));
  const forged = new Awareness(Object.assign(new Y.Doc(), { clientID: ben.doc.clientID }));
  for (let index = 0; index < 50; index++) forged.setLocalState({ cursor: 666 });
  const mallory = m.room.broadcast("presence/1");
  await mallory.send(encodeAwarenessUpdate(forged, [ben.doc.clientID]));
  const own = new Awareness(new Y.Doc());
  own.setLocalState({ cursor: 1 });
  await mallory.send(encodeAwarenessUpdate(own, [own.doc.clientID]));
  await until(() => ada.awareness.states.has(own.doc.clientID));
  assert.deepEqual(ada.awareness.states.get(ben.doc.clientID), { cursor: 7 });
  forged.destroy();
  own.destroy();
});

test("KithProvider: a cursor bears the member's name, not the one that it gives itself", TIMES, async () => {
  const hub = new RoomHub();
  const [a, b] = [hub.join(), hub.join()];
  const userOf = (): CursorUser => ({ name: "Ben", color: "#123456", colorLight: "#abcdef" });
  await using ada = await KithProvider.open(a.room, new Y.Doc(), { userOf });
  await using ben = await KithProvider.open(b.room, new Y.Doc());
  ben.awareness.setLocalState({ user: { name: "Ada", color: "red; background: url(//x)" }, at: 1 });
  await until(() => ada.awareness.states.has(ben.doc.clientID));
  assert.deepEqual(ada.awareness.states.get(ben.doc.clientID), { user: userOf(), at: 1 });
});

test("readPresence reads what Yjs writes, and nothing else", () => {
  const awareness = new Awareness(new Y.Doc());
  const state = { name: "Ada", cursor: { line: 3 } };
  awareness.setLocalState(state);
  const good = encodeAwarenessUpdate(awareness, [awareness.doc.clientID]);
  const read = readPresence(good);
  assert.deepEqual({ ...read, clock: 0 }, { client: awareness.doc.clientID, clock: 0, state });
  assert.deepEqual(read && writePresence(read), good);
  for (let length = 0; length < good.length; length++) assert.equal(readPresence(good.subarray(0, length)), undefined);
  assert.equal(readPresence(new Uint8Array([...good, 0])), undefined);
  assert.equal(readPresence(new Uint8Array(PRESENCE_BYTES_MAX + 1)), undefined);
  awareness.destroy();
});

test("whatever is written as presence is read as that, and no bytes make the reader throw", () => {
  const presence = fc.record({
    client: fc.nat({ max: 2 ** 32 - 1 }),
    clock: fc.nat(),
    state: fc.option(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue())),
  });
  fc.assert(
    fc.property(presence, (said) => {
      const bytes = writePresence(said);
      if (bytes.length > PRESENCE_BYTES_MAX) return;
      assert.deepEqual(JSON.stringify(readPresence(bytes)), JSON.stringify(said));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readPresence(bytes)));
});
