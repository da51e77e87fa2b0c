/**
 * Cuts a stream of bytes, given piece by piece in order, back into messages: each is a varint length and so
 * many bytes (spec/channels.md §4). A message that lies whole within a piece comes out as a view of it;
 * one that spans pieces is copied once. However the stream was cut, the same messages come out.
 *
 * @module
 */
import { WireError } from "../lib/wire-error.ts";
import { MESSAGE_BYTES_MAX } from "../wire/limits.ts";

/** An announced length buys at most so many times the memory of what has really come. */
const RESERVE_FACTOR = 8;
const RESERVE_BYTES_MIN = 4_096;

const EMPTY = new Uint8Array(0);

export class MessageAssembler {
  #headValue = 0; //         length prefix so far
  #headShift = 0; //         7 × its bytes so far
  #body: Uint8Array | undefined; // of a message that has begun
  #bodyLength = 0; //        what its prefix announced
  #bodyFilled = 0;
  /** Whether views of pieces were given out; whoever asks sets it back. */
  hasSharedViews = false;

  /** Whether the stream so far ends between two messages. */
  get isBetweenMessages(): boolean {
    return this.#headShift === 0 && this.#body === undefined;
  }

  /** Bytes of a message that has begun, prefix included: the stream so far less the messages given out. */
  get pendingBytes(): number {
    if (this.#body === undefined) return this.#headShift / 7;
    return streamBytes(this.#bodyLength) - this.#bodyLength + this.#bodyFilled;
  }

  /**
   * Appends to `messages` those that `bytes` complete. Views of `bytes` are given out: nobody may write it again.
   * @throws {WireError} `ERR_TOO_LARGE` or `ERR_VARINT`, on a length alone.
   */
  push(bytes: Uint8Array, messages: Uint8Array[]): void {
    const length = bytes.length;
    const buffer = bytes.buffer;
    const base = bytes.byteOffset;
    let isShared = false;
    let at = this.isBetweenMessages ? 0 : this.#resume(bytes, messages);
    while (at < length) {
      let size = bytes[at] ?? 0;
      let start = at + 1;
      if (size >= 0x80) {
        const second = bytes[start++] ?? 0;
        const third = second >= 0x80 ? (bytes[start++] ?? 0) : second;
        size = (size & 0x7f) | ((second & 0x7f) << 7) | (second >= 0x80 ? third << 14 : 0);
        if (third === 0 || third >= 0x80 || size > MESSAGE_BYTES_MAX) {
          // Cut off by the end of this piece, or wrong: byte by byte.
          at = this.#readHead(bytes, at);
          if (this.#body !== undefined) at = this.#fillBody(bytes, at, messages);
          continue;
        }
      }
      const end = start + size;
      if (end > length) {
        this.#beginBody(size, length - start);
        at = this.#fillBody(bytes, start, messages);
        continue;
      }
      // Not subarray: a Buffer would give out a Buffer.
      messages.push(size === 0 ? EMPTY : new Uint8Array(buffer, base + start, size));
      at = end;
      isShared = true;
    }
    if (isShared) this.hasSharedViews = true;
  }

  /** Goes on with a message that an earlier piece began; returns where the next one starts. */
  #resume(bytes: Uint8Array, messages: Uint8Array[]): number {
    const at = this.#body === undefined ? this.#readHead(bytes, 0) : 0;
    return this.#body === undefined ? at : this.#fillBody(bytes, at, messages);
  }

  /** Reads length bytes from `at`; begins the body if that completes the prefix. Returns where it stopped. */
  #readHead(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; ) {
      const byte = bytes[at++] ?? 0;
      this.#headValue |= (byte & 0x7f) << this.#headShift;
      if (this.#headValue > MESSAGE_BYTES_MAX) throw tooLarge(this.#headValue);
      if (byte < 0x80) {
        if (byte === 0 && this.#headShift > 0) throw new WireError("ERR_VARINT", "message length longer than needed");
        this.#beginBody(this.#headValue, bytes.length - at);
        this.#headValue = 0;
        this.#headShift = 0;
        return at;
      }
      this.#headShift += 7;
      if (this.#headShift > 14) throw new WireError("ERR_TOO_LARGE", "message length of over three bytes");
    }
    return bytes.length;
  }

  #beginBody(length: number, arrived: number): void {
    this.#bodyLength = length;
    this.#bodyFilled = 0;
    const reserve = Math.max(RESERVE_BYTES_MIN, RESERVE_FACTOR * arrived);
    this.#body = new Uint8Array(Math.min(length, reserve));
  }

  /** Takes what belongs to the message begun; returns where the next one starts. */
  #fillBody(bytes: Uint8Array, from: number, messages: Uint8Array[]): number {
    let body = this.#body ?? EMPTY;
    const count = Math.min(bytes.length - from, this.#bodyLength - this.#bodyFilled);
    const filled = this.#bodyFilled + count;
    if (filled > body.length) {
      const grown = new Uint8Array(Math.min(this.#bodyLength, RESERVE_FACTOR * filled));
      grown.set(body.subarray(0, this.#bodyFilled));
      body = grown;
    }
    body.set(bytes.subarray(from, from + count), this.#bodyFilled);
    this.#bodyFilled = filled;
    this.#body = body;
    if (filled === this.#bodyLength) {
      messages.push(body);
      this.#body = undefined;
    }
    return from + count;
  }
}

/** Bytes that a message of `length` takes in a stream. */
export function streamBytes(length: number): number {
  return length + (length < 0x80 ? 1 : length < 0x4000 ? 2 : 3);
}

const tooLarge = (length: number): WireError => new WireError("ERR_TOO_LARGE", `message of ${length} bytes announced`);
