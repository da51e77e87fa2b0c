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

/** Header and nonce of one record, new arrays that nobody writes again. */
export function encodeRecordHeader(header: RecordHeader): { header: Uint8Array; nonce: Uint8Array } {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + NONCE_BYTES); // one allocation for both
  const view = new DataView(bytes.buffer);
  const high = Math.floor(header.counter / 2 ** 32);
  const low = header.counter % 2 ** 32;
  bytes[0] = PACKET.record;
  bytes[1] = header.phase & 0xff;
  view.setUint16(2, header.path);
  view.setUint32(4, header.index);
  view.setUint32(8, high);
  view.setUint32(12, low);
  view.setUint32(RECORD_HEADER_BYTES, header.path);
  view.setUint32(RECORD_HEADER_BYTES + 4, high);
  view.setUint32(RECORD_HEADER_BYTES + 8, low);
  return { header: bytes.subarray(0, RECORD_HEADER_BYTES), nonce: bytes.subarray(RECORD_HEADER_BYTES) };
}

/**
 * Reads what a record claims, before anything is verified: find the session by `index`.
 * @throws {WireError} unless `packet` has the form and a size of a record.
 */
export function decodeRecordHeader(packet: Uint8Array): RecordHeader {
  if (packet.length < RECORD_BYTES_MIN) throw new WireError("ERR_TRUNCATED", `record of ${packet.length} bytes`);
  if (packet.length > PACKET_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `record of ${packet.length} bytes`);
  if (packet[0] !== PACKET.record) throw new WireError("ERR_UNKNOWN_TYPE", "not a record");
  const view = new DataView(packet.buffer, packet.byteOffset, RECORD_HEADER_BYTES);
  const counter = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
  if (!Number.isSafeInteger(counter)) throw new WireError("ERR_VALUE", "counter over 2^53 - 1");
  return { phase: packet[1] ?? 0, path: view.getUint16(2), index: view.getUint32(4), counter };
}

/** The nonce of a record with this header. */
export function recordNonce(path: number, counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  const view = new DataView(nonce.buffer);
  view.setUint32(0, path);
  view.setUint32(4, Math.floor(counter / 2 ** 32));
  view.setUint32(8, counter % 2 ** 32);
  return nonce;
}
