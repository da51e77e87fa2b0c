/**
 * A person's own card as it is stored: CBOR { 1: 8 B id, 2: text label, 3: [3 revisions], 4: [[level, field]…] }.
 * Stored sealed, as everything personal; nothing of it is sent.
 *
 * @module
 */
import { type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { WireError } from "../../lib/wire-error.ts";
import { cleanName } from "../../trust/display-name.ts";
import { CARD_FIELDS_MAX } from "../../wire/card-limits.ts";
import { CARD_LEVEL } from "../../wire/card-registry.ts";
import {
  CARD_ID_BYTES,
  CARD_LEVELS,
  cardIdFromBytes,
  cardIdToBytes,
  type LevelledField,
  type OwnCard,
} from "./card.ts";
import { fieldFromCbor, fieldToCbor } from "./card-cbor.ts";
import { fieldFault } from "./card-field.ts";

const KEY = { id: 1, label: 2, revisions: 3, fields: 4 } as const;

export const encodeOwnCard = (card: OwnCard): Uint8Array =>
  encodeCbor(
    new Map<number, CborValue>([
      [KEY.id, cardIdToBytes(card.id)],
      [KEY.label, cleanName(card.label)],
      [KEY.revisions, CARD_LEVELS.map((level) => card.revisions[level])],
      [KEY.fields, card.fields.map(({ level, field }) => [CARD_LEVEL[level], fieldToCbor(field)])],
    ]),
  );

/** Fields may be unfinished, as long as they are clean. @throws {WireError} */
export function decodeOwnCard(bytes: Uint8Array): OwnCard {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map)) throw new WireError("ERR_VALUE", "own card that is no map");
  const [id, label, revisions, items] = [KEY.id, KEY.label, KEY.revisions, KEY.fields].map((key) => map.get(key));
  if (!(id instanceof Uint8Array) || id.length !== CARD_ID_BYTES) throw new WireError("ERR_VALUE", "id of a card");
  if (typeof label !== "string" || cleanName(label) !== label) throw new WireError("ERR_TEXT", "label of a card");
  const [open, work, own] = Array.isArray(revisions) ? revisions : [];
  if (typeof open !== "number" || typeof work !== "number" || typeof own !== "number")
    throw new WireError("ERR_VALUE", "revisions of a card");
  if (!Array.isArray(items)) throw new WireError("ERR_VALUE", "fields of a card");
  if (items.length > CARD_FIELDS_MAX) throw new WireError("ERR_LIMIT", "fields of a card");
  const fields = items.map(levelledField);
  return { id: cardIdFromBytes(id), label, fields, revisions: { public: open, professional: work, personal: own } };
}

function levelledField(item: CborValue): LevelledField {
  const [number, value] = Array.isArray(item) ? item : [];
  const level = typeof number === "number" ? CARD_LEVELS[number] : undefined;
  if (level === undefined || value === undefined) throw new WireError("ERR_VALUE", "field of a card");
  const field = fieldFromCbor(value);
  const fault = fieldFault(field);
  if (fault === "unclean" || fault === "too-long" || fault === "photo")
    throw new WireError("ERR_TEXT", "field of a card");
  return { level, field };
}
