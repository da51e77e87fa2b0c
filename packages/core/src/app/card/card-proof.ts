/**
 * One code, two worlds (spec/app-card.md §7): a vCard that any phone's camera reads, and in it, in a line that others skip,
 * what makes it a signed card for Kith.
 *
 *     text  = vCard 3.0 of the card's fields, with a line "X-KITH:" · base64url of proof
 *     proof = u8 1 · 32 B PeerId · 64 B signature · 8 B id · u8 level + 4 if private + 8 if there is a photo
 *             · varint revision · varint signed at, s · varint lifetime, s · (32 B hash · varint bytes · u8 format)
 *
 * The fields stand there once: the signature is over those that the vCard says. So what a camera shows and what Kith
 * verifies cannot differ.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { PEER_ID_BYTES, peerIdFromBytes, peerIdToBytes } from "../../identity/peer-id.ts";
import { SIGNATURE_BYTES } from "../../identity/signed.ts";
import { base64urlToBytes, bytesToBase64url } from "../../lib/base64url.ts";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { Reader } from "../../lib/reader.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CARD_LIFETIME_MAX, CARD_PHOTO_BYTES_MAX } from "../../wire/card-limits.ts";
import { CARD_LEVEL, CARD_PHOTO } from "../../wire/card-registry.ts";
import { CARD_ID_BYTES, CARD_LEVELS, cardIdFromBytes, cardIdToBytes } from "./card.ts";
import type { CardField, CardPhoto } from "./card-field.ts";
import { photoOfFields } from "./card-photo.ts";
import { cardOfSignature, type SignedCard, signatureOf } from "./signed-card.ts";
import { exportVcard } from "./vcard-export.ts";

const VERSION = 1;
const FLAG = { isPrivate: 4, hasPhoto: 8 } as const;
const FORMATS = ["jpeg", "png", "webp"] as const;
const HASH_BYTES = 32;

/** The card as a vCard that says who signed it. */
export const contactText = (card: SignedCard): string =>
  exportVcard(card.content.fields, { version: "3.0", isCode: true, proof: proofOf(card) });

function proofOf(card: SignedCard): string {
  const { content } = card;
  const photo = photoOfFields(content.fields);
  const flags = (content.isPrivate ? FLAG.isPrivate : 0) + (photo === undefined ? 0 : FLAG.hasPhoto);
  const writer = new Writer(160).u8(VERSION).bytes(peerIdToBytes(card.signer)).bytes(signatureOf(card));
  writer.bytes(cardIdToBytes(content.id)).u8(CARD_LEVEL[content.level] + flags);
  writer.varint(content.revision).varint(content.signedAt / 1_000);
  writer.varint((content.endsAt - content.signedAt) / 1_000);
  if (photo !== undefined) writer.bytes(hexToBytes(photo.hash)).varint(photo.bytes).u8(CARD_PHOTO[photo.format]);
  return bytesToBase64url(writer.finish());
}

/**
 * The card of which `proof` speaks, if its signature is over `fields`, those of the vCard in which it stood.
 * @throws {WireError} `ERR_CRYPTO` if it is not: another program changed them, or a person.
 */
export function cardOfProof(provider: CryptoProvider, proof: string, fields: readonly CardField[]): SignedCard {
  const reader = new Reader(base64urlToBytes(proof));
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "proof of a code");
  const signer = peerIdFromBytes(reader.bytes(PEER_ID_BYTES));
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  const id = cardIdFromBytes(reader.bytes(CARD_ID_BYTES));
  const flags = reader.u8();
  const level = CARD_LEVELS[flags & 3];
  if (level === undefined || flags > 15) throw new WireError("ERR_VALUE", "flags of a code");
  const revision = reader.varint();
  const [signedAt, lifetime] = [reader.varint(), reader.varint()];
  if (signedAt > SECONDS_MAX || 1_000 * lifetime > CARD_LIFETIME_MAX)
    throw new WireError("ERR_VALUE", "dates of a code");
  const photo = (flags & FLAG.hasPhoto) === 0 ? [] : [readPhoto(reader)];
  reader.end();
  const at = fields.findIndex(({ kind }) => kind === "note");
  const whole = [...(at < 0 ? fields : fields.slice(0, at)), ...photo, ...(at < 0 ? [] : fields.slice(at))];
  const dates = { signedAt: inSeconds(signedAt), endsAt: inSeconds(signedAt + lifetime) };
  const isPrivate = (flags & FLAG.isPrivate) !== 0;
  return cardOfSignature(provider, signer, signature, { id, level, revision, ...dates, isPrivate, fields: whole });
}

/** The year 9999. */
const SECONDS_MAX = 253_402_300_799;
const inSeconds = (seconds: number): WallTime => wallTime(1_000 * seconds);

function readPhoto(reader: Reader): CardPhoto {
  const [hash, bytes, format] = [bytesToHex(reader.bytes(HASH_BYTES)), reader.varint(), FORMATS[reader.u8()]];
  if (format === undefined || bytes > CARD_PHOTO_BYTES_MAX) throw new WireError("ERR_VALUE", "photo of a code");
  return { kind: "photo", hash, bytes, format };
}
