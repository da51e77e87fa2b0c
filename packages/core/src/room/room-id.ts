/**
 * What names a room: the hash of the operation that founded it (spec/rooms.md §2).
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "../lib/hex.ts";

export const ROOM_ID_BYTES = 32;

declare const brand: unique symbol;

/** 64 hexadecimal digits, lower case. Known to members and to whoever holds an invitation; nobody else needs it. */
export type RoomId = string & { readonly [brand]: "RoomId" };

export const roomIdFromBytes = (bytes: Uint8Array): RoomId => bytesToHex(bytes) as RoomId;
export const roomIdToBytes = (id: RoomId): Uint8Array => hexToBytes(id);

/** `undefined` for text that names no room. */
export const parseRoomId = (text: string): RoomId | undefined =>
  /^[0-9a-f]{64}$/.test(text) ? (text as RoomId) : undefined;
