/**
 * The packets that make a session: what stands on the wire around the Noise messages
 * (spec/handshake.md §3, spec/resume.md §2). Each begins with its number in `PACKET`.
 *
 *     hello     "kith" · u8 version min · u8 version max · var cookie · 16 B tag · noise message 1
 *     retry     var cookie
 *     answer    noise message 2
 *     confirm   noise message 3
 *     resume    u8 version · 16 B resume id · noise message 1
 *     resumed   16 B resume id · noise message 2
 *     refuse    u8 refusal code
 *
 * Decoders take the whole packet and give views into it: copy what must outlive it.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { COOKIE_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "./limits.ts";
import { PACKET, REFUSAL } from "./registry.ts";

const MAGIC = textToBytes("kith");
export const CONTACT_TAG_BYTES = 16;
export const RESUME_ID_BYTES = 16;
/** Noise message 1 of a handshake: X25519 and ML-KEM-768 public keys, no payload. */
export const HELLO_NOISE_BYTES: number = 32 + 1_184;

export interface Hello {
  readonly versionMin: number;
  readonly versionMax: number;
  /** Empty unless the responder asked for one. */
  readonly cookie: Uint8Array;
  /** All zero when the initiator shows nobody who it is. */
  readonly tag: Uint8Array;
  readonly noise: Uint8Array;
}

export function encodeHello(hello: Hello): Uint8Array {
  assert(hello.tag.length === CONTACT_TAG_BYTES, "contact tag");
  return new Writer(1_400)
    .u8(PACKET.hello)
    .bytes(MAGIC)
    .u8(hello.versionMin)
    .u8(hello.versionMax)
    .varBytes(hello.cookie)
    .bytes(hello.tag)
    .bytes(hello.noise)
    .finish();
}

/** Cheap: no cryptography. @throws {WireError} */
export function decodeHello(packet: Uint8Array): Hello {
  const reader = begin(packet, PACKET.hello);
  if (!bytesEqual(reader.bytes(MAGIC.length), MAGIC)) throw new WireError("ERR_VALUE", "not a hello of Kith");
  const versionMin = reader.u8();
  const versionMax = reader.u8();
  if (versionMin > versionMax) throw new WireError("ERR_VALUE", `versions ${versionMin} to ${versionMax}`);
  const cookie = reader.varBytes(COOKIE_BYTES_MAX);
  const tag = reader.bytes(CONTACT_TAG_BYTES);
  const noise = reader.bytes(HELLO_NOISE_BYTES);
  reader.end();
  return { versionMin, versionMax, cookie, tag, noise };
}

export function encodeRetry(cookie: Uint8Array): Uint8Array {
  assert(cookie.length > 0 && cookie.length <= COOKIE_BYTES_MAX, `cookie of ${cookie.length} bytes`);
  return new Writer(80).u8(PACKET.retry).varBytes(cookie).finish();
}

/** The cookie, never empty. @throws {WireError} */
export function decodeRetry(packet: Uint8Array): Uint8Array {
  const reader = begin(packet, PACKET.retry);
  const cookie = reader.varBytes(COOKIE_BYTES_MAX);
  reader.end();
  if (cookie.length === 0) throw new WireError("ERR_VALUE", "retry with an empty cookie");
  return cookie;
}

export const encodeAnswer = (noise: Uint8Array): Uint8Array => encodeNoise(PACKET.answer, noise);
export const encodeConfirm = (noise: Uint8Array): Uint8Array => encodeNoise(PACKET.confirm, noise);

/** Noise message 2. @throws {WireError} */
export const decodeAnswer = (packet: Uint8Array): Uint8Array => begin(packet, PACKET.answer).rest();

/** Noise message 3. @throws {WireError} */
export const decodeConfirm = (packet: Uint8Array): Uint8Array => begin(packet, PACKET.confirm).rest();

export interface Resume {
  readonly version: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly noise: Uint8Array;
}

export function encodeResume(resume: Resume): Uint8Array {
  return new Writer(1_400).u8(PACKET.resume).u8(resume.version).bytes(idBytes(resume.id)).bytes(resume.noise).finish();
}

/** Cheap: no cryptography. @throws {WireError} */
export function decodeResume(packet: Uint8Array): Resume {
  const reader = begin(packet, PACKET.resume);
  return { version: reader.u8(), id: bytesToHex(reader.bytes(RESUME_ID_BYTES)), noise: reader.rest() };
}

export function encodeResumed(id: string, noise: Uint8Array): Uint8Array {
  return new Writer(1_400).u8(PACKET.resumed).bytes(idBytes(id)).bytes(noise).finish();
}

/** @throws {WireError} */
export function decodeResumed(packet: Uint8Array): { readonly id: string; readonly noise: Uint8Array } {
  const reader = begin(packet, PACKET.resumed);
  return { id: bytesToHex(reader.bytes(RESUME_ID_BYTES)), noise: reader.rest() };
}

/** One of {@link REFUSAL}. */
export type Refusal = (typeof REFUSAL)[keyof typeof REFUSAL];

export const encodeRefuse = (refusal: Refusal): Uint8Array => Uint8Array.of(PACKET.refuse, refusal);

/** Not authenticated: anyone on the way may have written it. @throws {WireError} */
export function decodeRefuse(packet: Uint8Array): Refusal {
  const reader = begin(packet, PACKET.refuse);
  const code = reader.u8();
  reader.end();
  const refusal = Object.values(REFUSAL).find((each) => each === code);
  if (refusal === undefined) throw new WireError("ERR_VALUE", `refusal ${code}`);
  return refusal;
}

function begin(packet: Uint8Array, type: number): Reader {
  if (packet.length > PREAUTH_PACKET_BYTES_MAX) {
    throw new WireError("ERR_TOO_LARGE", `${packet.length} bytes before authentication`);
  }
  const reader = new Reader(packet);
  const found = reader.u8();
  if (found !== type) throw new WireError("ERR_UNEXPECTED", `packet ${found} where ${type} was due`);
  return reader;
}

const encodeNoise = (type: number, noise: Uint8Array): Uint8Array =>
  new Writer(1 + noise.length).u8(type).bytes(noise).finish();

function idBytes(id: string): Uint8Array {
  const bytes = hexToBytes(id);
  assert(bytes.length === RESUME_ID_BYTES, "resume id");
  return bytes;
}
