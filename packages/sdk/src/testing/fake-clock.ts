import { after, type Duration, type Instant, instant, millis, type WallTime, wallAfter, wallTime } from "@kith/core";
import type { Clock } from "../clock.ts";

/** A {@link Clock} that stands still until a test moves it. Timers run in the order of their times. */
export class FakeClock implements Clock {
  #now: Instant;
  #wall: WallTime;
  readonly #timers = new Set<{ readonly at: Instant; readonly run: () => void }>();

  constructor(options: { readonly now?: number; readonly wall?: number } = {}) {
    this.#now = instant(options.now ?? 1_000);
    this.#wall = wallTime(options.wall ?? Date.UTC(2026, 0, 1));
  }

  now(): Instant {
    return this.#now;
  }

  wall(): WallTime {
    return this.#wall;
  }

  /** Sets what the machine's clock shows; timers do not notice. */
  setWall(wall: number): void {
    this.#wall = wallTime(wall);
  }

  schedule(wait: Duration, run: () => void): () => void {
    const timer = { at: after(this.#now, millis(Math.max(0, wait))), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer runs, if any is set. */
  get next(): Instant | undefined {
    let next: Instant | undefined;
    for (const { at } of this.#timers) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves time on by `ms`, running what falls due, timers set meanwhile included. */
  advance(ms: number): void {
    const end = after(this.#now, millis(ms));
    for (let next = this.next; next !== undefined && next <= end; next = this.next) {
      this.#moveTo(next);
      for (const timer of [...this.#timers]) {
        if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
        timer.run();
      }
    }
    this.#moveTo(end);
  }

  #moveTo(now: Instant): void {
    if (now <= this.#now) return;
    this.#wall = wallAfter(this.#wall, millis(now - this.#now));
    this.#now = now;
  }
}
