/**
 * What others wrote, as it is shown: nothing that turns, hides or piles up text. The order of Hebrew and Arabic comes of
 * their letters; who overrides it wants to be misread.
 *
 * @module
 */

/** Controls but tab and newline, private use, and what turns or hides text; joiners and forms of emoji stay. */
const HIDDEN =
  /(?!\t|\n|\u200c|\u200d|[\ufe00-\ufe0f])(?:\p{Cc}|\p{Cs}|\p{Co}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb])/gu;
/** Joiners that join nothing: within emoji, and in scripts that need them, one stands between two. */
const IDLE_JOINERS = /^(?:\u200c|\u200d)+|(?:\u200c|\u200d)+$|(?:\u200c|\u200d){2,}|(?<=\s)(?:\u200c|\u200d)+/gu;
/** No script stacks more marks on a letter than eight. */
const PILED = /(\p{M}{8})\p{M}+/gu;
const BLANK_LINES = /\n{4,}/g;

export const harmless = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(HIDDEN, "")
    .replace(IDLE_JOINERS, "")
    .replace(PILED, "$1")
    .replace(BLANK_LINES, "\n\n\n");

/** Of one line: a name, a title. */
export const harmlessLine = (text: string): string => harmless(text).replace(/\s+/gu, " ").trim();

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\u{fe0f}?\u{20e3}/u;
const SYMBOL_BYTES_MAX = 32;

/** The first emoji of what a person typed or a peer sent; `undefined`: there is none. */
export function emojiOf(text: string): string | undefined {
  // Before the joiners go: a family is one emoji.
  const clusters = [...new Intl.Segmenter().segment(text.slice(0, 256))].map(({ segment }) => segment);
  return clusters.find(
    (cluster) =>
      EMOJI.test(cluster) &&
      new TextEncoder().encode(cluster).length <= SYMBOL_BYTES_MAX &&
      harmless(cluster) === cluster,
  );
}
