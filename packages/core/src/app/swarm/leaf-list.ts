/**
 * The leaf hashes of a file that somebody else has: from one partner, in order, and believed only when all
 * of them together give the root that the file is named after (spec/app-swarm.md §5).
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { FILE_HASH_BYTES, FileHasher } from "../file/file-hash.ts";

export class LeafList {
  readonly #leaves: Uint8Array;
  #count = 0;

  constructor(chunks: number) {
    this.#leaves = new Uint8Array(chunks * FILE_HASH_BYTES);
  }

  /** The first leaf that is missing. */
  get next(): number {
    return this.#count;
  }

  get isWhole(): boolean {
    return this.#count * FILE_HASH_BYTES === this.#leaves.length;
  }

  /** Leaves from {@link next} on. False if there are more than the file has. */
  add(leaves: Uint8Array): boolean {
    if (this.#count * FILE_HASH_BYTES + leaves.length > this.#leaves.length) return false;
    this.#leaves.set(leaves, this.#count * FILE_HASH_BYTES);
    this.#count += leaves.length / FILE_HASH_BYTES;
    return true;
  }

  /** All leaves one after the other, if `root` is over them. */
  verified(provider: CryptoProvider, root: Uint8Array): Uint8Array | undefined {
    return bytesEqual(rootOfLeaves(provider, this.#leaves), root) ? this.#leaves : undefined;
  }
}

export function rootOfLeaves(provider: CryptoProvider, leaves: Uint8Array): Uint8Array {
  const hasher = new FileHasher(provider);
  for (let at = 0; at < leaves.length; at += FILE_HASH_BYTES) hasher.add(leaves.subarray(at, at + FILE_HASH_BYTES));
  return hasher.root();
}

export const leafOf = (leaves: Uint8Array, chunk: number): Uint8Array =>
  leaves.subarray(chunk * FILE_HASH_BYTES, (chunk + 1) * FILE_HASH_BYTES);
