/**
 * Who we are towards a peer: the device's own identity, or a one-time one for strangers where
 * privacy asks for it. Each has a Noise static and an incarnation of its own, so that nothing
 * links two of them (DESIGN §4.2, §4.3).
 *
 * @module
 */
import type { CryptoProvider, KeyPair } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { RandomSource } from "../lib/random.ts";
import { INCARNATION_BYTES } from "../session/handshake-payload.ts";

export interface Persona {
  readonly identity: LocalIdentity;
  /** Made for this process, never stored. */
  readonly staticKeys: KeyPair;
  readonly incarnation: Uint8Array;
}

export function createPersona(provider: CryptoProvider, random: RandomSource, identity: LocalIdentity): Persona {
  return {
    identity,
    staticKeys: provider.x25519Generate(random),
    incarnation: random(INCARNATION_BYTES).slice(),
  };
}
