/**
 * How many join codes were ended by a wrong try (spec/relay-meeting.md §3). One may be a slip of somebody's ear; more
 * look like a guesser, for instance the relay's operator, and the next codes have a word more. A right code changes
 * nothing about it: whoever guesses would let one through in between.
 *
 *     "trust/burnt-codes" = u8 1 · u8 count · u64 wall time of the latest
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { CODES_BURNT_FOR, CODES_BURNT_MAX } from "../wire/relay-limits.ts";
import { JOIN_CODE_WORDS, JOIN_CODE_WORDS_MAX } from "./join-code.ts";

export const BURNT_CODES_KEY = "trust/burnt-codes";
const VERSION = 1;
const COUNT_MAX = 255;

export class BurntCodes {
  #count: number;
  #latest: WallTime;

  constructor(restored: Iterable<StoreEntry>, wall: WallTime) {
    const { count, latest } = read(restored, wall);
    this.#count = count;
    // A clock that was wrong then must not make it last longer.
    this.#latest = wallTime(Math.min(latest, wall));
  }

  count(wall: WallTime): number {
    return wall - this.#latest < CODES_BURNT_FOR ? this.#count : 0;
  }

  /** Words of the next code. */
  words(wall: WallTime): number {
    return this.count(wall) >= CODES_BURNT_MAX ? JOIN_CODE_WORDS_MAX : JOIN_CODE_WORDS;
  }

  /** A code was tried wrongly. What to store, in the transaction that ends the code. */
  burn(wall: WallTime): StoreEntry {
    this.#count = Math.min(COUNT_MAX, this.count(wall) + 1);
    this.#latest = wall;
    return { key: BURNT_CODES_KEY, value: new Writer(10).u8(VERSION).u8(this.#count).u64(wall).finish() };
  }
}

function read(restored: Iterable<StoreEntry>, wall: WallTime): { count: number; latest: number } {
  for (const { key, value } of restored) {
    if (key !== BURNT_CODES_KEY) continue;
    try {
      const reader = new Reader(value);
      if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "burnt codes");
      const found = { count: reader.u8(), latest: reader.u64() };
      reader.end();
      return found;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { count: CODES_BURNT_MAX, latest: wall }; // damage makes codes longer, never shorter
    }
  }
  return { count: 0, latest: 0 };
}
