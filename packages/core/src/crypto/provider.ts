/**
 * Every primitive the core uses, behind one door (one suite, no agility: ADR 3).
 * `noble-provider.ts` implements it anywhere; `sdk/node` injects one over `node:crypto`.
 * Both pass the same vectors. All methods are synchronous and keep no reference to their arguments.
 *
 * @module
 */
import type { RandomSource } from "../lib/random.ts";

/** A handle to an AES-256-GCM key, made by {@link CryptoProvider.importAeadKey}. Opaque to the core. */
export type AeadKey = object;

export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface CryptoProvider {
  /** SHA-256 over the parts as if they were one; 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * Set where the platform hashes better than this does, and later: contents of files are then hashed as jobs (ADR 33),
   * which whoever drives the endpoint must know. All else is hashed here.
   */
  readonly hashesFilesLater?: true;
  /** SHA-512 over the parts as if they were one; 64 bytes. */
  sha512(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SHA-256 over the parts as if they were one; 32 bytes. */
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869), extract and expand; `length` bytes, at most 8,160. */
  hkdfSha256(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;

  /** A key pair from 32 random bytes. */
  x25519Generate(random: RandomSource): KeyPair;
  /** The public key of a 32-byte secret key. */
  x25519PublicKey(secretKey: Uint8Array): Uint8Array;
  /** RFC 7748. `undefined` when the result is all zero: the other key was of low order. */
  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;

  /** The 32-byte public key of a 32-byte seed (RFC 8032). */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** A 64-byte signature. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Total: false for anything malformed. The one rule of spec/identity.md §3, the same in every provider. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  /** ML-KEM-768 (FIPS 203): 1,184-byte public key; the secret key's form is the provider's own. */
  mlKemGenerate(random: RandomSource): { readonly secretKey: object; readonly publicKey: Uint8Array };
  /** The key pair of a 64-byte seed (FIPS 203 §7.1: d ‖ z), so that a seed can be kept where a handle cannot. Reads `seed` only. */
  mlKemFromSeed(seed: Uint8Array): { readonly secretKey: object; readonly publicKey: Uint8Array };
  /** 1,088-byte ciphertext, 32-byte shared secret; `undefined` if the public key fails its check. */
  mlKemEncapsulate(
    publicKey: Uint8Array,
    random: RandomSource,
  ): { ciphertext: Uint8Array; shared: Uint8Array } | undefined;
  /** 32-byte shared secret; of a wrong ciphertext a pseudo-random one (implicit rejection). `undefined` only for a wrong length. */
  mlKemDecapsulate(secretKey: object, ciphertext: Uint8Array): Uint8Array | undefined;

  /** From 32 bytes, which the caller may wipe afterwards. */
  importAeadKey(key: Uint8Array): AeadKey;
  /**
   * AES-256-GCM with a 12-byte nonce. Returns ciphertext and tag in order, in one or more arrays
   * (a provider may save a copy that way); together `plaintext.length + 16` bytes.
   */
  seal(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): readonly Uint8Array[];
  /** `sealed` is ciphertext then tag. A new array which the caller owns; `undefined` when the tag does not match. */
  open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;

  /** Argon2id v1.3 (RFC 9106): `memoryKiB`, `passes`, `lanes`; `length` bytes. Slow by design: not for a hot path. */
  argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array;
}

export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}
