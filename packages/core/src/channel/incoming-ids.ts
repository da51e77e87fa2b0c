/**
 * Which channels the peer has opened, which are over, and how many it may still open (spec/channels.md §3).
 * Opens and resets may overtake each other, so a number may be used before a lower one. The peer
 * never has more than {@link CHANNELS_MAX} numbers that are not over here: that bounds the gaps too.
 *
 * @module
 */
import { WireError } from "../lib/wire-error.ts";
import { CHANNELS_MAX } from "../wire/limits.ts";

/** Numbers given back before the peer is told, unless it is about to run out. */
const GRANT_STEP = CHANNELS_MAX / 4;

export class IncomingIds {
  #limit = CHANNELS_MAX; //         the peer may use ordinals below it
  #released = 0;
  #next = 0; //                     one past the highest ordinal used
  readonly #skipped = new Set<number>(); // ordinals below #next not used yet; at most CHANNELS_MAX - 1

  /** The limit the peer has been told, or is to be told next. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Notes that the peer uses `ordinal`; whether for the first time.
   * @throws {WireError} `ERR_CHANNEL` if it may not yet.
   */
  use(ordinal: number): boolean {
    if (ordinal >= this.#limit) throw new WireError("ERR_CHANNEL", `channel ${ordinal}, limit ${this.#limit}`);
    if (ordinal < this.#next) return this.#skipped.delete(ordinal);
    while (this.#next < ordinal) this.#skipped.add(this.#next++);
    this.#next++;
    return true;
  }

  /** Whether the peer used `ordinal` before. */
  isUsed(ordinal: number): boolean {
    return ordinal < this.#next && !this.#skipped.has(ordinal);
  }

  /** A channel of the peer is over and forgotten: it may open one more. */
  release(): void {
    this.#released++;
  }

  /** Raises the limit if that is worth a frame; returns whether it did. */
  grant(): boolean {
    const limit = CHANNELS_MAX + this.#released;
    const isScarce = this.#limit - this.#next < GRANT_STEP;
    if (limit === this.#limit || (limit - this.#limit < GRANT_STEP && !isScarce)) return false;
    this.#limit = limit;
    return true;
  }
}
