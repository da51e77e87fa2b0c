/**
 * How often strangers may guess a pairing code (spec/pairing.md §7). Only wrong codes
 * count, never malformed or unfinished attempts.
 *
 *     one attempt in 5 s and source · 5 wrong codes an hour block their source
 *     · 10 wrong codes a minute, of all together, pause code pairing with strangers for 30 s
 *
 * A peer that we know (a contact's session, a valid tag or resume id) is never paused: whoever
 * floods cannot lock out friends. A source is an IPv4 address, an IPv6 /56, or a relay and its
 * label; never a name that the peer chose. Counts are stored before the answer goes out, so that
 * a restart forgives nothing.
 *
 *     "trust/attempts/<source>" = u8 1 · u8 count · count × u64 wall time of a wrong code
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { after, type Duration, hours, type Instant, minutes, since, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  CODE_ATTEMPT_COOLDOWN,
  CODE_PAUSE,
  SOURCES_MAX,
  WRONG_CODES_PER_MINUTE,
  WRONG_CODES_PER_SOURCE_PER_HOUR,
} from "../wire/limits.ts";
import { entriesUnder } from "./stored.ts";

const PREFIX = "trust/attempts/";
const VERSION = 1;
const HOUR = hours(1);
const MINUTE = minutes(1);

export type AttemptVerdict =
  | { readonly answer: "go" }
  | { readonly answer: "wait"; readonly reason: "cooldown" | "blocked" | "paused"; readonly until: Instant };

/** What the caller stores, in one transaction with its own, before it answers. */
export interface AttemptChange {
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
}

interface WrongCode {
  readonly at: Instant;
  readonly wall: WallTime;
}

interface Source {
  lastAttempt: Instant | undefined;
  /** Of the last hour, oldest first; at most as many as block. */
  wrong: WrongCode[];
}

export class AttemptLimits {
  /** The source heard of longest ago comes first. */
  readonly #sources = new Map<string, Source>();
  /** Wrong codes of the last minute, of all sources; at most as many as pause. */
  #recent: Instant[] = [];
  #pausedUntil: Instant | undefined;

  /** Stored counts that no longer matter; the next change takes them along. */
  #gone: string[] = [];

  constructor(restored: Iterable<StoreEntry>, now: Instant, wall: WallTime) {
    const recent: Instant[] = [];
    for (const { key, value } of entriesUnder(restored, PREFIX)) {
      const times = readTimes(value, wall).map((time) => ({ at: instantOf(time, now, wall), wall: time }));
      const wrong = times.filter(({ at }) => since(at, now) < HOUR);
      if (wrong.length === 0 || this.#sources.size >= SOURCES_MAX) this.#gone.push(PREFIX + key);
      else this.#sources.set(key, { lastAttempt: undefined, wrong });
      for (const { at } of wrong) if (since(at, now) < MINUTE) recent.push(at);
    }
    this.#recent = recent.sort((a, b) => a - b).slice(-WRONG_CODES_PER_MINUTE);
    this.#pauseIfMany();
  }

  /** Whether an attempt with a code may begin; "go" begins it. `isKnown` peers always may. */
  begin(source: string, isKnown: boolean, now: Instant): AttemptVerdict {
    if (isKnown) return { answer: "go" };
    const paused = this.#pausedUntil;
    if (paused !== undefined && now < paused) return { answer: "wait", reason: "paused", until: paused };
    const state = this.#touch(source);
    state.wrong = state.wrong.filter(({ at }) => since(at, now) < HOUR);
    const first = state.wrong[0];
    if (first !== undefined && state.wrong.length >= WRONG_CODES_PER_SOURCE_PER_HOUR) {
      return { answer: "wait", reason: "blocked", until: after(first.at, HOUR) };
    }
    const last = state.lastAttempt;
    if (last !== undefined && since(last, now) < CODE_ATTEMPT_COOLDOWN) {
      return { answer: "wait", reason: "cooldown", until: after(last, CODE_ATTEMPT_COOLDOWN) };
    }
    state.lastAttempt = now;
    return { answer: "go" };
  }

  /** Counts a wrong code. Nothing of a known peer is counted: its guesses are few by the code's own tries. */
  wrongCode(source: string, isKnown: boolean, now: Instant, wall: WallTime): AttemptChange {
    if (isKnown) return { puts: [], deletes: [] };
    this.#recent = [...this.#recent.filter((at) => since(at, now) < MINUTE), now].slice(-WRONG_CODES_PER_MINUTE);
    this.#pauseIfMany();
    const state = this.#touch(source);
    const fresh = state.wrong.filter(({ at }) => since(at, now) < HOUR);
    state.wrong = [...fresh, { at: now, wall }].slice(-WRONG_CODES_PER_SOURCE_PER_HOUR);
    this.#forgetOld(now);
    const deletes = this.#gone;
    this.#gone = [];
    return { puts: [{ key: PREFIX + source, value: encodeTimes(state.wrong) }], deletes };
  }

  /** Sources whose counts are held. */
  get size(): number {
    return this.#sources.size;
  }

  #pauseIfMany(): void {
    const last = this.#recent.at(-1);
    if (last === undefined || this.#recent.length < WRONG_CODES_PER_MINUTE) return;
    this.#pausedUntil = after(last, CODE_PAUSE);
    this.#recent = []; // after the pause the count begins anew
  }

  #touch(source: string): Source {
    const state = this.#sources.get(source) ?? { lastAttempt: undefined, wrong: [] };
    this.#sources.delete(source);
    this.#sources.set(source, state);
    if (this.#sources.size > SOURCES_MAX) this.#evict(source);
    return state;
  }

  /** The one heard of longest ago without a wrong code; if all have some, the one heard of longest ago. */
  #evict(keep: string): void {
    let victim: string | undefined;
    for (const [source, { wrong }] of this.#sources) {
      if (source === keep) continue;
      victim ??= source;
      if (wrong.length > 0) continue;
      victim = source;
      break;
    }
    if (victim !== undefined) this.#forget(victim);
  }

  #forgetOld(now: Instant): void {
    for (const [source, { lastAttempt, wrong }] of this.#sources) {
      const latest = wrong.at(-1)?.at ?? lastAttempt;
      if (latest !== undefined && since(latest, now) >= HOUR) this.#forget(source);
    }
  }

  #forget(source: string): void {
    if ((this.#sources.get(source)?.wrong.length ?? 0) > 0) this.#gone.push(PREFIX + source);
    this.#sources.delete(source);
  }
}

function encodeTimes(wrong: readonly WrongCode[]): Uint8Array {
  const writer = new Writer(64).u8(VERSION).u8(wrong.length);
  for (const { wall } of wrong) writer.u64(wall);
  return writer.finish();
}

/** What cannot be read counts as a full block that began now: damage may deny, never permit. */
function readTimes(value: Uint8Array, wall: WallTime): readonly WallTime[] {
  try {
    const reader = new Reader(value);
    if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "attempts");
    const count = reader.u8();
    if (count > WRONG_CODES_PER_SOURCE_PER_HOUR) throw new WireError("ERR_VALUE", `${count} wrong codes`);
    const times = Array.from({ length: count }, () => reader.u64() as WallTime);
    reader.end();
    return times;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return Array.from({ length: WRONG_CODES_PER_SOURCE_PER_HOUR }, () => wall);
  }
}

/** A time of before the restart, on today's monotonic clock. One that a changed clock puts into the future counts as now. */
function instantOf(time: WallTime, now: Instant, wall: WallTime): Instant {
  const age = Math.min(Math.max(0, wall - time), HOUR);
  return after(now, -age as Duration);
}
