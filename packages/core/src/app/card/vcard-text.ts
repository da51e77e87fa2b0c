/**
 * The layers of text in a vCard, each undone or put on by one function: bytes, quoted-printable, character set,
 * escapes, components (RFC 2426 §5, RFC 6350 §3; of vCard 2.1 what phones still write).
 *
 * Until a value's character set is known its bytes are held as a string of one character each.
 *
 * @module
 */
import { bytesToText, textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";

/** One character for each byte. */
export function bytesToBinary(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return text;
}

export function binaryToBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** A file as bytes of UTF-8 or of one byte a character, without its mark; UTF-16 is turned into UTF-8. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return bytes.subarray(3);
  const isLittle = a === 0xff && b === 0xfe;
  if (!isLittle && !(a === 0xfe && b === 0xff)) return bytes;
  let text = "";
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    const [low = 0, high = 0] = isLittle ? [bytes[at], bytes[at + 1]] : [bytes[at + 1], bytes[at]];
    text += String.fromCharCode(256 * high + low);
  }
  return textToBytes(text);
}

/** RFC 2045 §6.7; what is no escape stays as it is. Soft line breaks are gone before. */
export const fromQuotedPrintable = (binary: string): string =>
  binary.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Windows-1252 where it is not ISO 8859-1: 0x80 to 0x9f. */
const WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const ONE_BYTE = /^(?:iso-?8859-1|latin-?1|windows-1252|cp-?1252|us-ascii|ascii|ansi)$/i;

/**
 * Text in the character set that is said, or in UTF-8, or in what most programs write that say nothing. `undefined`:
 * in another one, which is not known here.
 */
export function binaryToText(binary: string, charset = ""): string | undefined {
  if (!ONE_BYTE.test(charset)) {
    try {
      return bytesToText(binaryToBytes(binary));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (charset !== "" && !/^utf-?8$/i.test(charset)) return undefined;
    }
  }
  return binary.replace(/[\x80-\x9f]/g, (byte) => WINDOWS[byte.charCodeAt(0) - 0x80] ?? byte);
}

/** RFC 4648 §4 or §5, whatever stands between the digits; stops at the first padding. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [count, held, bits] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const value = digitOf(text.charCodeAt(at));
    if (value === -2) break;
    if (value === -1) continue;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[count++] = (held >> bits) & 0xff;
  }
  return bytes.slice(0, count);
}

/** -1: no digit. -2: padding. */
function digitOf(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43 || code === 45) return 62;
  if (code === 47 || code === 95) return 63;
  return code === 61 ? -2 : -1;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    for (let digit = 0; digit < 4; digit++)
      text += at + digit > bytes.length ? "=" : (DIGITS[(group >> (18 - 6 * digit)) & 63] ?? "");
  }
  return text;
}

export const escapeText = (text: string): string => text.replace(/[\\,;]/g, "\\$&").replace(/\n/g, "\\n");

/** What is no escape stays as it is: programs of old wrote paths with backslashes. */
export const unescapeText = (text: string): string =>
  text.replace(/\\([\\,;:nN])/g, (_, character: string) => (/n/i.test(character) ? "\n" : character));

/** A structured value, at its semicolons; the parts are not escaped any more. */
export function components(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ";") {
      parts.push(unescapeText(text.slice(start, at)));
      start = at + 1;
    }
  }
  return [...parts, unescapeText(text.slice(start))];
}
