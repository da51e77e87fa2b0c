/**
 * When a member tells all where its document stands, and which mark went last (spec/app-doc.md §4). In rooms
 * of more than a dozen the pauses grow in proportion, so that marks of all together cost the same.
 *
 * @module
 */
import { bytesEqual } from "../../lib/bytes.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { after, sooner } from "../../lib/time.ts";
import { DOC_MARK_INTERVAL } from "../../wire/room-app-limits.ts";

const SMALL_ROOM = 12;
const SOON_MS = 1_000;
const SOON_SPREAD_MS = 2_000;

export class MarkClock {
  readonly #random: RandomSource;
  #at: Instant | undefined;
  /** Ours or another's. */
  #last: Uint8Array = new Uint8Array();

  constructor(random: RandomSource) {
    this.#random = random;
  }

  get at(): Instant | undefined {
    return this.#at;
  }

  /** An exchange brought something, or something was not sent. */
  soon(now: Instant): void {
    this.#at = sooner(this.#at, after(now, (SOON_MS + randomBelow(this.#random, SOON_SPREAD_MS)) as Duration));
  }

  /** The document changed: a mark is due some time, if none is. */
  later(memberCount: number, now: Instant): void {
    if (this.#at === undefined) this.postpone(memberCount, now);
  }

  /** A mark was said, by us or another. */
  postpone(memberCount: number, now: Instant): void {
    const stretch = Math.max(1, memberCount / SMALL_ROOM);
    const wait = stretch * (DOC_MARK_INTERVAL / 2 + randomBelow(this.#random, DOC_MARK_INTERVAL));
    this.#at = after(now, Math.round(wait) as Duration);
  }

  takeDue(now: Instant): boolean {
    if (this.#at === undefined || now < this.#at) return false;
    this.#at = undefined;
    return true;
  }

  /** Whether this mark is another than the last one, which it is from now on. */
  isNews(mark: Uint8Array): boolean {
    if (bytesEqual(mark, this.#last)) return false;
    this.#last = mark.slice();
    return true;
  }
}
