/**
 * Fields of a card as CBOR (spec/app-card.md §4): `[kind, text…]` without empty texts at its end, or
 * `[8, 32 B hash, bytes, format]`. One encoding for one field.
 *
 * @module
 */
import type { CborValue } from "../../lib/cbor.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CARD_FIELD, CARD_PHOTO } from "../../wire/card-registry.ts";
import { CARD_PARTS, type CardField, type CardTextKind, fieldOfTexts, fieldTexts } from "./card-field.ts";

const FORMATS = ["jpeg", "png", "webp"] as const;

export function fieldToCbor(field: CardField): CborValue {
  if (field.kind === "photo") return [CARD_FIELD.photo, hexToBytes(field.hash), field.bytes, CARD_PHOTO[field.format]];
  const texts = [...fieldTexts(field)];
  while (texts.at(-1) === "") texts.pop();
  return [CARD_FIELD[field.kind], ...texts];
}

/** Whether its texts are such as a card may hold is not looked at. @throws {WireError} */
export function fieldFromCbor(value: CborValue): CardField {
  if (!Array.isArray(value)) throw new WireError("ERR_VALUE", "field that is no list");
  const [kind, ...rest]: readonly CborValue[] = value;
  if (kind === CARD_FIELD.photo) return photoOf(rest);
  const name = TEXT_KINDS.find((each) => CARD_FIELD[each] === kind);
  if (name === undefined) throw new WireError("ERR_UNKNOWN_TYPE", "kind of a field");
  const texts = rest.filter((each) => typeof each === "string");
  if (texts.length < rest.length) throw new WireError("ERR_VALUE", "field of something else than texts");
  if (texts.length > CARD_PARTS[name].length) throw new WireError("ERR_LIMIT", `${name} of ${texts.length} texts`);
  if (texts.at(-1) === "") throw new WireError("ERR_VALUE", "field that ends with an empty text");
  return fieldOfTexts(name, texts);
}

function photoOf([hash, bytes, format, ...more]: readonly CborValue[]): CardField {
  const isWhole = hash instanceof Uint8Array && typeof bytes === "number" && typeof format === "number";
  const name = typeof format === "number" ? FORMATS[format] : undefined;
  if (!isWhole || more.length > 0 || name === undefined) throw new WireError("ERR_VALUE", "photo of a card");
  return { kind: "photo", hash: bytesToHex(hash), bytes, format: name };
}

const TEXT_KINDS = Object.keys(CARD_PARTS) as readonly CardTextKind[];
