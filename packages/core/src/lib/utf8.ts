/**
 * UTF-8 both ways. The core names no platform, so TextEncoder is out of reach; and what comes from
 * a peer must be refused, not repaired, when it is malformed (RFC 3629 §4: no surrogates, no
 * overlong forms, nothing above U+10FFFF).
 *
 * @module
 */
import { WireError } from "./wire-error.ts";

/** Encodes `text`; a lone surrogate becomes U+FFFD, as TextEncoder does. */
export function textToBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else {
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
    }
  }
  return Uint8Array.from(bytes);
}

/** Smallest code point of a sequence with so many continuation bytes: anything below is overlong. */
const LEAST = [0, 0x80, 0x800, 0x10000] as const;

/** @throws {WireError} `ERR_TEXT` if `bytes` are not well-formed UTF-8. */
export function bytesToText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at++] ?? 0;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const follow =
      lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xc0 && lead < 0xe0 ? 1 : 0;
    if (follow === 0) throw malformed();
    let point = lead & (0x3f >> follow);
    for (let i = 0; i < follow; i++) {
      const next = bytes[at++];
      if (next === undefined || (next & 0xc0) !== 0x80) throw malformed();
      point = (point << 6) | (next & 0x3f);
    }
    const isSurrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < (LEAST[follow] ?? 0) || isSurrogate || point > 0x10ffff) throw malformed();
    text += String.fromCodePoint(point);
  }
  return text;
}

const malformed = (): WireError => new WireError("ERR_TEXT", "Cannot read text: not well-formed UTF-8");
