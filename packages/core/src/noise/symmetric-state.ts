/**
 * SymmetricState of the Noise framework (revision 34, §5.2): the chaining key `ck`, into which
 * every shared secret goes, and the hash `h`, into which every byte goes.
 *
 * @module
 */
import type { Label } from "../crypto/labels.ts";
import { labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { textToBytes } from "../lib/utf8.ts";
import { CipherState } from "./cipher-state.ts";

const HASH_BYTES = 32;
const EMPTY: Uint8Array = new Uint8Array(0);

export class SymmetricState {
  readonly #provider: CryptoProvider;
  #cipher: CipherState;
  #ck: Uint8Array;
  #h: Uint8Array;

  constructor(provider: CryptoProvider, protocolName: string) {
    const name = textToBytes(protocolName);
    this.#provider = provider;
    this.#h = new Uint8Array(HASH_BYTES);
    if (name.length <= HASH_BYTES) this.#h.set(name);
    else this.#h = provider.sha256(name);
    this.#ck = this.#h.slice();
    this.#cipher = new CipherState(provider);
  }

  /** The hash of all so far. Never changed in place, so that the caller may keep it. */
  get handshakeHash(): Uint8Array {
    return this.#h;
  }

  get hasKey(): boolean {
    return this.#cipher.hasKey;
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [ck, key] = this.#hkdf(inputKeyMaterial, 2);
    this.#advance(ck, key);
  }

  mixHash(...data: readonly Uint8Array[]): void {
    this.#h = this.#provider.sha256(this.#h, ...data);
  }

  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const [ck, hash, key] = this.#hkdf(inputKeyMaterial, 3);
    this.mixHash(hash);
    this.#advance(ck, key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher.encryptWithAd(this.#h, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** @throws {WireError} `ERR_CRYPTO`: the whole handshake must then be given up. */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.decryptWithAd(this.#h, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /**
   * `length` further secret bytes that belong to this handshake alone: HKDF(ikm = ck, salt = h, info = label).
   * Apart from those of {@link split}, which take ck as the salt (spec/handshake.md §7).
   */
  exportSecret(label: Label, length: number): Uint8Array {
    return this.#provider.hkdfSha256(this.#ck, this.#h, labelBytes(label), length);
  }

  /** The keys of the two directions, initiator's first. Nothing can be done with this state afterwards. */
  split(): readonly [Uint8Array, Uint8Array] {
    const [first, second] = this.#hkdf(EMPTY, 2);
    this.wipe();
    return [first, second];
  }

  wipe(): void {
    this.#ck.fill(0);
    this.#cipher.wipe();
  }

  #advance(ck: Uint8Array, key: Uint8Array): void {
    this.wipe();
    this.#ck = ck;
    this.#cipher = new CipherState(this.#provider, key);
  }

  /** Noise §4.3 HKDF is that of RFC 5869 with ck as salt and no info. */
  #hkdf(inputKeyMaterial: Uint8Array, outputs: 2 | 3): readonly [Uint8Array, Uint8Array, Uint8Array] {
    const all = this.#provider.hkdfSha256(inputKeyMaterial, this.#ck, EMPTY, outputs * HASH_BYTES);
    // Copies, so that each can be wiped or given away alone.
    return [all.slice(0, 32), all.slice(32, 64), all.slice(64)];
  }
}
