/**
 * Bytes of a stream that came before those in front of them. Slabs at multiples of {@link SLAB_BYTES} with a bit
 * for every byte: memory and time depend on the window alone, however finely a peer scatters its bytes, where
 * a list of pieces would cost an object for each.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { SLAB_BYTES } from "./slab-pool.ts";

interface Slab {
  readonly bytes: Uint8Array;
  readonly present: Uint32Array; // bit i % 32 of word i / 32: byte i has come
}

export class EarlyBytes {
  readonly #slabs = new Map<number, Slab>(); // by number in the stream; the window bounds how many

  get isEmpty(): boolean {
    return this.#slabs.size === 0;
  }

  /** Copies `bytes` to `offset`, over what was there. Nothing below what {@link take} gave out may be put. */
  put(offset: number, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const number = Math.floor((offset + from) / SLAB_BYTES);
      const at = (offset + from) % SLAB_BYTES;
      const count = Math.min(bytes.length - from, SLAB_BYTES - at);
      let slab = this.#slabs.get(number);
      if (slab === undefined) {
        slab = { bytes: new Uint8Array(SLAB_BYTES), present: new Uint32Array(SLAB_BYTES / 32) };
        this.#slabs.set(number, slab);
      }
      slab.bytes.set(bytes.subarray(from, from + count), at);
      setBits(slab.present, at, at + count);
      from += count;
    }
  }

  /**
   * The bytes present from `offset` on, up to the end of a slab; `undefined` if that byte has not come.
   * A view which nobody writes again. Offsets only grow from call to call, by what came out.
   */
  take(offset: number): Uint8Array | undefined {
    const number = Math.floor(offset / SLAB_BYTES);
    const slab = this.#slabs.get(number);
    if (slab === undefined) return undefined;
    const at = offset % SLAB_BYTES;
    const end = firstUnset(slab.present, at);
    if (end === at) return undefined;
    if (end === SLAB_BYTES) this.#slabs.delete(number);
    return slab.bytes.subarray(at, end);
  }

  /** The stream has reached `offset`: slabs that lie whole below it are forgotten, all if none can lie above. */
  forgetBelow(offset: number, highest: number): void {
    if (highest <= offset) this.#slabs.clear();
    for (const number of this.#slabs.keys()) {
      if ((number + 1) * SLAB_BYTES <= offset) this.#slabs.delete(number);
    }
  }
}

function setBits(words: Uint32Array, start: number, end: number): void {
  assert(start < end, "no bits to set");
  const first = start >>> 5;
  const last = (end - 1) >>> 5;
  const headMask = (0xffff_ffff << (start & 31)) >>> 0;
  const tailMask = 0xffff_ffff >>> (31 - ((end - 1) & 31));
  if (first === last) {
    words[first] = (words[first] ?? 0) | (headMask & tailMask);
    return;
  }
  words[first] = (words[first] ?? 0) | headMask;
  words.fill(0xffff_ffff, first + 1, last);
  words[last] = (words[last] ?? 0) | tailMask;
}

/** The first bit from `start` on that is 0, or one past the last. */
function firstUnset(words: Uint32Array, start: number): number {
  for (let word = start >>> 5; word < words.length; word++) {
    const below = word === start >>> 5 ? ~(0xffff_ffff << (start & 31)) : 0; // bits under start count as set
    const unset = ~((words[word] ?? 0) | below);
    if (unset !== 0) return word * 32 + 31 - Math.clz32(unset & -unset);
  }
  return words.length * 32;
}
