/**
 * What stands between messages: a new day, a new writer, what is new since one was here. And how much of a long talk is
 * drawn: as many messages as fill some screens, around where one reads.
 *
 * @module
 */
import type { Line } from "./talk.ts";

/** Messages that are on the page at once. */
export const DRAWN_MAX = 160;
/** By how many it moves on when one comes to its edge: some screens are left on the other side. */
export const STEP = 60;
/** A pause after which a writer is named again. */
const PAUSE_MS = 5 * 60_000;

export interface Row {
  readonly line: Line;
  /** Where a day begins: some moment of it. */
  readonly day: number | undefined;
  /** The first of some by one writer. */
  readonly isFirst: boolean;
  /** The first that was not here when one was here last. */
  readonly isNew: boolean;
}

/** Rows of `lines` from `start` to `end`. */
export function rowsOf(lines: readonly Line[], { start, end }: Span, newFrom: string | undefined): readonly Row[] {
  return lines.slice(start, end).map((line, index) => {
    const before = lines[start + index - 1];
    const day = before === undefined || dayOf(before.at) !== dayOf(line.at) ? line.at : undefined;
    const isNew = line.id === newFrom;
    const isSame = before?.from === line.from && Math.abs(line.at - before.at) < PAUSE_MS;
    return { line, day, isNew, isFirst: day !== undefined || isNew || !isSame };
  });
}

const dayOf = (at: number): string => new Date(at).toDateString();

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `end`: the newest, whatever comes. `from`: where one reads; found again by `id` when others before it are gone. */
export type Reading = { readonly at: "end" } | { readonly at: "from"; readonly id: string; readonly index: number };

export const AT_END: Reading = { at: "end" };

export function drawn(lines: readonly Line[], reading: Reading): Span {
  const last = Math.max(0, lines.length - DRAWN_MAX);
  if (reading.at === "end") return { start: last, end: lines.length };
  const found =
    lines[reading.index]?.id === reading.id ? reading.index : lines.findIndex(({ id }) => id === reading.id);
  const start = Math.min(last, found === -1 ? reading.index : found);
  return { start, end: Math.min(lines.length, start + DRAWN_MAX) };
}

/** By a step nearer to the first ones, or to the last ones. */
export function moved(lines: readonly Line[], reading: Reading, direction: "earlier" | "later"): Reading {
  const { start } = drawn(lines, reading);
  return from(lines, direction === "earlier" ? start - STEP : start + STEP);
}

/** With that message in the middle. */
export const around = (lines: readonly Line[], index: number): Reading =>
  from(lines, index - Math.floor(DRAWN_MAX / 2));

function from(lines: readonly Line[], start: number): Reading {
  const index = Math.max(0, start);
  const line = lines[index];
  return line === undefined || index + DRAWN_MAX >= lines.length ? AT_END : { at: "from", id: line.id, index };
}
