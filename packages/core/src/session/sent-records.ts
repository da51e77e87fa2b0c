/**
 * What one path has in flight: records that want an acknowledgement, what they carried, and when
 * they are lost (spec/session.md §6; RFC 9002 §6.1). It never keeps the bytes: whoever owns them
 * sends them again, in new records under new counters.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { Instant } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import type { CarriedFrame } from "../wire/channel-frame.ts";
import { LOSS_THRESHOLD_RECORDS } from "../wire/limits.ts";
import type { AckRange } from "../wire/session-frame.ts";

export interface SentRecord {
  readonly counter: number;
  readonly at: Instant;
  /** Size of the packet. */
  readonly bytes: number;
  readonly phase: number;
  readonly carried: readonly CarriedFrame[];
}

export class SentRecords {
  readonly #inFlight = new Map<number, SentRecord>(); // in order of counters
  #bytes = 0;
  #largestAcked = -1;
  #nextCounter = 0;

  get count(): number {
    return this.#inFlight.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The counter that the next record takes. Only ever goes up. */
  get nextCounter(): number {
    return this.#nextCounter;
  }

  /** Takes the next counter, for good. */
  takeCounter(): number {
    assert(this.#nextCounter < Number.MAX_SAFE_INTEGER, "record counter exhausted");
    return this.#nextCounter++;
  }

  /** Remembers a record that wants an acknowledgement. */
  add(record: SentRecord): void {
    assert(record.counter === this.#nextCounter - 1, "record out of order");
    this.#inFlight.set(record.counter, record);
    this.#bytes += record.bytes;
  }

  /**
   * Takes out what `ranges`, highest first, acknowledge; lowest counter first.
   * @throws {WireError} `ERR_VALUE` if they name a record that was never sent (RFC 9000 §13.1).
   */
  acknowledge(ranges: readonly AckRange[]): SentRecord[] {
    const largest = ranges[0]?.last ?? -1;
    if (largest >= this.#nextCounter) throw new WireError("ERR_VALUE", "ack of a record never sent");
    this.#largestAcked = Math.max(this.#largestAcked, largest);
    const acked: SentRecord[] = [];
    let index = ranges.length - 1;
    for (const record of this.#inFlight.values()) {
      if (record.counter > largest) break;
      while (record.counter > (ranges[index]?.last ?? Number.POSITIVE_INFINITY)) index--;
      if (record.counter >= (ranges[index]?.first ?? 0)) acked.push(record);
    }
    for (const record of acked) this.#remove(record);
    return acked;
  }

  /** Takes out what later acknowledgements have overtaken. For links that may lose and reorder. */
  takeOvertaken(): SentRecord[] {
    const lost: SentRecord[] = [];
    for (const record of this.#inFlight.values()) {
      if (record.counter > this.#largestAcked - LOSS_THRESHOLD_RECORDS) break;
      lost.push(record);
    }
    for (const record of lost) this.#remove(record);
    return lost;
  }

  /** Takes out the oldest. */
  takeOldest(): SentRecord | undefined {
    for (const record of this.#inFlight.values()) {
      this.#remove(record);
      return record;
    }
    return undefined;
  }

  /** Takes out everything. */
  takeAll(): SentRecord[] {
    const all = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#bytes = 0;
    return all;
  }

  /** Forgets records that carried nothing of channels: pings and probes, which a newer one replaces. */
  forgetEmpty(): void {
    for (const record of this.#inFlight.values()) if (record.carried.length === 0) this.#remove(record);
  }

  #remove(record: SentRecord): void {
    this.#inFlight.delete(record.counter);
    this.#bytes -= record.bytes;
  }
}
