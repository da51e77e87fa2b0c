/**
 * CipherState of the Noise framework (revision 34, §5.1) for AES-256-GCM: a key and the nonce that
 * counts with each use.
 *
 *     nonce = 32 zero bits ‖ u64 n, big-endian                  (Noise §12.2)
 *
 * Serves the handshake alone. Records have keys, counters and nonces of their own (spec/session.md).
 *
 * @module
 */
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { WireError } from "../lib/wire-error.ts";

/** Bytes that sealing adds. */
export const TAG_BYTES = 16;

/** No handshake has more uses of one key; far below 2^64 - 1, which Noise reserves. */
const USES_MAX = 2 ** 32;

export class CipherState {
  readonly #provider: CryptoProvider;
  #key: Uint8Array | undefined;
  // Imported at the first use: three of four keys of a handshake are replaced before they seal anything.
  #handle: AeadKey | undefined;
  #n = 0;

  /** Takes ownership of the 32 bytes of `key`. Without one, what is sealed stays as it is. */
  constructor(provider: CryptoProvider, key?: Uint8Array) {
    assert(key === undefined || key.length === 32, "AES-256 key");
    this.#provider = provider;
    this.#key = key;
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** `plaintext` itself where there is no key. */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const handle = this.#import();
    if (handle === undefined) return plaintext;
    return concatBytes(...this.#provider.seal(handle, this.#nextNonce(), ad, plaintext));
  }

  /**
   * `ciphertext` itself where there is no key.
   * @throws {WireError} `ERR_CRYPTO` if it does not open. The nonce is then spent: give up.
   */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const handle = this.#import();
    if (handle === undefined) return ciphertext;
    if (ciphertext.length < TAG_BYTES) throw new WireError("ERR_CRYPTO", "Cannot open: shorter than a tag");
    const plaintext = this.#provider.open(handle, this.#nextNonce(), ad, ciphertext);
    if (plaintext === undefined) throw new WireError("ERR_CRYPTO", "Cannot open: the tag does not match");
    return plaintext;
  }

  /** Overwrites the key. Nothing may be sealed or opened afterwards. */
  wipe(): void {
    this.#key?.fill(0);
    this.#n = USES_MAX;
  }

  #import(): AeadKey | undefined {
    if (this.#key === undefined) return undefined;
    this.#handle ??= this.#provider.importAeadKey(this.#key);
    return this.#handle;
  }

  #nextNonce(): Uint8Array {
    assert(this.#n < USES_MAX, "Cannot use the key again: nonces exhausted or key wiped");
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setUint32(8, this.#n++);
    return nonce;
  }
}
