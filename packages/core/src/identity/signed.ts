/**
 * Signatures that say what they are for: Ed25519 over `label ‖ 0x00 ‖ message` (spec/identity.md §3).
 * No label holds a zero byte, so no two pairs of label and message give the same bytes.
 *
 * @module
 */
import { type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { LocalIdentity } from "./keys.ts";
import { type PeerId, peerIdToBytes } from "./peer-id.ts";

export const SIGNATURE_BYTES = 64;

/** 64 bytes over the label and `parts`, which are one message. */
export function signLabelled(
  provider: CryptoProvider,
  identity: LocalIdentity,
  label: Label,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  return signWithSeed(provider, identity.seed, label, ...parts);
}

/** As {@link signLabelled}, with a key that is nobody's identity. `seed` has 32 bytes. */
export function signWithSeed(
  provider: CryptoProvider,
  seed: Secret,
  label: Label,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  return provider.ed25519Sign(seed.reveal(), labelled(label, parts));
}

/** Whether `signer` signed `parts` under `label`. Give the bytes that were received, never ones encoded again. */
export function verifyLabelled(
  provider: CryptoProvider,
  signer: PeerId,
  label: Label,
  signature: Uint8Array,
  ...parts: readonly Uint8Array[]
): boolean {
  return verifyWithKey(provider, peerIdToBytes(signer), label, signature, ...parts);
}

/** As {@link verifyLabelled}, for a key that is nobody's identity. */
export function verifyWithKey(
  provider: CryptoProvider,
  publicKey: Uint8Array,
  label: Label,
  signature: Uint8Array,
  ...parts: readonly Uint8Array[]
): boolean {
  return provider.ed25519Verify(publicKey, labelled(label, parts), signature);
}

/** Verifies many messages under one label, one after the other, and leaves nothing of them behind. */
export class LabelledVerifier {
  readonly #provider: CryptoProvider;
  readonly #message: Uint8Array;
  readonly #headBytes: number;

  /** Messages have at most `bytesMax`. */
  constructor(provider: CryptoProvider, label: Label, bytesMax: number) {
    this.#provider = provider;
    const head = labelled(label, []);
    this.#headBytes = head.length;
    this.#message = new Uint8Array(head.length + bytesMax);
    this.#message.set(head);
  }

  /** Whether the owner of `publicKey` signed `message`, the bytes that were received. */
  verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
    this.#message.set(message, this.#headBytes);
    const whole = this.#message.subarray(0, this.#headBytes + message.length);
    return this.#provider.ed25519Verify(publicKey, whole, signature);
  }
}

const labelled = (label: Label, parts: readonly Uint8Array[]): Uint8Array =>
  concatBytes(labelBytes(label), Uint8Array.of(0), ...parts);
