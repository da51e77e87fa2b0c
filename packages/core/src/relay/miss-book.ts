/**
 * Who tried wrongly how often, and whom that pauses (spec/relay.md §8, spec/relay-meeting.md §3).
 *
 * Bounded: {@link NAMES_MAX} names, of which the oldest is forgotten. Whoever makes that many has as many addresses.
 *
 * @module
 */
import { type Duration, minutes, type WallTime, wallAfter } from "../lib/time.ts";
import {
  RELAY_CLAIM_MISSES_MAX,
  RELAY_CLAIM_PAUSE,
  RELAY_ENTER_MISSES_MAX,
  RELAY_ENTER_PAUSE,
} from "../wire/relay-limits.ts";

const NAMES_MAX = 65_536;

export interface MissRule {
  /** That many within `span` pause for `pause`. */
  readonly max: number;
  readonly span: Duration;
  readonly pause: Duration;
}

export const CLAIM_MISSES: MissRule = {
  max: RELAY_CLAIM_MISSES_MAX,
  span: RELAY_CLAIM_PAUSE,
  pause: RELAY_CLAIM_PAUSE,
};
export const ENTER_MISSES: MissRule = { max: RELAY_ENTER_MISSES_MAX, span: minutes(1), pause: RELAY_ENTER_PAUSE };

interface Misses {
  readonly count: number;
  /** When the count starts anew. */
  readonly until: WallTime;
  /** At `max`: paused until then. */
  readonly isPaused: boolean;
}

export class MissBook {
  readonly #names = new Map<string, Misses>();

  /** The latest end of a pause of any of them. */
  pausedUntil(names: readonly string[], wall: WallTime): WallTime | undefined {
    let latest: WallTime | undefined;
    for (const name of names) {
      const misses = this.#names.get(name);
      if (misses === undefined || !misses.isPaused || wall >= misses.until) continue;
      if (latest === undefined || misses.until > latest) latest = misses.until;
    }
    return latest;
  }

  /** Counts a wrong try for each of them. */
  miss(names: readonly string[], rule: MissRule, wall: WallTime): void {
    for (const name of names) {
      const before = this.#names.get(name);
      const isFresh = before === undefined || wall >= before.until;
      const count = isFresh ? 1 : before.count + 1;
      const isPaused = count >= rule.max;
      const until = isPaused ? wallAfter(wall, rule.pause) : isFresh ? wallAfter(wall, rule.span) : before.until;
      this.#names.delete(name);
      if (this.#names.size >= NAMES_MAX) this.#forgetOldest();
      this.#names.set(name, { count, until, isPaused });
    }
  }

  forget(name: string): void {
    this.#names.delete(name);
  }

  sweep(wall: WallTime): void {
    for (const [name, { until }] of this.#names) if (wall >= until) this.#names.delete(name);
  }

  #forgetOldest(): void {
    for (const name of this.#names.keys()) {
      this.#names.delete(name);
      return;
    }
  }
}
