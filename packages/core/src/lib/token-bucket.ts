/**
 * A rate with a burst: a bucket of `capacity` tokens that refills at `perSecond`. It holds two
 * numbers however many ask, and is full at first.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { after, type Duration, type Instant, since } from "./time.ts";

export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #thousandths: number; // of tokens: whole numbers, so that a wait computed is a wait that suffices
  #at: Instant;

  constructor(options: { capacity: number; perSecond: number; now: Instant }) {
    assert(options.capacity > 0 && options.perSecond > 0, "token bucket of nothing");
    this.#capacity = options.capacity;
    this.#perSecond = options.perSecond;
    this.#thousandths = 1_000 * options.capacity;
    this.#at = options.now;
  }

  /** Takes `count` tokens, or none if there are fewer. More than the capacity is never there. */
  take(count: number, now: Instant): boolean {
    if (this.available(now) < count) return false;
    this.#thousandths -= 1_000 * count;
    return true;
  }

  /** Takes `count` tokens even if that leaves a debt, which later refills pay first. */
  spend(count: number, now: Instant): void {
    this.#refill(now);
    this.#thousandths -= 1_000 * count;
  }

  /** Whole tokens there are at `now`; never negative. */
  available(now: Instant): number {
    this.#refill(now);
    return Math.max(0, Math.floor(this.#thousandths / 1_000));
  }

  /** When `count` tokens, at most the capacity, will be there if nobody takes any. */
  availableAt(count: number, now: Instant): Instant {
    this.#refill(now);
    const missing = 1_000 * Math.min(count, this.#capacity) - this.#thousandths;
    return missing <= 0 ? now : after(now, Math.ceil(missing / this.#perSecond) as Duration);
  }

  #refill(now: Instant): void {
    const passed = since(this.#at, now);
    if (passed <= 0) return;
    this.#thousandths = Math.min(1_000 * this.#capacity, this.#thousandths + passed * this.#perSecond);
    this.#at = now;
  }
}
