/**
 * Reads fields one after the other, as {@link Writer} wrote them, and refuses everything else.
 * A decoder reads field by field and calls {@link Reader.end}; every method throws a `WireError`.
 *
 * @module
 */
import { bytesToText } from "./utf8.ts";
import { WireError } from "./wire-error.ts";

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  u16(): number {
    const at = this.#take(2);
    return 0x100 * (this.#bytes[at] ?? 0) + (this.#bytes[at + 1] ?? 0);
  }

  u32(): number {
    const [at, bytes] = [this.#take(4), this.#bytes];
    const low = 0x1_0000 * (bytes[at + 1] ?? 0) + 0x100 * (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);
    return 0x100_0000 * (bytes[at] ?? 0) + low;
  }

  /** @throws {WireError} `ERR_VALUE` above 2^53 - 1, which nothing of ours counts to. */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw new WireError("ERR_VALUE", "u64 over 2^53 - 1");
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = this.u8();
      if (shift === 49 && byte > 0x0f) throw new WireError("ERR_VARINT", "varint over 2^53 - 1");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte === 0 && shift > 0) throw new WireError("ERR_VARINT", "varint longer than needed");
    }
    return value;
  }

  /** A view into the array given to the constructor: copy what must outlive it. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** As {@link bytes}, with a varint length of at most `max` before it. */
  varBytes(max: number): Uint8Array {
    const length = this.varint();
    if (length > max) throw new WireError("ERR_TOO_LARGE", `field of ${length} bytes, at most ${max}`);
    return this.bytes(length);
  }

  /** UTF-8 text of at most `max` bytes. */
  text(max: number): string {
    return bytesToText(this.varBytes(max));
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** Call when the last field was read. */
  end(): void {
    if (this.left > 0) throw new WireError("ERR_TRAILING", `${this.left} bytes after the last field`);
  }

  #take(count: number): number {
    if (count > this.left) throw new WireError("ERR_TRUNCATED", `${count} bytes wanted, ${this.left} left`);
    const at = this.#at;
    this.#at += count;
    return at;
  }
}
