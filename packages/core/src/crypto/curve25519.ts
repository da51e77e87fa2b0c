/**
 * X25519 and Ed25519 of a {@link CryptoProvider} over a library's curve. What is judged, a signature and a shared secret,
 * is judged here, once, so that two libraries cannot come to two verdicts (spec/identity.md §3).
 *
 * @module
 */
import { sha512 } from "@noble/hashes/sha2.js";
import { assert } from "../lib/assert.ts";
import { bytesEqual, concatBytes, isAllZero } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { isAdmissibleSignature } from "./ed25519-rule.ts";
import type { CryptoProvider, KeyPair } from "./provider.ts";

export type Ed25519 = Pick<CryptoProvider, "ed25519PublicKey" | "ed25519Sign" | "ed25519Verify">;
export type Curve25519 = Ed25519 & Pick<CryptoProvider, "x25519Generate" | "x25519PublicKey" | "x25519">;

/** A point of the Edwards curve, as noble's libraries have it. Nothing here is secret, so that time may tell. */
export interface EdwardsPoint<P> {
  multiplyUnsafe(scalar: bigint): P;
  subtract(other: P): P;
  toBytes(): Uint8Array;
}

export interface EdwardsLibrary<P extends EdwardsPoint<P>> {
  readonly base: P;
  /** Throws for what is no point of the curve. */
  readonly pointFromBytes: (bytes: Uint8Array) => P;
  readonly publicKey: (seed: Uint8Array) => Uint8Array;
  readonly sign: (message: Uint8Array, seed: Uint8Array) => Uint8Array;
}

export interface CurveLibrary<P extends EdwardsPoint<P>> extends EdwardsLibrary<P> {
  readonly x25519: {
    getPublicKey(secretKey: Uint8Array): Uint8Array;
    /** May throw for a point of low order. */
    scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  };
}

/** L, the order of the base point. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

export function curve25519Over<P extends EdwardsPoint<P>>(library: CurveLibrary<P>): Curve25519 {
  const { x25519 } = library;
  return {
    ...ed25519Over(library),

    x25519Generate(random: RandomSource): KeyPair {
      const secretKey = random(32);
      return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
    },

    x25519PublicKey: (secretKey) => x25519.getPublicKey(secretKey),

    x25519(secretKey, theirs) {
      assert(secretKey.length === 32 && theirs.length === 32, "X25519 keys have 32 bytes");
      try {
        const shared = x25519.scalarMult(secretKey, theirs);
        return isAllZero(shared) ? undefined : shared;
      } catch {
        return undefined; // noble throws for a point of low order, its only failure with 32 + 32 bytes
      }
    },
  };
}

export function ed25519Over<P extends EdwardsPoint<P>>(library: EdwardsLibrary<P>): Ed25519 {
  const { base, pointFromBytes, publicKey, sign } = library;
  return {
    ed25519PublicKey: (seed) => publicKey(seed),

    ed25519Sign: (seed, message) => sign(message, seed),

    ed25519Verify: (key, message, signature) => isAdmissibleSignature(key, signature) && holds(key, message, signature),
  };

  /** Whether [S]B - [k]A encodes to R. The libraries' own `verify` multiplies by the cofactor, see ed25519-rule.ts. */
  function holds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const r = signature.subarray(0, 32);
    try {
      const a = pointFromBytes(key);
      const s = littleEndian(signature.subarray(32)); // admissible: below L
      const k = littleEndian(sha512(concatBytes(r, key, message))) % ORDER;
      return bytesEqual(base.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r);
    } catch {
      return false; // the key is not a point of the curve
    }
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
