/** Pays tolls, in Node and in a page. */
import { searchToll } from "@kith/core";

const SLICE = 65_536;

/** How many milliseconds each took. */
export function payTolls(count: number, bits: number): number[] {
  return Array.from({ length: count }, () => {
    const challenge = crypto.getRandomValues(new Uint8Array(32));
    const started = performance.now();
    for (let from = 0; searchToll(challenge, bits, from, SLICE) === undefined; ) from += SLICE;
    return performance.now() - started;
  });
}
