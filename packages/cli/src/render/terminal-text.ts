/**
 * Text of other people, made fit for a terminal. A name or message may hold escape sequences that
 * move the cursor, rename the window or answer in the user's place, bidirectional overrides that
 * show one thing and mean another, and piles of accents that cover the line above. What a terminal
 * would obey becomes a visible mark here (the WiPeerKit source printed names as they came).
 *
 * Every string that came from outside goes through {@link safeText} or {@link safeLines}; the
 * commands' tests feed hostile names to each screen.
 *
 * @module
 */

/** Stands for something that must not be printed. */
export const REPLACEMENT = "\u{fffd}";

/** Accents on one letter that are printed; more are dropped. */
export const MARKS_MAX = 3;

/** Controls (C0, DEL, C1), line separators, bidirectional controls, zero-width and tag characters, lone surrogates. */
const UNSAFE =
  /[\p{Cc}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]|\p{Cs}/gu;
const MARKS = new RegExp(`(\\p{M}{${MARKS_MAX}})\\p{M}+`, "gu");

/** One line, at most `columns` wide where told; a line break becomes a space. */
export function safeText(text: string, columns?: number): string {
  const line = text
    .replace(/\r\n|[\r\n\t]/g, " ")
    .replace(UNSAFE, REPLACEMENT)
    .replace(MARKS, "$1");
  return columns === undefined ? line : truncate(line, columns);
}

/** Several lines: breaks stay, everything else as in {@link safeText}. */
export const safeLines = (text: string): readonly string[] => text.split(/\r\n|\r|\n/).map((line) => safeText(line));

/** JSON on one line; what a terminal would obey is written as `\uXXXX`, which means the same to a program. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (found) =>
    found
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Cells that `text` takes on the screen; colours count nothing. */
export function widthOf(text: string): number {
  const plain = text.replace(/\p{Cc}\[[0-9;]*m/gu, "");
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemes.segment(plain)) width += widthOfGrapheme(segment);
  return width;
}

/** East Asian wide and fullwidth forms and emoji take two cells (Unicode UAX #11, coarse). */
const WIDE =
  /^[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\u{fe0f}/u;

const widthOfGrapheme = (segment: string): number => (/^\p{M}/u.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1);

/** At most `columns` cells, with an ellipsis where something was cut. For text without colours. */
export function truncate(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Fills up with spaces to `columns` cells. */
export const pad = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - widthOf(text)));
