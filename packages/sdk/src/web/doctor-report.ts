/**
 * What was found, as a text to show to somebody who helps. People and relays are numbered instead of named, and what is
 * written is made of nothing but fixed words and those numbers: there is no key, no PeerId and no address to leave out.
 *
 * @module
 */
import { type About, type PageFinding, type PageWords, pageWords } from "./doctor-finding.ts";

export interface ReportOptions {
  /** First lines: what a helper should know besides. */
  readonly head: readonly string[];
  /** Of a person's language; English unless told. */
  readonly wordsOf?: (code: PageFinding["code"], about: About) => PageWords;
  readonly person?: (number: number) => string;
  readonly relay?: (number: number) => string;
}

const SIGNS: Readonly<Record<PageFinding["verdict"], string>> = { good: "+", warn: "!", bad: "x", unknown: "?" };

export function pageReport(findings: readonly PageFinding[], options: ReportOptions): string {
  const { head, wordsOf = pageWords } = options;
  const person = numbering(options.person ?? ((number) => `Person ${number}`));
  const relay = numbering(options.relay ?? ((number) => `Relay ${number}`));
  const lines = findings.flatMap(({ check, verdict, code, about }) => {
    const { who, through, relay: host } = about;
    const { words, fix } = wordsOf(code, {
      ...about,
      ...(who !== undefined && { who: person(who) }),
      ...(through !== undefined && { through: person(through) }),
      ...(host !== undefined && { relay: relay(host) }),
    });
    return [`${SIGNS[verdict]} ${check}: ${words}`, ...(fix === undefined ? [] : [`  > ${fix}`])];
  });
  return [...head, "", ...lines, ""].join("\n");
}

/** One number for one name, in the order in which they come. */
function numbering(spell: (number: number) => string): (name: string) => string {
  const names: string[] = [];
  return (name) => {
    if (!names.includes(name)) names.push(name);
    return spell(names.indexOf(name) + 1);
  };
}
