/**
 * A card too large for one code, as codes that are shown in turn (spec/app-card.md §7). The first is a plain vCard of what
 * matters most, for cameras; the others hold the signed card in parts, in the characters that codes pack best.
 *
 *     text = "KITH:CARD/" · base45 of (4 B of the card's SHA-256 · u8 index · u8 count · part)
 *
 * All parts but the last have `CARD_PART_BYTES`.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import { base45ToBytes, bytesToBase45 } from "../../lib/base45.ts";
import { bytesEqual, concatBytes } from "../../lib/bytes.ts";
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CARD_BYTES_MAX, CARD_CODE_CHARS_MAX, CARD_PART_BYTES, CARD_PARTS_MAX } from "../../wire/card-limits.ts";
import type { CardField } from "./card-field.ts";
import { type CodeSize, codeSize } from "./code-size.ts";
import { readCard, type SignedCard } from "./signed-card.ts";
import { exportVcard } from "./vcard-export.ts";

export const FRAME_PREFIX = "KITH:CARD/";
const TAG_BYTES = 4;

export interface CardPart {
  /** Which card it is of. */
  readonly tag: Uint8Array;
  readonly index: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export function cardFrames(
  provider: CryptoProvider,
  card: SignedCard,
): readonly (CodeSize & { readonly text: string })[] {
  const { bytes } = card;
  const tag = provider.sha256(bytes).slice(0, TAG_BYTES);
  const count = Math.ceil(bytes.length / CARD_PART_BYTES);
  const texts = [exportVcard(mostOf(card.content.fields), { version: "3.0", isCode: true })];
  for (let index = 0; index < count; index++) {
    const part = bytes.subarray(CARD_PART_BYTES * index, CARD_PART_BYTES * (index + 1));
    texts.push(FRAME_PREFIX + bytesToBase45(concatBytes(tag, Uint8Array.of(index, count), part)));
  }
  return texts.map((text) => {
    const size = codeSize(text);
    assert(size !== undefined, "a part that fits a code");
    return { text, ...size };
  });
}

/** Name, company, title, one number and one address of each kind: what fits a small code. */
function mostOf(fields: readonly CardField[]): readonly CardField[] {
  const kinds = ["name", "title", "company", "email", "phone"] as const;
  return kinds.flatMap((kind) => fields.find((field) => field.kind === kind) ?? []);
}

/** @throws {WireError} `ERR_UNKNOWN_TYPE` if it is nothing of the kind. */
export function decodeFrame(text: string): CardPart {
  if (text.length > CARD_CODE_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `code of ${text.length} characters`);
  if (!text.startsWith(FRAME_PREFIX)) throw new WireError("ERR_UNKNOWN_TYPE", "not a part of a card");
  const reader = new Reader(base45ToBytes(text.slice(FRAME_PREFIX.length)));
  const [tag, index, count, bytes] = [reader.bytes(TAG_BYTES).slice(), reader.u8(), reader.u8(), reader.rest().slice()];
  if (count > CARD_PARTS_MAX) throw new WireError("ERR_LIMIT", `card in ${count} parts`);
  if (index >= count) throw new WireError("ERR_VALUE", `part ${index} of ${count}`);
  const isLast = index === count - 1;
  if (bytes.length === 0 || bytes.length > CARD_PART_BYTES || (!isLast && bytes.length < CARD_PART_BYTES))
    throw new WireError("ERR_VALUE", "part of another length");
  return { tag, index, count, bytes };
}

export type Assembled =
  | { readonly type: "more"; readonly have: number; readonly count: number }
  | { readonly type: "card"; readonly card: SignedCard }
  /** All parts are there and are no card: begin again. */
  | { readonly type: "broken" };

/** Puts parts together as they are seen, in any order, any number of times. One of another card begins anew. */
export class FrameAssembler {
  readonly #provider: CryptoProvider;
  #of: CardPart | undefined; // the first that was seen
  readonly #parts = new Map<number, Uint8Array>(); // at most CARD_PARTS_MAX

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  handlePart(part: CardPart): Assembled {
    if (this.#of === undefined || !bytesEqual(this.#of.tag, part.tag) || this.#of.count !== part.count) {
      this.#parts.clear();
      this.#of = part;
    }
    this.#parts.set(part.index, part.bytes);
    const [have, count] = [this.#parts.size, part.count];
    if (have < count) return { type: "more", have, count };
    const bytes = concatBytes(...Array.from({ length: count }, (_, index) => this.#parts.get(index) ?? EMPTY));
    this.#of = undefined;
    this.#parts.clear();
    const tag = this.#provider.sha256(bytes).subarray(0, TAG_BYTES);
    if (bytes.length > CARD_BYTES_MAX || !bytesEqual(tag, part.tag)) return { type: "broken" };
    try {
      return { type: "card", card: readCard(this.#provider, bytes) };
    } catch (error) {
      if (error instanceof WireError) return { type: "broken" };
      throw error;
    }
  }
}

const EMPTY = new Uint8Array(0);
