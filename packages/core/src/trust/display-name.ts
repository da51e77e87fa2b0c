/**
 * Names are labels that a peer or a person chose: shown, never used to decide who someone is
 * (spec/trust.md §2). What could deceive a reader or drive a terminal is taken out of ours and
 * refused in a peer's.
 *
 * @module
 */
import { textToBytes } from "../lib/utf8.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";

/**
 * Controls, surrogates, private use, line and paragraph separators, and what turns or hides text:
 * soft hyphen, bidi marks, embeddings and isolates, zero-width space, joiners of words, tags.
 * The zero-width joiner stays: emoji of families need it.
 */
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

/** Clean as it stands: printable ASCII, single spaces between. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** `text` as a name of at most {@link NAME_BYTES_MAX} bytes; empty if nothing is left. A second pass changes nothing. */
export const cleanName = (text: string): string => cleanLine(text, NAME_BYTES_MAX);

/** As {@link cleanName}, of at most `bytesMax`. */
export function cleanLine(text: string, bytesMax: number): string {
  if (text.length <= bytesMax && PLAIN.test(text)) return text; // most of an address book
  const spaced = text
    .replace(/[\t\n\r]/g, " ")
    .replace(FORBIDDEN, "")
    .normalize("NFC")
    .replace(/\s+/gu, " ")
    .trim();
  let name = "";
  let bytes = 0;
  for (const character of spaced) {
    bytes += textToBytes(character).length;
    if (bytes > bytesMax) break;
    name += character;
  }
  return name.trimEnd();
}

/** Whether a peer may send `text` as its name. The empty name says "none". */
export const isCleanName = (text: string): boolean => cleanName(text) === text;

/** Equal for names that people take for the same one. */
export const nameKey = (name: string): string => cleanName(name).normalize("NFKC").toLowerCase().replace(/\s/gu, "");
