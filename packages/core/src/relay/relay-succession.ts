/**
 * How a relay gets another key without becoming another relay (spec/relay.md §8): the old key signs the new one, and
 * whoever pinned one of the old ones follows.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { signWithSeed, verifyWithKey } from "../identity/signed.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Succession } from "./relay-message.ts";

/** `seed`: of the old key. */
export const succession = (provider: CryptoProvider, seed: Secret, next: Uint8Array): Succession => ({
  old: provider.ed25519PublicKey(seed.reveal()),
  next,
  signature: signWithSeed(provider, seed, LABEL.relaySuccessor, next),
});

/**
 * The keys that `current` had before, oldest first. None unless the whole chain holds: each key signed the one after
 * it, none comes twice, and the last is `current`. So a key that was given up leads back to nothing.
 */
export function formerKeys(
  provider: CryptoProvider,
  chain: readonly Succession[],
  current: Uint8Array,
): readonly Uint8Array[] {
  const names = [...chain.map(({ old }) => old), current].map(bytesToHex);
  const isWhole = chain.every(({ next }, index) => bytesToHex(next) === names[index + 1]);
  if (!isWhole || new Set(names).size < names.length) return [];
  const isSigned = chain.every(({ old, next, signature }) =>
    verifyWithKey(provider, old, LABEL.relaySuccessor, signature, next),
  );
  return isSigned ? chain.map(({ old }) => old.slice()) : [];
}
