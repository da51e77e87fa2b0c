/** Identities for who has nothing but sessions: with the platform's chance, and noble's curves. */
import { identityFromSeed as fromSeed, type LocalIdentity, nobleSessionProvider, Secret } from "@kith/core";

const SEED_BYTES = 32;

/** A new one. What to keep of it, where nobody else can read it, is `identity.seed.reveal()`. */
export const createIdentity = (): LocalIdentity => identityFromSeed(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));

/** One that was kept; copies the seed, which has 32 bytes. */
export const identityFromSeed = (seed: Uint8Array): LocalIdentity =>
  fromSeed(nobleSessionProvider, new Secret(seed.slice()));
