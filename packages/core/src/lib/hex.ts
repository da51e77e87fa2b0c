import { WireError } from "./wire-error.ts";

const DIGIT_CODES = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** What is made of so many at once is one argument list, which must not be endless. */
const CHUNK_BYTES = 1_024;

/** Two lower-case digits a byte. One flat string: a sum of small ones would keep each of them. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = "";
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const chunk = Math.min(CHUNK_BYTES, bytes.length - from);
    const codes = new Array<number>(2 * chunk);
    for (let i = 0; i < chunk; i++) {
      const byte = bytes[from + i] ?? 0;
      codes[2 * i] = DIGIT_CODES[byte >> 4] ?? 0;
      codes[2 * i + 1] = DIGIT_CODES[byte & 15] ?? 0;
    }
    hex += String.fromCharCode(...codes);
  }
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
