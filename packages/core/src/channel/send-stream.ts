/**
 * The outgoing half of a channel: messages become one stream of bytes, each with its length as a varint
 * before it, and the stream is kept until the peer has it (spec/channels.md §4).
 *
 *     0 ……… base ………………… next ………………… end
 *       had by the peer   sent, some of it   written, not yet sent
 *                         acked or lost
 *
 * Bytes live in slabs that start at multiples of {@link SLAB_BYTES}; what is below `base` is given back.
 *
 * A receiver gives out a message that came in one piece as it lies in the record, and must put together
 * one that came in two. So pieces end before a message of some size rather than within it.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { putVarint } from "../lib/varint.ts";
import { WireError } from "../lib/wire-error.ts";
import { WHOLE_MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { streamBytes } from "./message-assembler.ts";
import { OffsetRanges } from "./offset-ranges.ts";
import { SLAB_BYTES, type SlabPool } from "./slab-pool.ts";

/** Most bytes of a message's length prefix. */
export const LENGTH_PREFIX_BYTES_MAX = 3;

/** Smaller messages are as soon copied as kept whole. */
const KEPT_WHOLE_BYTES_MIN = 4_096;

export class SendStream {
  readonly #pool: SlabPool;
  readonly #slabs: Uint8Array[] = []; //  from the one that holds base to the tail
  #firstSlab = 0; //                      number of #slabs[0] in the stream
  #tail: Uint8Array | undefined; //       the slab being written; undefined while nothing waits
  #tailStart = 0; //                      offset of its first byte
  #at = 0; //                             where in it the next byte goes
  #base = 0;
  #next = 0;
  #limit = 0;
  readonly #acked = new OffsetRanges(); // above base
  readonly #lost = new OffsetRanges(); //  above base, to be sent again
  /** Messages not yet begun that are to be sent whole: where each starts and ends. */
  readonly #whole: { readonly start: number; readonly end: number }[] = [];

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  /** One past the last byte written. */
  get end(): number {
    return this.#tailStart + this.#at;
  }

  /** Bytes written that the peer is not known to have. */
  get buffered(): number {
    return this.#tailStart + this.#at - this.#base;
  }

  /** Whether every byte written has been sent at least once. */
  get isSent(): boolean {
    return this.#next === this.end;
  }

  /** Offset of the next piece to send: lost bytes before fresh ones. */
  get pieceOffset(): number {
    return this.#lost.firstStart ?? this.#next;
  }

  /** Length of the piece that may be sent now; 0 if there is nothing, or no credit for it. */
  get pieceLength(): number {
    const start = this.pieceOffset;
    const lostEnd = this.#lost.firstEnd;
    if (lostEnd !== undefined) return lostEnd - start;
    if (this.end <= this.#limit) return this.end - start;
    const whole = this.wholeLength(this.#limit - start);
    // While something is under way more credit will come; a peer that gives little by little still gets its bytes.
    return Math.max(0, whole > 0 || this.#base < this.#next ? whole : this.#limit - start);
  }

  /** The most of the next `length` bytes that does not end within a message to be sent whole; 0 if it starts with one. */
  wholeLength(length: number): number {
    const start = this.pieceOffset;
    const stop = start + length;
    for (const message of this.#whole) {
      if (message.start >= stop) break;
      if (message.end > stop) return message.start - start;
    }
    return length;
  }

  /** Appends one message, copying it. The caller bounds {@link buffered}. */
  write(message: Uint8Array): void {
    const length = message.length;
    if (length >= KEPT_WHOLE_BYTES_MIN) this.#keepWhole(length);
    let at = this.#at;
    if (at + LENGTH_PREFIX_BYTES_MAX + length > SLAB_BYTES) {
      this.#writeAcross(message);
      return;
    }
    const tail = this.#tail ?? this.#writableTail();
    if (length < 0x80) tail[at++] = length;
    else at = putVarint(tail, at, length);
    tail.set(message, at);
    this.#at = at + length;
  }

  /** Views of the piece at {@link pieceOffset}, one a slab, valid until the next call of anything here. */
  pieceParts(length: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    const end = this.pieceOffset + length;
    for (let start = this.pieceOffset; start < end; ) {
      const slab = this.#slabs[Math.floor(start / SLAB_BYTES) - this.#firstSlab];
      assert(slab !== undefined, "piece of a slab that is gone");
      const at = start % SLAB_BYTES;
      const part = slab.subarray(at, at + Math.min(end - start, SLAB_BYTES - at));
      parts.push(part);
      start += part.length;
    }
    return parts;
  }

  /** The first `length` bytes of the piece are in a record. */
  pieceSent(length: number): void {
    const start = this.pieceOffset;
    assert(length > 0 && length <= this.pieceLength, "sent more than the piece");
    if (!this.#lost.isEmpty) {
      this.#lost.remove(start, start + length);
      return;
    }
    this.#next += length;
    let begun = 0;
    while ((this.#whole[begun]?.start ?? this.#next) < this.#next) begun++;
    if (begun > 0) this.#whole.splice(0, begun);
  }

  /** The peer allows offsets below `limit`; a lower limit than before means nothing. */
  allow(limit: number): void {
    if (limit > this.#limit) this.#limit = limit;
  }

  /** The peer has these bytes, which were sent. */
  acked(offset: number, length: number): void {
    const end = offset + length;
    assert(end <= this.#next, "acknowledged before sent");
    const start = Math.max(offset, this.#base);
    if (start >= end) return;
    this.#lost.remove(start, end);
    if (start > this.#base) {
      this.#acked.add(start, end);
      return;
    }
    this.#base = end;
    while ((this.#acked.firstStart ?? Number.POSITIVE_INFINITY) <= this.#base) {
      this.#base = Math.max(this.#base, this.#acked.firstEnd ?? 0);
      this.#acked.remove(this.#acked.firstStart ?? 0, this.#acked.firstEnd ?? 0);
    }
    this.#release();
  }

  /**
   * The peer says that it has everything below `offset`.
   * @throws {WireError} `ERR_VALUE` if that was never sent.
   */
  ackedTo(offset: number): void {
    if (offset > this.#next) throw new WireError("ERR_VALUE", `offset ${offset} received, ${this.#next} sent`);
    if (offset > this.#base) this.acked(this.#base, offset - this.#base);
  }

  /** The record with these bytes may not have arrived: send again what the peer does not have. */
  lost(offset: number, length: number): void {
    const start = Math.max(offset, this.#base);
    const end = offset + length;
    assert(end <= this.#next, "lost before sent");
    if (start >= end) return;
    this.#lost.add(start, end);
    this.#lost.removeAll(this.#acked);
  }

  /** Forgets everything; nothing is left to send. */
  discard(): void {
    for (const slab of this.#slabs.splice(0)) this.#pool.give(slab);
    this.#tail = undefined;
    this.#base = this.end;
    this.#next = this.end;
    this.#acked.clear();
    this.#lost.clear();
    this.#whole.length = 0;
  }

  #keepWhole(length: number): void {
    if (length > WHOLE_MESSAGE_BYTES_MAX) return;
    const start = this.end;
    this.#whole.push({ start, end: start + streamBytes(length) });
  }

  #writeAcross(message: Uint8Array): void {
    for (let rest = message.length; ; rest >>>= 7) {
      const tail = this.#writableTail();
      tail[this.#at++] = rest >= 0x80 ? (rest & 0x7f) | 0x80 : rest;
      if (rest < 0x80) break;
    }
    this.#append(message);
  }

  #append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const tail = this.#writableTail();
      const count = Math.min(bytes.length - from, SLAB_BYTES - this.#at);
      tail.set(from === 0 && count === bytes.length ? bytes : bytes.subarray(from, from + count), this.#at);
      this.#at += count;
      from += count;
    }
  }

  #writableTail(): Uint8Array {
    if (this.#at === SLAB_BYTES) {
      this.#tailStart += SLAB_BYTES;
      this.#at = 0;
      this.#tail = undefined;
    }
    if (this.#tail !== undefined) return this.#tail;
    const slab = this.#pool.take();
    if (this.#slabs.length === 0) this.#firstSlab = this.#tailStart / SLAB_BYTES;
    this.#slabs.push(slab);
    this.#tail = slab;
    return slab;
  }

  /** Gives back the slabs below base, and all of them when nothing waits. */
  #release(): void {
    const isEmpty = this.#base === this.end;
    const keepFrom = Math.floor(this.#base / SLAB_BYTES);
    while (this.#slabs.length > 0 && (isEmpty || this.#firstSlab < keepFrom)) {
      const slab = this.#slabs.shift();
      if (slab !== undefined) this.#pool.give(slab);
      this.#firstSlab++;
    }
    if (isEmpty) this.#tail = undefined;
  }
}
