/**
 * Cryptography of a page: noble, which answers at once, and for what is large the platform's, which answers later and on
 * other threads, 10 to 60 times as fast (docs/adr/0031).
 *
 * @module
 */
import { type AeadKey, type CryptoProvider, concatBytes, nobleProvider } from "@kith/core";
import type { BulkAead } from "../bulk-aead.ts";
import type { BulkHash } from "../bulk-hash.ts";

/** What the platform costs a call, noble needs for some 200 bytes; a short answer is wanted at once. */
const BULK_BYTES_MIN = 1_024;

export interface WebCrypto {
  readonly provider: CryptoProvider;
  readonly bulkAead: BulkAead;
  readonly bulkHash: BulkHash;
}

/** Both know the keys that `provider` imported. `subtle` is there in secure contexts alone. */
export function webCrypto(subtle: SubtleCrypto): WebCrypto {
  const ready = new WeakMap<AeadKey, CryptoKey>();
  /** The bytes, until the first use in bulk: most keys never have one. */
  const unused = new WeakMap<AeadKey, Uint8Array<ArrayBuffer>>();

  function readyKey(key: AeadKey): CryptoKey | undefined {
    const bytes = unused.get(key);
    if (bytes === undefined) return ready.get(key);
    unused.delete(key);
    subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]).then(
      (imported) => ready.set(key, imported),
      () => {}, // noble goes on
    );
    bytes.fill(0); // the platform has copied them
    return undefined;
  }

  return {
    provider: {
      ...nobleProvider,
      importAeadKey(bytes) {
        const key = nobleProvider.importAeadKey(bytes);
        unused.set(key, bytes.slice());
        return key;
      },
    },
    bulkAead: {
      bytesMin: BULK_BYTES_MIN,
      seal(key, nonce, aad, plaintext) {
        const imported = readyKey(key);
        return imported && settled(subtle.encrypt(gcm(nonce, aad), imported, own(plaintext)));
      },
      open(key, nonce, aad, sealed) {
        const imported = readyKey(key);
        return imported && settled(subtle.decrypt(gcm(nonce, aad), imported, own(sealed)));
      },
    },
    // The platform takes one array: putting the parts together costs little beside hashing them.
    bulkHash: (parts) =>
      subtle.digest("SHA-256", own(concatBytes(...parts))).then(
        (digest) => new Uint8Array(digest),
        () => nobleProvider.sha256(...parts),
      ),
  };
}

const gcm = (iv: Uint8Array, additionalData: Uint8Array): AesGcmParams => ({
  ...{ name: "AES-GCM", tagLength: 128 },
  ...{ iv: own(iv), additionalData: own(additionalData) },
});

/** No array of ours lies in shared memory, which the platform would not take. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

const settled = (answer: Promise<ArrayBuffer>): Promise<Uint8Array | undefined> =>
  answer.then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  );
