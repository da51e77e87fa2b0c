/**
 * One epoch: a random key for a room, sealed to each member's prekey (spec/room-keys.md §3).
 *
 *     head     = u8 1 · 32 B author · 32 B nonce · 32 B ephemeral X25519 · 32 B check
 *                · u16 n · n × (32 B recipient · u32 version of its prekey), ascending
 *                · u16 m · m × 32 B member without a usable prekey, ascending
 *     parcels  = n × (1,088 B ML-KEM ciphertext · 32 B sealed key · 16 B tag), in the order of the recipients
 *     bundle   = head · parcels
 *     hash     = SHA-256(SHA-256(head) ‖ SHA-256(parcels)), signed by the author in a `rotate` operation
 *
 *     parcel key = HKDF(X25519(ephemeral, prekey) ‖ ML-KEM shared, nonce,
 *                       label ‖ 0 ‖ room ‖ author ‖ ephemeral ‖ recipient ‖ u32 version ‖ its X25519 ‖ ciphertext, 32)
 *     sealed key = AES-256-GCM(parcel key, nonce of zeros, aad 32 B check, key of generation 0): once per parcel key
 *     check      = HKDF(key of generation 256, room, label "room epoch check", 32)
 *
 * The head says who may have the key, and with the check which key it is, so that a part of the bundle is enough
 * to believe a key that another member gave (epoch-keys.ts). Both secrets go into each parcel: a recording opens
 * only for who breaks X25519 and ML-KEM.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import type { Prekey, PrekeySecret } from "../trust/prekey.ts";
import { EPOCH_RECIPIENTS_MAX } from "../wire/room-key-limits.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

const VERSION = 1;
const HASH_BYTES = 32;
const KEY_BYTES = 32;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;
const SEALED_KEY_BYTES = KEY_BYTES + 16;
const PARCEL_BYTES = ML_KEM_CIPHERTEXT_BYTES + SEALED_KEY_BYTES;
const HEAD_FIXED_BYTES = 1 + 4 * 32 + 2 + 2;
/** Largest head, in bytes: 1,000 recipients with their prekeys' versions. */
export const EPOCH_HEAD_BYTES_MAX: number = HEAD_FIXED_BYTES + 36 * EPOCH_RECIPIENTS_MAX;
export const EPOCH_BUNDLE_BYTES_MAX: number = EPOCH_HEAD_BYTES_MAX + PARCEL_BYTES * EPOCH_RECIPIENTS_MAX;
/** A parcel key seals once. */
const ONCE: Uint8Array = new Uint8Array(12);

export interface EpochHead {
  readonly author: PeerId;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly check: Uint8Array;
  /** Ascending. */
  readonly recipients: readonly { readonly peer: PeerId; readonly prekeyVersion: number }[];
  /** Meant to have the key, and nothing to seal it to was known: they ask for it. Ascending. */
  readonly others: readonly PeerId[];
  /** As received. */
  readonly bytes: Uint8Array;
}

export interface EpochBundle {
  readonly head: EpochHead;
  readonly parcels: Uint8Array;
  readonly parcelsHash: Uint8Array;
  /** What the rotate operation holds. */
  readonly hash: Uint8Array;
}

/** How many an epoch is for. */
export const recipientCount = (head: EpochHead): number => head.recipients.length + head.others.length;

/** Most bytes that the bundle of an epoch for `count` members can have. */
export const bundleBytesMax = (count: number): number => HEAD_FIXED_BYTES + count * (36 + PARCEL_BYTES);

export const bundleHash = (provider: CryptoProvider, head: Uint8Array, parcelsHash: Uint8Array): Uint8Array =>
  provider.sha256(provider.sha256(head), parcelsHash);

export const encodeBundle = (bundle: EpochBundle): Uint8Array => concatBytes(bundle.head.bytes, bundle.parcels);

/**
 * Seals `key` (generation 0) to everyone of `members`. A member whose entry is `undefined`, or whose prekey
 * turns out to be no key, is listed without a parcel. One ML-KEM encapsulation for each.
 */
export function sealEpoch(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly room: RoomId;
  readonly author: PeerId;
  readonly members: ReadonlyMap<PeerId, Prekey | undefined>;
  readonly key: Secret;
  readonly check: Uint8Array;
}): EpochBundle {
  const { provider, random, room, author, members, key, check } = options;
  assert(members.size >= 1 && members.size <= EPOCH_RECIPIENTS_MAX, `epoch for ${members.size}`);
  const nonce = random(32).slice();
  const ephemeral = provider.x25519Generate(random);
  const recipients: EpochHead["recipients"][number][] = [];
  const others: PeerId[] = [];
  const parcels: Uint8Array[] = [];
  for (const [peer, prekey] of [...members].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kem = prekey === undefined ? undefined : provider.mlKemEncapsulate(prekey.mlKem, random);
    const dh = prekey === undefined ? undefined : provider.x25519(ephemeral.secretKey, prekey.x25519);
    if (prekey === undefined || kem === undefined || dh === undefined) {
      others.push(peer);
      continue;
    }
    const facts = { room, author, nonce, ephemeral: ephemeral.publicKey, prekey, ciphertext: kem.ciphertext };
    const once = parcelKey(provider, facts, dh, kem.shared);
    parcels.push(kem.ciphertext, ...provider.seal(once, ONCE, check, key.reveal()));
    recipients.push({ peer, prekeyVersion: prekey.version });
  }
  ephemeral.secretKey.fill(0);
  const fields = { author, nonce, ephemeral: ephemeral.publicKey, check, recipients, others };
  return bundleOf(provider, { ...fields, bytes: encodeHead(fields) }, concatBytes(...parcels));
}

/**
 * Our key from our parcel; a new array. `undefined`: no parcel for this prekey, or it does not open. Whether it
 * is the key that the head names is for the caller to check.
 */
export function openParcel(
  provider: CryptoProvider,
  room: RoomId,
  bundle: EpochBundle,
  secret: PrekeySecret,
): Uint8Array | undefined {
  const { prekey } = secret;
  const { author, nonce, ephemeral, recipients, check } = bundle.head;
  const index = recipients.findIndex(
    ({ peer, prekeyVersion }) => peer === prekey.member && prekeyVersion === prekey.version,
  );
  if (index < 0) return undefined;
  const parcel = bundle.parcels.subarray(index * PARCEL_BYTES, (index + 1) * PARCEL_BYTES);
  const ciphertext = parcel.subarray(0, ML_KEM_CIPHERTEXT_BYTES);
  const dh = provider.x25519(secret.x25519.reveal(), ephemeral);
  const shared = provider.mlKemDecapsulate(secret.mlKemKey, ciphertext);
  if (dh === undefined || shared === undefined) return undefined;
  const once = parcelKey(provider, { room, author, nonce, ephemeral, prekey, ciphertext }, dh, shared);
  return provider.open(once, ONCE, check, parcel.subarray(ML_KEM_CIPHERTEXT_BYTES));
}

/** @throws {WireError}. Copies `bytes`. */
export function decodeBundle(provider: CryptoProvider, bytes: Uint8Array): EpochBundle {
  const reader = new Reader(bytes);
  readHead(reader, bytes);
  const head = decodeHead(bytes.subarray(0, reader.offset));
  const parcels = reader.bytes(head.recipients.length * PARCEL_BYTES).slice();
  reader.end();
  return bundleOf(provider, head, parcels);
}

/** @throws {WireError}. Copies `bytes`. */
export function decodeHead(bytes: Uint8Array): EpochHead {
  const own = bytes.slice();
  const reader = new Reader(own);
  const head = readHead(reader, own);
  reader.end();
  return head;
}

function bundleOf(provider: CryptoProvider, head: EpochHead, parcels: Uint8Array): EpochBundle {
  const parcelsHash = provider.sha256(parcels);
  return { head, parcels, parcelsHash, hash: bundleHash(provider, head.bytes, parcelsHash) };
}

function encodeHead(head: Omit<EpochHead, "bytes">): Uint8Array {
  const writer = new Writer(HEAD_FIXED_BYTES + 36 * head.recipients.length + 32 * head.others.length);
  writer.u8(VERSION).bytes(peerIdToBytes(head.author)).bytes(head.nonce).bytes(head.ephemeral).bytes(head.check);
  writer.u16(head.recipients.length);
  for (const { peer, prekeyVersion } of head.recipients) writer.bytes(peerIdToBytes(peer)).u32(prekeyVersion);
  writer.u16(head.others.length);
  for (const peer of head.others) writer.bytes(peerIdToBytes(peer));
  return writer.finish();
}

function readHead(reader: Reader, whole: Uint8Array): EpochHead {
  const start = reader.offset;
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "epoch bundle");
  const author = peerIdFromBytes(reader.bytes(32));
  const nonce = reader.bytes(32);
  const ephemeral = reader.bytes(32);
  const check = reader.bytes(HASH_BYTES);
  const recipients: EpochHead["recipients"][number][] = [];
  let left = readCount(reader, EPOCH_RECIPIENTS_MAX);
  for (let before = ""; left > 0; left--) {
    const peer = readAscending(reader, before);
    recipients.push({ peer, prekeyVersion: reader.u32() });
    before = peer;
  }
  const named = new Set(recipients.map(({ peer }) => peer));
  const others: PeerId[] = [];
  left = readCount(reader, EPOCH_RECIPIENTS_MAX - recipients.length);
  for (let before = ""; left > 0; left--) {
    const peer = readAscending(reader, before);
    if (named.has(peer)) throw new WireError("ERR_VALUE", "member named twice");
    others.push(peer);
    before = peer;
  }
  if (recipients.length + others.length === 0) throw new WireError("ERR_VALUE", "epoch for nobody");
  return { author, nonce, ephemeral, check, recipients, others, bytes: whole.subarray(start, reader.offset) };
}

function readCount(reader: Reader, max: number): number {
  const count = reader.u16();
  if (count > max) throw new WireError("ERR_LIMIT", `epoch for ${count}, at most ${max}`);
  return count;
}

function readAscending(reader: Reader, before: string): PeerId {
  const peer = peerIdFromBytes(reader.bytes(32));
  if (peer <= before) throw new WireError("ERR_VALUE", "members not ascending");
  return peer;
}

interface ParcelFacts {
  readonly room: RoomId;
  readonly author: PeerId;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly prekey: Prekey;
  readonly ciphertext: Uint8Array;
}

/** Overwrites `dh` and `shared`. */
function parcelKey(provider: CryptoProvider, facts: ParcelFacts, dh: Uint8Array, shared: Uint8Array): AeadKey {
  const { room, author, nonce, ephemeral, prekey, ciphertext } = facts;
  const info = new Writer(1_400)
    .bytes(labelBytes(LABEL.roomParcel))
    .u8(0)
    .bytes(roomIdToBytes(room))
    .bytes(peerIdToBytes(author))
    .bytes(ephemeral)
    .bytes(peerIdToBytes(prekey.member))
    .u32(prekey.version)
    .bytes(prekey.x25519)
    .bytes(ciphertext)
    .finish();
  const secrets = concatBytes(dh, shared);
  const bytes = provider.hkdfSha256(secrets, nonce, info, KEY_BYTES);
  const key = provider.importAeadKey(bytes);
  for (const secret of [dh, shared, secrets, bytes]) secret.fill(0);
  return key;
}
