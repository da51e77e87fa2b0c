/**
 * Epochs: credentials hold for one, the same for all of an issuer, and are renewed for the next. Who is not renewed
 * has none any more (spec/credential.md §5).
 *
 *     epoch = seconds since 1970 / seconds of an epoch, rounded down
 *
 * @module
 */
import { type WallTime, wallTime } from "../../lib/time.ts";
import { EPOCHS_AHEAD_MAX } from "../../wire/credential-limits.ts";
import { CLOCK_SKEW } from "../../wire/limits.ts";

export const epochAt = (wall: WallTime, epochSeconds: number): number => Math.floor(wall / (1_000 * epochSeconds));

export const epochStart = (epoch: number, epochSeconds: number): WallTime => wallTime(1_000 * epochSeconds * epoch);

export const epochEnd = (epoch: number, epochSeconds: number): WallTime => epochStart(epoch + 1, epochSeconds);

/** Whether an issuer gives credentials for `epoch` at this time: the present one, and some ahead for who will be away. */
export function isIssuable(epoch: number, epochSeconds: number, wall: WallTime): boolean {
  const present = epochAt(wall, epochSeconds);
  return Number.isInteger(epoch) && epoch >= present && epoch <= present + EPOCHS_AHEAD_MAX;
}

/** Where `wall` stands to an epoch, with the skew that clocks are allowed: wall time may only deny. */
export function epochStanding(epoch: number, epochSeconds: number, wall: WallTime): "ahead" | "current" | "over" {
  if (wall + CLOCK_SKEW < epochStart(epoch, epochSeconds)) return "ahead";
  return wall - CLOCK_SKEW >= epochEnd(epoch, epochSeconds) ? "over" : "current";
}
