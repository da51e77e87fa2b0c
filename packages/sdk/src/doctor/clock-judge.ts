/**
 * Whether a clock can be right: by itself, and against another that was heard of.
 *
 * @module
 */
import { CLOCK_SKEW, type WallTime } from "@kith/core";

/** Before this software was made: a clock that shows less is wrong. */
const MADE_AT = Date.UTC(2026, 10, 1);
/** A clock that shows more is as wrong: no release is used for so long. */
const YEARS_OF_USE = 20;
/** A clock that is off by so much is worth a word, before {@link CLOCK_SKEW} makes grants fail. */
const SKEW_NOTED = 60_000;

export function judgeClock(wall: WallTime): "past" | "future" | "possible" {
  if (wall < MADE_AT) return "past";
  return wall > MADE_AT + YEARS_OF_USE * 31_557_600_000 ? "future" : "possible";
}

/** `ahead`: of the other clock before ours, in milliseconds; either may be the wrong one. */
export function judgeSkew(ahead: number): "good" | "warn" | "bad" {
  const off = Math.abs(ahead);
  if (off < SKEW_NOTED) return "good";
  return off > CLOCK_SKEW ? "bad" : "warn";
}

/** As `3 hours`. */
export function spellTime(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? "a minute" : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
