/**
 * The sender's check of what a resuming receiver says it holds: its own file is read and hashed,
 * and compared peak by peak (spec/app-file.md §5). What agrees need not be sent again.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { FileHasher, peakEnds } from "./file-hash.ts";
import type { FileClaim } from "./file-message.ts";
import type { Manifest } from "./manifest.ts";
import type { ReadStep } from "./ordered-reads.ts";
import { fileSteps } from "./ordered-reads.ts";

export class ClaimCheck {
  readonly #provider: CryptoProvider;
  readonly #manifest: Manifest;
  readonly #claims: readonly FileClaim[];
  readonly #hashers = new Map<number, FileHasher>();
  readonly #broken = new Set<number>();

  /** The claims fit the manifest: files, not folders, of at least so many chunks. */
  constructor(provider: CryptoProvider, manifest: Manifest, claims: readonly FileClaim[]) {
    [this.#provider, this.#manifest, this.#claims] = [provider, manifest, claims];
  }

  /** What to read. The rest of a file that has already differed is left out. */
  *steps(): Generator<ReadStep, void> {
    for (const { file, chunks } of this.#claims) {
      const size = this.#manifest[file]?.size ?? 0;
      for (const step of fileSteps(file, size, 0, chunks)) {
        if (this.#broken.has(file)) break;
        yield step;
      }
    }
  }

  /** Takes the leaf of each step, in order. */
  take(file: number, leaf: Uint8Array): void {
    const claim = this.#claims.find((candidate) => candidate.file === file);
    if (claim === undefined || this.#broken.has(file)) return;
    const hasher = this.#hashers.get(file) ?? new FileHasher(this.#provider);
    this.#hashers.set(file, hasher);
    hasher.add(leaf);
    const ends = peakEnds(claim.chunks);
    const at = ends.indexOf(hasher.chunks);
    const [claimed, ours] = [claim.peaks[at], hasher.peaks[at]];
    if (at < 0 || (claimed !== undefined && ours !== undefined && bytesEqual(claimed, ours))) return;
    this.#broken.add(file);
    hasher.truncate(ends[at - 1] ?? 0);
  }

  /** After the last step: the hashers to go on with, by file; each has the chunks that agreed. */
  get hashers(): ReadonlyMap<number, FileHasher> {
    return this.#hashers;
  }
}
