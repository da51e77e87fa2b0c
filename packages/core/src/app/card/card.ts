/**
 * A card as its owner has it: every field at a level, of which others get cuts (spec/app-card.md §3). What is given at a
 * level is made of the fields that it shows and of nothing else: neither how many others there are, nor that one of them
 * changed, can be told from it.
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { WallTime } from "../../lib/time.ts";
import { CARD_FIELDS_MAX, CARD_FIELDS_OF_KIND_MAX } from "../../wire/card-limits.ts";
import { CARD_FIELD, CARD_LEVEL } from "../../wire/card-registry.ts";
import { type CardField, type CardFieldFault, type CardFieldKind, fieldFault } from "./card-field.ts";

export type CardLevel = keyof typeof CARD_LEVEL;
export const CARD_LEVELS = ["public", "professional", "personal"] as const;

declare const brand: unique symbol;

/** 64 random bits, 16 hexadecimal digits: which of its signer's cards this is, at every level. */
export type CardId = string & { readonly [brand]: "CardId" };
export const CARD_ID_BYTES = 8;
export const cardIdFromBytes = (bytes: Uint8Array): CardId => bytesToHex(bytes) as CardId;
export const cardIdToBytes = (id: CardId): Uint8Array => hexToBytes(id);

export interface LevelledField {
  readonly level: CardLevel;
  readonly field: CardField;
}

export interface OwnCard {
  readonly id: CardId;
  /** What its owner calls it. Never leaves. */
  readonly label: string;
  readonly fields: readonly LevelledField[];
  /** Of what each level shows: seconds since 1970 at its last change, and never the same twice. */
  readonly revisions: Readonly<Record<CardLevel, number>>;
}

/** Where a field stands unless its owner says otherwise (as in Solidarity). */
export const DEFAULT_LEVEL: Readonly<Record<CardFieldKind, CardLevel>> = {
  name: "public",
  title: "public",
  company: "public",
  email: "professional",
  skill: "professional",
  link: "professional",
  phone: "personal",
  address: "personal",
  photo: "personal",
  note: "personal",
};

export function newCard(options: {
  readonly random: RandomSource;
  readonly label: string;
  readonly fields: readonly LevelledField[];
  readonly wall: WallTime;
}): OwnCard {
  const at = Math.floor(options.wall / 1_000);
  const revisions = { public: at, professional: at, personal: at };
  return {
    id: cardIdFromBytes(options.random(CARD_ID_BYTES)),
    label: options.label,
    fields: options.fields,
    revisions,
  };
}

/** The card with other fields. A level of which nothing changed keeps its revision, so that nobody learns of the others. */
export function editCard(card: OwnCard, fields: readonly LevelledField[], wall: WallTime): OwnCard {
  const next = { ...card, fields };
  const revisionOf = (level: CardLevel): number => {
    const isSame = JSON.stringify(cutCard(card, level)) === JSON.stringify(cutCard(next, level));
    // By the clock, so that a card restored from a backup does not repeat a revision that others have seen.
    return isSame ? card.revisions[level] : Math.max(card.revisions[level] + 1, Math.floor(wall / 1_000));
  };
  const [open, work, own] = CARD_LEVELS.map(revisionOf);
  return { ...next, revisions: { public: open ?? 0, professional: work ?? 0, personal: own ?? 0 } };
}

/** What `level` shows: exactly this is signed, and is the preview. By kind; within a kind as its owner ordered them. */
export const cutCard = (card: Pick<OwnCard, "fields">, level: CardLevel): readonly CardField[] =>
  card.fields
    .filter((each) => CARD_LEVEL[each.level] <= CARD_LEVEL[level])
    .map(({ field }) => field)
    .sort((a, b) => CARD_FIELD[a.kind] - CARD_FIELD[b.kind]);

/** What keeps fields from being signed as one card. */
export type CardFault =
  | { readonly fault: "field"; readonly field: CardField; readonly why: CardFieldFault }
  /** Neither a name nor a company: nobody would know whose it is. */
  | { readonly fault: "nameless" }
  | { readonly fault: "too-many"; readonly kind?: CardFieldKind };

export function cardFaults(fields: readonly CardField[]): readonly CardFault[] {
  const faults: CardFault[] = [];
  if (fields.length > CARD_FIELDS_MAX) faults.push({ fault: "too-many" });
  const counts = new Map<CardFieldKind, number>();
  for (const field of fields) {
    const count = (counts.get(field.kind) ?? 0) + 1;
    counts.set(field.kind, count);
    if (count === 1 + fieldsMax(field.kind)) faults.push({ fault: "too-many", kind: field.kind });
    const why = fieldFault(field);
    if (why !== undefined) faults.push({ fault: "field", field, why });
  }
  if (!counts.has("name") && !counts.has("company")) faults.push({ fault: "nameless" });
  return faults;
}

/** One name and one photo; of others a person has several. */
export const fieldsMax = (kind: CardFieldKind): number =>
  kind === "name" || kind === "photo" ? 1 : CARD_FIELDS_OF_KIND_MAX;
