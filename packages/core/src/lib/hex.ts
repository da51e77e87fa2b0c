import { assert } from "./assert.ts";
import { WireError } from "./wire-error.ts";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Two lower-case digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += DIGITS[byte];
  return hex;
}

/**
 * Reads an even number of hexadecimal digits, of either case.
 * @throws {WireError} `ERR_TEXT` on anything else.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex))
    throw new WireError("ERR_TEXT", "Cannot read hex: odd length or a foreign character");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  assert(bytes.length * 2 === hex.length, "hex length");
  return bytes;
}
