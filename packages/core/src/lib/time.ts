/**
 * Time, in three kinds that cannot be mixed up. The core never asks for it: it is given.
 *
 * @module
 */
declare const unit: unique symbol;

/** Whole milliseconds on a monotonic clock; only differences mean anything. */
export type Instant = number & { readonly [unit]: "Instant" };

/** Milliseconds between two instants. */
export type Duration = number & { readonly [unit]: "Duration" };

/** Milliseconds since 1970 UTC, as some clock shows it. Goes only into dates that people or signatures see. */
export type WallTime = number & { readonly [unit]: "WallTime" };

export const millis = (count: number): Duration => count as Duration;
export const seconds = (count: number): Duration => (count * 1_000) as Duration;
export const minutes = (count: number): Duration => (count * 60_000) as Duration;
export const hours = (count: number): Duration => (count * 3_600_000) as Duration;
export const days = (count: number): Duration => (count * 86_400_000) as Duration;

export const instant = (value: number): Instant => value as Instant;
export const wallTime = (value: number): WallTime => value as WallTime;

/** The time from `earlier` to `later`; negative if they are the other way round. */
export const since = (earlier: Instant, later: Instant): Duration => (later - earlier) as Duration;
export const after = (start: Instant, wait: Duration): Instant => (start + wait) as Instant;
export const wallAfter = (start: WallTime, wait: Duration): WallTime => (start + wait) as WallTime;

/** The earlier of two deadlines, where `undefined` means never. */
export function sooner(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}
