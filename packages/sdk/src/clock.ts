/**
 * Time as adapters and the driver get it; the core is told. `now` never goes back, whatever the
 * machine's clock does; `wall` is what that clock shows, and may jump.
 *
 * @module
 */
import { type Duration, type Instant, instant, type WallTime, wallTime } from "@kith/core";

export interface Clock {
  now(): Instant;
  wall(): WallTime;
  /** Calls `run` once, after `wait` or a little later, never at once; returns how to cancel that. */
  schedule(wait: Duration, run: () => void): () => void;
}

/** Longer waits than this overflow a timer (2^31 - 1 ms): they end early, and the machine asks again. */
const WAIT_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => instant(Math.floor(performance.now())), // whole milliseconds: what machines store, they store whole
  wall: () => wallTime(Date.now()),
  schedule(wait, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, wait), WAIT_MAX_MS));
    return () => clearTimeout(timer);
  },
};
