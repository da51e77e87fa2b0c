/**
 * Reading and hashing of what is on disk, one job after the other: a file to announce, one that was here
 * before a restart, and the chunks that a store says are in a part.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { FILE_HASH_BYTES, type HashOutput } from "../file/file-hash.ts";
import { chunkBytes, chunkCount } from "../file/manifest.ts";
import type { ReadStep } from "../file/ordered-reads.ts";
import { OrderedReads } from "../file/ordered-reads.ts";
import type { ChunkSet } from "./chunk-set.ts";
import { ChunkSet as Chunks } from "./chunk-set.ts";
import { leafOf } from "./leaf-list.ts";
import type { SwarmFileId } from "./swarm-message.ts";
import type { SwarmFailure, SwarmPlace } from "./swarm-output.ts";

export type HashJob = {
  readonly place: SwarmPlace;
  /** Of the whole file. */
  readonly bytes: number;
} & (
  | { readonly kind: "offer"; readonly request: number; readonly name: string }
  | { readonly kind: "again"; readonly file: SwarmFileId }
  /** Which of the claimed chunks are what `leaves` say. */
  | { readonly kind: "check"; readonly file: SwarmFileId; readonly claimed: ChunkSet; readonly leaves: Uint8Array }
);

export type HashResult =
  | { readonly job: HashJob; readonly leaves: Uint8Array; readonly good: ChunkSet }
  | { readonly job: HashJob; readonly failure: SwarmFailure };

export interface HashRead {
  readonly token: number;
  readonly place: SwarmPlace;
  readonly offset: number;
  readonly length: number;
}

interface Work {
  readonly job: HashJob;
  readonly reads: OrderedReads;
  readonly leaves: Uint8Array;
  readonly good: ChunkSet;
  done: number;
}

export class HashWork {
  readonly #provider: CryptoProvider;
  readonly #waiting: HashJob[] = [];
  readonly #results: HashResult[] = [];
  #work: Work | undefined;
  #token = 0;

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  /** Jobs that are under way or wait. */
  get jobs(): readonly HashJob[] {
    return this.#work === undefined ? this.#waiting : [this.#work.job, ...this.#waiting];
  }

  /** Bytes hashed of a job that is under way, 0 for one that waits. */
  bytesDone(job: HashJob): number {
    return this.#work?.job === job ? this.#work.done : 0;
  }

  add(job: HashJob): void {
    const chunks = chunkCount(job.bytes);
    const isNothing = job.kind === "check" ? job.claimed.count === 0 : chunks === 0;
    if (!isNothing) this.#waiting.push(job);
    else this.#results.push({ job, leaves: new Uint8Array(chunks * FILE_HASH_BYTES), good: new Chunks(chunks) });
  }

  /** Forgets jobs, also the one under way; answers to its reads are ignored. */
  cancel(isMeant: (job: HashJob) => boolean): boolean {
    const before = this.jobs.length;
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((job) => !isMeant(job)));
    if (this.#work !== undefined && isMeant(this.#work.job)) this.#end(undefined);
    return this.jobs.length < before;
  }

  handleRead(token: number, bytes: Uint8Array): void {
    if (this.#work === undefined) return;
    this.#work.reads.handleRead(token, bytes);
    this.#take(this.#work);
  }

  handleHashed(token: number, leaf: Uint8Array): void {
    if (this.#work === undefined) return;
    this.#work.reads.handleHashed(token, leaf);
    this.#take(this.#work);
  }

  handleReadFailed(token: number, failure: SwarmFailure): void {
    const work = this.#work;
    if (work === undefined || token < this.#token) return;
    if (work.job.kind === "check")
      this.handleRead(token, new Uint8Array()); // then that chunk is not here
    else this.#end({ job: work.job, failure });
  }

  /** The next read to begin, if there is one. */
  nextRead(): HashRead | undefined {
    this.#work ??= this.#begin();
    const read = this.#work?.reads.next();
    if (this.#work === undefined || read === undefined) return undefined;
    return { token: read.token, place: this.#work.job.place, offset: read.offset, length: read.length };
  }

  /** What was read and is to be hashed; nothing where that is done at once. */
  nextHash(): HashOutput | undefined {
    return this.#work?.reads.nextHash();
  }

  takeResult(): HashResult | undefined {
    return this.#results.shift();
  }

  #begin(): Work | undefined {
    const job = this.#waiting.shift();
    if (job === undefined) return undefined;
    const chunks = chunkCount(job.bytes);
    const steps = job.kind === "check" ? stepsOf(job.bytes, job.claimed) : stepsOf(job.bytes, everyChunk(chunks));
    const hashesLater = this.#provider.hashesFilesLater === true;
    const reads = new OrderedReads(this.#provider, steps, { headroom: 0, firstToken: this.#token, hashesLater });
    return { job, reads, leaves: new Uint8Array(chunks * FILE_HASH_BYTES), good: new Chunks(chunks), done: 0 };
  }

  #take(work: Work): void {
    for (let next = work.reads.take(); next !== undefined; next = work.reads.take()) {
      const { chunk, length } = next.step;
      const isWhole = next.bytes.length === length;
      if (!isWhole && work.job.kind !== "check") {
        this.#end({ job: work.job, failure: "changed" });
        return;
      }
      const { leaf } = next;
      const { job } = work;
      const isGood = isWhole && (job.kind !== "check" || bytesEqual(leaf, leafOf(job.leaves, chunk)));
      if (isGood) work.good.add(chunk);
      work.leaves.set(leaf, chunk * FILE_HASH_BYTES);
      work.done += length;
    }
    if (work.reads.isDone) this.#end({ job: work.job, leaves: work.leaves, good: work.good });
  }

  #end(result: HashResult | undefined): void {
    if (this.#work !== undefined) this.#token = this.#work.reads.nextToken;
    this.#work = undefined;
    if (result !== undefined) this.#results.push(result);
  }
}

function* stepsOf(bytes: number, chunks: Iterable<number>): Generator<ReadStep, void> {
  for (const chunk of chunks) yield { file: 0, chunk, length: chunkBytes(bytes, chunk) };
}

function* everyChunk(count: number): Generator<number, void> {
  for (let chunk = 0; chunk < count; chunk++) yield chunk;
}
