/**
 * What the ciphersuite BLS12-381-SHA-256 of BBS is made of (draft-irtf-cfrg-bbs-signatures §6, §7): hashing to
 * scalars, and bytes to points and back. Every point that is read is on the curve, of the prime-order subgroup,
 * not the identity, and in its one compressed form; every scalar is from 1 to r - 1.
 *
 * @module
 */
import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { textToBytes } from "../lib/utf8.ts";
import { Writer } from "../lib/writer.ts";

export const BBS_POINT_BYTES = 48;
export const BBS_SCALAR_BYTES = 32;

/** Uniform bytes that are taken modulo r: ceil((255 + 128) / 8), so that no scalar is likelier than another. */
const EXPAND_BYTES = 48;

const SUITE_ID = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_";
const API_ID = `${SUITE_ID}H2G_HM2S_`;
export const API_ID_BYTES: Uint8Array = textToBytes(API_ID);

/** Domain separation, one for each use. */
export const DST: Readonly<Record<"keyGen" | "hashToScalar" | "message" | "generatorSeed" | "generator", Uint8Array>> =
  {
    keyGen: textToBytes(`${API_ID}KEYGEN_DST_`),
    hashToScalar: textToBytes(`${API_ID}H2S_`),
    message: textToBytes(`${API_ID}MAP_MSG_TO_SCALAR_AS_HASH_`),
    generatorSeed: textToBytes(`${API_ID}SIG_GENERATOR_SEED_`),
    generator: textToBytes(`${API_ID}SIG_GENERATOR_DST_`),
  };

export type Point = InstanceType<typeof bls12_381.G1.Point>;
export type PublicPoint = InstanceType<typeof bls12_381.G2.Point>;

/** Arithmetic modulo r, the order of the groups. */
export const scalars: typeof bls12_381.fields.Fr = bls12_381.fields.Fr;

export const expand = (message: Uint8Array, dst: Uint8Array): Uint8Array =>
  expand_message_xmd(message, dst, EXPAND_BYTES, sha256);

/** The draft's hash_to_scalar. */
export const hashToScalar = (message: Uint8Array, dst: Uint8Array): bigint =>
  scalars.create(toNumber(expand(message, dst)));

/** A uniform scalar from 1 to r - 1. */
export function randomScalar(random: RandomSource): bigint {
  for (;;) {
    const scalar = scalars.create(toNumber(random(EXPAND_BYTES)));
    if (scalar !== 0n) return scalar;
  }
}

/** 32 bytes, big-endian; `undefined` for 0 and for what is not below r. */
export function readScalar(bytes: Uint8Array): bigint | undefined {
  assert(bytes.length === BBS_SCALAR_BYTES, `scalar of ${bytes.length} bytes`);
  const scalar = toNumber(bytes);
  return scalar > 0n && scalar < scalars.ORDER ? scalar : undefined;
}

/** A point of G1; `undefined` for the identity and for anything that is not its one encoding. */
export function readPoint(bytes: Uint8Array): Point | undefined {
  assert(bytes.length === BBS_POINT_BYTES, `point of ${bytes.length} bytes`);
  try {
    const point = bls12_381.G1.Point.fromBytes(bytes); // checks range, curve equation and subgroup
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}

/** A point of G2, of 96 bytes; the same rule. */
export function readPublicPoint(bytes: Uint8Array): PublicPoint | undefined {
  if (bytes.length !== 2 * BBS_POINT_BYTES) return undefined;
  try {
    const point = bls12_381.G2.Point.fromBytes(bytes);
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}

export const publicPointOf = (secretKey: bigint): PublicPoint => bls12_381.G2.Point.BASE.multiply(secretKey);

/** The draft's `serialize`: points of G1 as 48 bytes, scalars as 32, counts and indexes as 8. */
export class Serial {
  readonly #writer = new Writer(1_024);

  points(points: readonly Point[]): this {
    for (const point of points) this.#writer.bytes(pointToBytes(point));
    return this;
  }

  scalars(values: readonly bigint[]): this {
    for (const value of values) this.#writer.bytes(scalarToBytes(value));
    return this;
  }

  count(value: number): this {
    this.#writer.u64(value);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#writer.bytes(bytes);
    return this;
  }

  /** With its length as 8 bytes before it. */
  sized(bytes: Uint8Array): this {
    return this.count(bytes.length).bytes(bytes);
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

export const scalarToBytes = (scalar: bigint): Uint8Array => toBytes(scalar, BBS_SCALAR_BYTES);

/**
 * A point that we computed, compressed: x, and three flags before it. As noble's own `toBytes` without its subgroup
 * check, which takes longer than the rest and says of a sum of checked points what is known.
 */
function pointToBytes(point: Point): Uint8Array {
  if (point.is0()) return point.toBytes();
  const { x, y } = point.toAffine();
  const bytes = toBytes(x, BBS_POINT_BYTES);
  const isLarger = 2n * y > bls12_381.fields.Fp.ORDER;
  bytes[0] = (bytes[0] ?? 0) | COMPRESSED | (isLarger ? LARGER_Y : 0);
  return bytes;
}

const COMPRESSED = 0x80;
const LARGER_Y = 0x20;

/** Whether e(a, w) · e(b, -generator of G2) is one: a pairing of each, and one exponentiation for both. */
export function arePaired(a: Point, w: PublicPoint, b: Point): boolean {
  if (a.is0() || b.is0()) return false; // noble pairs no identity, and no honest signature has one
  const product = bls12_381.pairingBatch([
    { g1: a, g2: w },
    { g1: b.negate(), g2: bls12_381.G2.Point.BASE },
  ]);
  return bls12_381.fields.Fp12.eql(product, bls12_381.fields.Fp12.ONE);
}

function toBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function toNumber(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
