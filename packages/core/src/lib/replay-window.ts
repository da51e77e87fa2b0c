/**
 * Which record counters a path has seen, so that each record is taken once however the link
 * repeats and reorders (RFC 6479: a ring of blocks, one more than the window needs, so that moving
 * on clears whole blocks and never shifts bits).
 *
 * @module
 */
import { assert } from "./assert.ts";

const BLOCK_BITS = 32;

export class ReplayWindow {
  readonly #size: number;
  readonly #blocks: Uint32Array;
  #highest = -1;

  /** Remembers the `size` counters up to the highest one; everything older counts as seen. */
  constructor(size: number) {
    assert(Number.isInteger(size) && size > 0 && size % BLOCK_BITS === 0, `replay window of ${size}`);
    this.#size = size;
    this.#blocks = new Uint32Array(size / BLOCK_BITS + 1);
  }

  /** The highest counter added; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether {@link add} would accept `counter` now. Changes nothing: for a check before the record is opened. */
  isNew(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - this.#size) return false;
    return ((this.#blocks[this.#slot(counter)] ?? 0) & bit(counter)) === 0;
  }

  /** Remembers `counter`, of a record that was opened; false if it was seen before or is too old to know. */
  add(counter: number): boolean {
    if (!this.isNew(counter)) return false;
    if (counter > this.#highest) this.#moveTo(counter);
    const slot = this.#slot(counter);
    this.#blocks[slot] = (this.#blocks[slot] ?? 0) | bit(counter);
    return true;
  }

  #moveTo(counter: number): void {
    const from = Math.floor(this.#highest / BLOCK_BITS); // -1 for the first, so that every block counts as passed
    const passed = Math.floor(counter / BLOCK_BITS) - from;
    // The distance is the peer's choice: never more steps than there are blocks.
    for (let i = 1; i <= Math.min(passed, this.#blocks.length); i++)
      this.#blocks[(from + i + this.#blocks.length) % this.#blocks.length] = 0;
    this.#highest = counter;
  }

  #slot(counter: number): number {
    return Math.floor(counter / BLOCK_BITS) % this.#blocks.length;
  }
}

const bit = (counter: number): number => 1 << (counter % BLOCK_BITS);
