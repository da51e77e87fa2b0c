/**
 * A set of whole numbers kept as ranges, for things that come nearly in order: received record
 * counters, acknowledged bytes of a channel. Bounded in the number of ranges, because a peer
 * decides how many there are; when full it forgets the lowest range, and says so by its return.
 *
 * @module
 */
import { assert } from "./assert.ts";

export class IntervalSet {
  /** start0, end0, start1, end1, …: half-open, ascending, never touching each other. */
  readonly #bounds: number[] = [];
  readonly #rangesMax: number;

  constructor(rangesMax: number) {
    assert(rangesMax > 0, "rangesMax must be positive");
    this.#rangesMax = rangesMax;
  }

  get rangeCount(): number {
    return this.#bounds.length / 2;
  }

  /** Range `index` in ascending order, as [start, end). */
  start(index: number): number {
    return this.#bounds[2 * index] ?? 0;
  }

  end(index: number): number {
    return this.#bounds[2 * index + 1] ?? 0;
  }

  /** Adds start to end - 1. False when the lowest range had to be forgotten to make room. */
  add(start: number, end: number): boolean {
    assert(start < end, `empty interval ${start} to ${end}`);
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    // Almost every call: the next number after the highest.
    if (last > 0 && bounds[last] === start) {
      bounds[last] = end;
      return true;
    }
    let from = 0; // the first range that touches or follows
    while (from < bounds.length && (bounds[from + 1] ?? 0) < start) from += 2;
    let to = from; // one past the last range that touches
    while (to < bounds.length && (bounds[to] ?? 0) <= end) to += 2;
    const first = from < to ? Math.min(start, bounds[from] ?? start) : start;
    const final = from < to ? Math.max(end, bounds[to - 1] ?? end) : end;
    bounds.splice(from, to - from, first, final);
    if (this.rangeCount <= this.#rangesMax) return true;
    bounds.splice(0, 2);
    return false;
  }

  has(value: number): boolean {
    const bounds = this.#bounds;
    for (let i = bounds.length - 2; i >= 0; i -= 2) {
      if (value >= (bounds[i] ?? 0)) return value < (bounds[i + 1] ?? 0);
    }
    return false;
  }

  /** Forgets everything below `value`. */
  dropBelow(value: number): void {
    const bounds = this.#bounds;
    while (bounds.length > 0 && (bounds[1] ?? 0) <= value) bounds.splice(0, 2);
    if (bounds.length > 0 && (bounds[0] ?? 0) < value) bounds[0] = value;
  }
}
