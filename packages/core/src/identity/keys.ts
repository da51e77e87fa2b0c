/**
 * Our own identity: one 32-byte seed from which everything else follows (spec/identity.md §2).
 *
 *     PeerId              = Ed25519 public key of the seed
 *     contact secret key  = HKDF-SHA-256(seed, no salt, "kith/1 contact key", 32), an X25519 key
 *
 * Nobody turns an Ed25519 key into an X25519 one: the contact key is another secret that only shares a root.
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { type PeerId, peerIdFromBytes } from "./peer-id.ts";

export const SEED_BYTES = 32;

export interface LocalIdentity {
  readonly peerId: PeerId;
  /** The Ed25519 seed (RFC 8032 §5.1.5). */
  readonly seed: Secret;
  /** X25519. For recognition and rendezvous, never for authentication (identity/pair-secret.ts). */
  readonly contactSecret: Secret;
  readonly contactPublicKey: Uint8Array;
  /** Lives no longer than its endpoint, is never stored, and says nothing about the device's own identity. */
  readonly isOneTime: boolean;
}

/** A device's own identity, new. */
export const createIdentity = (provider: CryptoProvider, random: RandomSource): LocalIdentity =>
  derive(provider, new Secret(random(SEED_BYTES).slice()), false);

/** An identity for one purpose, from randomness of its own. */
export const oneTimeIdentity = (provider: CryptoProvider, random: RandomSource): LocalIdentity =>
  derive(provider, new Secret(random(SEED_BYTES).slice()), true);

/** A stored identity. Takes ownership of `seed`, which has 32 bytes. */
export const identityFromSeed = (provider: CryptoProvider, seed: Secret): LocalIdentity =>
  derive(provider, seed, false);

/** Overwrites both secrets; the identity can neither sign nor recognise any more. */
export function wipeIdentity(identity: LocalIdentity): void {
  identity.seed.wipe();
  identity.contactSecret.wipe();
}

function derive(provider: CryptoProvider, seed: Secret, isOneTime: boolean): LocalIdentity {
  const bytes = seed.reveal();
  assert(bytes.length === SEED_BYTES, `identity seed of ${bytes.length} bytes`);
  const contactSecret = provider.hkdfSha256(bytes, new Uint8Array(0), labelBytes(LABEL.contactKey), 32);
  return {
    peerId: peerIdFromBytes(provider.ed25519PublicKey(bytes)),
    seed,
    contactSecret: new Secret(contactSecret),
    contactPublicKey: provider.x25519PublicKey(contactSecret),
    isOneTime,
  };
}
