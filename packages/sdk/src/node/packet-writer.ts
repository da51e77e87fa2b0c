/**
 * Gathers packets of one turn of the event loop into few arrays for one `writev`. Small parts are
 * copied one behind the other, large ones go by reference: a record of 64 KiB costs a copy of its
 * header and tag, a hundred records of 100 bytes cost one array.
 *
 * @module
 */
import { assert, PACKET_BYTES_MAX } from "@kith/core";

/** Up to here a copy is cheaper than one more element of the `writev`. */
const COPIED_PART_BYTES_MAX = 4_096;

/** The first slab holds what a handshake says: a stranger costs no more. */
const FIRST_SLAB_BYTES = 4_096;
const SLAB_BYTES = 65_536;

export class PacketWriter {
  #slab: Uint8Array = new Uint8Array(0);
  #runStart = 0; // what was copied into the slab and is not yet in #chunks
  #runEnd = 0;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Bytes gathered, lengths included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one packet of 1 to 66,560 bytes, its length before it. Keeps large parts: they must not change. */
  add(parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    assert(length > 0 && length <= PACKET_BYTES_MAX, `packet of ${length} bytes`);
    this.#makeRoom(4);
    this.#slab[this.#runEnd++] = 0;
    this.#slab[this.#runEnd++] = length >> 16; // PACKET_BYTES_MAX fits 24 bits
    this.#slab[this.#runEnd++] = length >> 8;
    this.#slab[this.#runEnd++] = length;
    for (const part of parts) this.#addPart(part);
    this.#bytes += 4 + length;
  }

  /** What was gathered, in order; the writer starts afresh. */
  take(): Uint8Array[] {
    this.#endRun();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  #addPart(part: Uint8Array): void {
    if (part.length > COPIED_PART_BYTES_MAX) {
      this.#endRun();
      this.#chunks.push(part);
      return;
    }
    this.#makeRoom(part.length);
    this.#slab.set(part, this.#runEnd);
    this.#runEnd += part.length;
  }

  #makeRoom(count: number): void {
    if (this.#runEnd + count <= this.#slab.length) return;
    this.#endRun();
    // A slab is never written twice: the socket may still hold the old one.
    const size = this.#slab.length === 0 ? FIRST_SLAB_BYTES : SLAB_BYTES;
    this.#slab = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
    this.#runStart = this.#runEnd = 0;
  }

  #endRun(): void {
    if (this.#runEnd === this.#runStart) return;
    this.#chunks.push(this.#slab.subarray(this.#runStart, this.#runEnd));
    this.#runStart = this.#runEnd;
  }
}
