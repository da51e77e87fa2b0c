/**
 * What a pairing QR code says (spec/pairing.md §8): whom to reach, where, and a secret for one use.
 *
 *     text    = "kith:pair/" · base64url of payload
 *     payload = u8 1 · u8 flags (1: the identity lives for one use) · 32 B PeerId · 16 B secret
 *               · u64 wall time of its end · u8 hints + 16 × relays · hints × text hint · relays × relay
 *     relay   = u8 1 (wss) or 2 (ws) · text host[:port] · 32 B relay key
 *
 * Whoever sees the code has the secret: it works once, and not for long. Where no address leads, the two meet at the
 * relay, by tags of what is derived from the secret; the relay learns neither.
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
import { CLOCK_SKEW, QR_HINT_BYTES_MAX, QR_HINTS_MAX, QR_RELAYS_MAX, QR_TEXT_CHARS_MAX } from "../wire/limits.ts";
import { type RelayPlace, readRelayPlace, writableRelays, writeRelayPlace } from "../wire/relay-place.ts";

export const QR_PREFIX = "kith:pair/";
export const QR_SECRET_BYTES = 16;
const VERSION = 1;
/** Both counts are in one byte. */
const RELAYS_UNIT = 16;

export interface QrPayload {
  /** Who must answer at the hints; another key there is a stop. */
  readonly peer: PeerId;
  readonly isOneTime: boolean;
  /** 16 random bytes. */
  readonly secret: Secret;
  readonly expires: WallTime;
  /** `host:port`, best first. */
  readonly hints: readonly string[];
  /** Where the one who shows it can be met besides, best first. */
  readonly relays: readonly RelayPlace[];
}

/** Takes the first {@link QR_HINTS_MAX} hints and {@link QR_RELAYS_MAX} relays that are short enough. */
export function encodeQrPayload(payload: QrPayload): string {
  assert(payload.secret.reveal().length === QR_SECRET_BYTES, "a secret of 16 bytes");
  const hints = payload.hints.filter(isHint).slice(0, QR_HINTS_MAX);
  const relays = writableRelays(payload.relays, QR_RELAYS_MAX);
  const writer = new Writer(256).u8(VERSION).u8(payload.isOneTime ? 1 : 0);
  writer.bytes(peerIdToBytes(payload.peer)).bytes(payload.secret.reveal()).u64(payload.expires);
  writer.u8(hints.length + RELAYS_UNIT * relays.length);
  for (const hint of hints) writer.text(hint);
  for (const relay of relays) writeRelayPlace(writer, relay);
  return QR_PREFIX + bytesToBase64url(writer.finish());
}

/** @throws {WireError} on anything that {@link encodeQrPayload} does not make. */
export function decodeQrPayload(text: string): QrPayload {
  if (text.length > QR_TEXT_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `QR text of ${text.length} characters`);
  if (!text.startsWith(QR_PREFIX)) throw new WireError("ERR_UNKNOWN_TYPE", "not a pairing code of Kith");
  const reader = new Reader(base64urlToBytes(text.slice(QR_PREFIX.length)));
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "QR payload");
  const flags = reader.u8();
  if (flags > 1) throw new WireError("ERR_VALUE", "QR flags");
  const peer = peerIdFromBytes(reader.bytes(32));
  const secret = reader.bytes(QR_SECRET_BYTES).slice();
  const expires = reader.u64() as WallTime;
  const counts = reader.u8();
  const [hintCount, relayCount] = [counts % RELAYS_UNIT, Math.floor(counts / RELAYS_UNIT)];
  if (hintCount > QR_HINTS_MAX) throw new WireError("ERR_LIMIT", `${hintCount} hints`);
  if (relayCount > QR_RELAYS_MAX) throw new WireError("ERR_LIMIT", `${relayCount} relays`);
  const hints = Array.from({ length: hintCount }, () => reader.text(QR_HINT_BYTES_MAX));
  const relays = Array.from({ length: relayCount }, () => readRelayPlace(reader));
  reader.end();
  if (!hints.every(isHint)) throw new WireError("ERR_TEXT", "hint with characters that no address has");
  return { peer, isOneTime: flags === 1, secret: new Secret(secret), expires, hints, relays };
}

/** By which the two meet at a relay: its tags say nothing of the secret in the code, nor of who they are. */
export const qrMeetingSecret = (provider: CryptoProvider, qrSecret: Secret): Secret =>
  new Secret(provider.hkdfSha256(qrSecret.reveal(), new Uint8Array(0), labelBytes(LABEL.pairingMeet), 32));

/** For the scanner, whose clock may be off: wall time may only deny. The shower's own clock decides in the end. */
export const isQrExpired = (payload: Pick<QrPayload, "expires">, wall: WallTime): boolean =>
  wall > payload.expires + CLOCK_SKEW;

const isHint = (hint: string): boolean => hint.length <= QR_HINT_BYTES_MAX && /^[0-9A-Za-z.:%_[\]-]+$/.test(hint);
