/**
 * Hashes and sealing over the noble libraries: what every provider made of them has. The same on every platform, 10 to 50
 * times slower than native code.
 *
 * @module
 */
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { assert } from "../lib/assert.ts";
import type { AeadKey, CryptoProvider } from "./provider.ts";

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

class NobleAeadKey {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
  }

  cipher(nonce: Uint8Array, aad: Uint8Array): ReturnType<typeof gcm> {
    return gcm(this.#bytes, nonce, aad);
  }
}

export type Symmetric = Pick<
  CryptoProvider,
  "sha256" | "sha512" | "hmacSha256" | "hkdfSha256" | "importAeadKey" | "seal" | "open"
>;

export const nobleSymmetric: Symmetric = {
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
};
