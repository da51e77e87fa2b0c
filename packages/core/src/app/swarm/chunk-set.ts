/**
 * Which chunks of a file: one bit each, chunk 0 in the lowest bit of the first byte.
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { WireError } from "../../lib/wire-error.ts";

export class ChunkSet {
  /** How many chunks the file has. */
  readonly size: number;
  /** 32 chunks a word, for whoever looks for some among many: see {@link commonChunks}. Not to be written. */
  readonly words: Uint32Array;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.words = new Uint32Array(Math.ceil(size / 32));
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.size;
  }

  has(chunk: number): boolean {
    return ((this.words[chunk >>> 5] ?? 0) & (1 << (chunk & 31))) !== 0;
  }

  /** False if it was there. */
  add(chunk: number): boolean {
    assert(chunk >= 0 && chunk < this.size, `chunk ${chunk} of ${this.size}`);
    if (this.has(chunk)) return false;
    this.words[chunk >>> 5] = (this.words[chunk >>> 5] ?? 0) | (1 << (chunk & 31));
    this.#count += 1;
    return true;
  }

  /** False if it was not there. */
  delete(chunk: number): boolean {
    if (!this.has(chunk)) return false;
    this.words[chunk >>> 5] = (this.words[chunk >>> 5] ?? 0) & ~(1 << (chunk & 31));
    this.#count -= 1;
    return true;
  }

  addAll(): void {
    this.words.fill(0xffff_ffff);
    const over = this.size & 31;
    if (over > 0) this.words[this.words.length - 1] = 2 ** over - 1;
    this.#count = this.size;
  }

  clear(): void {
    this.words.fill(0);
    this.#count = 0;
  }

  /** In ascending order. The set may change meanwhile: chunks further on are seen as they are then. */
  *[Symbol.iterator](): Generator<number, void> {
    for (let at = 0; at < this.words.length; at++) {
      if (this.words[at] === 0) continue;
      for (let bit = 0; bit < 32; bit++) if (this.has(32 * at + bit)) yield 32 * at + bit;
    }
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.size / 8));
    for (let at = 0; at < bytes.length; at++) bytes[at] = (this.words[at >>> 2] ?? 0) >>> (8 * (at & 3));
    return bytes;
  }

  /** @throws {WireError} `ERR_VALUE` unless there is a bit for each chunk, and none set beyond. */
  static fromBytes(size: number, bytes: Uint8Array): ChunkSet {
    const set = new ChunkSet(size);
    if (bytes.length !== Math.ceil(size / 8)) throw new WireError("ERR_VALUE", "chunk set of another length");
    const over = size & 7;
    if (over > 0 && (bytes.at(-1) ?? 0) >>> over !== 0) throw new WireError("ERR_VALUE", "chunk beyond the file");
    for (const [at, byte] of bytes.entries()) {
      set.words[at >>> 2] = (set.words[at >>> 2] ?? 0) | (byte << (8 * (at & 3)));
      for (let rest = byte; rest !== 0; rest &= rest - 1) set.#count += 1;
    }
    return set;
  }
}

/** What is in both sets, of one size, from the word `start` on and around. A set may lose what was yielded. */
export function* commonChunks(a: ChunkSet, b: ChunkSet, start: number): Generator<number, void> {
  const length = a.words.length;
  for (let i = 0; i < length; i++) {
    const at = (start + i) % length;
    for (let both = (a.words[at] ?? 0) & (b.words[at] ?? 0); both !== 0; both &= both - 1) {
      yield 32 * at + 31 - Math.clz32(both & -both);
    }
  }
}
