/**
 * Frames of the session itself inside an opened record (spec/frames.md §3).
 *
 *     ping      = 0x01
 *     ack       = 0x02 · u16 path · varint largest · varint first · varint count · (varint gap · varint length)*
 *     close     = 0x09 · u8 code
 *     pathProbe = 0x0a · 8 B
 *     pathReply = 0x0b · 8 B
 *
 * Acknowledgements as in QUIC (RFC 9000 §19.3): `first` counters below `largest` arrived too; then,
 * downwards, `gap + 1` that did not and `length + 1` that did.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { Reader } from "../lib/reader.ts";
import { putVarint } from "../lib/varint.ts";
import { WireError } from "../lib/wire-error.ts";
import { varintBytes } from "../lib/writer.ts";
import { ACK_RANGES_MAX } from "./limits.ts";
import { FRAME } from "./registry.ts";

export const PROBE_BYTES = 8;

/** Counters `first` to `last`, both included. */
export interface AckRange {
  readonly first: number;
  readonly last: number;
}

export type SessionFrame =
  | { readonly type: "ping" }
  /** At least one range, highest first, none touching the next. */
  | { readonly type: "ack"; readonly path: number; readonly ranges: readonly AckRange[] }
  | { readonly type: "close"; readonly code: number }
  | { readonly type: "pathProbe" | "pathReply"; readonly data: Uint8Array };

/** Whether {@link decodeSessionFrame} knows frames that begin with `type`. */
export function isSessionFrame(type: number): boolean {
  return type === FRAME.ping || type === FRAME.ack || (type >= FRAME.close && type <= FRAME.pathReply);
}

/** Size of `frame` when encoded, type byte included. */
export function sessionFrameBytes(frame: SessionFrame): number {
  switch (frame.type) {
    case "ping":
      return 1;
    case "close":
      return 2;
    case "pathProbe":
    case "pathReply":
      return 1 + PROBE_BYTES;
    case "ack": {
      let size = 3 + varintBytes(frame.ranges.length - 1);
      let before: AckRange | undefined;
      for (const range of frame.ranges) {
        size += varintBytes(before === undefined ? range.last : before.first - range.last - 2);
        size += varintBytes(range.last - range.first);
        before = range;
      }
      return size;
    }
  }
}

/** Writes `frame` at `target[at]`, where {@link sessionFrameBytes} must be free; returns where the next one goes. */
export function encodeSessionFrame(frame: SessionFrame, target: Uint8Array, at: number): number {
  switch (frame.type) {
    case "ping":
      target[at] = FRAME.ping;
      return at + 1;
    case "close":
      target[at] = FRAME.close;
      target[at + 1] = frame.code;
      return at + 2;
    case "pathProbe":
    case "pathReply":
      assert(frame.data.length === PROBE_BYTES, "probe size");
      target[at] = FRAME[frame.type];
      target.set(frame.data, at + 1);
      return at + 1 + PROBE_BYTES;
    case "ack":
      return encodeAck(frame.path, frame.ranges, target, at);
  }
}

/**
 * Reads the rest of a frame whose first byte was `type`. `data` is a view into the reader's array.
 * @throws {WireError} `ERR_UNKNOWN_TYPE` if `type` is no session frame, and what {@link Reader} throws.
 */
export function decodeSessionFrame(type: number, reader: Reader): SessionFrame {
  switch (type) {
    case FRAME.ping:
      return { type: "ping" };
    case FRAME.ack:
      return decodeAck(reader);
    case FRAME.close: {
      const code = reader.u8();
      if (code === 0) throw new WireError("ERR_VALUE", "close code 0");
      return { type: "close", code };
    }
    case FRAME.pathProbe:
      return { type: "pathProbe", data: reader.bytes(PROBE_BYTES) };
    case FRAME.pathReply:
      return { type: "pathReply", data: reader.bytes(PROBE_BYTES) };
    default:
      throw new WireError("ERR_UNKNOWN_TYPE", `frame type ${type}`);
  }
}

function encodeAck(path: number, ranges: readonly AckRange[], target: Uint8Array, at: number): number {
  const [highest, ...others] = ranges;
  assert(highest !== undefined && ranges.length <= ACK_RANGES_MAX, `ack of ${ranges.length} ranges`);
  target[at] = FRAME.ack;
  target[at + 1] = path >> 8;
  target[at + 2] = path & 0xff;
  let next = putVarint(target, at + 3, highest.last);
  next = putVarint(target, next, highest.last - highest.first);
  next = putVarint(target, next, others.length);
  let below = highest.first;
  for (const range of others) {
    next = putVarint(target, next, below - range.last - 2);
    next = putVarint(target, next, range.last - range.first);
    below = range.first;
  }
  return next;
}

function decodeAck(reader: Reader): SessionFrame {
  const path = reader.u16();
  const largest = reader.varint();
  const ranges = [ackRange(largest, reader.varint())];
  const count = reader.varint();
  if (count >= ACK_RANGES_MAX) throw new WireError("ERR_LIMIT", `ack of ${count + 1} ranges`);
  let below = ranges[0]?.first ?? 0;
  for (let i = 0; i < count; i++) {
    const range = ackRange(below - reader.varint() - 2, reader.varint());
    ranges.push(range);
    below = range.first;
  }
  return { type: "ack", path, ranges };
}

function ackRange(last: number, length: number): AckRange {
  if (last - length < 0) throw new WireError("ERR_VALUE", "ack below counter 0");
  return { first: last - length, last };
}
