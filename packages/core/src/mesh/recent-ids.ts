/**
 * Ids of a while ago, in two generations: when the younger one is full or old enough, it becomes the older one,
 * and the older one is forgotten. An id is remembered for a lifetime at least and two at most, or less long when
 * there are more than half the maximum within a lifetime.
 *
 * @module
 */
import { type Duration, type Instant, since } from "../lib/time.ts";

export class RecentIds {
  readonly #idsMax: number;
  readonly #lifetime: Duration;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();
  #bornAt: Instant;

  constructor(idsMax: number, lifetime: Duration, now: Instant) {
    [this.#idsMax, this.#lifetime, this.#bornAt] = [idsMax, lifetime, now];
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Remembers `id`; false if it is remembered already. */
  admit(id: string, now: Instant): boolean {
    const age = since(this.#bornAt, now);
    if (this.#young.size >= this.#idsMax / 2 || age >= this.#lifetime) {
      this.#old = age >= 2 * this.#lifetime ? new Set() : this.#young;
      this.#young = new Set();
      this.#bornAt = now;
    }
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    return true;
  }
}
