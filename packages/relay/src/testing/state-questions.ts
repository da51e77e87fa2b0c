/** Questions to a relay's state, as tests ask them. */
import { type StateQuestion, type WallTime, wallTime } from "@kith/core";

export const START: WallTime = wallTime(1_700_000_000_000);
const DAY_MS = 86_400_000;

/** 32 bytes that are easily found in a file. */
export const keyOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(`key of ${name}:`.padEnd(32, name)));

export const loginOf = (name: string, wall: WallTime = START): StateQuestion => ({
  ...{ type: "login", key: keyOf(name), pass: undefined, isCaller: false, paid: true, wall },
});

export const depositOf = (from: string, to: string, id: number, sealed: Uint8Array): StateQuestion => ({
  ...{ type: "deposit", from: keyOf(from), to: keyOf(to), sealed, id: idOf(id) },
  ...{ wall: START, until: wallTime(START + DAY_MS) },
});

export const itemsOf = (name: string, wall: WallTime = START): StateQuestion & { type: "items" } => ({
  ...{ type: "items", key: keyOf(name), after: 0, count: 1_000, bytes: 1e9, wall },
});

export function idOf(id: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(id, 12);
  return new Uint8Array(bytes);
}
