/**
 * {@link CryptoProvider} over the noble libraries: the same on every platform, 10 to 50 times slower
 * than native code, and the only one the core itself can name (docs/adr/0002).
 *
 * @module
 */
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { curve25519Over } from "./curve25519.ts";
import { nobleBase } from "./noble-base.ts";
import type { Argon2Cost, CryptoProvider } from "./provider.ts";

export const nobleProvider: CryptoProvider = {
  ...nobleBase,

  ...curve25519Over({
    base: ed25519.Point.BASE,
    pointFromBytes: (bytes) => ed25519.Point.fromBytes(bytes),
    publicKey: (seed) => ed25519.getPublicKey(seed),
    sign: (message, seed) => ed25519.sign(message, seed),
    x25519,
  }),

  argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost, length: number): Uint8Array {
    return argon2id(passphrase, salt, { m: cost.memoryKiB, t: cost.passes, p: cost.lanes, dkLen: length });
  },
};
