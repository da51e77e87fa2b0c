/**
 * A link to a card of ours, as it is stored: CBOR { 1: text, 2: 8 B id of the card, 3: level, 4: made at, ms, 5: ends at,
 * 6: uses }.
 * Stored sealed: whoever has the text has the card.
 *
 * @module
 */
import { type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CARD_LINK_CHARS_MAX } from "../../wire/card-limits.ts";
import { CARD_LEVEL } from "../../wire/card-registry.ts";
import { CARD_ID_BYTES, CARD_LEVELS, type CardId, type CardLevel, cardIdFromBytes, cardIdToBytes } from "./card.ts";

const KEY = { text: 1, card: 2, level: 3, madeAt: 4, endsAt: 5, uses: 6 } as const;

export interface GivenLink {
  readonly text: string;
  readonly card: CardId;
  readonly level: CardLevel;
  readonly madeAt: WallTime;
  /** Of one that was taken back: when that was. */
  readonly endsAt: WallTime;
  /** How often it may be had; 0: not counted. */
  readonly uses: number;
}

export const encodeGivenLink = (link: GivenLink): Uint8Array =>
  encodeCbor(
    new Map<number, CborValue>([
      [KEY.text, link.text],
      [KEY.card, cardIdToBytes(link.card)],
      [KEY.level, CARD_LEVEL[link.level]],
      [KEY.madeAt, link.madeAt],
      [KEY.endsAt, link.endsAt],
      [KEY.uses, link.uses],
    ]),
  );

/** @throws {WireError} */
export function decodeGivenLink(bytes: Uint8Array): GivenLink {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map) || map.size !== 6) throw new WireError("ERR_VALUE", "link that is no map");
  const [text, card, number, madeAt, endsAt, uses] = Object.values(KEY).map((key) => map.get(key));
  const level = typeof number === "number" ? CARD_LEVELS[number] : undefined;
  if (typeof text !== "string" || text.length > CARD_LINK_CHARS_MAX) throw new WireError("ERR_VALUE", "text of a link");
  if (!(card instanceof Uint8Array) || card.length !== CARD_ID_BYTES)
    throw new WireError("ERR_VALUE", "card of a link");
  if (level === undefined || typeof madeAt !== "number" || typeof endsAt !== "number" || typeof uses !== "number")
    throw new WireError("ERR_VALUE", "terms of a link");
  return { text, card: cardIdFromBytes(card), level, madeAt: wallTime(madeAt), endsAt: wallTime(endsAt), uses };
}
