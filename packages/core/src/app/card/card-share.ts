/**
 * A card that is shared by a link (spec/app-card.md §8): the signed card, with where, how long and how often it may be had,
 * signed again, and sealed for the host that keeps it.
 *
 *     share     = u8 1 · varint made at, s · varint lifetime, s · varint uses, 0: not counted · text host · var signed card
 *                 · 64 B signature of the card's signer, label "card share", over what stands before it
 *     plaintext = var share · var photo · zeros, until the sealed share has one of few sizes
 *     key, id   = HKDF(secret, no salt, label "card share key" / "card share id", 32 / 16)
 *     sealed    = AES-256-GCM, nonce of zeros since a key seals once, associated data = id
 *
 * The host has id and sealed bytes: neither who it is, nor what, nor for whom. Whoever has the link has all of it.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { Secret } from "../../crypto/secret.ts";
import type { LocalIdentity } from "../../identity/keys.ts";
import { SIGNATURE_BYTES, signLabelled, verifyLabelled } from "../../identity/signed.ts";
import { assert } from "../../lib/assert.ts";
import { concatBytes, isAllZero } from "../../lib/bytes.ts";
import { Reader } from "../../lib/reader.ts";
import { type Duration, type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import {
  CARD_BYTES_MAX,
  CARD_HOST_BYTES_MAX,
  CARD_PHOTO_BYTES_MAX,
  CARD_SHARE_LIFETIME_MAX,
  CARD_SHARE_SIZES,
  CARD_SHARE_USES_MAX,
} from "../../wire/card-limits.ts";
import { isCardHost } from "./card-host.ts";
import { photoFault, photoOfFields } from "./card-photo.ts";
import { readCard, type SignedCard } from "./signed-card.ts";

const VERSION = 1;
const TAG_BYTES = 16;
export const SHARE_SECRET_BYTES = 16;
export const SHARE_ID_BYTES = 16;
const ONCE: Uint8Array = new Uint8Array(12);
/** Of a share: the card, the host, numbers, the signature. */
export const SHARE_BYTES_MAX: number = CARD_BYTES_MAX + CARD_HOST_BYTES_MAX + SIGNATURE_BYTES + 32;

export interface ShareTerms {
  /** `host[:port]` of the relay that keeps it; empty in a link that holds the whole share. */
  readonly host: string;
  readonly madeAt: WallTime;
  readonly endsAt: WallTime;
  /** How often it may be fetched; 0: not counted. */
  readonly uses: number;
}

export interface CardShare extends ShareTerms {
  readonly card: SignedCard;
  readonly bytes: Uint8Array;
}

/** The identity is the card's signer's: nobody shares another's card in that one's name. Dates are cut to seconds. */
export function signShare(
  provider: CryptoProvider,
  identity: LocalIdentity,
  card: SignedCard,
  terms: ShareTerms,
): CardShare {
  assert(identity.peerId === card.signer, "a share by whose card it is");
  const [made, ends] = [Math.floor(terms.madeAt / 1_000), Math.floor(terms.endsAt / 1_000)];
  assert(areTerms({ ...terms, lifetime: (1_000 * (ends - made)) as Duration }), "terms of a share");
  const writer = new Writer(1_024)
    .u8(VERSION)
    .varint(made)
    .varint(ends - made)
    .varint(terms.uses);
  const said = writer.text(terms.host).varBytes(card.bytes).finish();
  const bytes = concatBytes(said, signLabelled(provider, identity, LABEL.cardShare, said));
  return { ...terms, madeAt: wallTime(1_000 * made), endsAt: wallTime(1_000 * ends), card, bytes };
}

/** @throws {WireError} */
export function readShare(provider: CryptoProvider, bytes: Uint8Array): CardShare {
  if (bytes.length > SHARE_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `share of ${bytes.length} bytes`);
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "share");
  const [made, seconds, uses] = [reader.varint(), reader.varint(), reader.varint()];
  const [host, lifetime] = [reader.text(CARD_HOST_BYTES_MAX), (1_000 * seconds) as Duration];
  const card = readCard(provider, reader.varBytes(CARD_BYTES_MAX));
  const said = bytes.subarray(0, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (made > SECONDS_MAX || !areTerms({ host, uses, lifetime })) throw new WireError("ERR_VALUE", "terms of a share");
  if (!verifyLabelled(provider, card.signer, LABEL.cardShare, signature, said))
    throw new WireError("ERR_CRYPTO", "Cannot take share: not by whose card it is, or changed since");
  const [madeAt, endsAt] = [wallTime(1_000 * made), wallTime(1_000 * made + lifetime)];
  return { host, madeAt, endsAt, uses, card, bytes: bytes.slice() };
}

/** The year 9999. */
const SECONDS_MAX = 253_402_300_799;
const areTerms = ({ host, uses, lifetime }: { host: string; uses: number; lifetime: Duration }): boolean =>
  (host === "" || isCardHost(host)) &&
  Number.isSafeInteger(uses) &&
  uses >= 0 &&
  uses <= CARD_SHARE_USES_MAX &&
  lifetime > 0 &&
  lifetime <= CARD_SHARE_LIFETIME_MAX;

/** By which the host knows it. */
export const shareId = (provider: CryptoProvider, secret: Secret): Uint8Array =>
  provider.hkdfSha256(secret.reveal(), new Uint8Array(0), labelBytes(LABEL.cardShareId), SHARE_ID_BYTES);

const shareKey = (provider: CryptoProvider, secret: Secret): object =>
  provider.importAeadKey(provider.hkdfSha256(secret.reveal(), new Uint8Array(0), labelBytes(LABEL.cardShareKey), 32));

/** What the host keeps under {@link shareId}. `secret`: 16 random bytes, for this share alone. */
export function sealShare(provider: CryptoProvider, secret: Secret, share: CardShare, photo?: Uint8Array): Uint8Array {
  assert(secret.reveal().length === SHARE_SECRET_BYTES, "a secret of 16 bytes");
  const named = photoOfFields(share.card.content.fields);
  assert(photo === undefined || (named !== undefined && photoFault(provider, named, photo) === undefined), "its photo");
  const content = new Writer(1_024)
    .varBytes(share.bytes)
    .varBytes(photo ?? new Uint8Array(0))
    .finish();
  const size = CARD_SHARE_SIZES.find((each) => each >= content.length + TAG_BYTES);
  assert(size !== undefined, "a share that fits the largest size");
  const plaintext = new Uint8Array(size - TAG_BYTES);
  plaintext.set(content);
  return concatBytes(...provider.seal(shareKey(provider, secret), ONCE, shareId(provider, secret), plaintext));
}

/**
 * What was kept at `host`. @throws {WireError} `ERR_CRYPTO` also where a share of another host, or another photo, was put
 * there.
 */
export function openShare(
  provider: CryptoProvider,
  { secret, host }: { readonly secret: Secret; readonly host: string },
  sealed: Uint8Array,
): { readonly share: CardShare; readonly photo: Uint8Array | undefined } {
  if (!CARD_SHARE_SIZES.includes(sealed.length))
    throw new WireError("ERR_VALUE", `sealed share of ${sealed.length} bytes`);
  const plaintext = provider.open(shareKey(provider, secret), ONCE, shareId(provider, secret), sealed);
  if (plaintext === undefined) throw new WireError("ERR_CRYPTO", "Cannot open share: not what this link leads to");
  const reader = new Reader(plaintext);
  const share = readShare(provider, reader.varBytes(SHARE_BYTES_MAX));
  const photo = reader.varBytes(CARD_PHOTO_BYTES_MAX).slice();
  if (!isAllZero(reader.rest())) throw new WireError("ERR_VALUE", "padding of a share");
  if (share.host !== host) throw new WireError("ERR_CRYPTO", "Cannot take share: signed for another host");
  if (photo.length === 0) return { share, photo: undefined };
  const named = photoOfFields(share.card.content.fields);
  if (named === undefined || photoFault(provider, named, photo) !== undefined)
    throw new WireError("ERR_CRYPTO", "Cannot take share: not the photo that its card names");
  return { share, photo };
}
