/** Files of a room between whole endpoints over TCP on this machine: shared, given on, and after a restart. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createIdentity, FILE_CHUNK_BYTES, type LocalIdentity } from "@kith/core";
import type { Endpoint } from "../api.ts";
import { createEndpoint } from "../create-endpoint.ts";
import { MemoryStore } from "../memory-store.ts";
import type { Room, RoomFileView } from "../rooms-api.ts";
import type { KeyValueStore } from "../storage.ts";
import { until } from "../testing/until.ts";
import { nodeProvider } from "./node-crypto.ts";
import { nodeFiles } from "./node-files.ts";
import { tcpTransport } from "./tcp.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const FILE_BYTES = 60 * FILE_CHUNK_BYTES + 11;

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-room-files-tcp-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A store that a process leaves open for the next one. */
class KeptStore extends MemoryStore {
  override async close(): Promise<void> {}
}

interface Home {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly store: KeyValueStore;
}

const home = (name: string): Home => ({ name, identity: createIdentity(nodeProvider, random), store: new KeptStore() });

const start = ({ name, identity, store }: Home): Promise<Endpoint> =>
  createEndpoint({
    ...{ name, identity, store },
    provider: nodeProvider,
    endOfTurn: (run) => process.nextTick(run),
    transports: [tcpTransport({ host: "127.0.0.1" })],
    files: nodeFiles(join(folder, name)),
  });

const file = (room: Room, id: string, isIt: (view: RoomFileView) => boolean): Promise<RoomFileView> =>
  until(room.files.all, (all) => all.find((view) => view.id === id && isIt(view)));

const inviteTo = async (room: Room): Promise<string> => (await room.invite()).links[0] ?? "";

test("a file for a room goes from its sender once, from the others to the rest, and after a restart from them alone", {
  timeout: 60_000,
}, async () => {
  const [adas, bens] = [home("ada"), home("ben")];
  const ada = await start(adas);
  await using cem = await start(home("cem"));
  const room = await ada.rooms.create("Garden");
  let ben = await start(bens);
  const there = [await ben.rooms.join(await inviteTo(room)), await cem.rooms.join(await inviteTo(room))];

  const content = randomBytes(FILE_BYTES);
  await writeFile(join(folder, "film.mkv"), content);
  const id = await room.files.send(join(folder, "film.mkv"));
  await Promise.all(
    there.map(async (theirs) => {
      await file(theirs, id, () => true);
      await theirs.files.fetch(id);
      const { path = "" } = await file(theirs, id, ({ state }) => state === "have");
      assert.ok(content.equals(await readFile(path)));
    }),
  );
  const { bytesServed } = await file(room, id, () => true);
  assert.ok(bytesServed <= 1.15 * FILE_BYTES, `${bytesServed / FILE_BYTES} copies`);

  // The founder leaves, and a holder comes back as a new process: whoever is let in now has it from members.
  await ada.close();
  await ben.close();
  ben = await start(bens);
  const again = ben.rooms.get(room.id);
  assert.ok(again);
  assert.equal((await file(again, id, () => true)).state, "have");
  await using dan = await start(home("dan"));
  const dans = await dan.rooms.join(await inviteTo(again));
  await file(dans, id, ({ sources }) => sources > 0);
  await dans.files.fetch(id);
  const { path = "" } = await file(dans, id, ({ state }) => state === "have");
  assert.ok(content.equals(await readFile(path)));
  await ben.close();
});
