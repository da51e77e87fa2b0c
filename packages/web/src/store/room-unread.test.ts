import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyValueStore, MemoryStore, type RoomId, Subject } from "@kith/sdk";
import { type RoomsToRead, RoomUnread } from "./room-unread.ts";

type Ids = readonly [string, string, string, string, string, string];
const GARDEN = "garden" as RoomId;
const [A, B, C, D, E, F] = ["a", "b", "c", "d", "e", "f"].map((digit) => digit.repeat(32)) as readonly string[] as Ids;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const said = (id: string, as: { readonly isOurs?: boolean; readonly isDeleted?: boolean } = {}) => ({
  ...{ id, isOurs: false, isDeleted: false },
  ...as,
});

async function oneRoom(store?: KeyValueStore) {
  const history = new Subject([said(A), said(B, { isOurs: true })]);
  const all = new Subject<ReturnType<RoomsToRead["all"]["get"]>>([]);
  const rooms: RoomsToRead = { all, get: (id) => (id === GARDEN ? { chat: { history } } : undefined) };
  const unread = await RoomUnread.open(rooms, store);
  const count = async (): Promise<number> => {
    await turn();
    return unread.counts.get().get(GARDEN) ?? 0;
  };
  return { history, all, unread, count };
}

/** The app was closed after somebody saw what is there, and was opened again. */
async function reloaded() {
  const store = new MemoryStore();
  const before = await oneRoom(store);
  before.all.set([{ id: GARDEN, state: "in" }]);
  await turn();
  before.unread.see(GARDEN);
  before.all.set([]); // the app closes
  await turn();
  return { store, after: await oneRoom(store) };
}

test("what others said in a room is unread until somebody sees it, and again when more comes", async () => {
  const { history, all, unread, count } = await oneRoom();
  assert.equal(await count(), 0, "a room that we are not in");
  all.set([{ id: GARDEN, state: "in" }]);
  assert.equal(await count(), 1);
  assert.equal(unread.firstUnseen(GARDEN), undefined, "nobody looked yet: nothing is newer");
  unread.see(GARDEN);
  assert.equal(await count(), 0);
  history.set([...history.get(), said(C, { isOurs: true }), said(D), said(E, { isDeleted: true }), said(F)]);
  assert.equal(await count(), 2, "neither ours nor what was deleted");
  assert.equal(unread.firstUnseen(GARDEN), D);
});

test("what is gone is not unread, and does not make unread what was seen before it", async () => {
  const { history, all, unread, count } = await oneRoom();
  all.set([{ id: GARDEN, state: "in" }]);
  await turn();
  history.set([said(A), said(B), said(E)]);
  await turn();
  unread.see(GARDEN);
  history.set([said(A), said(B), said(F)]);
  assert.equal(await count(), 1);
  history.set([said(A), said(B)]);
  assert.equal(await count(), 0);
});

test("a room that was left is forgotten, and begins anew", async () => {
  const { history, all, unread, count } = await oneRoom();
  all.set([{ id: GARDEN, state: "in" }]);
  await turn();
  unread.see(GARDEN);
  all.set([{ id: GARDEN, state: "left" }]);
  history.set([...history.get(), said(C)]);
  assert.equal(await count(), 0);
  all.set([{ id: GARDEN, state: "in" }]);
  assert.equal(await count(), 2, "a and c: by others");
});

test("after a reload what was seen is seen, though members tell it again", async () => {
  const { store, after } = await reloaded();
  after.history.set([said(A), said(B, { isOurs: true }), said(C)]);
  after.all.set([{ id: GARDEN, state: "in" }]);
  assert.equal(await after.count(), 1);
  assert.equal(after.unread.firstUnseen(GARDEN), C);
  after.all.set([{ id: GARDEN, state: "expelled" }]);
  await turn();
  assert.deepEqual(await store.list("room-seen/"), []);
});

test("after a reload, who looks before members have told the history keeps what was seen", async () => {
  const { after } = await reloaded();
  const told = after.history.get();
  after.history.set([]);
  after.all.set([{ id: GARDEN, state: "in" }]);
  after.unread.see(GARDEN);
  after.history.set([...told, said(C)]);
  assert.equal(await after.count(), 1);
  assert.equal(after.unread.firstUnseen(GARDEN), C);
});

test("of what was seen, the newest 2,000 are remembered", async () => {
  const store = new MemoryStore();
  const { history, all, unread, count } = await oneRoom(store);
  all.set([{ id: GARDEN, state: "in" }]);
  const ids = Array.from({ length: 2_500 }, (_, at) => at.toString(16).padStart(32, "0"));
  for (const from of [0, 1_000, 1_500]) {
    history.set(ids.slice(from, from + 1_000).map((id) => said(id)));
    await turn();
    unread.see(GARDEN);
  }
  history.set(ids.map((id) => said(id)));
  assert.equal(await count(), 500);
  const [kept] = await store.list("room-seen/");
  assert.equal(kept?.value.length, 2_000 * 16);
});
