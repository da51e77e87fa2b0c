/**
 * An entry of the list of cards as it is stored: CBOR { 1: [[signed card, came by, received at]…], 2: [field…], 3: text
 * notes, 4: [text tag…], (5: 1, if our person typed some of the fields) }. Signatures were verified when the cards came;
 * what is stored is sealed, and not verified again.
 *
 * @module
 */
import { type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CARD_FIELDS_MAX, CARD_TAGS_MAX, CARDS_PER_SIGNER_MAX } from "../../wire/card-limits.ts";
import { fieldFromCbor, fieldToCbor } from "./card-cbor.ts";
import type { CardEntry, KeptCard } from "./card-entry.ts";
import { fieldFault } from "./card-field.ts";
import type { CameBy } from "./card-judgement.ts";
import { decodeCard } from "./signed-card.ts";

const KEY = { cards: 1, fields: 2, notes: 3, tags: 4, isTyped: 5 } as const;
const CAME_BY: readonly CameBy[] = ["nearby", "code", "link", "file"];

export const encodeCardEntry = (entry: CardEntry): Uint8Array =>
  encodeCbor(
    new Map<number, CborValue>([
      [KEY.cards, entry.cards.map(({ card, cameBy, receivedAt }) => [card.bytes, CAME_BY.indexOf(cameBy), receivedAt])],
      [KEY.fields, entry.fields.map(fieldToCbor)],
      [KEY.notes, entry.notes],
      [KEY.tags, entry.tags],
      ...(entry.isTyped ? [[KEY.isTyped, 1] as const] : []),
    ]),
  );

/** @throws {WireError} */
export function decodeCardEntry(id: string, bytes: Uint8Array): CardEntry {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map) || map.size !== (map.has(KEY.isTyped) ? 5 : 4))
    throw new WireError("ERR_VALUE", "entry that is no map");
  const [cardList, fieldList, notes, tagList] = [KEY.cards, KEY.fields, KEY.notes, KEY.tags].map((key) => map.get(key));
  const cards = listOf(cardList, CARDS_PER_SIGNER_MAX).map(keptCard);
  const fields = listOf(fieldList, CARD_FIELDS_MAX).map(fieldFromCbor);
  const tags = listOf(tagList, CARD_TAGS_MAX).filter((tag) => typeof tag === "string");
  if (typeof notes !== "string") throw new WireError("ERR_VALUE", "notes of an entry");
  if (fields.some((field) => fieldFault(field) !== undefined)) throw new WireError("ERR_VALUE", "field of an entry");
  const isTyped = map.has(KEY.isTyped);
  if (isTyped && map.get(KEY.isTyped) !== 1) throw new WireError("ERR_VALUE", "mark of an entry");
  const signer = cards[0]?.card.signer;
  if (cards.some(({ card }) => card.signer !== signer)) throw new WireError("ERR_VALUE", "entry of several keys");
  return { id, signer, cards, fields, isTyped, notes, tags };
}

function listOf(value: CborValue | undefined, max: number): readonly CborValue[] {
  if (!Array.isArray(value)) throw new WireError("ERR_VALUE", "list of an entry");
  if (value.length > max) throw new WireError("ERR_LIMIT", `list of ${value.length}`);
  return value;
}

function keptCard(value: CborValue): KeptCard {
  const [bytes, way, receivedAt] = Array.isArray(value) ? value : [];
  const cameBy = typeof way === "number" ? CAME_BY[way] : undefined;
  if (!(bytes instanceof Uint8Array) || cameBy === undefined || typeof receivedAt !== "number")
    throw new WireError("ERR_VALUE", "card of an entry");
  return { card: decodeCard(bytes), cameBy, receivedAt: wallTime(receivedAt) };
}
