/** A document of a room with Yjs, over channels and broadcasts in memory. Yjs is loaded by name: types are ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, millis, type PeerId } from "@kith/core";
import { type Clock, systemClock } from "./clock.ts";
import { type DocReplica, openRoomDoc, type RoomDoc } from "./room-doc.ts";
import { RoomHub, type RoomInTest } from "./room-hub.test.ts";

interface YDoc {
  getText(name: string): { readonly length: number; insert(at: number, text: string): void; toString(): string };
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
}

interface Yjs {
  readonly Doc: new () => YDoc;
  encodeStateVector(doc: YDoc): Uint8Array;
  encodeStateAsUpdate(doc: YDoc, vector?: Uint8Array): Uint8Array;
  applyUpdate(doc: YDoc, update: Uint8Array, origin?: unknown): void;
  snapshot(doc: YDoc): object;
  encodeSnapshot(snapshot: object): Uint8Array;
}

const name: string = "yjs";
const yjs: Yjs = await import(name);

const FAST = 20;
const clock: Clock = {
  now: () => instant(Math.floor(FAST * performance.now())),
  wall: systemClock.wall,
  schedule: (wait, run) => systemClock.schedule(millis(wait / FAST), run),
};

interface Shared {
  readonly doc: YDoc;
  readonly shared: RoomDoc;
  readonly authors: Set<PeerId>;
}

function share(room: RoomInTest, isKept: boolean, docName?: string): Shared {
  const doc = new yjs.Doc();
  const authors = new Set<PeerId>();
  const replica: DocReplica = {
    stateVector: () => yjs.encodeStateVector(doc),
    diffFor: (vector) => yjs.encodeStateAsUpdate(doc, vector),
    apply: (update, from) => {
      authors.add(from);
      yjs.applyUpdate(doc, update, "room");
    },
    digest: () => yjs.encodeSnapshot(yjs.snapshot(doc)),
  };
  const shared = openRoomDoc(room, replica, { isKept, clock, ...(docName !== undefined && { name: docName }) });
  doc.on("update", (update, origin) => {
    if (origin !== "room") shared.publish(update);
  });
  return { doc, shared, authors };
}

const textOf = ({ doc }: Shared): string => doc.getText("text").toString();

async function until(isIt: () => boolean): Promise<void> {
  while (!isIt()) await new Promise((resolve) => setImmediate(resolve));
}

test("a joiner has the whole document before it is ready; edits of all reach all", { timeout: 20_000 }, async () => {
  const hub = new RoomHub();
  const [a, b] = [hub.join(), hub.join()];
  await using stack = new AsyncDisposableStack();
  const ada = share(a.room, true);
  stack.use(ada.shared);
  ada.doc.getText("text").insert(0, "x".repeat(1_048_576));
  const ben = share(b.room, false);
  stack.use(ben.shared);
  assert.equal(ben.shared.isReady.get(), false);
  await ben.shared.ready;
  assert.equal(textOf(ben), textOf(ada));
  const c = hub.join();
  const cem = share(c.room, false);
  stack.use(cem.shared);
  await cem.shared.ready;
  assert.equal(textOf(cem), textOf(ada));
  for (const [at, each] of [ada, ben, cem].entries()) each.doc.getText("text").insert(at, `<${at}>`);
  await until(() => [ada, ben, cem].every((each) => textOf(each).length === 1_048_576 + 9));
  await until(() => textOf(ada) === textOf(ben) && textOf(ben) === textOf(cem));
  assert.deepEqual([...ada.authors].sort(), [b.self, c.self].sort());
});

test("who was away gets what it missed, and gives what it wrote", { timeout: 20_000 }, async () => {
  const hub = new RoomHub();
  const [a, b] = [hub.join(), hub.join()];
  await using stack = new AsyncDisposableStack();
  const [ada, ben] = [share(a.room, true, "board"), share(b.room, false, "board")];
  stack.use(ada.shared);
  stack.use(ben.shared);
  await ben.shared.ready;
  hub.setOnline(b.member, false);
  ada.doc.getText("text").insert(0, "one ");
  ben.doc.getText("text").insert(0, "two ");
  await new Promise((resolve) => setImmediate(resolve));
  hub.setOnline(b.member, true);
  await until(() => textOf(ada).length === 8 && textOf(ada) === textOf(ben));
});

test("a name that is no protocol's, a document that is over, and one that begins where a person says so", async () => {
  const hub = new RoomHub();
  const { room } = hub.join();
  assert.throws(() => share(room, true, "x".repeat(31)), { code: "ERR_ARGUMENT" });
  assert.throws(() => share(room, true, "a b"), { code: "ERR_ARGUMENT" });
  const ada = share(room, false);
  ada.shared.begin();
  await ada.shared.ready;
  const other = share(room, false, "other");
  await other.shared[Symbol.asyncDispose]();
  await assert.rejects(other.shared.ready, { code: "ERR_ROOM_LEFT" });
  assert.throws(() => other.shared.publish(new Uint8Array()), { code: "ERR_ROOM_LEFT" });
  await ada.shared[Symbol.asyncDispose]();
});
