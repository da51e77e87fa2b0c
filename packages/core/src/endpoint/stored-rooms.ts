/**
 * Rooms as the store has them: keys are `room/<room id>/<the room\'s own>`.
 *
 * @module
 */
import type { StoreEntry } from "../lib/store-entry.ts";
import { WireError } from "../lib/wire-error.ts";
import { parseRoomId, type RoomId } from "../room/room-id.ts";
import { ROOMS_MAX } from "../wire/limits.ts";
import { decodeAbout, type RoomAbout } from "./room-about.ts";

export const ROOM_PREFIX = "room/";
const ID_DIGITS = 64;

export interface StoredRoom {
  readonly room: RoomId;
  readonly about: RoomAbout;
  /** All of it, with whole keys. */
  readonly entries: readonly StoreEntry[];
}

/** Those that can be read; a room without a word about it was not taken up. */
export function storedRooms(restored: readonly StoreEntry[]): readonly StoredRoom[] {
  const byRoom = new Map<RoomId, StoreEntry[]>();
  for (const entry of restored) {
    if (!entry.key.startsWith(ROOM_PREFIX)) continue;
    const room = parseRoomId(entry.key.slice(ROOM_PREFIX.length, ROOM_PREFIX.length + ID_DIGITS));
    if (room === undefined) continue;
    const entries = byRoom.get(room);
    if (entries === undefined) byRoom.set(room, [entry]);
    else entries.push(entry);
  }
  const rooms: StoredRoom[] = [];
  for (const [room, entries] of byRoom) {
    const about = aboutOf(room, entries);
    if (about !== undefined && rooms.length < ROOMS_MAX) rooms.push({ room, about, entries });
  }
  return rooms;
}

function aboutOf(room: RoomId, entries: readonly StoreEntry[]): RoomAbout | undefined {
  const entry = entries.find(({ key }) => key === `${ROOM_PREFIX}${room}/about`);
  try {
    return entry && decodeAbout(entry.value);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
