/**
 * When each of many things is due, and which comes first: a binary heap with lazy deletion. Setting
 * a deadline anew costs a logarithm, asking for the first one nothing; thousands of quiet machines
 * cost nothing a turn.
 *
 * As large as the collection whose keys it holds; entries that no longer count are swept out once
 * they are the larger part.
 *
 * @module
 */
import type { Instant } from "./time.ts";

interface Entry<Key> {
  readonly key: Key;
  readonly at: Instant;
}

const SWEEP_FROM = 64;

export class Deadlines<Key> {
  readonly #current = new Map<Key, Entry<Key>>();
  #heap: Entry<Key>[] = [];

  get size(): number {
    return this.#current.size;
  }

  /** `undefined`: never. */
  set(key: Key, at: Instant | undefined): void {
    const before = this.#current.get(key);
    if (before?.at === at) return;
    if (at === undefined) {
      this.#current.delete(key);
      return;
    }
    const entry = { key, at };
    this.#current.set(key, entry);
    if (this.#heap.length >= SWEEP_FROM && this.#heap.length > 2 * this.#current.size) this.#sweep();
    else this.#push(entry);
  }

  /** The earliest deadline. */
  next(): Instant | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#current.get(first.key) === first) return first.at;
      this.#pop();
    }
    return undefined;
  }

  /** Takes out all that are due at `now`, in order. What is due again must be set again. */
  take(now: Instant): Key[] {
    const due: Key[] = [];
    for (let next = this.next(); next !== undefined && next <= now; next = this.next()) {
      const [first] = this.#heap;
      if (first === undefined) break;
      this.#current.delete(first.key);
      due.push(first.key);
    }
    return due;
  }

  #sweep(): void {
    this.#heap = [];
    for (const entry of this.#current.values()) this.#push(entry);
  }

  #push(entry: Entry<Key>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const [child, at] = b !== undefined && b.at < a.at ? [b, left + 1] : [a, left];
      if (last.at <= child.at) break;
      heap[index] = child;
      index = at;
    }
    heap[index] = last;
  }
}
