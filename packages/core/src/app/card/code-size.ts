/**
 * How large a QR code a text makes (ISO/IEC 18004), so that the level of error correction can be chosen before anybody
 * draws it: H where the code stays readable from a screen, else M (spec/app-card.md §7).
 *
 * @module
 */
import { textToBytes } from "../../lib/utf8.ts";
import { CARD_CODE_VERSION_MAX } from "../../wire/card-limits.ts";

export type CodeLevel = "H" | "M";

export interface CodeSize {
  readonly level: CodeLevel;
  /** 1 to 25: 21 to 117 modules a side. */
  readonly version: number;
}

/** Codewords for data, by version from 1. */
const CODEWORDS: Readonly<Record<CodeLevel, readonly number[]>> = {
  H: [
    9, 16, 26, 36, 46, 60, 66, 86, 100, 122, 140, 158, 180, 197, 223, 253, 283, 313, 341, 385, 406, 442, 464, 514, 538,
  ],
  M: [
    16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669, 714, 782, 860, 914,
    1_000,
  ],
};

/** `undefined`: no code that a phone reads with ease. */
export function codeSize(text: string): CodeSize | undefined {
  for (const level of ["H", "M"] as const) {
    const version = codeVersion(text, level);
    if (version !== undefined) return { level, version };
  }
  return undefined;
}

/** The smallest version that holds `text` in one segment. */
export function codeVersion(text: string, level: CodeLevel): number | undefined {
  const isAlphanumeric = /^[0-9A-Z $%*+./:-]*$/.test(text);
  const length = isAlphanumeric ? text.length : textToBytes(text).length;
  const bits = isAlphanumeric ? 11 * Math.floor(length / 2) + 6 * (length % 2) : 8 * length;
  for (let version = 1; version <= CARD_CODE_VERSION_MAX; version++) {
    const countBits = version < 10 ? (isAlphanumeric ? 9 : 8) : isAlphanumeric ? 11 : 16;
    if (4 + countBits + bits <= 8 * (CODEWORDS[level][version - 1] ?? 0)) return version;
  }
  return undefined;
}
