/**
 * Frames: message boundaries on a byte stream, as a TCP link has it (spec/frames.md §1).
 *
 *     frame   = length payload
 *     length  = u32, big-endian: the payload's size in bytes, 1 to 66,560
 *     payload = one packet; opaque here
 *
 * A 4-byte prefix as WiPeerKit has it. The bound is ours: a peer can never make us hold more than
 * about twice what it has really sent, nor more than one frame.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { WireError } from "../lib/wire-error.ts";
import { PACKET_BYTES_MAX } from "./limits.ts";

/** Size of the length prefix, in bytes. */
export const FRAME_HEADER_BYTES = 4;

/** The length prefix of a packet of `length` bytes: what a link writes before the packet's parts. */
export function encodeFrameHeader(length: number): Uint8Array {
  assert(length > 0 && length <= PACKET_BYTES_MAX, `frame payload of ${length} bytes`);
  return Uint8Array.of(0, length >> 16, length >> 8, length);
}

/** One frame in a new array. `payload` holds 1 to {@link PACKET_BYTES_MAX} bytes: any other size is our own bug. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  frame.set(encodeFrameHeader(payload.length));
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * Cuts a byte stream back into payloads. Give {@link push} what arrived, then call {@link next}
 * until it returns `undefined`. How the stream was cut never changes what comes out. A payload that
 * lies within one chunk is a view of it; only one that spans chunks is copied together. After a
 * {@link WireError} the decoder stays failed: close the link.
 */
export class FrameDecoder {
  #payloadMax: number;
  #chunk: Uint8Array = EMPTY;
  #at = 0; //             first byte of #chunk not yet taken
  #held: Uint8Array = EMPTY;
  #heldLength = 0; //     bytes of #held that are the beginning of an unfinished frame
  #failure: WireError | undefined;

  constructor(payloadMax: number = PACKET_BYTES_MAX) {
    this.#payloadMax = payloadMax;
  }

  /** Largest payload from now on: links start low and rise once the peer is authenticated. */
  set payloadMax(bytes: number) {
    assert(bytes > 0 && bytes <= PACKET_BYTES_MAX, `payload limit of ${bytes}`);
    this.#payloadMax = bytes;
  }

  /** Bytes kept of an unfinished frame. */
  get bytesHeld(): number {
    return this.#heldLength;
  }

  /** Takes `chunk`, of any size, and reads from it until {@link next} returns `undefined`: leave it alone until then. */
  push(chunk: Uint8Array): void {
    assert(this.#at === this.#chunk.length || this.#failure !== undefined, "push before next() returned undefined");
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next whole payload, valid until the next call of any method; `undefined` until more bytes arrive.
   * @throws {WireError} `ERR_FRAME_EMPTY` or `ERR_FRAME_TOO_LARGE`, on the length alone.
   */
  next(): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#heldLength > 0) return this.#finishHeld();
    const left = this.#chunk.length - this.#at;
    if (left >= FRAME_HEADER_BYTES) {
      const length = this.#payloadLength(this.#chunk, this.#at);
      if (left >= FRAME_HEADER_BYTES + length) {
        const start = this.#at + FRAME_HEADER_BYTES;
        this.#at = start + length;
        return this.#chunk.subarray(start, this.#at);
      }
    }
    this.#hold(left);
    return undefined;
  }

  #finishHeld(): Uint8Array | undefined {
    if (this.#heldLength < FRAME_HEADER_BYTES) this.#hold(FRAME_HEADER_BYTES - this.#heldLength);
    if (this.#heldLength < FRAME_HEADER_BYTES) return undefined;
    const whole = FRAME_HEADER_BYTES + this.#payloadLength(this.#held, 0);
    this.#hold(whole - this.#heldLength);
    if (this.#heldLength < whole) return undefined;
    this.#heldLength = 0;
    return this.#held.subarray(FRAME_HEADER_BYTES, whole);
  }

  /** Moves up to `count` bytes from the chunk to what is held. */
  #hold(count: number): void {
    const bytes = this.#chunk.subarray(this.#at, this.#at + count);
    const length = this.#heldLength + bytes.length;
    if (length > this.#held.length) {
      // At least doubling keeps the copying linear, however finely the peer chops its bytes.
      const grown = new Uint8Array(Math.max(2 * this.#held.length, length, 64));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = length;
    this.#at += bytes.length;
    if (this.#at === this.#chunk.length) [this.#chunk, this.#at] = [EMPTY, 0]; // lets go of the caller's array
  }

  #payloadLength(bytes: Uint8Array, at: number): number {
    const length =
      (bytes[at] ?? 0) * 2 ** 24 + (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (length === 0) throw this.#fail(new WireError("ERR_FRAME_EMPTY", "frame of length 0"));
    if (length > this.#payloadMax)
      throw this.#fail(new WireError("ERR_FRAME_TOO_LARGE", `frame of ${length} bytes announced`));
    return length;
  }

  #fail(error: WireError): WireError {
    this.#failure = error;
    [this.#chunk, this.#at, this.#held, this.#heldLength] = [EMPTY, 0, EMPTY, 0];
    return error;
  }
}

const EMPTY = new Uint8Array(0);
