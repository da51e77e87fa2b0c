import type { Instant, WallTime } from "./time.ts";

/** Both clocks at one moment, as whoever drives a machine read them. */
export interface Moment {
  readonly now: Instant;
  readonly wall: WallTime;
}
