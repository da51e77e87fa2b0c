/** Fills a new array of `length` bytes from a CSPRNG; seeded in tests. The only way core gets chance. */
export type RandomSource = (length: number) => Uint8Array;

/** A number in [0, bound), without modulo bias. `bound` is at most 2^32. */
export function randomBelow(random: RandomSource, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const bytes = random(4);
    const value = (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
    if (value < limit) return value % bound;
  }
}
