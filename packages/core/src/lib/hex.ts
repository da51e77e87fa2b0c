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
  const bytes = new Uint8Array(hex.length >>> 1);
  let isHex = hex.length % 2 === 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = (digitOf(hex.charCodeAt(2 * i)) << 4) | digitOf(hex.charCodeAt(2 * i + 1));
    if (byte < 0) isHex = false;
    bytes[i] = byte;
  }
  if (!isHex) throw new WireError("ERR_TEXT", "Cannot read hex: odd length or a foreign character");
  return bytes;
}

/** Value of an ASCII digit, or -1. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
