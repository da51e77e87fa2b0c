/**
 * Leaves of single chunks, in whatever order they are asked for: made at once by the provider, or, where that hashes
 * files later, as jobs. Whoever asks bounds how many there are.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { fileLeaf, type HashOutput, leafJob } from "../file/file-hash.ts";

export class LeafWork<About> {
  readonly #provider: CryptoProvider;
  readonly #begun = new Map<number, About>();
  readonly #jobs: HashOutput[] = [];
  #token = 0;

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  get size(): number {
    return this.#begun.size;
  }

  /** Whether such a one is being hashed, or is to be. */
  has(isMeant: (about: About) => boolean): boolean {
    for (const about of this.#begun.values()) if (isMeant(about)) return true;
    return false;
  }

  /** The leaf; `undefined`: it comes later, and {@link take} gives `about` back. */
  leaf(chunk: Uint8Array, about: About): Uint8Array | undefined {
    if (this.#provider.hashesFilesLater !== true) return fileLeaf(this.#provider, chunk);
    const token = this.#token++;
    this.#begun.set(token, about);
    this.#jobs.push(leafJob(token, chunk));
    return undefined;
  }

  /** The next one to carry out; each once. */
  next(): HashOutput | undefined {
    return this.#jobs.shift();
  }

  take(token: number): About | undefined {
    const about = this.#begun.get(token);
    this.#begun.delete(token);
    return about;
  }
}
