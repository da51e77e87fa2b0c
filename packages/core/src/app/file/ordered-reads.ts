/**
 * Reads of file content that run ahead, several at once, and come back in order, each with its leaf hash. Bounded by
 * `FILE_IO_MAX` reads and `FILE_IO_BYTES_MAX` bytes, whether under way, being hashed or waiting to be taken.
 *
 * @module
 */

import type { CryptoProvider } from "../../crypto/provider.ts";
import { FILE_CHUNK_BYTES, FILE_IO_BYTES_MAX, FILE_IO_MAX } from "../../wire/limits.ts";
import { fileLeaf, type HashOutput, leafJob } from "./file-hash.ts";
import type { Manifest } from "./manifest.ts";
import { chunkBytes, chunkCount } from "./manifest.ts";

/** A chunk to read; or, with `length` 0, the place after the last chunk of a file. */
export interface ReadStep {
  readonly file: number;
  readonly chunk: number;
  readonly length: number;
}

/**
 * Read `length` bytes at `offset` of the manifest's entry `file` into a new array, after `headroom`
 * bytes of room, and answer `handleRead(token, array)`; any number at once, in any order.
 */
export interface ReadOutput {
  readonly type: "read";
  readonly token: number;
  readonly file: number;
  readonly offset: number;
  readonly length: number;
  readonly headroom: number;
}

interface Slot {
  readonly step: ReadStep;
  readonly token: number;
  bytes: Uint8Array | undefined;
  leaf: Uint8Array | undefined;
}

export class OrderedReads {
  readonly #provider: CryptoProvider;
  readonly #hashesLater: boolean;
  readonly #steps: Iterator<ReadStep>;
  readonly #headroom: number;
  readonly #slots: Slot[] = [];
  readonly #unhashed: Slot[] = []; // of the slots, those that were read
  #waiting: ReadStep | undefined;
  #isAtEnd = false;
  #bytes = 0;
  #token: number;

  /** Tokens count up from `firstToken`: give each instance of a machine its own range. */
  constructor(
    provider: CryptoProvider,
    steps: Iterator<ReadStep>,
    options: {
      readonly headroom: number;
      readonly firstToken: number;
      /** Whoever has it carries out {@link nextHash}. */
      readonly hashesLater: boolean;
    },
  ) {
    [this.#provider, this.#steps, this.#hashesLater] = [provider, steps, options.hashesLater];
    this.#headroom = options.headroom;
    this.#token = options.firstToken;
  }

  /** Whether every step was taken. */
  get isDone(): boolean {
    return this.#isAtEnd && this.#slots.length === 0;
  }

  /** First token that was not used. */
  get nextToken(): number {
    return this.#token;
  }

  /** What was read and is to be hashed; nothing where that is done at once. */
  nextHash(): HashOutput | undefined {
    const slot = this.#unhashed.shift();
    return slot?.bytes && leafJob(slot.token, slot.bytes.subarray(this.#headroom));
  }

  /** The next read to begin, if there is room for one. */
  next(): ReadOutput | undefined {
    for (;;) {
      const step = this.#waiting ?? this.#advance();
      this.#waiting = step;
      if (step === undefined || this.#slots.length >= FILE_IO_MAX) return undefined;
      if (this.#bytes > 0 && this.#bytes + step.length > FILE_IO_BYTES_MAX) return undefined;
      this.#waiting = undefined;
      this.#bytes += step.length;
      if (step.length === 0) {
        this.#slots.push({ step, token: -1, bytes: NONE, leaf: NONE });
        continue;
      }
      const token = this.#token++;
      this.#slots.push({ step, token, bytes: undefined, leaf: undefined });
      const { file, chunk, length } = step;
      return { type: "read", token, file, offset: chunk * FILE_CHUNK_BYTES, length, headroom: this.#headroom };
    }
  }

  /** False when fewer bytes came than were asked for: the file is shorter than it was. Unknown tokens count as fine. */
  handleRead(token: number, bytes: Uint8Array): boolean {
    const slot = this.#slots.find((candidate) => candidate.token === token);
    if (slot === undefined) return true;
    slot.bytes = bytes;
    if (this.#hashesLater) this.#unhashed.push(slot);
    return bytes.length === this.#headroom + slot.step.length;
  }

  /** The answer to a {@link HashOutput}. Unknown tokens are of an earlier channel. */
  handleHashed(token: number, leaf: Uint8Array): void {
    const slot = this.#slots.find((candidate) => candidate.token === token);
    if (slot !== undefined) slot.leaf = leaf;
  }

  /** The next step whose content is there, headroom included, and hashed; each once, in order. */
  take(): { readonly step: ReadStep; readonly bytes: Uint8Array; readonly leaf: Uint8Array } | undefined {
    const [slot] = this.#slots;
    if (slot?.bytes === undefined) return undefined;
    const { step, bytes } = slot;
    const leaf =
      slot.leaf ?? (this.#hashesLater ? undefined : fileLeaf(this.#provider, bytes.subarray(this.#headroom)));
    if (leaf === undefined) return undefined;
    this.#slots.shift();
    this.#bytes -= step.length;
    return { step, bytes, leaf };
  }

  #advance(): ReadStep | undefined {
    if (this.#isAtEnd) return undefined;
    const result = this.#steps.next();
    if (result.done !== true) return result.value;
    this.#isAtEnd = true;
    return undefined;
  }
}

const NONE = new Uint8Array();

/** Every chunk from `first` on, each file from the chunk that `starts` names, or its beginning, with its end. */
export function* sendSteps(
  manifest: Manifest,
  first: number,
  starts: ReadonlyMap<number, number>,
): Generator<ReadStep, void> {
  for (const [file, entry] of manifest.entries()) {
    if (file < first || entry.kind === "folder") continue;
    yield* fileSteps(file, entry.size, starts.get(file) ?? 0, chunkCount(entry.size));
    yield { file, chunk: chunkCount(entry.size), length: 0 };
  }
}

/** The chunks `from` to `to` of one file of `size` bytes. */
export function* fileSteps(file: number, size: number, from: number, to: number): Generator<ReadStep, void> {
  for (let chunk = from; chunk < to; chunk++) yield { file, chunk, length: chunkBytes(size, chunk) };
}
