/**
 * Where keys are logged in, and how a key that arrives as bytes is found without making a text of it.
 *
 * Open addressing, linear, at most half full. Keys are chosen by strangers, who could make thousands that collide:
 * what is mixed starts from chance.
 *
 * @module
 */
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { RELAY_KEY_BYTES } from "./relay-message.ts";

const NOBODY = -1;
const SLOTS_MIN = 16;
const LAST_WORD = RELAY_KEY_BYTES - 4;

/** As large as the number of those who are logged in, which the relay bounds. */
export class KeyTable<Seat> {
  readonly #seeds: readonly [number, number];
  #keys = new Uint8Array(SLOTS_MIN * RELAY_KEY_BYTES);
  #seats: (Seat | undefined)[] = [];
  readonly #free: number[] = [];
  #table = new Int32Array(2 * SLOTS_MIN).fill(NOBODY);
  #size = 0;

  constructor(random: RandomSource) {
    const reader = new Reader(random(8));
    this.#seeds = [reader.u32(), reader.u32()];
  }

  get size(): number {
    return this.#size;
  }

  /** From now on `key` is at `seat`; returns where it was before. Copies `key`. */
  attach(key: Uint8Array, seat: Seat): Seat | undefined {
    const found = this.#placeOf(key, 0);
    const slot = this.#table[found] ?? NOBODY;
    if (slot !== NOBODY) {
      const before = this.#seats[slot];
      this.#seats[slot] = seat;
      return before;
    }
    const fresh = this.#free.pop() ?? this.#seats.length;
    this.#seats[fresh] = seat;
    this.#size += 1;
    const grows = 2 * this.#seats.length > this.#table.length;
    if (grows) this.#growKeys();
    this.#keys.set(key, fresh * RELAY_KEY_BYTES);
    if (grows) this.#index();
    else this.#table[found] = fresh;
    return undefined;
  }

  /** `key` is nowhere any more, if `seat` is where it was. */
  detach(key: Uint8Array, seat: Seat): void {
    const place = this.#placeOf(key, 0);
    const slot = this.#table[place] ?? NOBODY;
    if (slot === NOBODY || this.#seats[slot] !== seat) return;
    this.#seats[slot] = undefined;
    this.#free.push(slot);
    this.#size -= 1;
    this.#close(place);
  }

  /** Where the key of the 32 bytes from `offset` on is. */
  seatAt(bytes: Uint8Array, offset: number): Seat | undefined {
    const slot = this.#table[this.#placeOf(bytes, offset)] ?? NOBODY;
    return slot === NOBODY ? undefined : this.#seats[slot];
  }

  /** Of the key, or of the free place where it would be. */
  #placeOf(bytes: Uint8Array, offset: number): number {
    const mask = this.#table.length - 1;
    for (let at = this.#hashAt(bytes, offset) & mask; ; at = (at + 1) & mask) {
      const slot = this.#table[at] ?? NOBODY;
      if (slot === NOBODY || this.#isAt(slot, bytes, offset)) return at;
    }
  }

  #isAt(slot: number, bytes: Uint8Array, offset: number): boolean {
    const [keys, start] = [this.#keys, slot * RELAY_KEY_BYTES];
    for (let i = 0; i < RELAY_KEY_BYTES; i++) if (keys[start + i] !== bytes[offset + i]) return false;
    return true;
  }

  #hashAt(bytes: Uint8Array, offset: number): number {
    const [first, second] = this.#seeds;
    let hash = Math.imul(wordAt(bytes, offset) ^ first, 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + (wordAt(bytes, offset + LAST_WORD) ^ second), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 1;
  }

  /** Frees a place: those behind it that could not have theirs move up (Knuth 6.4, algorithm R). */
  #close(freed: number): void {
    const mask = this.#table.length - 1;
    let gap = freed;
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const slot = this.#table[at] ?? NOBODY;
      if (slot === NOBODY) break;
      const home = this.#hashAt(this.#keys, slot * RELAY_KEY_BYTES) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#table[gap] = slot;
      gap = at;
    }
    this.#table[gap] = NOBODY;
  }

  #growKeys(): void {
    const grown = new Uint8Array(2 * this.#keys.length);
    grown.set(this.#keys);
    this.#keys = grown;
  }

  #index(): void {
    const table = new Int32Array(2 * this.#table.length).fill(NOBODY);
    this.#table = table;
    for (let slot = 0; slot < this.#seats.length; slot++) {
      if (this.#seats[slot] !== undefined) table[this.#placeOf(this.#keys, slot * RELAY_KEY_BYTES)] = slot;
    }
  }
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
