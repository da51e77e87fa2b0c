/**
 * BBS signatures, ciphersuite BLS12-381-SHA-256 (draft-irtf-cfrg-bbs-signatures): an issuer signs a list of
 * messages once; who has the signature proves that some of them were signed, hides the others, and no two
 * proofs tell that they come from one signature (docs/adr/0032).
 *
 *     secret key = 32 B scalar                    public key = 96 B point of G2
 *     signature  = 48 B point A · 32 B scalar e   proof      = 3 × 48 B points · 4 × 32 B scalars · 32 B a hidden message
 *
 * The pairing curve is much program: only `@kith/core/credential` leads here, never the main door, so that an
 * application's first load has none of it.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import type { RandomSource } from "../lib/random.ts";
import { Writer } from "../lib/writer.ts";
import { BBS_MESSAGES_MAX, domainOf, generatorsFor } from "./bbs-generators.ts";
import { areAscending, checkProof, makeProof } from "./bbs-proof.ts";
import { BBS_SIGNATURE_BYTES } from "./bbs-sizes.ts";
import {
  arePaired,
  BBS_POINT_BYTES,
  BBS_SCALAR_BYTES,
  DST,
  hashToScalar,
  type Point,
  publicPointOf,
  readPoint,
  readPublicPoint,
  readScalar,
  Serial,
  scalars,
  scalarToBytes,
} from "./bbs-suite.ts";
import type { KeyPair } from "./provider.ts";

export const BBS_SECRET_KEY_BYTES: number = BBS_SCALAR_BYTES;
/** The draft's key_material. */
export const BBS_KEY_MATERIAL_BYTES_MIN = 32;

/** The draft's operations. Nothing keeps a reference to its arguments; whatever is refused looks the same. */
export interface Bbs {
  /** From at least 32 secret random bytes; the same material and info give the same pair. */
  keyGen(keyMaterial: Uint8Array, keyInfo: Uint8Array): KeyPair;
  /** Whether these are the bytes of a key: canonical, of the subgroup, not the identity. */
  isPublicKey(publicKey: Uint8Array): boolean;
  /** 80 bytes over `header`, which every proof shows, and at most 32 messages of any length. */
  sign(keys: KeyPair, header: Uint8Array, messages: readonly Uint8Array[]): Uint8Array;
  /** Total: false for anything malformed. */
  verify(publicKey: Uint8Array, signature: Uint8Array, header: Uint8Array, messages: readonly Uint8Array[]): boolean;
  /** A proof for a signature that {@link Bbs.verify} takes; of another it proves nothing, and asserts if it cannot be read. */
  proofGen(statement: BbsStatement, random: RandomSource): Uint8Array;
  /** Total: false for anything malformed. The number of messages is that which the proof has room for. */
  proofVerify(claim: BbsClaim, proof: Uint8Array): boolean;
}

export interface BbsStatement {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly header: Uint8Array;
  /** What this one proof is for; whoever checks it gives the same. */
  readonly presentationHeader: Uint8Array;
  readonly messages: readonly Uint8Array[];
  /** Places of the messages that are shown, from 0, ascending. */
  readonly shown: readonly number[];
}

export interface BbsClaim {
  readonly publicKey: Uint8Array;
  readonly header: Uint8Array;
  readonly presentationHeader: Uint8Array;
  /** Place and message of each that is shown, ascending by place. */
  readonly shown: readonly (readonly [number, Uint8Array])[];
}

/** Over noble's BLS12-381, anywhere. */
export const nobleBbs: Bbs = {
  keyGen(keyMaterial: Uint8Array, keyInfo: Uint8Array): KeyPair {
    assert(keyMaterial.length >= BBS_KEY_MATERIAL_BYTES_MIN, `key material of ${keyMaterial.length} bytes`);
    const input = new Writer().bytes(keyMaterial).u16(keyInfo.length).bytes(keyInfo).finish();
    const secret = hashToScalar(input, DST.keyGen);
    assert(secret !== 0n, "BBS key of zero");
    return { secretKey: scalarToBytes(secret), publicKey: publicPointOf(secret).toBytes() };
  },

  isPublicKey: (publicKey: Uint8Array): boolean => readPublicPoint(publicKey) !== undefined,

  sign(keys: KeyPair, header: Uint8Array, messages: readonly Uint8Array[]): Uint8Array {
    assert(keys.secretKey.length === BBS_SECRET_KEY_BYTES, "BBS secret key of another length");
    const secret = readScalar(keys.secretKey);
    assert(secret !== undefined, "no BBS secret key");
    const numbers = messages.map(messageToScalar);
    const generators = generatorsFor(messages.length);
    const domain = domainOf(keys.publicKey, generators, header);
    const e = hashToScalar(new Serial().scalars([secret, ...numbers, domain]).finish(), DST.hashToScalar);
    const sum = scalars.add(secret, e);
    assert(sum !== 0n, "BBS signature of a negated key"); // 1 in 2^255: the draft returns INVALID
    const a = generators.sum([1n, domain, ...numbers]).multiply(scalars.inv(sum));
    return new Serial().points([a]).scalars([e]).finish();
  },

  verify(publicKey: Uint8Array, signature: Uint8Array, header: Uint8Array, messages: readonly Uint8Array[]): boolean {
    const w = readPublicPoint(publicKey);
    const read = readSignature(signature);
    if (w === undefined || read === undefined || messages.length > BBS_MESSAGES_MAX) return false;
    const { a, e } = read;
    const generators = generatorsFor(messages.length);
    const domain = domainOf(publicKey, generators, header);
    const commitment = generators.sum([1n, domain, ...messages.map(messageToScalar)]);
    // e(A, W + e·G2) = e(commitment, G2), with e moved to the first group, where it is cheap.
    return arePaired(a, w, commitment.subtract(a.multiply(e)));
  },

  proofGen(statement: BbsStatement, random: RandomSource): Uint8Array {
    const { signature, messages, shown, ...rest } = statement;
    const read = readSignature(signature);
    assert(read !== undefined, "no BBS signature");
    assert(areAscending(shown, messages.length), "places of what is shown not ascending");
    return makeProof({ ...rest, ...read, messages: messages.map(messageToScalar), shown }, random);
  },

  proofVerify(claim: BbsClaim, proof: Uint8Array): boolean {
    const shown = claim.shown.map(([place, message]): [number, bigint] => [place, messageToScalar(message)]);
    return checkProof({ ...claim, shown }, proof);
  },
};

const messageToScalar = (message: Uint8Array): bigint => hashToScalar(message, DST.message);

/** The draft's octets_to_signature. */
function readSignature(signature: Uint8Array): { a: Point; e: bigint } | undefined {
  if (signature.length !== BBS_SIGNATURE_BYTES) return undefined;
  const a = readPoint(signature.subarray(0, BBS_POINT_BYTES));
  const e = readScalar(signature.subarray(BBS_POINT_BYTES));
  return a === undefined || e === undefined ? undefined : { a, e };
}
