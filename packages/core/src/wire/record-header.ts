/**
 * The clear header of a record, which is also its associated data (spec/session.md §2).
 *
 *     u8  0x10      the packet's type
 *     u8  phase     of the sender's traffic keys, modulo 256
 *     u16 path      number of the link within this keying
 *     u32 index     the receiver's, from the handshake: finds the session
 *     u64 counter   of records on this path in this direction
 *
 * The nonce is u32 path ‖ u64 counter: a path number is used once under a keying, and a counter
 * once on a path, so that no (key, nonce) repeats (RFC 9001 §5.3; WireGuard's explicit counters).
 *
 * @module
 */
import { WireError } from "../lib/wire-error.ts";
import { PACKET_BYTES_MAX, RECORD_HEADER_BYTES, RECORD_TAG_BYTES } from "./limits.ts";
import { PACKET } from "./registry.ts";

export interface RecordHeader {
  readonly phase: number;
  readonly path: number;
  readonly index: number;
  readonly counter: number;
}

export const NONCE_BYTES = 12;

/** The smallest record: a header, one byte of frames, the tag. */
export const RECORD_BYTES_MIN: number = RECORD_HEADER_BYTES + 1 + RECORD_TAG_BYTES;

/** The header of one record, in a new array that nobody writes again. */
export function encodeRecordHeader(header: RecordHeader): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES);
  bytes[0] = PACKET.record;
  bytes[1] = header.phase & 0xff;
  bytes[2] = header.path >> 8;
  bytes[3] = header.path & 0xff;
  putU32(bytes, 4, header.index);
  putU32(bytes, 8, Math.floor(header.counter / 2 ** 32));
  putU32(bytes, 12, header.counter % 2 ** 32);
  return bytes;
}

/** The nonce of a record with this path and counter, in a new array. */
export function recordNonce(path: number, counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  putU32(nonce, 0, path);
  putU32(nonce, 4, Math.floor(counter / 2 ** 32));
  putU32(nonce, 8, counter % 2 ** 32);
  return nonce;
}

/**
 * Reads what a record claims, before anything is verified: find the session by `index`.
 * @throws {WireError} unless `packet` has the form and a size of a record.
 */
export function decodeRecordHeader(packet: Uint8Array): RecordHeader {
  if (packet.length < RECORD_BYTES_MIN) throw new WireError("ERR_TRUNCATED", `record of ${packet.length} bytes`);
  if (packet.length > PACKET_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `record of ${packet.length} bytes`);
  if (packet[0] !== PACKET.record) throw new WireError("ERR_UNKNOWN_TYPE", "not a record");
  const counter = u32(packet, 8) * 2 ** 32 + u32(packet, 12);
  if (!Number.isSafeInteger(counter)) throw new WireError("ERR_VALUE", "counter over 2^53 - 1");
  return { phase: packet[1] ?? 0, path: u32(packet, 0) & 0xffff, index: u32(packet, 4), counter };
}

// By hand: a DataView would move each small array out of the heap, which costs more than the rest (measured: 1 µs a record).
function putU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = (value >>> 16) & 0xff;
  target[at + 2] = (value >>> 8) & 0xff;
  target[at + 3] = value & 0xff;
}

const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
