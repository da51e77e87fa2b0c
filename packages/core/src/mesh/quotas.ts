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

/** From so many on, those with full buckets go; again once there are twice as many as then were left. */
const SWEEP_FROM = 64;

export class Quotas {
  readonly #rate: Rate;
  /** Origins are members, of which there are at most 1,000. */
  readonly #buckets = new Map<PeerId, TokenBucket>();
  #sweepFrom = SWEEP_FROM;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** False, and nothing is taken, when `origin` has too few left. */
  take(origin: PeerId, count: number, now: Instant): boolean {
    let bucket = this.#buckets.get(origin);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#sweepFrom) this.#sweep(now);
      bucket = new TokenBucket({ ...this.#rate, now });
      this.#buckets.set(origin, bucket);
    }
    return bucket.take(count, now);
  }

  #sweep(now: Instant): void {
    for (const [origin, bucket] of this.#buckets)
      if (bucket.available(now) >= this.#rate.capacity) this.#buckets.delete(origin);
    this.#sweepFrom = Math.max(SWEEP_FROM, 2 * this.#buckets.size);
  }
}
