/**
 * Cuts a byte stream into packets where the bytes were read, without copying them: the socket reads
 * into {@link PacketReader.space}, packets come out as views of it.
 *
 *     frame = u32 big-endian length · packet       length is 1 to 66,560 (spec/frames.md)
 *
 * Only the unfinished packet at the end of a read is ever moved, when the buffer runs out. The buffer is
 * small while nobody is authenticated, so that strangers cost little memory.
 *
 * @module
 */
import { assert, PACKET_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX, WireError } from "@kith/core";

const LENGTH_BYTES = 4;

/** Room for what a stranger may send and a little of the next. */
const SMALL_BUFFER_BYTES = 2 * (LENGTH_BYTES + PREAUTH_PACKET_BYTES_MAX);

/** One read of 256 KiB after the longest unfinished packet: fewer, larger reads. */
const LARGE_BUFFER_BYTES = 262_144 + LENGTH_BYTES + PACKET_BYTES_MAX;

export class PacketReader {
  #buffer: Uint8Array = new Uint8Array(SMALL_BUFFER_BYTES);
  #start = 0; // first byte not yet given out
  #end = 0; //   one past the last byte read
  #isLarge = false;
  #size = SMALL_BUFFER_BYTES;

  /** Let the buffer grow as far as reads fill it: most links of most peers never do. */
  enlarge(): void {
    this.#isLarge = true;
  }

  /**
   * Where the next bytes go; never empty. Packets given out before are overwritten from now on.
   * Call again only after {@link filled}.
   */
  space(): Uint8Array {
    const unread = this.#end - this.#start;
    const size = this.#size;
    if (this.#buffer.length < size || unread === this.#buffer.length) {
      const larger = new Uint8Array(Math.max(size, 2 * unread));
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    } else if (unread > 0 && this.#buffer.length - this.#end >= this.#buffer.length / 4) {
      return this.#buffer.subarray(this.#end); // room enough: a stream that trickles is not moved for each byte
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = unread;
    return this.#buffer.subarray(unread);
  }

  /** Says that `count` bytes were put at the beginning of the last {@link space}. */
  filled(count: number): void {
    assert(this.#end + count <= this.#buffer.length, "more bytes than space");
    this.#end += count;
    // A read that filled what there was: more was waiting.
    if (this.#isLarge && this.#end === this.#buffer.length) this.#size = LARGE_BUFFER_BYTES;
  }

  /**
   * The next whole packet, a view that is valid until {@link space}; `undefined` until more is read.
   * @throws {WireError} `ERR_FRAME_EMPTY`, or `ERR_FRAME_TOO_LARGE` for one over `packetBytesMax`: on the length alone.
   */
  next(packetBytesMax: number): Uint8Array | undefined {
    const unread = this.#end - this.#start;
    if (unread < LENGTH_BYTES) return undefined;
    const length = readU32(this.#buffer, this.#start);
    if (length === 0) throw new WireError("ERR_FRAME_EMPTY", "frame of length 0");
    if (length > packetBytesMax) throw new WireError("ERR_FRAME_TOO_LARGE", `frame of ${length} bytes announced`);
    if (unread < LENGTH_BYTES + length) return undefined;
    const at = this.#start + LENGTH_BYTES;
    this.#start = at + length;
    return this.#buffer.subarray(at, this.#start);
  }
}

/** Without a DataView: one allocation less per read. */
function readU32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return high * 65_536 + low;
}
