/**
 * Proofs of a BBS signature: that its holder has one by this key over this header, with these messages at these
 * places, and nothing else (draft-irtf-cfrg-bbs-signatures §3.5.3, §3.5.4, §3.6.3, §3.6.4).
 *
 *     D    = commitment · r2          Abar = A · r1r2          Bbar = D · r1 - Abar · e
 *     T1   = Abar · e~ + D · r1~      T2   = D · r3~ + sum of H · m~ over the hidden messages
 *     c    = hash of what is shown, the points, the domain and the presentation header
 *
 * Every proof draws all of its scalars anew, so that two have nothing in common but what they show.
 *
 * @module
 */
import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import type { RandomSource } from "../lib/random.ts";
import { BBS_MESSAGES_MAX, domainOf, type Generators, generatorsFor, secretSum } from "./bbs-generators.ts";
import {
  arePaired,
  BBS_POINT_BYTES,
  BBS_SCALAR_BYTES,
  DST,
  hashToScalar,
  type Point,
  randomScalar,
  readPoint,
  readPublicPoint,
  readScalar,
  Serial,
  scalars,
} from "./bbs-suite.ts";

/** Three points and four scalars; each hidden message adds a scalar. */
export const BBS_PROOF_BYTES_MIN: number = 3 * BBS_POINT_BYTES + 4 * BBS_SCALAR_BYTES;

interface Commitments {
  readonly abar: Point;
  readonly bbar: Point;
  readonly d: Point;
  readonly t1: Point;
  readonly t2: Point;
}

export interface ProofInput {
  readonly publicKey: Uint8Array;
  readonly header: Uint8Array;
  readonly presentationHeader: Uint8Array;
  readonly a: Point;
  readonly e: bigint;
  readonly messages: readonly bigint[];
  /** Places of the messages that are shown, ascending. */
  readonly shown: readonly number[];
}

/** The draft's CoreProofGen. */
export function makeProof(input: ProofInput, random: RandomSource): Uint8Array {
  const { messages, shown, e } = input;
  const generators = generatorsFor(messages.length);
  const hidden = placesBut(shown, messages.length);
  const draw = (): bigint => randomScalar(random);
  const [r1, r2, eMask, r1Mask, r3Mask] = [draw(), draw(), draw(), draw(), draw()];
  const masks = hidden.map(draw);

  const domain = domainOf(input.publicKey, generators, input.header);
  const d = secretSum(generators, [1n, domain, ...messages], random).multiply(r2);
  const abar = input.a.multiply(scalars.mul(r1, r2));
  const bbar = d.multiply(r1).subtract(abar.multiply(e));
  const t1 = abar.multiply(eMask).add(d.multiply(r1Mask));
  const t2 = d.multiply(r3Mask).add(secretSum(generators, spread(hidden, masks, messages.length), random));

  const told = shown.map((place): [number, bigint] => [place, messages[place] ?? 0n]);
  const c = challengeOf({ abar, bbar, d, t1, t2 }, told, domain, input.presentationHeader);
  const answers = [
    scalars.add(eMask, scalars.mul(e, c)),
    scalars.sub(r1Mask, scalars.mul(r1, c)),
    scalars.sub(r3Mask, scalars.mul(scalars.inv(r2), c)),
    ...hidden.map((place, i) => scalars.add(masks[i] ?? 0n, scalars.mul(messages[place] ?? 0n, c))),
  ];
  return new Serial().points([abar, bbar, d]).scalars(answers).scalars([c]).finish();
}

export interface ProofClaim {
  readonly publicKey: Uint8Array;
  readonly header: Uint8Array;
  readonly presentationHeader: Uint8Array;
  /** Place and message, ascending. */
  readonly shown: readonly (readonly [number, bigint])[];
}

/** The draft's CoreProofVerify. How many messages there are follows from the length of the proof. */
export function checkProof(claim: ProofClaim, proof: Uint8Array): boolean {
  const { shown, publicKey } = claim;
  const rest = proof.length - BBS_PROOF_BYTES_MIN;
  const count = rest / BBS_SCALAR_BYTES + shown.length;
  if (rest < 0 || !Number.isInteger(count) || count > BBS_MESSAGES_MAX) return false;
  const places = shown.map(([place]) => place);
  if (!areAscending(places, count)) return false;

  const w = readPublicPoint(publicKey);
  const [abar, bbar, d] = [0, 1, 2].map((i) =>
    readPoint(proof.subarray(i * BBS_POINT_BYTES, (i + 1) * BBS_POINT_BYTES)),
  );
  const numbers = readScalars(proof.subarray(3 * BBS_POINT_BYTES));
  if (!w || !abar || !bbar || !d || !numbers) return false;
  const [eAnswer = 0n, r1Answer = 0n, r3Answer = 0n] = numbers;
  const answers = numbers.slice(3, -1);
  const c = numbers.at(-1) ?? 0n;

  const generators = generatorsFor(count);
  const domain = domainOf(publicKey, generators, claim.header);
  const t1 = mulAddUnsafe(bls12_381.G1.Point, [bbar, abar, d], [c, eAnswer, r1Answer]);
  const factors = spread(placesBut(places, count), answers, count);
  factors[0] = c;
  factors[1] = scalars.mul(domain, c);
  for (const [place, message] of shown) factors[place + 2] = scalars.mul(message, c);
  const t2 = generators.sum(factors).add(d.multiply(r3Answer));

  if (challengeOf({ abar, bbar, d, t1, t2 }, shown, domain, claim.presentationHeader) !== c) return false;
  return arePaired(abar, w, bbar);
}

/** The draft's ProofChallengeCalculate. */
function challengeOf(
  { abar, bbar, d, t1, t2 }: Commitments,
  shown: ProofClaim["shown"],
  domain: bigint,
  presentationHeader: Uint8Array,
): bigint {
  const serial = new Serial().count(shown.length);
  for (const [place, message] of shown) serial.count(place).scalars([message]);
  serial.points([abar, bbar, d, t1, t2]).scalars([domain]).sized(presentationHeader);
  return hashToScalar(serial.finish(), DST.hashToScalar);
}

/** `values` at the places of hidden messages, 0 at every other: as {@link Generators.sum} takes them, P1 and Q1 first. */
function spread(places: readonly number[], values: readonly bigint[], count: number): bigint[] {
  const factors = new Array<bigint>(count + 2).fill(0n);
  for (const [i, place] of places.entries()) factors[place + 2] = values[i] ?? 0n;
  return factors;
}

const placesBut = (shown: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, place) => place).filter((place) => !shown.includes(place));

export const areAscending = (places: readonly number[], count: number): boolean =>
  places.every((place, i) => Number.isInteger(place) && place > (places[i - 1] ?? -1) && place < count);

function readScalars(bytes: Uint8Array): bigint[] | undefined {
  const numbers: bigint[] = [];
  for (let at = 0; at < bytes.length; at += BBS_SCALAR_BYTES) {
    const scalar = readScalar(bytes.subarray(at, at + BBS_SCALAR_BYTES));
    if (scalar === undefined) return undefined;
    numbers.push(scalar);
  }
  return numbers;
}
