/**
 * How a guest with an invitation shows, before it has said who it is, that it holds one (spec/trust.md §8): by a
 * tag in its hello, as contacts do. The members hold the invitation's public key, and whoever holds the invitation
 * computes it. It gates; it never authenticates.
 *
 *     door secret = HKDF(invitation's public key, no salt, "kith/1 door", 32)
 *     door tag    = first 16 bytes of HMAC(door secret, "kith/1 door tag" ‖ 0 ‖ the hello's ephemeral key)
 *
 * By the door secret both also meet at a relay (spec/relay-meeting.md §1); for a link that lets nobody in by itself:
 *
 *     knock secret = HKDF(room id ‖ PeerId of the member who made it, no salt, "kith/1 knock", 32)
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import { CONTACT_TAG_BYTES } from "./pair-secret.ts";
import { type PeerId, peerIdToBytes } from "./peer-id.ts";

export function doorSecret(provider: CryptoProvider, invitationKey: Uint8Array): Secret {
  return new Secret(provider.hkdfSha256(invitationKey, new Uint8Array(0), labelBytes(LABEL.door), 32));
}

/** `roomId`: 32 bytes. Whoever has the link knows it, and so do the members. */
export function knockSecret(provider: CryptoProvider, roomId: Uint8Array, member: PeerId): Secret {
  const place = concatBytes(roomId, peerIdToBytes(member));
  return new Secret(provider.hkdfSha256(place, new Uint8Array(0), labelBytes(LABEL.knock), 32));
}

/** For the hello with this X25519 ephemeral key, so that the tag cannot be moved to another one. */
export const doorTag = (provider: CryptoProvider, door: Secret, ephemeralKey: Uint8Array): Uint8Array =>
  provider
    .hmacSha256(door.reveal(), labelBytes(LABEL.doorTag), Uint8Array.of(0), ephemeralKey)
    .slice(0, CONTACT_TAG_BYTES);

/** Whether `tag` is the one of {@link doorTag}. Takes as long when it is not. */
export const isDoorTag = (provider: CryptoProvider, door: Secret, ephemeralKey: Uint8Array, tag: Uint8Array): boolean =>
  bytesEqual(doorTag(provider, door, ephemeralKey), tag);
