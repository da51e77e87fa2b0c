/**
 * Bits as words that can be said aloud, and words as people type them back (spec/identity.md §6).
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { WORDS } from "./word-list.ts";

/** Each word stands for so many bits. */
export const WORD_BITS = 10;
/** Letters that name a word: no two words share their first four. */
const PREFIX_LETTERS = 4;

/** The first `count` × 10 bits of `bytes`, most significant first. */
export function bytesToWords(bytes: Uint8Array, count: number): string[] {
  assert(bytes.length * 8 >= count * WORD_BITS, `${count} words of ${bytes.length} bytes`);
  return Array.from({ length: count }, (_, word) => {
    let index = 0;
    for (let bit = word * WORD_BITS; bit < (word + 1) * WORD_BITS; bit++) {
      index = (index << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    }
    return WORDS[index] ?? "";
  });
}

/** `count` words, each drawn for itself: `count` × 10 bits nobody can foresee. */
export const randomWords = (random: RandomSource, count: number): string[] =>
  Array.from({ length: count }, () => WORDS[randomBelow(random, WORDS.length)] ?? "");

/**
 * The word that was meant: as it is, by its first four letters or more, or with one letter missing,
 * added, wrong, or swapped with the next. `undefined` if there is none, or more than one.
 */
export function readWord(typed: string): string | undefined {
  const text = typed.trim().toLowerCase();
  if (text.length > 16) return undefined;
  if (WORDS.includes(text)) return text;
  if (text.length >= PREFIX_LETTERS) {
    const begun = WORDS.filter((word) => word.startsWith(text));
    if (begun.length === 1) return begun[0];
  }
  const close = WORDS.filter((word) => isOneSlip(word, text));
  return close.length === 1 ? close[0] : undefined;
}

/** How many {@link likelyWords} gives. */
const LIKELY_MAX = 3;

/** Words that may have been meant by what {@link readWord} does not read: the nearest ones, if any is near. */
export function likelyWords(typed: string): string[] {
  const text = typed.trim().toLowerCase();
  if (text.length < 2 || text.length > 16) return [];
  const near = WORDS.map((word) => ({ word, slips: slipsTowards(text, word) })).filter(
    // Two slips and another first letter is nothing that a person would take for the word.
    ({ word, slips }) => slips < 2 || (slips === 2 && text.length > 3 && word[0] === text[0]),
  );
  const fewest = Math.min(...near.map(({ slips }) => slips));
  return near
    .filter(({ slips }) => slips === fewest)
    .slice(0, LIKELY_MAX)
    .map(({ word }) => word);
}

/** Reads words between any of space, dot, comma and hyphen; `undefined` unless each is clear. */
export function readWords(typed: string): string[] | undefined {
  if (typed.length > 256) return undefined;
  const read = typed
    .split(/[\s.,-]+/)
    .filter((part) => part !== "")
    .map(readWord);
  return read.every((word) => word !== undefined) ? read : undefined;
}

/** Whether one insertion, deletion, substitution or swap of neighbours turns `a` into `b`. */
export function isOneSlip(a: string, b: string): boolean {
  if (a.length > b.length) return isOneSlip(b, a);
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const rest = (text: string, skip: number): string => text.slice(start + skip);
  if (a.length + 1 === b.length) return rest(a, 0) === rest(b, 1);
  if (a.length !== b.length || start === a.length) return false;
  const isSwap = a[start] === b[start + 1] && a[start + 1] === b[start];
  return rest(a, 1) === rest(b, 1) || (isSwap && rest(a, 2) === rest(b, 2));
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `text` into `word`, or into what begins it. */
function slipsTowards(text: string, word: string): number {
  let before: number[] = [];
  let last = Array.from({ length: word.length + 1 }, (_, column) => column);
  for (let row = 1; row <= text.length; row++) {
    const line = [row];
    for (let column = 1; column <= word.length; column++) {
      const isSame = text[row - 1] === word[column - 1];
      const swapped = row > 1 && text[row - 1] === word[column - 2] && text[row - 2] === word[column - 1];
      line[column] = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, line];
  }
  // Where somebody stopped in the middle of a word, what is missing at its end counts for nothing.
  return Math.min(...last.slice(Math.min(text.length, word.length)));
}
