/**
 * Sends one offer of files to one peer, over as many channels and processes as it takes
 * (spec/app-file.md).
 *
 *     waiting ──channel──▶ offered ──accept──▶ checking ──▶ sending ──complete──▶ ended
 *        ▲                    │                   │            │                    ▲
 *        └──── channel closed ┴───────────────────┴────────────┘     stop, cancel ──┘
 *
 * The driver executes reads as it likes, several at once; a chunk is hashed once, here, and
 * transmitted in the array it was read into. What the receiver claims to hold is read and hashed
 * again before anything is skipped.
 *
 * @module
 */

import { streamBytes } from "../../channel/message-assembler.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import type { Instant } from "../../lib/time.ts";
import type { WireErrorCode } from "../../lib/wire-error.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { FILE_CHUNK_BYTES, FILE_MANIFEST_PART_BYTES_MAX } from "../../wire/limits.ts";
import type { StoreOutput } from "../store-queue.ts";
import { dropChannelOutputs, StoreQueue } from "../store-queue.ts";
import { ClaimCheck } from "./claim-check.ts";
import { FileHasher, type HashOutput } from "./file-hash.ts";
import type { FileClaim, FileMessage, FileStop, TransferId } from "./file-message.ts";
import { CHUNK_HEADER_BYTES, decodeFileMessage, encodeFileMessage, writeChunkHeader } from "./file-message.ts";
import type { OutgoingRecord } from "./file-record.ts";
import { encodeOutgoing, outgoingKey } from "./file-record.ts";
import { bytesBefore, chunkCount, encodeEntry, encodeManifest, manifestHash, manifestProblem } from "./manifest.ts";
import type { ReadOutput, ReadStep } from "./ordered-reads.ts";
import { OrderedReads, sendSteps } from "./ordered-reads.ts";

/** How a transfer ended. `canResume`: its record was kept, so a new machine may go on where this one stopped. */
export type TransferEnd =
  | { readonly outcome: "complete" }
  | {
      readonly outcome: "stopped";
      readonly reason: FileStop;
      readonly by: "local" | "remote";
      readonly canResume: boolean;
    };

export type FileSenderOutput =
  | StoreOutput
  | ReadOutput
  | HashOutput
  /**
   * One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second.
   * `wasRead`: in the array of a read, which is free once the channel has copied it.
   */
  | { readonly type: "transmit"; readonly bytes: Uint8Array; readonly wasRead?: true }
  /** So many bytes of `handleMessages`, prefixes included, are done with: give their credit back. */
  | { readonly type: "consumed"; readonly bytes: number }
  | { readonly type: "accepted" }
  /** `written` of `total` bytes are on the receiver's disk. */
  | { readonly type: "progress"; readonly written: number; readonly total: number }
  /** The last output: finish the channel, if one is open, and close the files. */
  | ({ readonly type: "ended" } & TransferEnd)
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. */
  | { readonly type: "violation"; readonly code: WireErrorCode };

type Phase =
  | { readonly at: "waiting" }
  | { readonly at: "offered" }
  | { readonly at: "checking"; readonly first: number; readonly check: ClaimCheck; readonly reads: OrderedReads }
  | {
      readonly at: "sending";
      readonly reads: OrderedReads;
      readonly hashers: ReadonlyMap<number, FileHasher>;
      current: { readonly file: number; readonly hasher: FileHasher } | undefined;
    }
  | { readonly at: "ended" };

export class FileSender {
  readonly #provider: CryptoProvider;
  readonly #record: OutgoingRecord;
  readonly #store = new StoreQueue<TransferEnd>({ isPersistent: true });
  readonly #outputs: FileSenderOutput[] = [];
  readonly #messages: Uint8Array[] = []; // the offer, or a stop: few, and before any chunk
  readonly #before: readonly number[]; // bytes before each entry
  readonly #total: number;
  #phase: Phase = { at: "waiting" };
  #isFull = false;
  #token = 0;
  #consumed = 0;
  #written = 0;
  #toldWritten = 0;
  #ending: TransferEnd | undefined;

  /** Of a new offer `isNew` is true, and the record is stored; else it came from `readFileArchive`. */
  constructor(options: {
    readonly provider: CryptoProvider;
    readonly record: OutgoingRecord;
    readonly isNew: boolean;
  }) {
    [this.#provider, this.#record] = [options.provider, options.record];
    const problem = manifestProblem(this.#record.manifest);
    assert(problem === undefined, `manifest: ${problem}`);
    this.#before = bytesBefore(this.#record.manifest);
    this.#total = this.#before.at(-1) ?? 0;
    if (options.isNew) this.#store.put(outgoingKey(this.id), encodeOutgoing(this.#record));
  }

  get id(): TransferId {
    return this.#record.id;
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  get progress(): { readonly written: number; readonly total: number } {
    return { written: this.#written, total: this.#total };
  }

  /** A channel of ours was accepted by the peer: the offer goes out, and what follows. */
  handleChannelOpened(): void {
    this.handleChannelClosed();
    if (this.#phase.at === "ended") return;
    this.#phase = { at: "offered" };
    const encoded = encodeManifest(this.#record.manifest);
    const { id, manifest } = this.#record;
    const hash = manifestHash(this.#provider, encoded);
    this.#transmit({ type: "offer", id, entries: manifest.length, bytes: this.#total, manifestHash: hash });
    let [part, count] = [new Writer(1_024), 0];
    const flush = (): void => {
      if (count > 0) this.#transmit({ type: "entries", count, encoded: part.finish() });
      [part, count] = [new Writer(1_024), 0];
    };
    for (const entry of manifest) {
      const alone = new Writer(128);
      encodeEntry(alone, entry);
      if (part.length + alone.length > FILE_MANIFEST_PART_BYTES_MAX) flush();
      part.bytes(alone.finish());
      count += 1;
    }
    flush();
  }

  handleChannelClosed(): void {
    dropChannelOutputs(this.#outputs);
    this.#messages.length = 0;
    this.#consumed = 0;
    this.#isFull = false;
    if (this.#phase.at === "ended") return;
    this.#abandonReads();
    this.#phase = { at: "waiting" };
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(): void {
    this.#isFull = true;
  }

  /** The channel has taken the kept message. */
  handleWritable(): void {
    this.#isFull = false;
  }

  /** Messages of the open channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) {
      if (this.#phase.at === "waiting" || this.#phase.at === "ended") return;
      this.#consumed += streamBytes(bytes.length);
      try {
        this.#receive(decodeFileMessage(bytes));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.handleChannelClosed();
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
  }

  /** The array asked for, which is ours from now on; shorter only if the file has become so. Late answers are ignored. */
  handleRead(token: number, bytes: Uint8Array): void {
    const phase = this.#phase;
    if (phase.at !== "checking" && phase.at !== "sending") return;
    if (!phase.reads.handleRead(token, bytes)) this.#stop("changed");
  }

  /** The answer to a `hash`. Late ones are ignored. */
  handleHashed(token: number, leaf: Uint8Array): void {
    const phase = this.#phase;
    if (phase.at === "checking" || phase.at === "sending") phase.reads.handleHashed(token, leaf);
  }

  /** `changed`: it is not the file that was offered; `unreadable`: anything else. */
  handleReadFailed(token: number, reason: "changed" | "unreadable"): void {
    const phase = this.#phase;
    if (phase.at !== "checking" && phase.at !== "sending") return;
    if (phase.reads.handleRead(token, new Uint8Array())) return; // of an earlier channel
    this.#stop(reason);
  }

  /** A person gives up. Does nothing once ended. */
  cancel(): void {
    if (this.#phase.at !== "ended") this.#stop("cancelled");
  }

  /** Whether a restart would go on with it as it is. */
  get isKept(): boolean {
    return !this.#store.isDirty && !this.#store.isBusy;
  }

  handleStored(token: number): void {
    this.#store.stored(token);
    for (const end of this.#store.takeDone()) this.#ending = end;
  }

  handleStoreFailed(token: number, now: Instant): void {
    this.#store.failed(token, now);
  }

  handleTimeout(now: Instant): void {
    this.#store.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    return this.#store.nextTimeout();
  }

  poll(): FileSenderOutput | undefined {
    if (this.#outputs.length === 0) this.#fill();
    return this.#outputs.shift();
  }

  #fill(): void {
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
    if (this.#consumed > 0) this.#outputs.push({ type: "consumed", bytes: this.#consumed });
    this.#consumed = 0;
    if (this.#written !== this.#toldWritten) this.#outputs.push({ type: "progress", ...this.progress });
    this.#toldWritten = this.#written;
    if (this.#phase.at === "checking") this.#check(this.#phase);
    if (this.#phase.at === "sending") this.#beginReads(this.#phase.reads);
    if (this.#isFull) return;
    const message = this.#messages.shift();
    if (message !== undefined) this.#outputs.push({ type: "transmit", bytes: message });
    else if (this.#phase.at === "sending") this.#send(this.#phase);
    else if (this.#ending !== undefined) this.#outputs.push({ type: "ended", ...this.#ending });
    if (message === undefined) this.#ending = undefined;
  }

  #check(phase: Phase & { at: "checking" }): void {
    this.#beginReads(phase.reads);
    for (let next = phase.reads.take(); next !== undefined; next = phase.reads.take()) {
      phase.check.take(next.step.file, next.leaf);
    }
    this.#beginReads(phase.reads);
    if (!phase.reads.isDone) return;
    this.#token = phase.reads.nextToken;
    const { hashers } = phase.check;
    const starts = new Map([...hashers].map(([file, hasher]) => [file, hasher.chunks]));
    const steps = sendSteps(this.#record.manifest, phase.first, starts);
    this.#phase = { at: "sending", reads: this.#reads(steps), hashers, current: undefined };
  }

  /** One message, so that a channel that becomes full takes no second one. */
  #send(phase: Phase & { at: "sending" }): void {
    const next = phase.reads.take();
    if (next === undefined) return;
    const { file, chunk, length } = next.step;
    if (phase.current?.file !== file) {
      phase.current = { file, hasher: phase.hashers.get(file) ?? new FileHasher(this.#provider) };
    }
    const { hasher } = phase.current;
    if (length === 0) {
      this.#outputs.push({
        type: "transmit",
        bytes: encodeFileMessage({ type: "fileEnd", file, root: hasher.root() }),
      });
      return;
    }
    hasher.add(next.leaf);
    writeChunkHeader(next.bytes, file, chunk, next.leaf);
    this.#outputs.push({ type: "transmit", bytes: next.bytes, wasRead: true });
  }

  #receive(message: FileMessage): void {
    switch (message.type) {
      case "accept":
        if (this.#phase.at !== "offered") throw unexpected(message);
        this.#accept(message.first, message.claims);
        break;
      case "written":
        if (this.#phase.at !== "checking" && this.#phase.at !== "sending") throw unexpected(message);
        this.#written = Math.max(this.#written, this.#position(message.file, message.chunk));
        break;
      case "complete":
        // At any time: a receiver that says so before it has everything deceives itself.
        this.#written = this.#total;
        this.#end({ outcome: "complete" });
        break;
      case "stop":
        this.#end({ outcome: "stopped", reason: message.reason, by: "remote", canResume: canResume(message.reason) });
        break;
      default:
        throw unexpected(message);
    }
  }

  #accept(first: number, claims: readonly FileClaim[]): void {
    const { manifest } = this.#record;
    if (first > manifest.length) throw new WireError("ERR_VALUE", "more files than were offered");
    for (const { file, chunks } of claims) {
      const entry = manifest[file];
      if (entry?.kind !== "file" || chunks > chunkCount(entry.size)) throw new WireError("ERR_VALUE", "claim");
    }
    this.#written = Math.max(this.#written, this.#position(first, 0));
    const check = new ClaimCheck(this.#provider, manifest, claims);
    this.#phase = { at: "checking", first, check, reads: this.#reads(check.steps()) };
    this.#outputs.push({ type: "accepted" });
  }

  /** Bytes before chunk `chunk` of entry `file`. @throws {WireError} if there is no such place. */
  #position(file: number, chunk: number): number {
    const { manifest } = this.#record;
    const size = manifest[file]?.size ?? 0;
    if (file > manifest.length || chunk > chunkCount(size)) throw new WireError("ERR_VALUE", "place beyond the files");
    return (this.#before[file] ?? 0) + Math.min(chunk * FILE_CHUNK_BYTES, size);
  }

  #reads(steps: Iterator<ReadStep>): OrderedReads {
    return new OrderedReads(this.#provider, steps, {
      ...{ headroom: CHUNK_HEADER_BYTES, firstToken: this.#token },
      hashesLater: this.#provider.hashesFilesLater === true,
    });
  }

  #beginReads(reads: OrderedReads): void {
    for (let hash = reads.nextHash(); hash !== undefined; hash = reads.nextHash()) this.#outputs.push(hash);
    for (let read = reads.next(); read !== undefined; read = reads.next()) this.#outputs.push(read);
  }

  #abandonReads(): void {
    if (this.#phase.at === "checking" || this.#phase.at === "sending") this.#token = this.#phase.reads.nextToken;
  }

  #stop(reason: FileStop): void {
    const hasChannel = this.#phase.at !== "waiting";
    this.#end({ outcome: "stopped", reason, by: "local", canResume: canResume(reason) });
    if (hasChannel) this.#transmit({ type: "stop", reason });
  }

  #end(end: TransferEnd): void {
    this.#abandonReads();
    this.#phase = { at: "ended" };
    this.#messages.length = 0;
    if (end.outcome === "stopped" && end.canResume) {
      this.#ending = end;
      return;
    }
    this.#store.delete(outgoingKey(this.id));
    this.#store.whenStored(end);
  }

  #transmit(message: Exclude<FileMessage, { type: "chunk" }>): void {
    this.#messages.push(encodeFileMessage(message));
  }
}

/** Whether a later try may go on with what is there. */
export const canResume = (reason: FileStop): boolean =>
  reason === "diskFull" ||
  reason === "notPermitted" ||
  reason === "unreadable" ||
  reason === "tooMany" ||
  reason === "failed";

const unexpected = (message: FileMessage): WireError =>
  new WireError("ERR_UNEXPECTED", `${message.type} in this state`);
