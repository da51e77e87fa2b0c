/**
 * A card as others get it: one level, signed by the identity it belongs to, with dates (spec/app-card.md §4).
 *
 *     signed card = u8 1 · 32 B PeerId · 64 B signature · body
 *     signature   = Ed25519 over label "card" ‖ 0 ‖ PeerId ‖ body
 *     body        = CBOR { 1: 8 B id, 2: level, 3: revision, 4: signed at, s, 5: ends at, s, 6: [field…], (7: 1) }
 *     field       = [kind, text…], without empty texts at its end; of a photo [8, 32 B hash, bytes, format]
 *
 * It proves who wrote it and that nothing was changed since. It does not prove that what it says is true, and it hides
 * nothing from whoever has it: that is no zero-knowledge proof.
 *
 * @module
 */
import { LABEL } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { LocalIdentity } from "../../identity/keys.ts";
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../../identity/signed.ts";
import { assert } from "../../lib/assert.ts";
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import { Reader } from "../../lib/reader.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CARD_BYTES_MAX, CARD_LIFETIME_MAX } from "../../wire/card-limits.ts";
import { CARD_FIELD, CARD_LEVEL } from "../../wire/card-registry.ts";
import {
  CARD_ID_BYTES,
  CARD_LEVELS,
  type CardId,
  type CardLevel,
  cardFaults,
  cardIdFromBytes,
  cardIdToBytes,
} from "./card.ts";
import { fieldFromCbor, fieldToCbor } from "./card-cbor.ts";
import type { CardField } from "./card-field.ts";

const VERSION = 1;
const KEY = { id: 1, level: 2, revision: 3, signedAt: 4, endsAt: 5, fields: 6, isPrivate: 7 } as const;

/** What the signature is over. */
export interface CardContent {
  readonly id: CardId;
  readonly level: CardLevel;
  readonly revision: number;
  /** Whole seconds, as all dates of a card. */
  readonly signedAt: WallTime;
  readonly endsAt: WallTime;
  /** Its owner asks that it is not passed on. Nothing can enforce that. */
  readonly isPrivate: boolean;
  /** By kind. */
  readonly fields: readonly CardField[];
}

export interface SignedCard {
  readonly signer: PeerId;
  readonly content: CardContent;
  readonly bytes: Uint8Array;
}

/** What has to be said besides the fields. Dates are cut to whole seconds. */
export type CardTerms = Omit<CardContent, "fields">;

/** Why a content cannot be signed; `undefined` if it can. */
export function contentFault(content: CardContent): "fields" | "too-large" | "dates" | undefined {
  if (cardFaults(content.fields).length > 0) return "fields";
  const lifetime = content.endsAt - content.signedAt;
  if (lifetime <= 0 || lifetime > CARD_LIFETIME_MAX) return "dates";
  return contentBytes(content) > CARD_BYTES_MAX ? "too-large" : undefined;
}

/** What a card of this content weighs, signed. */
export const contentBytes = (content: CardContent): number => HEAD_BYTES + encodeBody(content).length;

/** `content` has no {@link contentFault}: ask before. */
export function signCard(provider: CryptoProvider, identity: LocalIdentity, given: CardContent): SignedCard {
  const content = { ...given, signedAt: wholeSeconds(given.signedAt), endsAt: wholeSeconds(given.endsAt) };
  const fault = contentFault(content);
  assert(fault === undefined, `card that cannot be signed: ${fault}`);
  const [body, signer] = [encodeBody(content), peerIdToBytes(identity.peerId)];
  return sealedWith(identity.peerId, signLabelled(provider, identity, LABEL.card, signer, body), content);
}

/** The card of which only a signature is known besides its content, as a code has it. @throws {WireError} `ERR_CRYPTO` */
export function cardOfSignature(
  provider: CryptoProvider,
  signer: PeerId,
  signature: Uint8Array,
  content: CardContent,
): SignedCard {
  const card = sealedWith(signer, signature, content);
  return readCard(provider, card.bytes);
}

export const signatureOf = (card: SignedCard): Uint8Array =>
  card.bytes.slice(1 + PEER_ID_BYTES, 1 + PEER_ID_BYTES + SIGNATURE_BYTES);

const HEAD_BYTES: number = 1 + PEER_ID_BYTES + SIGNATURE_BYTES;

function sealedWith(signer: PeerId, signature: Uint8Array, content: CardContent): SignedCard {
  const writer = new Writer(512).u8(VERSION).bytes(peerIdToBytes(signer)).bytes(signature);
  return { signer, content, bytes: writer.bytes(encodeBody(content)).finish() };
}

/** Whether its dates hold is for `judgeCard`. Copies what it keeps. @throws {WireError} */
export function readCard(provider: CryptoProvider, bytes: Uint8Array): SignedCard {
  const card = decodeCard(bytes);
  const body = card.bytes.subarray(HEAD_BYTES);
  if (!verifyLabelled(provider, card.signer, LABEL.card, signatureOf(card), peerIdToBytes(card.signer), body))
    throw new WireError("ERR_CRYPTO", "Cannot take card: not signed by whoever it names, or changed since");
  return card;
}

/** As {@link readCard}, of one that was verified before it was stored. @throws {WireError} */
export function decodeCard(bytes: Uint8Array): SignedCard {
  if (bytes.length > CARD_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `card of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "card");
  const signer = peerIdFromBytes(reader.bytes(PEER_ID_BYTES));
  reader.bytes(SIGNATURE_BYTES);
  return { signer, content: decodeBody(reader.rest()), bytes: bytes.slice() };
}

const wholeSeconds = (time: WallTime): WallTime => wallTime(Math.floor(time / 1_000) * 1_000);

function encodeBody(content: CardContent): Uint8Array {
  const map = new Map<number, CborValue>([
    [KEY.id, cardIdToBytes(content.id)],
    [KEY.level, CARD_LEVEL[content.level]],
    [KEY.revision, content.revision],
    [KEY.signedAt, Math.floor(content.signedAt / 1_000)],
    [KEY.endsAt, Math.floor(content.endsAt / 1_000)],
    [KEY.fields, content.fields.map(fieldToCbor)],
  ]);
  if (content.isPrivate) map.set(KEY.isPrivate, 1);
  return encodeCbor(map);
}

function decodeBody(bytes: Uint8Array): CardContent {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map)) throw new WireError("ERR_VALUE", "card that is no map");
  const isPrivate = map.get(KEY.isPrivate);
  if (map.size !== (isPrivate === undefined ? 6 : 7)) throw new WireError("ERR_VALUE", "card with other entries");
  if (isPrivate !== undefined && isPrivate !== 1) throw new WireError("ERR_VALUE", "card that is private or not");
  const [id, items] = [map.get(KEY.id), map.get(KEY.fields)];
  if (!(id instanceof Uint8Array) || id.length !== CARD_ID_BYTES) throw new WireError("ERR_VALUE", "id of a card");
  if (!Array.isArray(items)) throw new WireError("ERR_VALUE", "fields of a card");
  const level = CARD_LEVELS[numberOf(map, KEY.level)];
  if (level === undefined) throw new WireError("ERR_VALUE", "level of a card");
  const content = {
    id: cardIdFromBytes(id),
    level,
    revision: numberOf(map, KEY.revision),
    signedAt: wallTime(1_000 * numberOf(map, KEY.signedAt)),
    endsAt: wallTime(1_000 * numberOf(map, KEY.endsAt)),
    isPrivate: isPrivate === 1,
    fields: items.map(fieldFromCbor),
  };
  checkContent(content);
  return content;
}

function checkContent(content: CardContent): void {
  for (const fault of cardFaults(content.fields)) {
    if (fault.fault === "too-many") throw new WireError("ERR_LIMIT", "card with too many fields");
    if (fault.fault === "nameless") throw new WireError("ERR_VALUE", "card of nobody");
    const code = fault.why === "too-long" ? "ERR_TOO_LARGE" : fault.why === "unclean" ? "ERR_TEXT" : "ERR_VALUE";
    throw new WireError(code, `${fault.field.kind} of a card: ${fault.why}`);
  }
  for (const [at, field] of content.fields.entries()) {
    const before = content.fields[at - 1];
    if (before !== undefined && CARD_FIELD[field.kind] < CARD_FIELD[before.kind])
      throw new WireError("ERR_VALUE", "fields out of order");
  }
  if (contentFault(content) === "dates") throw new WireError("ERR_VALUE", "dates of a card");
}

/** Seconds in milliseconds stay safe integers up to the year 9999. */
const NUMBER_MAX = 253_402_300_799;

function numberOf(map: CborMap, key: number): number {
  const value = map.get(key);
  if (typeof value !== "number" || value > NUMBER_MAX) throw new WireError("ERR_VALUE", `entry ${key} of a card`);
  return value;
}
