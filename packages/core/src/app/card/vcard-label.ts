/**
 * What is said about an address, a number or a link: words that vCard has types for, or whatever a person called it,
 * which travels as Apple's X-ABLabel in the same group (spec/app-card.md §6).
 *
 * @module
 */

/** In the order in which they stand in a label. */
const TYPES = { home: "HOME", work: "WORK", other: "OTHER", main: "MAIN", mobile: "CELL", fax: "FAX", pager: "PAGER" };
type Word = keyof typeof TYPES;
const WORDS = Object.keys(TYPES) as readonly Word[];

/** The label for the types of a property; types that say nothing, such as INTERNET and PREF, do not count. */
export function labelOfTypes(types: readonly string[]): string {
  const said = new Set(types.map((type) => type.toUpperCase()));
  return WORDS.filter((word) => said.has(TYPES[word]) || (word === "mobile" && said.has("MOBILE"))).join(" ");
}

/** The types that say `label` exactly; `undefined`: it needs an X-ABLabel. */
export function typesOfLabel(label: string): readonly string[] | undefined {
  const types = label.split(" ").flatMap((word) => (isWord(word) ? [TYPES[word]] : []));
  return labelOfTypes(types) === label ? types : undefined;
}

const isWord = (word: string): word is Word => Object.hasOwn(TYPES, word);

/** Apple marks words of its own, to translate them: `_$!<HomePage>!$_`. */
export function labelOfApple(text: string): string {
  const [, marked] = /^_\$!<(.*)>!\$_$/.exec(text.trim()) ?? [];
  return marked === undefined ? text : marked.toLowerCase();
}
