/**
 * Notices a wall clock that was set back (spec/trust.md §6). Wall time may only deny: a clock far
 * behind what was already seen fails grants and invitations, until it is right again or a person
 * says that it is.
 *
 *     "trust/clock" = u8 1 · u64 the latest wall time believed
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { minutes, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { CLOCK_SKEW } from "../wire/limits.ts";
import { type AuditOutput, type DamagedOutput, type StoreOutput, storeOutput } from "./stored.ts";

const KEY = "trust/clock";
const VERSION = 1;
/** Stored no more often than this: less than the skew that is forgiven anyway. */
const STORE_STEP = minutes(5);

export type ClockGuardOutput = StoreOutput | AuditOutput | DamagedOutput;

export class ClockGuard {
  #latest = 0;
  #stored = 0;
  #isBehind = false;
  readonly #outputs: ClockGuardOutput[] = [];

  constructor(restored: Iterable<StoreEntry>) {
    for (const { key, value } of restored) if (key === KEY) this.#restore(value);
  }

  /** Whether `wall` is further back than the skew. Remembers nothing. */
  isBehind(wall: WallTime): boolean {
    return wall + CLOCK_SKEW < this.#latest;
  }

  /** Whether our clock may be used to permit something. Every call also remembers `wall`. */
  check(wall: WallTime): "ok" | "behind" {
    const isBehind = this.isBehind(wall);
    if (isBehind && !this.#isBehind) this.#outputs.push({ type: "audit", record: { event: "clockBehind" } });
    this.#isBehind = isBehind;
    if (isBehind) return "behind";
    this.#believe(wall);
    return "ok";
  }

  /**
   * A date that someone with authority signed. One more than the skew ahead of us is not believed,
   * or a single wrong clock could lock out everybody; whatever carries it is held.
   */
  witness(date: WallTime, wall: WallTime): "believed" | "ahead" {
    if (date > wall + CLOCK_SKEW) return "ahead";
    this.#believe(date);
    return "believed";
  }

  /** A person says that `wall` is right, whatever was seen before. */
  accept(wall: WallTime): void {
    this.#latest = wall;
    this.#isBehind = false;
    this.#store();
  }

  poll(): ClockGuardOutput | undefined {
    return this.#outputs.shift();
  }

  #believe(date: number): void {
    if (date <= this.#latest) return;
    this.#latest = date;
    if (date - this.#stored >= STORE_STEP) this.#store();
  }

  #store(): void {
    this.#stored = this.#latest;
    this.#outputs.push(storeOutput([{ key: KEY, value: new Writer(9).u8(VERSION).u64(this.#latest).finish() }]));
  }

  #restore(value: Uint8Array): void {
    try {
      const reader = new Reader(value);
      if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "clock");
      const latest = reader.u64();
      reader.end();
      this.#latest = latest;
      this.#stored = latest;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#outputs.push({ type: "damaged", key: KEY });
    }
  }
}
