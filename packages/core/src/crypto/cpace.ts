/**
 * CPACE-RISTR255-SHA512 (draft-irtf-cfrg-cpace-13 and later, with initiator and responder): two sides
 * that know the same short code agree on a key, and whoever does not know it learns one wrong guess a run.
 *
 *     lv(x)      = varint length of x ‖ x
 *     generator  = oneWayMap(SHA-512(lv(DSI) ‖ lv(PRS) ‖ lv(zeros) ‖ lv(CI) ‖ lv(sid)))   zeros fill a hash block
 *     share      = generator · y
 *     ISK        = SHA-512(lv(DSI_ISK) ‖ lv(sid) ‖ lv(K) ‖ lv(Ya) ‖ lv(ADa) ‖ lv(Yb) ‖ lv(ADb)),  K = otherShare · y
 *
 * PRS is the code, CI what identifies the channel, sid what identifies the run, AD what either side
 * vouches for. Knowing that both sides hold the same ISK needs a confirmation afterwards: trust/pairing.ts.
 *
 * @module
 */
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { assert } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { textToBytes } from "../lib/utf8.ts";
import { Writer } from "../lib/writer.ts";
import type { CryptoProvider } from "./provider.ts";
import { Secret } from "./secret.ts";

export const CPACE_SHARE_BYTES = 32;
export const CPACE_ISK_BYTES = 64;

const DSI = textToBytes("CPaceRistretto255");
const DSI_ISK = textToBytes("CPaceRistretto255_ISK");
/** SHA-512's input block, which the zeros fill so that the code alone makes up the first one. */
const HASH_BLOCK_BYTES = 128;

type RistrettoPoint = InstanceType<typeof ristretto255.Point>;

export interface CpaceStart {
  /** To the other side, 32 bytes. */
  readonly share: Uint8Array;
  /** For {@link cpaceFinish}; wipe it afterwards. */
  readonly scalar: Secret;
}

/** One run's first half. `prs` is the code, which the caller may wipe; use a new start for every try. */
export function cpaceStart(options: {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly prs: Uint8Array;
  readonly ci: Uint8Array;
  readonly sid: Uint8Array;
}): CpaceStart {
  const { provider, random, prs, ci, sid } = options;
  const scalar = sampleScalar(random);
  const share = multiply(cpaceGenerator(provider, prs, ci, sid), scalar).toBytes();
  return { share, scalar: new Secret(scalar) };
}

/**
 * The second half: 64 bytes which both sides share if both knew the code and saw the same shares and
 * associated data. `undefined` for a share that no honest side sends: the run has failed.
 */
export function cpaceFinish(options: {
  readonly provider: CryptoProvider;
  readonly role: "initiator" | "responder";
  readonly sid: Uint8Array;
  readonly scalar: Secret;
  readonly share: Uint8Array;
  readonly ad: Uint8Array;
  readonly remoteShare: Uint8Array;
  readonly remoteAd: Uint8Array;
}): Secret | undefined {
  const { provider, sid, share, ad, remoteShare, remoteAd } = options;
  const key = cpaceSharedPoint(options.scalar.reveal(), remoteShare);
  if (key === undefined) return undefined;
  const transcript =
    options.role === "initiator" ? lv(share, ad, remoteShare, remoteAd) : lv(remoteShare, remoteAd, share, ad);
  const isk = provider.sha512(lv(DSI_ISK, sid, key), transcript);
  key.fill(0);
  return new Secret(isk);
}

/** The draft's calculate_generator. */
export function cpaceGenerator(
  provider: CryptoProvider,
  prs: Uint8Array,
  ci: Uint8Array,
  sid: Uint8Array,
): RistrettoPoint {
  const before = HASH_BLOCK_BYTES - 1 - lv(prs).length - lv(DSI).length;
  const zeros = new Uint8Array(Math.max(0, before));
  const hash = provider.sha512(lv(DSI, prs, zeros, ci, sid));
  const oneWayMap = ristretto255_hasher.deriveToCurve; // RFC 9496 §4.3.4
  assert(oneWayMap !== undefined, "ristretto255 without its map");
  return oneWayMap(hash);
}

/** The draft's scalar_mult_vfy; `undefined` where that gives the neutral element or the point does not decode. */
export function cpaceSharedPoint(scalar: Uint8Array, remoteShare: Uint8Array): Uint8Array | undefined {
  if (remoteShare.length !== CPACE_SHARE_BYTES) return undefined;
  let point: RistrettoPoint;
  try {
    point = ristretto255.Point.fromBytes(remoteShare);
  } catch {
    return undefined; // RFC 9496 §4.3.1: not a canonical encoding
  }
  const shared = multiply(point, scalar);
  return shared.is0() ? undefined : shared.toBytes();
}

/** The draft's sample_scalar: 252 random bits. Zero, which no one will ever see, is drawn again. */
function sampleScalar(random: RandomSource): Uint8Array {
  for (;;) {
    const scalar = random(32).slice();
    scalar[31] = (scalar[31] ?? 0) & 0x0f;
    if (scalar.some((byte) => byte !== 0)) return scalar;
  }
}

function multiply(point: RistrettoPoint, scalar: Uint8Array): RistrettoPoint {
  let value = 0n;
  for (let i = scalar.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(scalar[i] ?? 0);
  assert(value > 0n, "CPace scalar of zero");
  return point.multiply(value % ristretto255.Point.Fn.ORDER);
}

function lv(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.map((part) => new Writer(part.length + 8).varBytes(part).finish()));
}
