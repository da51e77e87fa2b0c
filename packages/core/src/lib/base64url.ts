/**
 * Base64 for places where text travels (RFC 4648 §5): `A-Z a-z 0-9 - _`, no padding. One text for
 * one array of bytes: what does not encode back to itself is refused.
 *
 * @module
 */
import { WireError } from "./wire-error.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map([...ALPHABET].map((digit, value) => [digit, value]));

export function bytesToBase64url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 6; ) {
      bits -= 6;
      text += ALPHABET[(held >> bits) & 0x3f];
    }
    held &= 0x3f; // never more than six bits wait
  }
  return bits === 0 ? text : text + ALPHABET[(held << (6 - bits)) & 0x3f];
}

/** @throws {WireError} `ERR_TEXT` on a foreign character, an impossible length, or bits after the last byte that are not zero. */
export function base64urlToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const digit of text) {
    const value = VALUES.get(digit);
    if (value === undefined) throw new WireError("ERR_TEXT", "Cannot read base64url: a foreign character");
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
    held &= (1 << bits) - 1;
  }
  if (bits >= 6 || held !== 0) throw new WireError("ERR_TEXT", "Cannot read base64url: it does not end with a byte");
  return bytes;
}
