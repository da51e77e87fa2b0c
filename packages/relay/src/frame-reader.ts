/**
 * What clients send: frames of WebSocket (RFC 6455 §5), put together to messages.
 *
 * A message that lies whole in what one read brought is given as a view into it, its mask taken off in place: most
 * of what a relay reads is copied for the first time when it leaves. What is incomplete waits in an array that grows
 * with the bytes that came, not with the length that a header promises: who announces much and sends nothing costs
 * nothing.
 *
 * @module
 */
import { CLOSE, CONTROL_BYTES_MAX, OPCODE } from "./frame.ts";

/** Where a short mask loop is done before a view of four bytes at a time pays. */
const WIDE_FROM_BYTES = 64;
const HELD_BYTES_MIN = 512;
/** Fragments of one message. A client of ours sends one. */
const FRAGMENTS_MAX = 128;

/** What a reader gives to. Views are the receiver's from then on. */
export interface FrameSink {
  handleMessage(message: Uint8Array): void;
  handlePing(payload: Uint8Array): void;
  /** The other side closes; its code, 1005 if it gave none. */
  handleClose(code: number): void;
  /** The bytes break the protocol: close with this code. Nothing more is read. */
  handleViolation(code: number): void;
}

type Phase =
  /** `held`: the beginning of a frame that is not complete, in the first `filled` bytes. */
  { readonly at: "reading"; held: Uint8Array | undefined; filled: number; need: number } | { readonly at: "ended" };

interface Fragments {
  readonly parts: Uint8Array[];
  bytes: number;
}

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #bytesMax: number;
  #phase: Phase = { at: "reading", held: undefined, filled: 0, need: 0 };
  #fragments: Fragments | undefined;

  constructor(sink: FrameSink, bytesMax: number) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
  }

  /** Takes what a read brought; the array is the reader's. */
  read(chunk: Uint8Array): void {
    const phase = this.#phase;
    if (phase.at === "ended") return;
    let bytes = chunk;
    let at = 0;
    if (phase.held !== undefined) {
      // Only the frame that waits is completed by copying; what comes after it is read where it lies.
      at = this.#fill(phase, chunk);
      if (phase.filled < phase.need) return;
      bytes = phase.held.subarray(0, phase.filled);
      const used = this.#readFrames(bytes, 0);
      if (used === undefined) return;
      if (used < bytes.length) return this.read(chunk.subarray(at)); // its header was complete, it is not
      phase.held = undefined;
      bytes = chunk;
    }
    const used = this.#readFrames(bytes, at);
    if (used !== undefined && used < bytes.length) this.#hold(phase, bytes.subarray(used));
  }

  /** Nothing is read any more, and nothing is kept. */
  end(): void {
    this.#phase = { at: "ended" };
    this.#fragments = undefined;
  }

  /** Reads whole frames from `at` on. @returns where the first incomplete one begins; `undefined` if reading has ended */
  #readFrames(bytes: Uint8Array, from: number): number | undefined {
    let at = from;
    for (;;) {
      const size = this.#frameBytes(bytes, at);
      if (size === undefined) return undefined;
      if (size > bytes.length - at) {
        if (this.#phase.at === "reading") this.#phase.need = size;
        return at;
      }
      this.#readFrame(bytes, at, at + size);
      if (this.#phase.at === "ended") return undefined;
      at += size;
    }
  }

  /**
   * Bytes of the frame at `at`, header and mask included; of its header while that is not known.
   * A frame that is not allowed ends the reading here, before any of its payload is kept.
   */
  #frameBytes(bytes: Uint8Array, at: number): number | undefined {
    const have = bytes.length - at;
    if (have < 2) return 2;
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
    const opcode = first & 0x0f;
    const short = second & 0x7f;
    const isFinal = (first & 0x80) !== 0;
    // No extension was agreed on, so no reserved bit; a client masks (§5.1).
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return this.#violate(CLOSE.protocolError);
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong || !isFinal || short > CONTROL_BYTES_MAX) return this.#violate(CLOSE.protocolError);
    } else if (opcode !== (this.#fragments === undefined ? OPCODE.binary : OPCODE.continuation)) {
      return this.#violate(CLOSE.protocolError);
    }
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (have < head) return head;
    const length = short < 126 ? short : readLength(bytes, at + 2, head - 2);
    if (length > this.#bytesMax - (opcode < OPCODE.close ? (this.#fragments?.bytes ?? 0) : 0))
      return this.#violate(CLOSE.tooBig);
    return head + 4 + length;
  }

  #readFrame(bytes: Uint8Array, at: number, end: number): void {
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
    const short = second & 0x7f;
    const mask = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    unmask(bytes, mask, mask + 4, end);
    const payload = bytes.subarray(mask + 4, end);
    const isFinal = (first & 0x80) !== 0;
    switch (first & 0x0f) {
      case OPCODE.ping:
        return this.#sink.handlePing(payload);
      case OPCODE.pong:
        return;
      case OPCODE.close:
        return this.#readClose(payload);
      default:
        if (isFinal && this.#fragments === undefined) return this.#sink.handleMessage(payload);
        return this.#readFragment(payload, isFinal);
    }
  }

  #readFragment(payload: Uint8Array, isLast: boolean): void {
    this.#fragments ??= { parts: [], bytes: 0 };
    const fragments = this.#fragments;
    if (fragments.parts.length === FRAGMENTS_MAX) {
      this.#violate(CLOSE.protocolError);
      return;
    }
    // A copy, so that a few bytes do not hold what a whole read brought.
    fragments.parts.push(isLast ? payload : payload.slice());
    fragments.bytes += payload.length;
    if (!isLast) return;
    this.#fragments = undefined;
    const message = new Uint8Array(fragments.bytes);
    let at = 0;
    for (const part of fragments.parts) {
      message.set(part, at);
      at += part.length;
    }
    this.#sink.handleMessage(message);
  }

  #readClose(payload: Uint8Array): void {
    const code = payload.length < 2 ? 1005 : readLength(payload, 0, 2);
    this.end();
    if (payload.length === 1) this.#sink.handleViolation(CLOSE.protocolError);
    else this.#sink.handleClose(code);
  }

  #violate(code: number): undefined {
    this.end();
    this.#sink.handleViolation(code);
  }

  /** Copies what the waiting frame lacks out of `chunk`; returns where the rest of it begins. */
  #fill(phase: Phase & { at: "reading" }, chunk: Uint8Array): number {
    const taken = Math.min(phase.need - phase.filled, chunk.length);
    this.#append(phase, chunk.subarray(0, taken));
    return taken;
  }

  #hold(phase: Phase & { at: "reading" }, rest: Uint8Array): void {
    phase.held = new Uint8Array(Math.min(phase.need, Math.max(HELD_BYTES_MIN, rest.length * 2)));
    phase.filled = 0;
    this.#append(phase, rest);
  }

  #append(phase: Phase & { at: "reading" }, bytes: Uint8Array): void {
    const filled = phase.filled + bytes.length;
    let held = phase.held ?? new Uint8Array(0);
    if (held.length < filled) {
      const grown = new Uint8Array(Math.min(Math.max(phase.need, filled), filled * 2));
      grown.set(held.subarray(0, phase.filled));
      phase.held = held = grown;
    }
    held.set(bytes, phase.filled);
    phase.filled = filled;
  }
}

function readLength(bytes: Uint8Array, at: number, size: number): number {
  let length = 0;
  for (let index = 0; index < size; index++) length = length * 256 + (bytes[at + index] ?? 0);
  return length;
}

const turned = new Uint8Array(4);
const turnedWord = new Int32Array(turned.buffer);

/** XORs `start..end` with the four bytes at `mask` (§5.3), four bytes at a time where that pays. */
function unmask(bytes: Uint8Array, mask: number, start: number, end: number): void {
  let at = start;
  if (end - start >= WIDE_FROM_BYTES) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++) xorByte(bytes, at, mask + ((at - start) & 3));
    for (let index = 0; index < 4; index++) turned[index] = bytes[mask + ((at - start + index) & 3)] ?? 0;
    const word = turnedWord[0] ?? 0; // in this machine's order of bytes, as `wide` is
    const wide = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >>> 2);
    for (let index = 0; index < wide.length; index++) wide[index] = (wide[index] ?? 0) ^ word;
    at += wide.length * 4;
  }
  for (; at < end; at++) xorByte(bytes, at, mask + ((at - start) & 3));
}

function xorByte(bytes: Uint8Array, at: number, mask: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (bytes[mask] ?? 0);
}
