/**
 * Varints straight into a buffer that the caller has sized, for the paths where a `Writer` would cost more
 * than the field. Same form as `Writer.varint`: unsigned LEB128, shortest form, at most 2^53 - 1.
 *
 * @module
 */

/** Writes `value`, a safe integer, at `target[at]`; returns where the next byte goes. */
export function putVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 0x7fff_ffff) {
    target[next++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    target[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[next++] = rest;
  return next;
}
