/**
 * The content of an accepted transfer as it arrives: which chunk comes next, whether it is what its
 * hash says, and how far everything is on disk (spec/app-file.md §4, §5).
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_CHUNK_BYTES, FILE_CLAIMS_MAX } from "../../wire/limits.ts";
import { FileHasher, fileLeaf, type HashOutput, leafJob, peakEnds } from "./file-hash.ts";
import type { FileClaim, FileMessage } from "./file-message.ts";
import type { FinishOutput, WriteOutput } from "./file-receiver-output.ts";
import type { Manifest } from "./manifest.ts";
import { bytesBefore, chunkBytes, chunkCount } from "./manifest.ts";

interface Pending {
  readonly file: number;
  /** Chunks of the file that are on disk once this is done; `undefined` for its finish. */
  readonly chunks: number | undefined;
  /** Credit that comes free. */
  length: number;
}

/** What to do now, in this order. `corrupt`: what came is not what its hash says. */
export type IntakeAnswer = readonly (HashOutput | WriteOutput | FinishOutput)[] | "corrupt";

interface Due {
  readonly output: WriteOutput | FinishOutput;
  /** That its content must have, until it was seen to have it. */
  unproven: Uint8Array | undefined;
}

export class FileIntake {
  readonly #provider: CryptoProvider;
  readonly #manifest: Manifest;
  readonly #before: readonly number[];
  readonly #hashers: Map<number, FileHasher>;
  readonly #pending = new Map<number, Pending>();
  /** Chunks that are being hashed, and what must wait for them: bounded by the credit of the channel. */
  readonly #due: Due[] = [];
  readonly #finished = new Set<number>(); // beyond #verified
  #token: number;
  #verified: number;
  #file: number; // the one whose chunks come now
  #written: { readonly file: number; readonly chunk: number };
  /** The first chunk after a resumption may go back to where sender and receiver agree. */
  #mayGoBack = false;

  constructor(options: {
    readonly provider: CryptoProvider;
    readonly manifest: Manifest;
    readonly verified: number;
    readonly firstToken: number;
    /** Of what is on disk already, by file. */
    readonly hashers: Map<number, FileHasher>;
  }) {
    [this.#provider, this.#manifest, this.#hashers] = [options.provider, options.manifest, options.hashers];
    this.#before = bytesBefore(this.#manifest);
    this.#token = options.firstToken;
    this.#verified = this.#pastFolders(options.verified);
    this.#file = this.#verified;
    this.#written = { file: this.#verified, chunk: this.#hashers.get(this.#file)?.chunks ?? 0 };
  }

  /** Entries at the start of the manifest that are whole, checked and finished on disk. */
  get verified(): number {
    return this.#verified;
  }

  /** Everything before this chunk of this file is on disk. */
  get written(): { readonly file: number; readonly chunk: number } {
    return this.#written;
  }

  get bytesWritten(): number {
    const { file, chunk } = this.#written;
    const size = this.#manifest[file]?.size ?? 0;
    return (this.#before[file] ?? 0) + Math.min(size, chunk * FILE_CHUNK_BYTES);
  }

  /** Where to go on, for a new channel: what comes next is the file `first`, less what is claimed. */
  resume(): { readonly first: number; readonly claims: readonly FileClaim[] } {
    this.#mayGoBack = true;
    const claims: FileClaim[] = [];
    for (const [file, { chunks, peaks }] of this.#hashers) {
      if (file >= this.#file && chunks > 0) claims.push({ file, chunks, peaks: [...peaks] });
    }
    claims.sort((a, b) => a.file - b.file);
    return { first: this.#file, claims: claims.slice(0, FILE_CLAIMS_MAX) };
  }

  /**
   * The tree is built of the leaf that the sender names; nothing is written before its content was seen to have it.
   * @throws {WireError} if it is not the chunk that must come
   */
  handleChunk(message: FileMessage & { type: "chunk" }, length: number): IntakeAnswer {
    const { file, chunk, content, leaf } = message;
    const size = this.#manifest[file]?.size ?? 0;
    const hasher = this.#expect(file, chunk);
    if (chunk >= chunkCount(size)) throw new WireError("ERR_VALUE", "chunk beyond the file");
    if (content.length !== chunkBytes(size, chunk)) throw new WireError("ERR_VALUE", "chunk of another size");
    const isLater = this.#provider.hashesFilesLater === true;
    if (!isLater && !bytesEqual(fileLeaf(this.#provider, content), leaf)) return "corrupt";
    const kept = leaf.slice(); // else a view of the whole message would stay with the tree
    hasher.add(kept);
    const token = this.#begin({ file, chunks: hasher.chunks, length });
    const output = { type: "write", token, file, offset: chunk * FILE_CHUNK_BYTES, bytes: content } as const;
    if (!isLater) return [output];
    this.#due.push({ output, unproven: kept });
    return [leafJob(token, content)];
  }

  /** Chunks are written in the order in which they came, whatever the order of the answers. */
  handleHashed(token: number, leaf: Uint8Array): IntakeAnswer {
    const due = this.#due.find(({ output }) => output.token === token);
    if (due?.unproven === undefined) return [];
    if (!bytesEqual(due.unproven, leaf)) return "corrupt";
    due.unproven = undefined;
    return this.#takeProven();
  }

  /** @throws {WireError} if chunks are missing. `corrupt`: the file is not the one that was sent. */
  handleFileEnd(file: number, root: Uint8Array): IntakeAnswer {
    const chunks = chunkCount(this.#manifest[file]?.size ?? 0);
    const hasher = this.#expect(file, chunks);
    if (!bytesEqual(hasher.root(), root)) return "corrupt";
    this.#hashers.delete(file);
    this.#file = this.#pastFolders(file + 1);
    this.#mayGoBack = true; // of the next file too, a part may have been claimed
    const token = this.#begin({ file, chunks: undefined, length: 0 });
    this.#due.push({ output: { type: "finish", token, file }, unproven: undefined });
    return this.#takeProven();
  }

  /** Returns the credit that came free. Late answers of an earlier intake are ignored. */
  handleWritten(token: number): number {
    const pending = this.#pending.get(token);
    if (pending === undefined) return 0;
    this.#pending.delete(token);
    const { file, chunks } = pending;
    const isAhead = file > this.#written.file || (file === this.#written.file && (chunks ?? 0) > this.#written.chunk);
    if (chunks !== undefined) {
      if (isAhead && file === this.#verified) this.#written = { file, chunk: chunks };
      return pending.length;
    }
    this.#finished.add(file);
    while (this.#finished.delete(this.#verified)) {
      this.#verified = this.#pastFolders(this.#verified + 1);
      this.#written = { file: this.#verified, chunk: 0 };
    }
    return pending.length;
  }

  /** The channel is gone: what is still being written owes it nothing. */
  forgetCredit(): void {
    for (const pending of this.#pending.values()) pending.length = 0;
  }

  #expect(file: number, chunk: number): FileHasher {
    if (file !== this.#file || file >= this.#manifest.length) throw new WireError("ERR_UNEXPECTED", `file ${file}`);
    let hasher = this.#hashers.get(file);
    if (hasher === undefined) {
      hasher = new FileHasher(this.#provider);
      this.#hashers.set(file, hasher);
    }
    if (chunk !== hasher.chunks) {
      const isBack = chunk === 0 || peakEnds(hasher.chunks).includes(chunk);
      if (!this.#mayGoBack || chunk > hasher.chunks || !isBack) throw new WireError("ERR_UNEXPECTED", `chunk ${chunk}`);
      hasher.truncate(chunk);
      if (file === this.#written.file) this.#written = { file, chunk: Math.min(chunk, this.#written.chunk) };
    }
    this.#mayGoBack = false;
    return hasher;
  }

  #takeProven(): IntakeAnswer {
    const end = this.#due.findIndex(({ unproven }) => unproven !== undefined);
    return this.#due.splice(0, end < 0 ? this.#due.length : end).map(({ output }) => output);
  }

  #begin(pending: Pending): number {
    this.#pending.set(this.#token, pending);
    return this.#token++;
  }

  #pastFolders(from: number): number {
    let file = from;
    while (this.#manifest[file]?.kind === "folder") file += 1;
    return file;
  }
}
