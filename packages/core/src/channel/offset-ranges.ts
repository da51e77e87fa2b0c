/**
 * A set of byte offsets as sorted, disjoint, non-touching ranges. A stream has few gaps at a time, one per
 * lost record at most, so an array and a binary search are enough; most of the time it is empty.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";

export class OffsetRanges {
  readonly #edges: number[] = []; // start, end (one past), start, end, …

  get isEmpty(): boolean {
    return this.#edges.length === 0;
  }

  /** How many ranges. */
  get size(): number {
    return this.#edges.length / 2;
  }

  /** Start of the lowest range; `undefined` when empty. */
  get firstStart(): number | undefined {
    return this.#edges[0];
  }

  /** One past the last offset of the lowest range; `undefined` when empty. */
  get firstEnd(): number | undefined {
    return this.#edges[1];
  }

  add(start: number, end: number): void {
    assert(start < end, "empty range");
    // Touching ranges melt: an edge equal to start or end goes too.
    const from = this.#lowerBound(start);
    const to = this.#upperBound(end);
    const edges: number[] = [];
    if (from % 2 === 0) edges.push(start);
    if (to % 2 === 0) edges.push(end);
    this.#edges.splice(from, to - from, ...edges);
  }

  remove(start: number, end: number): void {
    if (this.isEmpty || start >= end) return;
    const from = this.#lowerBound(start);
    const to = this.#upperBound(end);
    const edges: number[] = [];
    if (from % 2 === 1) edges.push(start);
    if (to % 2 === 1) edges.push(end);
    this.#edges.splice(from, to - from, ...edges);
  }

  /** Removes everything that `others` holds. */
  removeAll(others: OffsetRanges): void {
    const edges = others.#edges;
    for (let i = 0; i < edges.length; i += 2) this.remove(edges[i] ?? 0, edges[i + 1] ?? 0);
  }

  clear(): void {
    this.#edges.length = 0;
  }

  /** Index of the first edge that is at least `offset`. */
  #lowerBound(offset: number): number {
    return this.#search((edge) => edge >= offset);
  }

  /** Index of the first edge over `offset`. */
  #upperBound(offset: number): number {
    return this.#search((edge) => edge > offset);
  }

  #search(isBeyond: (edge: number) => boolean): number {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBeyond(this.#edges[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
