/**
 * Rooms as a part of the SDK's endpoint: their machines and handles, and all that only they need. Imported by nothing
 * but whoever gives it to an endpoint, so that a page can do without it until there is a room.
 *
 * @module
 */
import { makeRooms, type StoreEntry } from "@kith/core";
import type { Driver } from "./driver.ts";
import type { FilePort } from "./file-port.ts";
import { RoomFilesHandle, type RoomFilesOptions, roomFilesPrefix } from "./room-files-handle.ts";
import { Kept } from "./room-refusal.ts";
import { RoomsHandle, type RoomsParts } from "./rooms-handle.ts";
import { RoutedFlows } from "./routed-flows.ts";
import type { KeyValueStore } from "./storage.ts";

/** What the endpoint around it gives. */
export interface RoomsGround
  extends Pick<RoomsParts, "all" | "clock" | "contact" | "linkWays" | "open" | "provider" | "random" | "relays"> {
  readonly driver: Driver;
  readonly store: KeyValueStore | undefined;
  readonly restored: readonly StoreEntry[];
  /** Access to files, if there is any. */
  readonly files: FilePort | undefined;
  /** Of contents of files, where the provider does that later. */
  readonly bulkHash: RoomFilesOptions["hash"];
  readonly note: RoomFilesOptions["note"];
}

export function beginRooms(ground: RoomsGround): RoomsHandle {
  const { driver, provider, clock, random, store, restored, files, note } = ground;
  const { core } = driver;
  const self = core.identity.peerId;
  core.roomSpace.add(makeRooms, driver.moment());
  driver.touch();
  return new RoomsHandle({
    ...ground,
    ...{ self, commands: core.rooms, kept: new Kept(driver, core.rooms), flows: new RoutedFlows(driver) },
    sessionOf: (peer) => core.sessionOf(peer),
    remoteOf: (link) => driver.link(link)?.remote,
    nearby: () => core.presence.nearby.map(({ addresses }) => addresses),
    forgetFiles: async (room) => {
      const kept = (await store?.list(roomFilesPrefix(room))) ?? [];
      await store?.batch(
        [],
        kept.map(({ key }) => key),
      );
    },
    files: (room) =>
      new RoomFilesHandle({
        ...{ room, self, provider, clock, random, store },
        restored: restored.filter(({ key }) => key.startsWith(roomFilesPrefix(room.id))),
        port: files?.rooms,
        hash: ground.bulkHash,
        note,
      }),
  });
}
