/**
 * All chance of a simulated world, from one seed: the same seed gives the same world. Streams are
 * forked by name, so that one part drawing more numbers changes nothing for the others.
 *
 * sfc32 by Chris Doty-Humphrey (PractRand): fast, and good enough for weather. Never for secrets.
 *
 * @module
 */
import type { RandomSource } from "@kith/core";

export class SimRandom {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#name = seed;
    [this.#a, this.#b, this.#c] = [hash(seed, 0x9e3779b9), hash(seed, 0x243f6a88), hash(seed, 0xb7e15162)];
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** As a core machine wants it. */
  get source(): RandomSource {
    return (length) => this.bytes(length);
  }

  /** Another stream, which depends on the seed and the name alone. */
  fork(name: string): SimRandom {
    return new SimRandom(`${this.#name}/${name}`);
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  float(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }

  /** A new array. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.u32();
      bytes[i] = word;
      if (i + 1 < length) bytes[i + 1] = word >>> 8;
      if (i + 2 < length) bytes[i + 2] = word >>> 16;
      if (i + 3 < length) bytes[i + 3] = word >>> 24;
    }
    return bytes;
  }
}

/** FNV-1a with a finish of MurmurHash3, over the text's code units. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
