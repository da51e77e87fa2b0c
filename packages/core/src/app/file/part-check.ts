/**
 * The receiver's look at what its quarantine holds after a restart: every whole chunk is read and
 * hashed again, so that a part that was damaged meanwhile is not taken for what was received
 * (spec/app-file.md §5). The counterpart of {@link ClaimCheck}.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { FILE_CHUNK_BYTES, FILE_CLAIMS_MAX } from "../../wire/limits.ts";
import { FileHasher } from "./file-hash.ts";
import type { Manifest } from "./manifest.ts";
import { chunkCount } from "./manifest.ts";
import type { ReadStep } from "./ordered-reads.ts";
import { fileSteps } from "./ordered-reads.ts";

export interface PartOnDisk {
  readonly file: number;
  readonly bytes: number;
}

export class PartCheck {
  readonly #provider: CryptoProvider;
  readonly #parts: readonly { readonly file: number; readonly size: number; readonly chunks: number }[];
  /** By file, once every step was taken. */
  readonly hashers: Map<number, FileHasher> = new Map();

  /** Parts of entries before `verified` are whole already; of the others the first {@link FILE_CLAIMS_MAX} count. */
  constructor(provider: CryptoProvider, manifest: Manifest, verified: number, parts: readonly PartOnDisk[]) {
    this.#provider = provider;
    this.#parts = parts
      .map(({ file, bytes }) => ({ file, size: manifest[file]?.size ?? 0, bytes }))
      .filter(({ file, size, bytes }) => file >= verified && bytes <= size)
      .map(({ file, size, bytes }) => ({ file, size, chunks: wholeChunks(bytes, size) }))
      .filter(({ chunks }) => chunks > 0)
      .sort((a, b) => a.file - b.file)
      .slice(0, FILE_CLAIMS_MAX);
  }

  *steps(): Generator<ReadStep, void> {
    for (const { file, size, chunks } of this.#parts) yield* fileSteps(file, size, 0, chunks);
  }

  /** Takes the leaf of each step, in order. One of too short a content is none that the sender will find. */
  take(file: number, leaf: Uint8Array): void {
    const hasher = this.hashers.get(file) ?? new FileHasher(this.#provider);
    this.hashers.set(file, hasher);
    hasher.add(leaf);
  }
}

const wholeChunks = (bytes: number, size: number): number =>
  bytes === size ? chunkCount(size) : Math.floor(bytes / FILE_CHUNK_BYTES);
