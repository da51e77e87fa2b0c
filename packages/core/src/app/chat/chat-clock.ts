/**
 * The age of a chat, by which texts expire and ids are forgotten (spec/app-chat.md §5): monotonic while the process
 * runs; a restart adds what the wall clock says has passed, at least 0 and at most the lifetime of an outbox.
 *
 * @module
 */
import { after, type Instant, millis, since, type WallTime, wallAfter } from "../../lib/time.ts";
import { OUTBOX_LIFETIME } from "../../wire/limits.ts";

export class ChatClock {
  readonly #start: Instant;
  readonly #livedBefore: number;
  #now: Instant;
  #wall: WallTime;

  constructor(now: Instant, wall: WallTime, kept: { readonly lived: number; readonly wall: WallTime } | undefined) {
    [this.#start, this.#now, this.#wall] = [now, now, wall];
    const away = kept === undefined ? 0 : Math.min(Math.max(0, wall - kept.wall), OUTBOX_LIFETIME);
    this.#livedBefore = (kept?.lived ?? 0) + away;
  }

  get now(): Instant {
    return this.#now;
  }

  get wall(): WallTime {
    return this.#wall;
  }

  /** Milliseconds of the chat's life. */
  get lived(): number {
    return this.#livedBefore + since(this.#start, this.#now);
  }

  /** When the chat will have lived so long. */
  at(lived: number): Instant {
    return after(this.#start, millis(lived - this.#livedBefore));
  }

  /** `wall` where the caller has it; else it is carried on by the monotonic clock. */
  tick(now: Instant, wall?: WallTime): void {
    this.#wall = wall ?? wallAfter(this.#wall, since(this.#now, now));
    this.#now = now;
  }
}
