/**
 * What two contacts can compute and nobody else: to recognise each other before saying who they are
 * (spec/identity.md §4). It gates and it hints; it never authenticates, for it is static and either
 * of the two can compute both directions.
 *
 *     pair secret   = HKDF(X25519(own contact secret, their contact key), no salt,
 *                          "kith/1 pair secret" ‖ 0 ‖ smaller PeerId ‖ larger PeerId, 32)
 *     contact tag   = first 16 bytes of HMAC(pair secret, "kith/1 contact tag" ‖ 0 ‖ initiator ‖ its ephemeral key)
 *     presence hint = first 8 bytes of HMAC(pair secret, "kith/1 presence hint" ‖ 0 ‖ announcer ‖ u64 epoch)
 *
 * @module
 */
import { LABEL, type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual, compareBytes, concatBytes } from "../lib/bytes.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { minutes, type WallTime } from "../lib/time.ts";
import { Writer } from "../lib/writer.ts";
import { type PeerId, peerIdToBytes } from "./peer-id.ts";

export const CONTACT_KEY_BYTES = 32;
export const CONTACT_TAG_BYTES = 16;
export const PRESENCE_HINT_BYTES = 8;
/** Hints of one announcer are padded to a multiple of this, so that their number says little. */
export const PRESENCE_HINTS_STEP = 8;
/** A hint is good for so long. */
const PRESENCE_EPOCH = minutes(15);

/** The same at both ends; `undefined` if the other contact key is one that no honest peer has. */
export function pairSecret(
  provider: CryptoProvider,
  local: { readonly peerId: PeerId; readonly contactSecret: Secret },
  remote: { readonly peerId: PeerId; readonly contactKey: Uint8Array },
): Secret | undefined {
  if (remote.contactKey.length !== CONTACT_KEY_BYTES) return undefined;
  const shared = provider.x25519(local.contactSecret.reveal(), remote.contactKey);
  if (shared === undefined) return undefined;
  const [smaller, larger] = [local.peerId, remote.peerId].sort().map(peerIdToBytes);
  assert(smaller !== undefined && larger !== undefined, "two PeerIds");
  const info = concatBytes(labelBytes(LABEL.pairSecret), Uint8Array.of(0), smaller, larger);
  const secret = new Secret(provider.hkdfSha256(shared, new Uint8Array(0), info, 32));
  shared.fill(0);
  return secret;
}

/**
 * 16 bytes in the hello: "we are contacts". `ephemeralKey` is the initiator's X25519 key of that very
 * hello, so that the tag cannot be moved to another one.
 */
export const contactTag = (
  provider: CryptoProvider,
  pair: Secret,
  initiator: PeerId,
  ephemeralKey: Uint8Array,
): Uint8Array => mac(provider, pair, LABEL.contactTag, initiator, ephemeralKey).slice(0, CONTACT_TAG_BYTES);

/** Whether `tag` is the one of {@link contactTag}. Takes as long when it is not. */
export const isContactTag = (
  provider: CryptoProvider,
  pair: Secret,
  initiator: PeerId,
  ephemeralKey: Uint8Array,
  tag: Uint8Array,
): boolean => bytesEqual(contactTag(provider, pair, initiator, ephemeralKey), tag);

/** The quarter of an hour that `now` lies in. A reader also tries the one before and the one after. */
export const presenceEpoch = (now: WallTime): number => Math.max(0, Math.floor(now / PRESENCE_EPOCH));

/** 8 bytes by which this one contact recognises `announcer` during `epoch`. */
export const presenceHint = (provider: CryptoProvider, pair: Secret, announcer: PeerId, epoch: number): Uint8Array =>
  mac(provider, pair, LABEL.presenceHint, announcer, new Writer(8).u64(epoch).finish()).slice(0, PRESENCE_HINT_BYTES);

/**
 * Hints for all of `pairs`, and random ones up to a multiple of {@link PRESENCE_HINTS_STEP}, in the order
 * of their bytes, which says nothing. Make them once an epoch: drawing the padding again would show it.
 */
export function presenceHints(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly pairs: readonly Secret[];
  readonly announcer: PeerId;
  readonly epoch: number;
}): Uint8Array[] {
  const { provider, random, pairs, announcer, epoch } = options;
  const hints = pairs.map((pair) => presenceHint(provider, pair, announcer, epoch));
  const count = Math.max(1, Math.ceil(hints.length / PRESENCE_HINTS_STEP)) * PRESENCE_HINTS_STEP;
  while (hints.length < count) hints.push(random(PRESENCE_HINT_BYTES).slice());
  return hints.sort(compareBytes);
}

/**
 * Looks hints up: the hints of every contact, as hexadecimal digits, for the epoch and its two neighbours.
 * A contact's clock may be a quarter of an hour off, not more.
 */
export function presenceIndex(
  provider: CryptoProvider,
  contacts: Iterable<{ readonly peerId: PeerId; readonly pair: Secret }>,
  epoch: number,
): Map<string, PeerId> {
  const index = new Map<string, PeerId>();
  for (const { peerId, pair } of contacts) {
    for (const near of [epoch - 1, epoch, epoch + 1]) {
      if (near >= 0) index.set(bytesToHex(presenceHint(provider, pair, peerId, near)), peerId);
    }
  }
  return index;
}

function mac(provider: CryptoProvider, pair: Secret, label: Label, peer: PeerId, rest: Uint8Array): Uint8Array {
  return provider.hmacSha256(pair.reveal(), labelBytes(label), Uint8Array.of(0), peerIdToBytes(peer), rest);
}
