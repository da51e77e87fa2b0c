/**
 * The hash tree of a file (spec/app-file.md §4), computed while its chunks pass by.
 *
 *     leaf(chunk)       = SHA-256("kith/1 file leaf" ‖ chunk)
 *     node(left, right) = SHA-256("kith/1 file node" ‖ left ‖ right)
 *
 * The shape is that of RFC 6962 §2.1: a full tree over the largest power of two of leaves at the
 * left, the rest likewise at the right. The root of no chunk is leaf(""). After n chunks the hasher
 * holds one hash per one-bit of n, its *peaks*, tallest first: enough to go on, and to say what the
 * first n chunks were.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";

export const FILE_HASH_BYTES = 32;

const LEAF = labelBytes(LABEL.fileLeaf);
const NODE = labelBytes(LABEL.fileNode);

/** SHA-256 of the parts, one after the other; answer `handleHashed(token, hash)`. Any number at once, in any order. */
export interface HashOutput {
  readonly type: "hash";
  readonly token: number;
  /** Nobody writes them until it is answered. */
  readonly parts: readonly Uint8Array[];
}

export const leafJob = (token: number, chunk: Uint8Array): HashOutput => ({
  type: "hash",
  token,
  parts: [LEAF, chunk],
});

export const fileLeaf = (provider: CryptoProvider, chunk: Uint8Array): Uint8Array => provider.sha256(LEAF, chunk);

export class FileHasher {
  readonly #provider: CryptoProvider;
  readonly #peaks: Uint8Array[] = [];
  #chunks = 0;

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  /** Chunks added so far. */
  get chunks(): number {
    return this.#chunks;
  }

  /** One hash per one-bit of {@link chunks}, tallest tree first. */
  get peaks(): readonly Uint8Array[] {
    return this.#peaks;
  }

  /** Adds the next chunk by its leaf hash, which it keeps. */
  add(leaf: Uint8Array): void {
    let peak = leaf;
    for (let carry = this.#chunks; carry % 2 === 1; carry = Math.floor(carry / 2)) peak = this.#node(this.#pop(), peak);
    this.#peaks.push(peak);
    this.#chunks += 1;
  }

  /** The root over the chunks so far; more may be added afterwards. */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (let at = this.#peaks.length - 1; at >= 0; at--) {
      const peak = this.#peaks[at];
      if (peak !== undefined) root = root === undefined ? peak : this.#node(peak, root);
    }
    return root ?? fileLeaf(this.#provider, new Uint8Array());
  }

  /** Forgets all but the first `chunks`, which must be 0 or end at one of the {@link peaks}. */
  truncate(chunks: number): void {
    const kept = peakEnds(this.#chunks).indexOf(chunks);
    assert(chunks === 0 || kept >= 0, `no peak ends at ${chunks} of ${this.#chunks}`);
    this.#peaks.length = kept + 1;
    this.#chunks = chunks;
  }

  #node(left: Uint8Array, right: Uint8Array): Uint8Array {
    return this.#provider.sha256(NODE, left, right);
  }

  #pop(): Uint8Array {
    const peak = this.#peaks.pop();
    assert(peak !== undefined, "a peak per one-bit");
    return peak;
  }
}

/** After how many chunks each peak of a tree over `chunks` ends: of 13 (8 + 4 + 1), 8, 12 and 13. */
export function peakEnds(chunks: number): number[] {
  const ends: number[] = [];
  let end = 0;
  for (let size = 2 ** 52; size >= 1; size /= 2) {
    if (Math.floor(chunks / size) % 2 === 0) continue;
    end += size;
    ends.push(end);
  }
  return ends;
}
