/**
 * Walks DER (X.690): tag, length, content, one after the other. Enough to look into a signature that somebody else made; it
 * refuses what is not DER: lengths of no end or longer than they need to be, and tags of several bytes.
 *
 * @module
 */
import { bytesToHex } from "./hex.ts";
import { WireError } from "./wire-error.ts";

/** Tags that are asked for. */
export const DER = { octets: 0x04, oid: 0x06, sequence: 0x30, set: 0x31, context0: 0xa0, context1: 0xa1 } as const;

const LENGTH_BYTES_MAX = 3;

export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of what comes next; `undefined` at the end. */
  get tag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of what comes next, which has `tag` if one is given; shares memory. @throws {WireError} */
  next(tag?: number): Uint8Array {
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f || (tag !== undefined && found !== tag))
      throw new WireError("ERR_VALUE", `DER: tag ${found} where ${tag ?? "another"} was due`);
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError("ERR_TRUNCATED", "DER: content that is cut off");
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }

  into(tag: number): DerReader {
    return new DerReader(this.next(tag));
  }

  /** An object identifier as the hexadecimal digits of its content. */
  oid(): string {
    return bytesToHex(this.next(DER.oid));
  }

  /** @throws {WireError} unless everything was read. */
  end(): void {
    if (!this.isAtEnd) throw new WireError("ERR_TRAILING", "DER: more than was due");
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new WireError("ERR_TRUNCATED", "DER: at its end");
    this.#at++;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > LENGTH_BYTES_MAX) throw new WireError("ERR_VALUE", "DER: form of a length");
    let length = 0;
    for (let i = 0; i < count; i++) length = 256 * length + this.#byte();
    if (length < (count === 1 ? 0x80 : 256 ** (count - 1))) throw new WireError("ERR_VALUE", "DER: length too long");
    return length;
  }
}
