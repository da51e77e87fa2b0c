/**
 * {@link CryptoProvider} over the noble libraries: the same on every platform, 10 to 50 times slower
 * than native code, and the only one the core itself can name (docs/adr/0002).
 *
 * @module
 */
import { gcm } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { assert } from "../lib/assert.ts";
import { bytesEqual, concatBytes, isAllZero } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { isAdmissibleSignature } from "./ed25519-rule.ts";
import type { AeadKey, Argon2Cost, CryptoProvider, KeyPair } from "./provider.ts";

const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const ML_KEM_SEED_BYTES = 64;
const ML_KEM_PUBLIC_BYTES = 1_184;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;

class NobleAeadKey {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
  }

  cipher(nonce: Uint8Array, aad: Uint8Array): ReturnType<typeof gcm> {
    return gcm(this.#bytes, nonce, aad);
  }
}

/** Keeps ML-KEM secret keys out of sight of loggers; {@link Secret} wants an owner, a handle does not. */
class NobleMlKemKey {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  decapsulate(ciphertext: Uint8Array): Uint8Array {
    return ml_kem768.decapsulate(ciphertext, this.#bytes);
  }
}

export const nobleProvider: CryptoProvider = {
  sha256(...parts: readonly Uint8Array[]): Uint8Array {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  sha512(...parts: readonly Uint8Array[]): Uint8Array {
    const hash = sha512.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
    const mac = hmac.create(sha256, key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  },

  hkdfSha256(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    return hkdf(sha256, key, salt, info, length);
  },

  x25519Generate(random: RandomSource): KeyPair {
    const secretKey = random(32);
    return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
  },

  x25519PublicKey(secretKey: Uint8Array): Uint8Array {
    return x25519.getPublicKey(secretKey);
  },

  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    assert(secretKey.length === 32 && publicKey.length === 32, "X25519 keys have 32 bytes");
    try {
      const shared = x25519.scalarMult(secretKey, publicKey);
      return isAllZero(shared) ? undefined : shared;
    } catch {
      return undefined; // noble throws for a point of low order, its only failure with 32 + 32 bytes
    }
  },

  ed25519PublicKey(seed: Uint8Array): Uint8Array {
    return ed25519.getPublicKey(seed);
  },

  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    return ed25519.sign(message, seed);
  },

  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return isAdmissibleSignature(publicKey, signature) && holdsWithoutCofactor(publicKey, message, signature);
  },

  mlKemGenerate(random: RandomSource): { readonly secretKey: object; readonly publicKey: Uint8Array } {
    return mlKemFromSeed(random(64));
  },

  mlKemFromSeed,

  mlKemEncapsulate(
    publicKey: Uint8Array,
    random: RandomSource,
  ): { ciphertext: Uint8Array; shared: Uint8Array } | undefined {
    if (publicKey.length !== ML_KEM_PUBLIC_BYTES) return undefined;
    const coins = random(32);
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, coins);
      return { ciphertext: cipherText, shared: sharedSecret };
    } catch {
      return undefined; // FIPS 203 §7.2: a coefficient is not below q
    }
  },

  mlKemDecapsulate(secretKey: object, ciphertext: Uint8Array): Uint8Array | undefined {
    assert(secretKey instanceof NobleMlKemKey, "ML-KEM key of another provider");
    if (ciphertext.length !== ML_KEM_CIPHERTEXT_BYTES) return undefined;
    return secretKey.decapsulate(ciphertext);
  },

  importAeadKey(key: Uint8Array): AeadKey {
    assert(key.length === 32, "AES-256 keys have 32 bytes");
    return new NobleAeadKey(key);
  },

  seal(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): readonly Uint8Array[] {
    assert(key instanceof NobleAeadKey, "AEAD key of another provider");
    assert(nonce.length === NONCE_BYTES, "AES-GCM nonces have 12 bytes");
    return [key.cipher(nonce, aad).encrypt(plaintext)];
  },

  open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    assert(key instanceof NobleAeadKey, "AEAD key of another provider");
    assert(nonce.length === NONCE_BYTES, "AES-GCM nonces have 12 bytes");
    if (sealed.length < TAG_BYTES) return undefined;
    try {
      return key.cipher(nonce, aad).decrypt(sealed);
    } catch {
      return undefined;
    }
  },

  argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
    return argon2id(passphrase, salt, { m: cost.memoryKiB, t: cost.passes, p: cost.lanes, dkLen: length });
  },
};

function mlKemFromSeed(seed: Uint8Array): { readonly secretKey: object; readonly publicKey: Uint8Array } {
  assert(seed.length === ML_KEM_SEED_BYTES, "ML-KEM seeds have 64 bytes");
  const { secretKey, publicKey } = ml_kem768.keygen(seed);
  return { secretKey: new NobleMlKemKey(secretKey), publicKey };
}

/** Whether [S]B - [k]A encodes to R. noble's own `verify` multiplies by the cofactor, see ed25519-rule.ts. */
function holdsWithoutCofactor(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  try {
    const a = ed25519.Point.fromBytes(publicKey);
    const s = ed25519.Point.Fn.fromBytes(signature.subarray(32));
    const k = ed25519.Point.Fn.create(littleEndian(sha512(concatBytes(r, publicKey, message))));
    const difference = ed25519.Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
    return bytesEqual(difference.toBytes(), r);
  } catch {
    return false; // the key is not a point of the curve
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
