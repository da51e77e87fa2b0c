/**
 * The generators that a BBS signature commits with, sums over them, and the domain that binds a signature to key,
 * number of messages and header (draft-irtf-cfrg-bbs-signatures §4.1, §4.2).
 *
 *     commitment = P1 + Q1 · domain + H1 · message 1 + … + HL · message L
 *
 * Nobody knows a relation between them: each is hashed to the curve.
 *
 * @module
 */
import { interleavedMSMUnsafe } from "@noble/curves/abstract/curve.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { hexToBytes } from "../lib/hex.ts";
import type { RandomSource } from "../lib/random.ts";
import { textToBytes } from "../lib/utf8.ts";
import { FROZEN_POINTS } from "./bbs-frozen-points.ts";
import {
  API_ID_BYTES,
  DST,
  expand,
  hashToScalar,
  type Point,
  randomScalar,
  readPoint,
  Serial,
  scalars,
} from "./bbs-suite.ts";

/** Most messages of one signature. The tables for them are made once. */
export const BBS_MESSAGES_MAX = 32;

/** Odd multiples kept of each generator: a wider window adds less and costs twice the table. */
const WINDOW_BITS = 5;

const P1_HEX = "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9";

export interface Generators {
  /** P1, Q1, H1 to HL: in the order of the scalars that {@link Generators.sum} takes. */
  readonly points: readonly Point[];
  /** Q1 and the others, as the domain hashes them. */
  readonly encoded: Uint8Array;
  /** The first generators times these scalars. For scalars that everybody may know: how long it takes depends on them. */
  sum(factors: readonly bigint[]): Point;
}

/** Those for `count` messages; made once and kept. */
export function generatorsFor(count: number): Generators {
  assert(count >= 0 && count <= BBS_MESSAGES_MAX, `${count} messages`);
  const known = made.get(count);
  if (known !== undefined) return known;
  const points = [firstPoint(), ...hashedPoints(count + 1)];
  const multiply = interleavedMSMUnsafe(bls12_381.G1.Point, [...points], WINDOW_BITS);
  const encoded = new Serial().points(points.slice(1)).finish();
  const fresh = { points, encoded, sum: (factors: readonly bigint[]) => multiply([...factors]) };
  made.set(count, fresh);
  return fresh;
}

/**
 * As {@link Generators.sum} for secret scalars: each is cut into two random parts, so that what a run takes tells
 * nothing of the whole.
 */
export function secretSum(generators: Generators, factors: readonly bigint[], random: RandomSource): Point {
  const masks = factors.map(() => randomScalar(random));
  const rest = factors.map((factor, i) => scalars.sub(factor, masks[i] ?? 0n));
  return generators.sum(masks).add(generators.sum(rest));
}

/** The draft's calculate_domain; everybody knows what goes into it. */
export function domainOf(publicKey: Uint8Array, generators: Generators, header: Uint8Array): bigint {
  const serial = new Serial()
    .bytes(publicKey)
    .count(generators.points.length - 2)
    .bytes(generators.encoded);
  return hashToScalar(serial.bytes(API_ID_BYTES).sized(header).finish(), DST.hashToScalar);
}

const made = new Map<number, Generators>();

function firstPoint(): Point {
  const point = readPoint(hexToBytes(P1_HEX));
  assert(point !== undefined, "BBS without its first point");
  return point;
}

/** The draft's create_generators: a chain of hashes, each link of it hashed to the curve. The first ones are known. */
function hashedPoints(count: number): Point[] {
  const points = FROZEN_POINTS.slice(0, count).map(([x, y]) =>
    bls12_381.G1.Point.fromAffine({ x: BigInt(`0x${x}`), y: BigInt(`0x${y}`) }),
  );
  for (const link of links(count).slice(points.length)) points.push(hashedPoint(link));
  return points;
}

export const hashedPoint = (link: Uint8Array): Point => bls12_381.G1.hashToCurve(link, { DST: DST.generator });

/** What the first `count` points are hashed from. */
export function links(count: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  let link = expand(concatBytes(API_ID_BYTES, textToBytes("MESSAGE_GENERATOR_SEED")), DST.generatorSeed);
  for (let i = 1; i <= count; i++) {
    link = expand(new Serial().bytes(link).count(i).finish(), DST.generatorSeed);
    all.push(link);
  }
  return all;
}
