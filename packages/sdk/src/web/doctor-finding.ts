/**
 * What the doctor of a page finds, each by a code: its English words are here; an app with other languages has its own,
 * made of the same parts. Parts that name others are kept apart, so that a report can leave them out.
 *
 * @module
 */
import { spellTime } from "../doctor/clock-judge.ts";
import type { Finding } from "../doctor/finding.ts";
import type { PageCode } from "./doctor-code.ts";
import { PAGE_FINDINGS } from "./doctor-words.ts";

/** What the words fill in. */
export interface About {
  /** A contact or member, as we call it. */
  readonly who?: string;
  /** The member on the way to it. */
  readonly through?: string;
  /** A relay's host. */
  readonly relay?: string;
  readonly count?: number;
  /** Another clock before ours, in milliseconds. */
  readonly ahead?: number;
}

export type { PageCode } from "./doctor-code.ts";

export interface PageFinding extends Finding {
  readonly code: PageCode;
  readonly about: About;
}

export interface PageWords {
  readonly words: string;
  readonly fix?: string;
}

/** Of a member, what else would be said of a contact. */
export function pageFinding(code: PageCode, about: About = {}, check?: "member"): PageFinding {
  const { check: usual, verdict } = PAGE_FINDINGS[code];
  return { check: check ?? usual, verdict, code, about, ...pageWords(code, about) };
}

export function pageWords(code: PageCode, about: About): PageWords {
  const { words, fix } = PAGE_FINDINGS[code];
  return { words: fill(words, about), ...(fix !== undefined && { fix: fill(fix, about) }) };
}

/** `{who}` and the like, in a text. */
const fill = (text: string, about: About): string =>
  text.replace(/\{(\w+)\}/g, (_all, part: string) => parts(about)[part] ?? "");

const parts = ({
  who = "Somebody",
  through,
  relay,
  count = 0,
  ahead = 0,
}: About): Readonly<Record<string, string>> => ({
  ...{ who, relay: relay ?? "a relay", count: String(count), off: spellTime(Math.abs(ahead)) },
  side: ahead > 0 ? "behind" : "ahead of",
  way: relay !== undefined ? `relayed by ${relay}` : `through ${through === undefined ? "others of a room" : through}`,
});
