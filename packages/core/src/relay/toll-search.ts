/**
 * Pays a toll: finds a counter so that SHA-256(challenge ‖ u64 counter) begins with enough zero bits (spec/relay.md §4).
 *
 * The 40 bytes are one block of SHA-256 (FIPS 180-4), of which only two words change from try to try, and of the hash
 * only the first word is looked at. So this is the compression function with everything that depends on the challenge
 * alone, the first eight rounds, done once, and with loops that a compiler turns into plain integer code. It is no hash for anything else.
 *
 * A search is cut into slices by the caller, so that a page, or an event loop, stays alive.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";

const K = Int32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
const IV = Int32Array.from([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const COUNTER_HIGH = 8;
const COUNTER_LOW = 9;

/**
 * The first counter in [from, from + tries) that pays, or `undefined`. `bits`: at most 32. `from + tries` is a safe integer;
 * a slice does not cross a multiple of 2^32.
 */
export function searchToll(challenge: Uint8Array, bits: number, from: number, tries: number): number | undefined {
  assert(challenge.length === 32, `a challenge of ${challenge.length} bytes`);
  assert(bits >= 0 && bits <= 32, `a toll of ${bits} bits`);
  const [high, low] = [Math.floor(from / 2 ** 32), from % 2 ** 32];
  assert(Number.isSafeInteger(from + tries) && low + tries <= 2 ** 32, "a slice of counters");
  if (bits === 0) return tries > 0 ? from : undefined;
  const words = new Int32Array(64);
  const view = new DataView(challenge.buffer, challenge.byteOffset, 32);
  for (let i = 0; i < 8; i++) words[i] = view.getInt32(4 * i);
  words[COUNTER_HIGH] = high;
  words[10] = 0x80000000; // the end of what is hashed
  words[15] = 320; // its length in bits
  const found = searchLow(words, afterChallenge(words), bits, low, low + tries);
  return found < 0 ? undefined : high * 2 ** 32 + found;
}

/** The state once the words of the challenge went in. */
function afterChallenge(words: Int32Array): Int32Array {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = IV;
  for (let i = 0; i < COUNTER_HIGH; i++) {
    const t = (h + bigSigma1(e) + (g ^ (e & (f ^ g))) + (K[i] ?? 0) + (words[i] ?? 0)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    const next = (t + bigSigma0(a) + ((a & b) ^ (c & (a ^ b)))) | 0;
    d = c;
    c = b;
    b = a;
    a = next;
  }
  return Int32Array.of(a, b, c, d, e, f, g, h);
}

/** Tries every low half in [from, end) and returns the first that pays, or -1. */
function searchLow(words: Int32Array, state: Int32Array, bits: number, from: number, end: number): number {
  const mask = -1 << (32 - bits);
  const [w, kw] = [words, new Int32Array(64)]; // the schedule, and with the constant of each round
  for (let i = 8; i < 16; i++) kw[i] = ((K[i] ?? 0) + (w[i] ?? 0)) | 0;
  for (let low = from; low < end; low++) {
    w[COUNTER_LOW] = low;
    kw[COUNTER_LOW] = ((K[COUNTER_LOW] ?? 0) + low) | 0;
    for (let i = 16; i < 64; i++) {
      const p = w[i - 2] ?? 0;
      const q = w[i - 15] ?? 0;
      const sigma1 = ((p >>> 17) | (p << 15)) ^ ((p >>> 19) | (p << 13)) ^ (p >>> 10);
      const sigma0 = ((q >>> 7) | (q << 25)) ^ ((q >>> 18) | (q << 14)) ^ (q >>> 3);
      const word = (sigma1 + (w[i - 7] ?? 0) + sigma0 + (w[i - 16] ?? 0)) | 0;
      w[i] = word;
      kw[i] = ((K[i] ?? 0) + word) | 0;
    }
    // The round of FIPS 180-4 §6.2.2, eight times with the names moved on instead of the values. Without the `| 0` of the
    // first line of each the engine takes them for floating point: twice as slow.
    let a = (state[0] ?? 0) | 0;
    let b = (state[1] ?? 0) | 0;
    let c = (state[2] ?? 0) | 0;
    let d = (state[3] ?? 0) | 0;
    let e = (state[4] ?? 0) | 0;
    let f = (state[5] ?? 0) | 0;
    let g = (state[6] ?? 0) | 0;
    let h = (state[7] ?? 0) | 0;
    for (let i = 8; i < 64; i += 8) {
      h =
        (h +
          (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
          (g ^ (e & (f ^ g))) +
          (kw[i] ?? 0)) |
        0;
      d = (d + h) | 0;
      h =
        (h +
          (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
          ((a & b) ^ (c & (a ^ b)))) |
        0;
      g =
        (g +
          (((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7))) +
          (f ^ (d & (e ^ f))) +
          (kw[i + 1] ?? 0)) |
        0;
      c = (c + g) | 0;
      g =
        (g +
          (((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10))) +
          ((h & a) ^ (b & (h ^ a)))) |
        0;
      f =
        (f +
          (((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7))) +
          (e ^ (c & (d ^ e))) +
          (kw[i + 2] ?? 0)) |
        0;
      b = (b + f) | 0;
      f =
        (f +
          (((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10))) +
          ((g & h) ^ (a & (g ^ h)))) |
        0;
      e =
        (e +
          (((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7))) +
          (d ^ (b & (c ^ d))) +
          (kw[i + 3] ?? 0)) |
        0;
      a = (a + e) | 0;
      e =
        (e +
          (((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10))) +
          ((f & g) ^ (h & (f ^ g)))) |
        0;
      d =
        (d +
          (((a >>> 6) | (a << 26)) ^ ((a >>> 11) | (a << 21)) ^ ((a >>> 25) | (a << 7))) +
          (c ^ (a & (b ^ c))) +
          (kw[i + 4] ?? 0)) |
        0;
      h = (h + d) | 0;
      d =
        (d +
          (((e >>> 2) | (e << 30)) ^ ((e >>> 13) | (e << 19)) ^ ((e >>> 22) | (e << 10))) +
          ((e & f) ^ (g & (e ^ f)))) |
        0;
      c =
        (c +
          (((h >>> 6) | (h << 26)) ^ ((h >>> 11) | (h << 21)) ^ ((h >>> 25) | (h << 7))) +
          (b ^ (h & (a ^ b))) +
          (kw[i + 5] ?? 0)) |
        0;
      g = (g + c) | 0;
      c =
        (c +
          (((d >>> 2) | (d << 30)) ^ ((d >>> 13) | (d << 19)) ^ ((d >>> 22) | (d << 10))) +
          ((d & e) ^ (f & (d ^ e)))) |
        0;
      b =
        (b +
          (((g >>> 6) | (g << 26)) ^ ((g >>> 11) | (g << 21)) ^ ((g >>> 25) | (g << 7))) +
          (a ^ (g & (h ^ a))) +
          (kw[i + 6] ?? 0)) |
        0;
      f = (f + b) | 0;
      b =
        (b +
          (((c >>> 2) | (c << 30)) ^ ((c >>> 13) | (c << 19)) ^ ((c >>> 22) | (c << 10))) +
          ((c & d) ^ (e & (c ^ d)))) |
        0;
      a =
        (a +
          (((f >>> 6) | (f << 26)) ^ ((f >>> 11) | (f << 21)) ^ ((f >>> 25) | (f << 7))) +
          (h ^ (f & (g ^ h))) +
          (kw[i + 7] ?? 0)) |
        0;
      e = (e + a) | 0;
      a =
        (a +
          (((b >>> 2) | (b << 30)) ^ ((b >>> 13) | (b << 19)) ^ ((b >>> 22) | (b << 10))) +
          ((b & c) ^ (d & (b ^ c)))) |
        0;
    }
    if (((a + (IV[0] ?? 0)) & mask) === 0) return low;
  }
  return -1;
}

const bigSigma0 = (x: number): number => ((x >>> 2) | (x << 30)) ^ ((x >>> 13) | (x << 19)) ^ ((x >>> 22) | (x << 10));
const bigSigma1 = (x: number): number => ((x >>> 6) | (x << 26)) ^ ((x >>> 11) | (x << 21)) ^ ((x >>> 25) | (x << 7));
