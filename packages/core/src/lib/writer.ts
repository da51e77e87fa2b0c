/**
 * Writes fields one after the other into a buffer that grows. The other half is {@link Reader}. Neither makes a
 * `DataView`: engines keep small arrays among other objects until somebody asks for their buffer.
 *
 *     u8 u16 u32 u64   big-endian
 *     varint           unsigned LEB128, shortest form, at most 2^53 - 1
 *     varBytes, text   varint length, then the bytes
 *
 * @module
 */
import { assert } from "./assert.ts";
import { textToBytes } from "./utf8.ts";

export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  /** `capacity` is a first guess in bytes. */
  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xff, `u8 of ${value}`);
    const at = this.#grow(1); // before #buffer is looked at: growing replaces it
    this.#buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, `u16 of ${value}`);
    const at = this.#grow(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, `u32 of ${value}`);
    const at = this.#grow(4);
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    return this;
  }

  /** `value` is a safe integer: 2^53 - 1 at most. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `u64 of ${value}`);
    this.u32(Math.floor(value / 2 ** 32));
    return this.u32(value % 2 ** 32);
  }

  varint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `varint of ${value}`);
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  varBytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).bytes(bytes);
  }

  text(text: string): this {
    return this.varBytes(textToBytes(text));
  }

  /** A new array with what was written; the writer may go on. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  /** As {@link finish}, without a copy where the first guess was enough: the writer must not go on. */
  take(): Uint8Array {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    return at;
  }
}

/** Bytes that `value` takes as a varint. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count++;
  return count;
}
