/** Files of a room on a real disk: several members in one process, joined by channels in memory. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { FILE_CHUNK_BYTES, instant, millis, type PeerId } from "@kith/core";
import { type Clock, systemClock } from "../clock.ts";
import type { RoomFilePort } from "../file-port.ts";
import { MemoryStore } from "../memory-store.ts";
import { RoomFilesHandle, roomFilesPrefix } from "../room-files-handle.ts";
import { ROOM_ID, RoomHub } from "../room-hub.test.ts";
import type { RoomFileView } from "../rooms-api.ts";
import { nodeProvider } from "./node-crypto.ts";
import { RoomFileDisk } from "./room-file-disk.ts";

/** Twenty times as fast as time, so that nobody waits for a machine that waits. */
const FAST = 20;
const clock: Clock = {
  now: () => instant(Math.floor(FAST * performance.now())),
  wall: systemClock.wall,
  schedule: (wait, run) => systemClock.schedule(millis(wait / FAST), run),
};

const FILE_BYTES = 20 * FILE_CHUNK_BYTES + 7;
let home = "";
const open: { readonly files: RoomFilesHandle; readonly disk: RoomFileDisk }[] = [];

beforeEach(async () => {
  home = await fs.mkdtemp(join(tmpdir(), "kith-room-files-"));
});

afterEach(async () => {
  for (const { files, disk } of open.splice(0)) {
    await files.close();
    await disk.close();
  }
  await fs.rm(home, { recursive: true, force: true });
});

interface Member {
  readonly self: PeerId;
  readonly member: ReturnType<RoomHub["join"]>["member"];
  readonly files: RoomFilesHandle;
  readonly disk: RoomFileDisk;
  readonly inbox: string;
  readonly store: MemoryStore;
  readonly noted: PeerId[];
  restart(): Promise<Member>;
}

async function joinRoom(hub: RoomHub, at: string, joined = hub.join(), store = new MemoryStore()): Promise<Member> {
  const { self, room, member } = joined;
  const inbox = join(home, at);
  const disk = new RoomFileDisk(inbox);
  const noted: PeerId[] = [];
  const files = new RoomFilesHandle({
    ...{ room, self, store, noted, provider: nodeProvider, clock },
    random: (length) => randomBytes(length),
    restored: await store.list(roomFilesPrefix(ROOM_ID)),
    port: disk satisfies RoomFilePort,
    hash: undefined,
    note: (_, peer) => noted.push(peer),
  });
  open.push({ files, disk });
  const restart = async (): Promise<Member> => {
    await files.close();
    await disk.close();
    hub.setOnline(member, false);
    for (const queues of [member.incoming, member.heard]) queues.clear();
    hub.setOnline(member, true);
    return joinRoom(hub, at, joined, store);
  };
  return { self, member, files, disk, inbox, store, noted, restart };
}

/** Resolves when the member sees the file so. */
function until(files: RoomFilesHandle, id: string, isIt: (view: RoomFileView) => boolean): Promise<RoomFileView> {
  return new Promise((resolve) => {
    const look = (): void => {
      const view = files.all.get().find((each) => each.id === id);
      if (view === undefined || !isIt(view)) return;
      stop();
      resolve(view);
    };
    const stop = files.all.subscribe(look);
    look();
  });
}

async function makeFile(
  name: string,
  bytes = FILE_BYTES,
): Promise<{ readonly path: string; readonly content: Buffer }> {
  const [path, content] = [join(home, name), randomBytes(bytes)];
  await fs.writeFile(path, content);
  return { path, content };
}

test("a file that one sends to the room reaches the others' disks, and leaves its sender about once", async () => {
  const hub = new RoomHub();
  const [ada, ben, cem, dan] = [
    await joinRoom(hub, "a"),
    await joinRoom(hub, "b"),
    await joinRoom(hub, "c"),
    await joinRoom(hub, "d"),
  ];
  assert.ok(ada && ben && cem && dan);
  const { path, content } = await makeFile("a picture.png");
  const id = await ada.files.send(path);
  await Promise.all(
    [ben, cem, dan].map(async ({ files, inbox }) => {
      await until(files, id, ({ state }) => state === "offered");
      await files.fetch(id);
      const view = await until(files, id, ({ state }) => state === "have");
      assert.equal(view.path, join(inbox, "a picture.png"));
      assert.equal(view.bytesDone, FILE_BYTES);
      assert.ok(content.equals(await fs.readFile(view.path ?? "")));
      assert.deepEqual((await fs.readdir(inbox)).sort(), ["a picture.png"], "no part is left");
      assert.equal((await fs.stat(view.path ?? "")).mode & 0o111, 0, "nobody's to run");
    }),
  );
  assert.ok(ada.member.bytesSent < 1.15 * FILE_BYTES, `${ada.member.bytesSent / FILE_BYTES} copies`);
  const served = ada.files.all.get()[0]?.bytesServed ?? 0;
  assert.ok(served >= FILE_BYTES && served < 1.15 * FILE_BYTES);
});

test("a name that is a path stays in the folder, and one that is taken is numbered", async () => {
  const hub = new RoomHub();
  const [ada, ben] = [await joinRoom(hub, "a"), await joinRoom(hub, "b")];
  const { path, content } = await makeFile("notes.txt", 1_000);
  await fs.mkdir(ben.inbox);
  await fs.writeFile(join(ben.inbox, "notes.txt"), "mine");
  const id = await ada.files.send(path);
  await until(ben.files, id, () => true);
  await ben.files.fetch(id);
  const view = await until(ben.files, id, ({ state }) => state === "have");
  assert.equal(view.path, join(ben.inbox, "notes (2).txt"));
  assert.ok(content.equals(await fs.readFile(view.path ?? "")));
  assert.equal(await fs.readFile(join(ben.inbox, "notes.txt"), "utf8"), "mine");
});

test("a process that ends in the middle goes on where it was, and one that has the file gives it after a restart", async () => {
  const hub = new RoomHub();
  const ada = await joinRoom(hub, "a");
  let ben = await joinRoom(hub, "b");
  const { path, content } = await makeFile("film.mkv", 4 * FILE_BYTES);
  const id = await ada.files.send(path);
  await until(ben.files, id, () => true);
  await ben.files.fetch(id);
  await until(ben.files, id, ({ bytesDone }) => bytesDone > FILE_BYTES);
  ben = await ben.restart();
  const view = await until(ben.files, id, ({ state }) => state === "have");
  assert.ok(content.equals(await fs.readFile(view.path ?? "")));
  hub.setOnline(ada.member, false);
  ben = await ben.restart();
  const cem = await joinRoom(hub, "c");
  await until(cem.files, id, ({ sources }) => sources > 0); // Ben says again what he has
  await cem.files.fetch(id);
  const third = await until(cem.files, id, ({ state }) => state === "have");
  assert.ok(content.equals(await fs.readFile(third.path ?? "")));
});

test("who sends wrong data is named, and the file comes from others", async () => {
  const hub = new RoomHub();
  const [ada, eve, ben] = [await joinRoom(hub, "a"), await joinRoom(hub, "e"), await joinRoom(hub, "b")];
  const { path, content } = await makeFile("contract.pdf");
  const id = await ada.files.send(path);
  await until(eve.files, id, () => true);
  await eve.files.fetch(id);
  await until(eve.files, id, ({ state }) => state === "have");
  eve.member.tamper = (message) => {
    const changed = message.slice();
    if (message.length > FILE_CHUNK_BYTES) changed[100] = (changed[100] ?? 0) ^ 1;
    return changed;
  };
  await until(ben.files, id, () => true);
  await ben.files.fetch(id);
  const view = await until(ben.files, id, ({ state }) => state === "have");
  assert.ok(content.equals(await fs.readFile(view.path ?? "")));
  assert.ok(ben.noted.every((peer) => peer === eve.self));
});

test("what cannot be written is a failure that can be tried again; what cannot be read is not announced", async () => {
  const hub = new RoomHub();
  const [ada, ben] = [await joinRoom(hub, "a"), await joinRoom(hub, "b")];
  await assert.rejects(ada.files.send(join(home, "missing")), { code: "ERR_FILE" });
  await assert.rejects(ada.files.send(home), { code: "ERR_FILE" });
  const aborted = AbortSignal.abort(new Error("no"));
  const { path } = await makeFile("x.bin");
  await assert.rejects(ada.files.send(path, { signal: aborted }), /no/);
  await assert.rejects(ben.files.fetch("00"), { code: "ERR_TRANSFER_UNKNOWN" });
  const id = await ada.files.send(path);
  await until(ben.files, id, () => true);
  await fs.writeFile(join(home, "file"), "");
  await ben.files.fetch(id, { directory: join(home, "file") }); // a file where a folder should be
  const failed = await until(ben.files, id, ({ state }) => state === "failed");
  assert.equal(failed.failure, "notPermitted");
  await ben.files.fetch(id);
  await until(ben.files, id, ({ state }) => state === "have");
  await assert.rejects(ben.files.fetch(id), { code: "ERR_TRANSFER_STATE" });
  await ben.files.cancel(id);
  await assert.rejects(ben.files.cancel(id), { code: "ERR_TRANSFER_STATE" });
  await ben.files.close();
  await assert.rejects(ben.files.send(path), { code: "ERR_ROOM_LEFT" });
});
