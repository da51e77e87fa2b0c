/**
 * Join codes as people read and type them (spec/relay-meeting.md §3): `7-acorn-canyon`, or with `@host` where the
 * relay is not the one that the other has. The number is the mailbox and no secret; the words are, ten bits each, and
 * never leave the machine that they were typed at. What can be no code is told word by word, before anything is sent.
 *
 *     code = mailbox "-" word "-" word [ "-" word ] [ "@" host [ ":" port ] ]
 *
 * @module
 */
import { WORDS } from "../identity/word-list.ts";
import { likelyWords, readWord } from "../identity/words.ts";
import { assert } from "../lib/assert.ts";
import { JOIN_CODE_CHARS_MAX } from "../wire/relay-limits.ts";
import { isRelayHost } from "./relay-host.ts";

/** Words of a code, and of one that is made after {@link CODES_BURNT_MAX} were ended by wrong tries. */
export const JOIN_CODE_WORDS = 2;
export const JOIN_CODE_WORDS_MAX = 3;
const MAILBOX_MAX = 0xffff_ffff;

export interface JoinCode {
  /** 1 to 2^32 - 1. */
  readonly mailbox: number;
  /** Two or three of the list. */
  readonly words: readonly string[];
  /** Host, or host and port, of the relay that has the mailbox; `undefined`: the one that is usual here. */
  readonly host: string | undefined;
}

/** Why a text is no code. Positions of words count from 0. */
export type JoinCodeFault =
  /** Longer than any code. */
  | { readonly at: "length" }
  /** It does not begin with a number of a mailbox; `typed` is what it begins with. */
  | { readonly at: "mailbox"; readonly typed: string }
  /** Not two words, nor three. */
  | { readonly at: "count"; readonly words: number }
  /** No word of the list; `likely` has at most three that may have been meant, the likeliest first. */
  | { readonly at: "word"; readonly position: number; readonly typed: string; readonly likely: readonly string[] }
  | { readonly at: "host"; readonly typed: string };

export type JoinCodeReading =
  | { readonly code: JoinCode }
  /** All there is to be said against it; never empty. */
  | { readonly faults: readonly JoinCodeFault[] };

export function formatJoinCode({ mailbox, words, host }: JoinCode): string {
  assert(isMailbox(mailbox), `mailbox ${mailbox}`);
  return `${mailbox}-${words.join("-")}${host === undefined ? "" : `@${host}`}`;
}

/** Reads what a person typed: in either case, with spaces, dots or commas for hyphens, and with slips that are clear. */
export function readJoinCode(text: string): JoinCodeReading {
  if (text.length > JOIN_CODE_CHARS_MAX) return { faults: [{ at: "length" }] };
  const { first, rest, host } = cut(text);
  const faults: JoinCodeFault[] = [];
  if (!isNumber(first)) faults.push({ at: "mailbox", typed: first });
  const typedWords = isNumber(first) || !looksLikeWord(first) ? rest : [first, ...rest];
  const words = typedWords.map(readWord);
  for (const [position, word] of words.entries()) {
    const typed = typedWords[position] ?? "";
    if (word === undefined) faults.push({ at: "word", position, typed, likely: likelyWords(typed) });
  }
  if (words.length < JOIN_CODE_WORDS || words.length > JOIN_CODE_WORDS_MAX) {
    faults.push({ at: "count", words: words.length });
  }
  if (host !== undefined && !isRelayHost(host)) faults.push({ at: "host", typed: host });
  if (faults.length > 0) return { faults };
  return { code: { mailbox: Number(first), words: words.filter((word) => word !== undefined), host } };
}

/**
 * Codes that a half-typed one may become, one word further: what is typed before the last word stays as it is.
 * Empty for what cannot become one, and after an `@`: hosts are nobody's to guess.
 */
export function completeJoinCode(text: string): string[] {
  if (text.length > JOIN_CODE_CHARS_MAX) return [];
  const [, before = "", last = ""] = /^((?:[0-9]+|[a-z]+)(?:-[a-z]+)*-)([a-z]*)$/i.exec(text) ?? [];
  const [mailbox = "", ...words] = before.split("-").slice(0, -1);
  if (!isNumber(mailbox) || words.length >= JOIN_CODE_WORDS_MAX) return [];
  if (words.some((word) => !WORDS.includes(word.toLowerCase()))) return [];
  const begun = last.toLowerCase();
  return WORDS.filter((word) => word.startsWith(begun)).map((word) => before + word);
}

/** The words as pairing's proof takes them (spec/pairing.md §4). */
export const joinCodeSecret = ({ words }: JoinCode): string => words.join("-");

interface Cut {
  readonly first: string;
  readonly rest: readonly string[];
  readonly host: string | undefined;
}

function cut(text: string): Cut {
  const at = text.indexOf("@");
  const code = at === -1 ? text : text.slice(0, at);
  const [first = "", ...rest] = code.split(/[\s.,-]+/).filter((part) => part !== "");
  return {
    first,
    rest,
    host:
      at === -1
        ? undefined
        : text
            .slice(at + 1)
            .trim()
            .toLowerCase(),
  };
}

const isNumber = (text: string): boolean => /^[1-9][0-9]{0,9}$/.test(text) && isMailbox(Number(text));

const isMailbox = (mailbox: number): boolean => Number.isInteger(mailbox) && mailbox >= 1 && mailbox <= MAILBOX_MAX;

/** Whoever left the number out began with a word. */
const looksLikeWord = (text: string): boolean => /^[a-z]+$/i.test(text);
