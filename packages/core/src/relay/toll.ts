/**
 * How many bits a stranger's toll has: few while the relay is quiet, more as strangers come faster (spec/relay.md §4).
 * A speed bump: limits do the work.
 *
 * @module
 */
import { type Instant, since } from "../lib/time.ts";
import { RELAY_TOLL_BITS, RELAY_TOLL_BITS_BUSY } from "../wire/relay-limits.ts";

const SPAN_MS = 10_000;
/** Strangers within a span for whom a relay is still quiet; each doubling above is a bit more. */
const QUIET = 100;

export interface TollBits {
  readonly quiet: number;
  readonly busy: number;
}

export const TOLL_BITS: TollBits = { quiet: RELAY_TOLL_BITS, busy: RELAY_TOLL_BITS_BUSY };

/** Counts strangers in this span and the one before: two numbers. */
export class TollMeter {
  readonly #bits: TollBits;
  #start: Instant;
  #current = 0;
  #previous = 0;

  constructor(bits: TollBits, now: Instant) {
    this.#bits = bits;
    this.#start = now;
  }

  /** Counts a stranger; the bits that it has to pay. */
  ask(now: Instant): number {
    this.#move(now);
    this.#current += 1;
    const rest = 1 - since(this.#start, now) / SPAN_MS;
    const load = this.#current + this.#previous * rest;
    const more = load <= QUIET ? 0 : Math.ceil(Math.log2(load / QUIET));
    return Math.min(this.#bits.busy, this.#bits.quiet + more);
  }

  #move(now: Instant): void {
    const passed = since(this.#start, now);
    if (passed < SPAN_MS) return;
    this.#previous = passed < 2 * SPAN_MS ? this.#current : 0;
    this.#current = 0;
    this.#start = passed < 2 * SPAN_MS ? ((this.#start + SPAN_MS) as Instant) : now;
  }
}
