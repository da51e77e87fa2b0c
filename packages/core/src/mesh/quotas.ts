/**
 * How much of one origin is passed on (spec/mesh.md §8). A bucket for each that was heard of lately; a full one
 * says nothing and is dropped.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";

export interface Rate {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Origins are members, of which there are at most 1,000; beyond this, those with full buckets go. */
const SWEEP_FROM = 1_024;

export class Quotas {
  readonly #rate: Rate;
  readonly #buckets = new Map<PeerId, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** False, and nothing is taken, when `origin` has too few left. */
  take(origin: PeerId, count: number, now: Instant): boolean {
    let bucket = this.#buckets.get(origin);
    if (bucket === undefined) {
      if (this.#buckets.size >= SWEEP_FROM) this.#sweep(now);
      bucket = new TokenBucket({ ...this.#rate, now });
      this.#buckets.set(origin, bucket);
    }
    return bucket.take(count, now);
  }

  #sweep(now: Instant): void {
    for (const [origin, bucket] of this.#buckets)
      if (bucket.available(now) >= this.#rate.capacity) this.#buckets.delete(origin);
  }
}
