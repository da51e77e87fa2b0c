/**
 * What two who have no server show each other (spec/direct.md §2): a WebRTC description without what every description
 * says, short enough for one QR code.
 *
 *     text      = "kith:rtc/" · base64url of payload
 *     offer     = u8 1 · u8 1 · u8 flags · 32 B PeerId · 16 B secret · u64 wall time of its end · end
 *     answer    = u8 1 · u8 2 · 8 B id of the offer · end
 *     end       = 32 B SHA-256 of the DTLS certificate · text ufrag · text pwd · u8 count · count × candidate
 *     candidate = u8 type · u8 family · 4 B or 16 B address · u16 port
 *
 * Neither holds text that a platform's parser would see: what it sees is written anew on each side.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { base64urlToBytes, bytesToBase64url } from "../lib/base64url.ts";
import { Reader } from "../lib/reader.ts";
import type { WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  DIRECT_CANDIDATES_MAX,
  DIRECT_PWD_CHARS_MAX,
  DIRECT_PWD_CHARS_MIN,
  DIRECT_TEXT_CHARS_MAX,
  DIRECT_UFRAG_CHARS_MAX,
  DIRECT_UFRAG_CHARS_MIN,
} from "../wire/direct-limits.ts";

export const DIRECT_PREFIX = "kith:rtc/";
export const DIRECT_SECRET_BYTES = 16;
const FINGERPRINT_BYTES = 32;
const OFFER_ID_BYTES = 8;
const VERSION = 1;
const KIND = { offer: 1, answer: 2 } as const;
const TYPE = { host: 1, srflx: 2, relay: 3 } as const;
const FAMILY = { mdns: 0, ip4: 4, ip6: 6 } as const;

/** Where one side may be reached, over UDP. */
export interface DirectCandidate {
  readonly type: keyof typeof TYPE;
  /** `mdns`: a name `<uuid>.local`, of which `address` is the UUID. */
  readonly family: keyof typeof FAMILY;
  /** 4 bytes for `ip4`, else 16. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** What differs between the descriptions of one data channel. */
export interface DirectEnd {
  /** SHA-256 of the certificate. */
  readonly fingerprint: Uint8Array;
  readonly ufrag: string;
  readonly pwd: string;
  /** Best first. */
  readonly candidates: readonly DirectCandidate[];
}

export interface DirectOffer {
  /** Who must answer the handshake; another key there is a stop. */
  readonly peer: PeerId;
  readonly isOneTime: boolean;
  /** 16 random bytes. */
  readonly secret: Secret;
  readonly expires: WallTime;
  readonly end: DirectEnd;
}

export interface DirectAnswer {
  /** {@link directOfferId} of what it answers. */
  readonly offer: Uint8Array;
  readonly end: DirectEnd;
}

export function encodeDirectOffer(offer: DirectOffer): string {
  assert(offer.secret.reveal().length === DIRECT_SECRET_BYTES, "a secret of 16 bytes");
  const writer = new Writer(256)
    .u8(VERSION)
    .u8(KIND.offer)
    .u8(offer.isOneTime ? 1 : 0);
  writer.bytes(peerIdToBytes(offer.peer)).bytes(offer.secret.reveal()).u64(offer.expires);
  return textOf(writer, offer.end);
}

export function encodeDirectAnswer({ offer, end }: DirectAnswer): string {
  assert(offer.length === OFFER_ID_BYTES, "an offer's id");
  return textOf(new Writer(256).u8(VERSION).u8(KIND.answer).bytes(offer), end);
}

/** @throws {WireError} on anything that {@link encodeDirectOffer} does not make. */
export function decodeDirectOffer(text: string): DirectOffer {
  const reader = readerOf(text, KIND.offer);
  const flags = reader.u8();
  if (flags > 1) throw new WireError("ERR_VALUE", "flags of an offer");
  const peer = peerIdFromBytes(reader.bytes(32));
  const secret = reader.bytes(DIRECT_SECRET_BYTES).slice();
  const expires = reader.u64() as WallTime;
  const end = readEnd(reader);
  return { peer, isOneTime: flags === 1, secret: new Secret(secret), expires, end };
}

/** @throws {WireError} on anything that {@link encodeDirectAnswer} does not make. */
export function decodeDirectAnswer(text: string): DirectAnswer {
  const reader = readerOf(text, KIND.answer);
  return { offer: reader.bytes(OFFER_ID_BYTES).slice(), end: readEnd(reader) };
}

/** By which an answer says what it answers. @throws {WireError} */
export const directOfferId = (provider: CryptoProvider, offer: string): Uint8Array =>
  provider.sha256(payloadOf(offer)).slice(0, OFFER_ID_BYTES);

/**
 * What ends the prologue of a handshake over the link: the secret, both fingerprints, and all else that was shown.
 * @throws {WireError}
 */
export function directBinding(provider: CryptoProvider, offer: string, answer: string): Uint8Array {
  const shown = new Writer(512).varBytes(payloadOf(offer)).varBytes(payloadOf(answer)).finish();
  return provider.sha256(labelBytes(LABEL.directLink), Uint8Array.of(0), shown);
}

function textOf(writer: Writer, { fingerprint, ufrag, pwd, candidates }: DirectEnd): string {
  assert(fingerprint.length === FINGERPRINT_BYTES && isUfrag(ufrag) && isPwd(pwd), "a description that fits");
  assert(candidates.length <= DIRECT_CANDIDATES_MAX, `${candidates.length} candidates`);
  writer.bytes(fingerprint).text(ufrag).text(pwd).u8(candidates.length);
  for (const { type, family, address, port } of candidates) {
    assert(address.length === addressBytes(FAMILY[family]) && port > 0, "an address");
    writer.u8(TYPE[type]).u8(FAMILY[family]).bytes(address).u16(port);
  }
  const text = DIRECT_PREFIX + bytesToBase64url(writer.finish());
  assert(text.length <= DIRECT_TEXT_CHARS_MAX, `${text.length} characters`);
  return text;
}

function payloadOf(text: string): Uint8Array {
  if (text.length > DIRECT_TEXT_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `code of ${text.length} characters`);
  if (!text.startsWith(DIRECT_PREFIX)) throw new WireError("ERR_UNKNOWN_TYPE", "not an offer or answer of Kith");
  return base64urlToBytes(text.slice(DIRECT_PREFIX.length));
}

function readerOf(text: string, kind: number): Reader {
  const reader = new Reader(payloadOf(text));
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "offer or answer");
  if (reader.u8() !== kind) throw new WireError("ERR_UNEXPECTED", "an offer where an answer belongs, or the reverse");
  return reader;
}

function readEnd(reader: Reader): DirectEnd {
  const fingerprint = reader.bytes(FINGERPRINT_BYTES).slice();
  const [ufrag, pwd] = [reader.text(DIRECT_UFRAG_CHARS_MAX), reader.text(DIRECT_PWD_CHARS_MAX)];
  if (!isUfrag(ufrag) || !isPwd(pwd)) throw new WireError("ERR_TEXT", "ICE credentials");
  const count = reader.u8();
  if (count > DIRECT_CANDIDATES_MAX) throw new WireError("ERR_LIMIT", `${count} candidates`);
  const candidates = Array.from({ length: count }, () => readCandidate(reader));
  reader.end();
  return { fingerprint, ufrag, pwd, candidates };
}

function readCandidate(reader: Reader): DirectCandidate {
  const type = nameOf(TYPE, reader.u8());
  const number = reader.u8();
  const family = nameOf(FAMILY, number);
  const address = reader.bytes(addressBytes(number)).slice();
  const port = reader.u16();
  if (port === 0) throw new WireError("ERR_VALUE", "port 0");
  return { type, family, address, port };
}

function nameOf<K extends string>(numbers: Readonly<Record<K, number>>, number: number): K {
  for (const name in numbers) if (numbers[name] === number) return name;
  throw new WireError("ERR_VALUE", `candidate of kind ${number}`);
}

const addressBytes = (family: number): number => (family === FAMILY.ip4 ? 4 : 16);
/** What ICE has in its credentials, and nothing that ends a line. */
const isCredential = (text: string, min: number, max: number): boolean =>
  text.length >= min && text.length <= max && /^[0-9A-Za-z+/]+$/.test(text);
export const isUfrag = (text: string): boolean => isCredential(text, DIRECT_UFRAG_CHARS_MIN, DIRECT_UFRAG_CHARS_MAX);
export const isPwd = (text: string): boolean => isCredential(text, DIRECT_PWD_CHARS_MIN, DIRECT_PWD_CHARS_MAX);
