/**
 * The one rule for an Ed25519 signature (spec/identity.md §3). Libraries disagree on crafted ones:
 * RFC 8032 lets a verifier multiply by the cofactor or not, and says nothing about small-order keys.
 * Two verifiers that differ would fork a signed log, so ours accept exactly this:
 *
 *     A   32 bytes, y < p, not one of the small-order points
 *     R   the first 32 bytes of the signature, the same
 *     S   the last 32, S < L
 *     and [S]B = R + [k]A without the cofactor, k = SHA-512(R ‖ A ‖ message) mod L
 *
 * This file checks what the bytes alone show. The equation is the provider's; it MUST compare the
 * encoding of [S]B - [k]A with R, which OpenSSL does and noble's own `verify` does not. A small-order
 * R is out although its maker must hold the key: newer Nodes refuse one by themselves, older ones do not.
 *
 * See Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), for the crafted cases.
 *
 * @module
 */

const P = 2n ** 255n - 19n;
const FIELD = littleEndian(P);

/** L, the order of the base point. */
const ORDER = littleEndian(2n ** 252n + 27742317777372353535851937790883648493n);

/** y of a point of order 8; the signs of x and of y make the other three. */
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** y of every point whose order divides 8: orders 4, 1, 2, 8, 8. Either sign of x. */
const SMALL_ORDER_Y = [0n, 1n, P - 1n, Y8, P - Y8].map(littleEndian);

/** Whether lengths, ranges and encodings are as the rule wants. Total; cheap next to the equation. */
export function isAdmissibleSignature(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !isBelow(signature.subarray(32), ORDER, 0xff)) return false;
  return isAdmissiblePoint(publicKey) && isAdmissiblePoint(signature.subarray(0, 32));
}

/**
 * What the bytes of a point show: 32 of them, y < p, not of small order, and so no "negative zero"
 * either, for x is 0 at small-order points only. It may still be off the curve.
 */
export function isAdmissiblePoint(point: Uint8Array): boolean {
  return point.length === 32 && isBelow(point, FIELD, 0x7f) && !SMALL_ORDER_Y.some((y) => hasY(point, y));
}

/** Whether `bytes`, its last byte masked, is below `bound`; both little-endian, 32 bytes. All of it is public. */
function isBelow(bytes: Uint8Array, bound: Uint8Array, lastMask: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const digit = (bytes[i] ?? 0) & (i === 31 ? lastMask : 0xff);
    const limit = bound[i] ?? 0;
    if (digit !== limit) return digit < limit;
  }
  return false;
}

function hasY(point: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (point[i] !== y[i]) return false;
  return ((point[31] ?? 0) & 0x7f) === y[31];
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return bytes;
}
