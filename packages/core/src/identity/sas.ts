/**
 * Short authentication string: five words (50 bits) that two people compare to see that nobody sits
 * between them (spec/identity.md §6). The first side commits to its nonce before it sees the other's,
 * so an attacker has one try in 2^50, and no search.
 *
 *     commitment = SHA-256("kith/1 sas commit" ‖ 0 ‖ transcript ‖ initiator's nonce)
 *     words      = first 50 bits of SHA-256("kith/1 sas words" ‖ 0 ‖ transcript ‖ initiator's nonce ‖ responder's nonce)
 *
 * @module
 */
import { LABEL, type Label, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { bytesToWords } from "./words.ts";

export const SAS_WORDS = 5;
export const SAS_NONCE_BYTES = 32;
export const SAS_COMMITMENT_BYTES = 32;
const TRANSCRIPT_BYTES = 32;

/** What the initiator sends first. `transcript` is the session's, 32 bytes. */
export const sasCommitment = (provider: CryptoProvider, transcript: Uint8Array, nonce: Uint8Array): Uint8Array =>
  digest(provider, LABEL.sasCommit, transcript, nonce);

/** Whether the nonce that came later is the one promised. Show no words before this is true. */
export function isPromisedNonce(
  provider: CryptoProvider,
  transcript: Uint8Array,
  nonce: Uint8Array,
  commitment: Uint8Array,
): boolean {
  return nonce.length === SAS_NONCE_BYTES && bytesEqual(sasCommitment(provider, transcript, nonce), commitment);
}

/** The five words, the same at both ends. */
export function sasWords(
  provider: CryptoProvider,
  transcript: Uint8Array,
  initiatorNonce: Uint8Array,
  responderNonce: Uint8Array,
): string[] {
  return bytesToWords(digest(provider, LABEL.sasWords, transcript, initiatorNonce, responderNonce), SAS_WORDS);
}

/** Every part has a fixed length, so that none can lend a byte to its neighbour. */
function digest(
  provider: CryptoProvider,
  label: Label,
  transcript: Uint8Array,
  ...nonces: readonly Uint8Array[]
): Uint8Array {
  assert(transcript.length === TRANSCRIPT_BYTES, `transcript of ${transcript.length} bytes`);
  for (const nonce of nonces) assert(nonce.length === SAS_NONCE_BYTES, `SAS nonce of ${nonce.length} bytes`);
  return provider.sha256(labelBytes(label), Uint8Array.of(0), transcript, ...nonces);
}
