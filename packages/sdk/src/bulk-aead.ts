/**
 * AES-256-GCM that answers later: for platforms whose fast one does (docs/adr/0031). The keys are those of the
 * endpoint's provider, which does what is too small to be worth it.
 *
 * @module
 */
import type { AeadKey } from "@kith/core";

export interface BulkAead {
  /** Shorter ones are done at once, by the provider. */
  readonly bytesMin: number;
  /**
   * Ciphertext and tag. Arguments are read before it returns. `undefined`: this key is not ready yet, the provider does it.
   * A promise that gives `undefined`: it failed, and the record is lost.
   */
  seal(
    key: AeadKey,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): Promise<Uint8Array | undefined> | undefined;
  /** Like `seal`. A new array, which the caller owns; a promise of `undefined`: the tag does not match. */
  open(
    key: AeadKey,
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
  ): Promise<Uint8Array | undefined> | undefined;
}
