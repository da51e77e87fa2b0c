/**
 * Waits that double, for trying again something that fails: up to a maximum, each shortened by
 * chance up to a half, so that many who failed together do not come back together.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { type RandomSource, randomBelow } from "./random.ts";
import type { Duration } from "./time.ts";

const JITTER_STEPS = 1_024;

export class Backoff {
  readonly #first: Duration;
  readonly #max: Duration;
  readonly #random: RandomSource;
  #next: Duration;

  constructor(options: { first: Duration; max: Duration; random: RandomSource }) {
    assert(options.first > 0 && options.first <= options.max, "backoff bounds");
    this.#first = options.first;
    this.#max = options.max;
    this.#random = options.random;
    this.#next = options.first;
  }

  /** How long to wait before the next try: between a half and the whole of a span that doubles with each call. */
  next(): Duration {
    const span = this.#next;
    this.#next = Math.min(2 * span, this.#max) as Duration;
    return (span * (1 - randomBelow(this.#random, JITTER_STEPS) / (2 * JITTER_STEPS))) as Duration;
  }

  /** It worked: the next failure begins anew. */
  reset(): void {
    this.#next = this.#first;
  }
}
