/**
 * {@link CryptoProvider} for who has sessions and nothing else, as light as it can be (docs/adr/0034): Ed25519 of
 * `@noble/ed25519`, X25519 by noble's ladder, and no Argon2id, for there is no passphrase. Whoever pairs needs CPace's
 * group, and so noble's whole curve: that is `nobleProvider`, which comes to the same verdicts.
 *
 * @module
 */

import { pow } from "@noble/curves/abstract/modular.js";
import { montgomery } from "@noble/curves/abstract/montgomery.js";
import { Point } from "@noble/ed25519";
import { curve25519Over } from "./curve25519.ts";
import { nobleBase } from "./noble-base.ts";
import { nobleEd25519 } from "./noble-ed25519.ts";
import type { CryptoProvider } from "./provider.ts";

const { p: FIELD, n: ORDER } = Point.CURVE();

const x25519 = montgomery({
  P: FIELD,
  type: "x25519",
  powPminus2: inverse,
  /** RFC 7748 §5. */
  adjustScalarBytes(bytes: Uint8Array): Uint8Array {
    bytes[0] = (bytes[0] ?? 0) & 248;
    bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
    return bytes;
  },
  /** On the Edwards curve, whose multiples of the base are remembered: u = (Z + Y) / (Z - Y). */
  scalarMultBase(scalar: bigint): bigint {
    const multiple = scalar % ORDER;
    if (multiple === 0n) return 0n; // no clamped one that anybody finds; refused there
    const { Y, Z } = Point.BASE.multiply(multiple);
    return (Z + Y) * inverse((Z - Y + FIELD) % FIELD);
  },
});

export const nobleSessionProvider: CryptoProvider = {
  ...nobleBase,

  ...curve25519Over({ ...nobleEd25519, x25519 }),

  argon2id(): Uint8Array {
    throw new Error("argon2id: not here; nobleProvider has it");
  },
};

function inverse(value: bigint): bigint {
  return pow(value, FIELD - 2n, FIELD);
}
