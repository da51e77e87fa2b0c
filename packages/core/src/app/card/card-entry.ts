/**
 * Somebody in the list of cards (spec/app-card.md §9): the signed cards that one key gave, or a contact that was imported
 * or typed; and what we note about them, which is ours and never leaves. Cards are merged by key, never by name.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import { assert } from "../../lib/assert.ts";
import type { WallTime } from "../../lib/time.ts";
import { cleanName, nameKey } from "../../trust/display-name.ts";
import { CARD_TAGS_MAX, CARDS_PER_SIGNER_MAX } from "../../wire/card-limits.ts";
import { CARD_FIELD } from "../../wire/card-registry.ts";
import type { CardField } from "./card-field.ts";
import { fieldTexts } from "./card-field.ts";
import type { CameBy } from "./card-judgement.ts";
import { cardTime } from "./card-time.ts";
import type { SignedCard } from "./signed-card.ts";
import { exportVcard } from "./vcard-export.ts";

export interface KeptCard {
  readonly card: SignedCard;
  readonly cameBy: CameBy;
  readonly receivedAt: WallTime;
}

export interface CardEntry {
  /** Ours, random: 32 hexadecimal digits. */
  readonly id: string;
  /** Whose key signed the cards; `undefined`: nobody's, what is here was imported or typed. */
  readonly signer: PeerId | undefined;
  /** The last received last; at most {@link CARDS_PER_SIGNER_MAX}. */
  readonly cards: readonly KeptCard[];
  /** Unsigned: imported, or typed by us. The first name is theirs, another one what they were called before a merge. */
  readonly fields: readonly CardField[];
  /** Our person typed some of `fields`, or changed them. */
  readonly isTyped: boolean;
  readonly notes: string;
  /** At most {@link CARD_TAGS_MAX}. */
  readonly tags: readonly string[];
}

/** For a contact that nobody signed. */
export const plainEntry = (id: string, fields: readonly CardField[], isTyped = false): CardEntry => ({
  ...{ id, signer: undefined, cards: [], fields, isTyped, notes: "", tags: [] },
});

/** The entry with a card that our person said yes to: in place of the one with its id, else beside the others. */
export function takeCard(entry: CardEntry | undefined, id: string, kept: KeptCard): CardEntry {
  const { signer, content } = kept.card;
  assert(entry === undefined || entry.signer === undefined || entry.signer === signer, "cards of one key in one entry");
  const others = entry?.cards.filter(({ card }) => card.content.id !== content.id) ?? [];
  const cards = [...others, kept].slice(-CARDS_PER_SIGNER_MAX);
  return { ...(entry ?? plainEntry(id, [])), signer, cards };
}

/** Where a card of `signer` belongs. */
export const entryOf = (entries: readonly CardEntry[], signer: PeerId): CardEntry | undefined =>
  entries.find((entry) => entry.signer === signer);

/** Our own words on somebody; cleaned and bounded. */
export function annotate(entry: CardEntry, notes: string, tags: readonly string[]): CardEntry {
  const clean = [...new Set(tags.map(cleanName))].filter((tag) => tag !== "").slice(0, CARD_TAGS_MAX);
  return { ...entry, notes: notes.slice(0, NOTES_CHARS_MAX), tags: clean };
}

export const NOTES_CHARS_MAX = 4_096;

/**
 * What is said of somebody now, each thing once, by kind. Cards that ended say nothing any more, unless `evenEnded`: then
 * a person sees what was, and is told that it ended.
 */
export function entryFields(entry: CardEntry, wall: WallTime, evenEnded = false): readonly CardField[] {
  const signed = entry.cards
    .filter(({ card }) => evenEnded || cardTime(card.content, wall) === "valid")
    .toReversed() // the last received first
    .flatMap(({ card }) => card.content.fields);
  const seen = new Set<string>();
  return [...signed, ...entry.fields]
    .filter((field) => {
      const key = field.kind === "name" || field.kind === "photo" ? field.kind : JSON.stringify(field);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => CARD_FIELD[a.kind] - CARD_FIELD[b.kind]);
}

/** What somebody is called in a list; never empty where a card has a name, as each has. */
export function entryName(entry: CardEntry, wall: WallTime): string {
  const fields = entryFields(entry, wall, true);
  const named = fields.find(({ kind }) => kind === "name") ?? fields.find(({ kind }) => kind === "company");
  const first = named ?? fields.find(({ kind }) => kind !== "photo");
  return first === undefined || first.kind === "photo" ? "" : (fieldTexts(first).find((text) => text !== "") ?? "");
}

/** Those in which every word of `query` stands somewhere: in what they say, or in what we noted. By name. */
export function searchEntries(entries: readonly CardEntry[], query: string, wall: WallTime): readonly CardEntry[] {
  const words = query
    .split(/\s+/)
    .map(nameKey)
    .filter((word) => word !== "");
  const found = entries.filter((entry) => {
    const said = [...entryFields(entry, wall, true), ...entry.fields]; // also a name that another one stands before
    const texts = said.flatMap((field) => (field.kind === "photo" ? [] : fieldTexts(field)));
    const all = [...texts, entry.notes, ...entry.tags].map((text) => text.normalize("NFKC").toLowerCase()).join("\n");
    const joined = all.replace(/[^\S\n]/g, "");
    return words.every((word) => joined.includes(word));
  });
  return sortEntries(found, wall);
}

/** By name, as code points of what it looks like: a platform that knows a person's language does better. */
export function sortEntries(entries: readonly CardEntry[], wall: WallTime): readonly CardEntry[] {
  const named = entries.map((entry) => ({ entry, key: nameKey(entryName(entry, wall)) }));
  return named.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ entry }) => entry);
}

/** vCards of all that have something to say now. */
export const exportEntries = (entries: readonly CardEntry[], version: "3.0" | "4.0", wall: WallTime): string =>
  entries
    .map((entry) => entryFields(entry, wall))
    .filter((fields) => fields.some(({ kind }) => kind !== "photo"))
    .map((fields) => exportVcard(fields, { version }))
    .join("");
