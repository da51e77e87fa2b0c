/**
 * Crypto for a simulated world: real sealing and real signatures, with an eye on every key. No key
 * may meet the same nonce twice, whoever holds it, also after an old copy of a disk came back.
 *
 * The KEM alone is a stand-in, since the real one would cost more than all the rest of a run: its
 * shared secret depends on key and ciphertext, and on nothing that is secret. Whoever claims
 * anything about ML-KEM tests it elsewhere.
 *
 * @module
 */
import { type AeadKey, type CryptoProvider, concatBytes } from "@kith/core";

const KEM_PUBLIC_BYTES = 1_184;
const KEM_CIPHERTEXT_BYTES = 1_088;

export class NonceLedger {
  readonly #noncesOf = new WeakMap<AeadKey, Set<string>>();
  readonly #byBytes = new Map<string, Set<string>>();
  #sealed = 0;

  /** Records sealed so far. */
  get sealed(): number {
    return this.#sealed;
  }

  learn(handle: AeadKey, bytes: Uint8Array): void {
    const name = latin1(bytes);
    const nonces = this.#byBytes.get(name) ?? new Set();
    this.#byBytes.set(name, nonces);
    this.#noncesOf.set(handle, nonces);
  }

  /** @throws {Error} if the key was used with this nonce before. */
  note(handle: AeadKey, nonce: Uint8Array): void {
    const nonces = this.#noncesOf.get(handle);
    if (nonces === undefined) throw new Error("sealed under a key that nobody imported");
    const name = latin1(nonce);
    if (nonces.has(name)) throw new Error("a key met the same nonce twice");
    nonces.add(name);
    this.#sealed += 1;
  }
}

export function watchProvider(base: CryptoProvider, ledger: NonceLedger): CryptoProvider {
  const expand = (seed: Uint8Array, label: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    bytes.set(base.sha256(seed, Uint8Array.of(label)));
    return bytes;
  };
  const mlKemFromSeed = (seed: Uint8Array): { readonly secretKey: object; readonly publicKey: Uint8Array } => {
    const publicKey = expand(seed, 1, KEM_PUBLIC_BYTES);
    return { secretKey: { publicKey }, publicKey };
  };
  return {
    ...base,
    importAeadKey(bytes) {
      const handle = base.importAeadKey(bytes);
      ledger.learn(handle, bytes);
      return handle;
    },
    seal(key, nonce, aad, plaintext) {
      ledger.note(key, nonce);
      return base.seal(key, nonce, aad, plaintext);
    },
    mlKemGenerate: (random) => mlKemFromSeed(random(32)),
    mlKemFromSeed,
    mlKemEncapsulate(publicKey, random) {
      if (publicKey.length !== KEM_PUBLIC_BYTES || publicKey.subarray(32).some((byte) => byte !== 0)) return undefined;
      const ciphertext = expand(random(32), 2, KEM_CIPHERTEXT_BYTES);
      return { ciphertext, shared: base.sha256(publicKey, ciphertext) };
    },
    mlKemDecapsulate(secretKey, ciphertext) {
      if (ciphertext.length !== KEM_CIPHERTEXT_BYTES || !("publicKey" in secretKey)) return undefined;
      const { publicKey } = secretKey;
      return publicKey instanceof Uint8Array ? base.sha256(concatBytes(publicKey, ciphertext)) : undefined;
    },
  };
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
