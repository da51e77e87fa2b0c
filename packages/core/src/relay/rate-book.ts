/**
 * How often each may do something: so many at once, and as many a minute (spec/relay.md §6).
 *
 * By the relay's clock, for those who count together share no other. Whoever has not been counted for a minute may do
 * as many as ever, and is forgotten.
 *
 * Bounded: {@link NAMES_MAX} names, of which the one not counted for longest is forgotten. Whoever makes that many has
 * as many addresses, or paid for as many keys.
 *
 * @module
 */
import { type Instant, instant, minutes, since, type WallTime, wallAfter } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";

const NAMES_MAX = 65_536;
const SPAN = minutes(1);
/** Tokens for each, so that they come back in whole numbers a second. */
const TOKENS = 60;

interface Rate {
  readonly bucket: TokenBucket;
  readonly countedAt: WallTime;
}

export class RateBook {
  /** Not counted for longest first. */
  readonly #rates = new Map<string, Rate>();
  #latest: WallTime | undefined;

  get size(): number {
    return this.#rates.size;
  }

  /** Counts once for `name`, of which so many `perMinute` may be, or says until when it must wait and does not. */
  take(name: string, perMinute: number, wall: WallTime): WallTime | undefined {
    this.#notice(wall);
    const now = instant(wall);
    const bucket = this.#rates.get(name)?.bucket ?? bucketOf(perMinute, now);
    this.#rates.delete(name);
    for (const oldest of this.#rates.keys()) {
      if (this.#rates.size < NAMES_MAX) break;
      this.#rates.delete(oldest);
    }
    this.#rates.set(name, { bucket, countedAt: wall });
    return bucket.take(TOKENS, now) ? undefined : wallAfter(wall, since(now, bucket.availableAt(TOKENS, now)));
  }

  sweep(wall: WallTime): void {
    this.#notice(wall);
    for (const [name, { countedAt }] of this.#rates) {
      if (wall < wallAfter(countedAt, SPAN)) return;
      this.#rates.delete(name);
    }
  }

  /** A clock that was set back would hold everybody up until it is as late again. */
  #notice(wall: WallTime): void {
    if (this.#latest !== undefined && wallAfter(wall, SPAN) < this.#latest) this.#rates.clear();
    this.#latest = wall;
  }
}

const bucketOf = (perMinute: number, now: Instant): TokenBucket =>
  new TokenBucket({ capacity: TOKENS * perMinute, perSecond: (TOKENS * perMinute) / 60, now });
