/**
 * Room ids on the command line. The same rule as core's `parseRoomId`, without loading it (see peer-id.ts).
 *
 * @module
 */
import type { RoomId } from "@kith/core";

/** 64 hexadecimal digits, of either case; `undefined` for anything else. */
export function readRoomId(text: string): RoomId | undefined {
  const digits = text.toLowerCase();
  return isRoomId(digits) ? digits : undefined;
}

const isRoomId = (text: string): text is RoomId => /^[0-9a-f]{64}$/.test(text);
