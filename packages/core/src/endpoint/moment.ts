import type { Instant, WallTime } from "../lib/time.ts";

/** Both clocks at one moment, as whoever drives an endpoint read them. */
export interface Moment {
  readonly now: Instant;
  readonly wall: WallTime;
}
