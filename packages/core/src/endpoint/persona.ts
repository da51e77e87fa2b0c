/**
 * Who we are towards a peer: the device's own identity, or a one-time one for strangers where
 * privacy asks for it. Each has a Noise static and an incarnation of its own, so that nothing
 * links two of them (ADR 4).
 *
 *     incarnation = 12 random bytes, made once a process · u32 how many sessions it has ended
 *
 * With every session that ends here, the incarnation moves on: whoever did not hear of that end, and
 * still holds the session, sees in the next handshake that it is to be another one (spec/session.md §8).
 *
 * @module
 */
import type { CryptoProvider, KeyPair } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { RandomSource } from "../lib/random.ts";
import { INCARNATION_BYTES } from "../session/handshake-payload.ts";

const PROCESS_BYTES = 12;

/** We come as the device's own identity, whoever it is that answers: a guest at a room's door. */
export interface Calling {
  /** Made for the ephemeral key of the hello; `undefined`: strangers are expected there. */
  readonly tag: ((ephemeralKey: Uint8Array) => Uint8Array) | undefined;
}

export interface Persona {
  readonly identity: LocalIdentity;
  /** Made for this process, never stored. */
  readonly staticKeys: KeyPair;
  incarnation: Uint8Array;
}

export function createPersona(provider: CryptoProvider, random: RandomSource, identity: LocalIdentity): Persona {
  return {
    identity,
    staticKeys: provider.x25519Generate(random),
    incarnation: firstIncarnation(random),
  };
}

function firstIncarnation(random: RandomSource): Uint8Array {
  const incarnation = new Uint8Array(INCARNATION_BYTES);
  incarnation.set(random(PROCESS_BYTES));
  return incarnation;
}

/** A session under it ended: handshakes that begin from now on are for others. */
export function moveOn(persona: Persona): void {
  const next = persona.incarnation.slice();
  const ended = new DataView(next.buffer, PROCESS_BYTES);
  ended.setUint32(0, ended.getUint32(0) + 1);
  persona.incarnation = next;
}

/** Which process, in hexadecimal. */
export const processOf = (incarnation: string): string => incarnation.slice(0, 2 * PROCESS_BYTES);

/** Whether both are of one process, and `a` is of an earlier time. */
export const isEarlier = (a: string, b: string): boolean => processOf(a) === processOf(b) && a < b;
