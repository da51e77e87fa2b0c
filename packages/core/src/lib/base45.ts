/**
 * Base45 (RFC 9285): bytes in the 45 characters that a QR code packs two to eleven bits. One text for one array of
 * bytes: what does not encode back to itself is refused.
 *
 * @module
 */
import { WireError } from "./wire-error.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((digit, value) => [digit, value]));

export function bytesToBase45(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    const value = isPair ? 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) : (bytes[at] ?? 0);
    text += digit(value) + digit(Math.floor(value / 45)) + (isPair ? digit(Math.floor(value / 2_025)) : "");
  }
  return text;
}

/** @throws {WireError} `ERR_TEXT` on a foreign character, an impossible length, or a group over its bytes. */
export function base45ToBytes(text: string): Uint8Array {
  const odd = text.length % 3;
  if (odd === 1) throw new WireError("ERR_TEXT", "Cannot read base45: it ends within a byte");
  const bytes = new Uint8Array(2 * Math.floor(text.length / 3) + (odd === 2 ? 1 : 0));
  for (let at = 0, to = 0; at < text.length; at += 3) {
    const isPair = at + 2 < text.length;
    const value = valueAt(text, at) + 45 * valueAt(text, at + 1) + (isPair ? 2_025 * valueAt(text, at + 2) : 0);
    if (value > (isPair ? 0xffff : 0xff)) throw new WireError("ERR_TEXT", "Cannot read base45: a group over its bytes");
    if (isPair) bytes[to++] = value >> 8;
    bytes[to++] = value & 0xff;
  }
  return bytes;
}

const digit = (value: number): string => ALPHABET[value % 45] ?? "";

function valueAt(text: string, at: number): number {
  const value = VALUES.get(text[at] ?? "");
  if (value === undefined) throw new WireError("ERR_TEXT", "Cannot read base45: a foreign character");
  return value;
}
