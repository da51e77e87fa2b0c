/**
 * Hashes, ML-KEM and sealing over the noble libraries: what `nobleProvider` and `nobleSessionProvider` have in common.
 * The same on every platform, 10 to 50 times slower than native code.
 *
 * @module
 */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Curve25519 } from "./curve25519.ts";
import { nobleSymmetric } from "./noble-symmetric.ts";
import type { CryptoProvider } from "./provider.ts";

const ML_KEM_SEED_BYTES = 64;
const ML_KEM_PUBLIC_BYTES = 1_184;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;

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

export const nobleBase: Omit<CryptoProvider, keyof Curve25519 | "argon2id"> = {
  ...nobleSymmetric,

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
};

function mlKemFromSeed(seed: Uint8Array): { readonly secretKey: object; readonly publicKey: Uint8Array } {
  assert(seed.length === ML_KEM_SEED_BYTES, "ML-KEM seeds have 64 bytes");
  const { secretKey, publicKey } = ml_kem768.keygen(seed);
  return { secretKey: new NobleMlKemKey(secretKey), publicKey };
}
