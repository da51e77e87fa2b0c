/**
 * Receives one offer of files from one peer, over as many channels and processes as it takes
 * (spec/app-file.md).
 *
 *     offered ──accept──▶ preparing ──▶ checking ──▶ receiving ──▶ placing ──▶ done
 *                             (what is on disk already is hashed again)
 *
 * Channels come and go beside these states; on each the sender makes its offer first. Content goes to
 * a quarantine, each chunk checked and hashed once, and to its place when everything is there.
 *
 * @module
 */
import { streamBytes } from "../../channel/message-assembler.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { assert } from "../../lib/assert.ts";
import type { Instant, WallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { dropChannelOutputs, StoreQueue } from "../store-queue.ts";
import { FileIntake, type IntakeAnswer } from "./file-intake.ts";
import type { FileMessage, FileStop, TransferId } from "./file-message.ts";
import { decodeFileMessage, encodeFileMessage } from "./file-message.ts";
import type { FileReceiverOutput } from "./file-receiver-output.ts";
import type { IncomingRecord } from "./file-record.ts";
import { doneKey, encodeDone, encodeVerified, manifestKey, verifiedKey } from "./file-record.ts";
import type { TransferEnd } from "./file-sender.ts";
import { canResume } from "./file-sender.ts";
import type { Manifest } from "./manifest.ts";
import { bytesBefore, encodeManifest, safePaths } from "./manifest.ts";
import { OfferReader } from "./offer-reader.ts";
import { OrderedReads } from "./ordered-reads.ts";
import type { PartOnDisk } from "./part-check.ts";
import { PartCheck } from "./part-check.ts";

type Phase =
  | { readonly at: "new" }
  | { readonly at: "offered"; readonly manifest: Manifest }
  | { readonly at: "accepting" | "preparing"; readonly manifest: Manifest }
  | { readonly at: "checking"; readonly check: PartCheck; readonly reads: OrderedReads }
  | { readonly at: "receiving"; readonly intake: FileIntake }
  | { readonly at: "placing"; readonly manifest: Manifest }
  | { readonly at: "done" }
  | { readonly at: "ended" };

type Effect = "accepted" | "placed" | { readonly recorded: number } | TransferEnd;

export interface FileReceiverOptions {
  readonly provider: CryptoProvider;
  readonly id: TransferId;
  /** From `readFileArchive`: an accepted transfer to go on with, or that it was completed; else `undefined`. */
  readonly restored: IncomingRecord | "done" | undefined;
}

export class FileReceiver {
  readonly id: TransferId;
  readonly #provider: CryptoProvider;
  readonly #store = new StoreQueue<Effect>({ isPersistent: true });
  readonly #outputs: FileReceiverOutput[] = [];
  readonly #messages: Uint8Array[] = [];
  #phase: Phase;
  #manifest: Manifest = [];
  #before: readonly number[] = [];
  #acceptedAt: WallTime | undefined;
  /** The open channel: still in the offer, or past it. */
  #channel: { readonly offer: OfferReader } | "offered" | undefined;
  /** Whether the offer of this channel was answered with an accept. */
  #isWelcomed = false;
  #isFull = false;
  #verified = 0; //  entries at the start that are whole and on disk
  #token = 0;
  #consumed = 0;
  #toldWritten = -1;
  #ending: TransferEnd | undefined;

  constructor(options: FileReceiverOptions) {
    [this.#provider, this.id] = [options.provider, options.id];
    const { restored } = options;
    if (restored === "done") this.#phase = { at: "done" };
    else if (restored === undefined) this.#phase = { at: "new" };
    else {
      this.#adopt(restored.manifest);
      [this.#acceptedAt, this.#verified] = [restored.acceptedAt, restored.verified];
      const { manifest } = restored;
      this.#phase = { at: "preparing", manifest };
      if (restored.verified === manifest.length) this.#place();
      else this.#prepare();
    }
  }

  /** Nothing more is needed of the sender. */
  get #isWhole(): boolean {
    return this.#phase.at === "placing" || this.#phase.at === "done" || this.#phase.at === "ended";
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** What is offered; empty before the offer is whole. */
  get manifest(): Manifest {
    return this.#manifest;
  }

  get progress(): { readonly written: number; readonly total: number } {
    const total = this.#before.at(-1) ?? 0;
    if (this.#phase.at === "receiving") return { written: this.#phase.intake.bytesWritten, total };
    return { written: this.#before[this.#verified] ?? 0, total };
  }

  /** The person, or a rule, takes the offer that was told by `offered`. */
  accept(wall: WallTime): void {
    assert(this.#phase.at === "offered", `accept while ${this.#phase.at}`);
    const { manifest } = this.#phase;
    this.#acceptedAt = wall;
    this.#phase = { at: "accepting", manifest };
    this.#store.put(manifestKey(this.id), encodeManifest(manifest));
    this.#store.put(verifiedKey(this.id), encodeVerified(wall, 0));
    this.#store.whenStored("accepted");
  }

  decline(reason: FileStop = "declined"): void {
    assert(this.#phase.at === "offered", `decline while ${this.#phase.at}`);
    this.#stop(reason);
  }

  /** A person gives up: what was received is discarded. Does nothing once everything is here. */
  cancel(): void {
    if (!this.#isWhole) this.#stop("cancelled");
  }

  /** A channel of the sender's, whose first message names this transfer. */
  handleChannelOpened(): void {
    this.handleChannelClosed();
    if (this.#phase.at !== "ended") this.#channel = { offer: new OfferReader(this.#provider, this.id) };
  }

  handleChannelClosed(): void {
    dropChannelOutputs(this.#outputs);
    this.#channel = undefined;
    this.#isFull = false;
    this.#consumed = 0;
    this.#messages.length = 0;
    if (this.#phase.at === "receiving") this.#phase.intake.forgetCredit();
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(): void {
    this.#isFull = true;
  }

  /** The channel has taken the kept message. */
  handleWritable(): void {
    this.#isFull = false;
  }

  /** Messages of the open channel, in order. Keeps views of chunks until they are written. */
  handleMessages(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) {
      if (this.#channel === undefined) return;
      try {
        this.#receive(decodeFileMessage(bytes), streamBytes(bytes.length));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.handleChannelClosed();
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
  }

  /** Answer to `prepare`: what the quarantine holds already of each file. */
  handlePrepared(parts: readonly PartOnDisk[]): void {
    if (this.#phase.at !== "preparing") return;
    const check = new PartCheck(this.#provider, this.#phase.manifest, this.#verified, parts);
    const reads = new OrderedReads(this.#provider, check.steps(), {
      ...{ headroom: 0, firstToken: this.#token },
      hashesLater: this.#provider.hashesFilesLater === true,
    });
    this.#phase = { at: "checking", check, reads };
  }

  /** `prepare`, a write or `place` was not possible. What is there stays for a later try. */
  handleFailed(reason: "diskFull" | "notPermitted" | "failed"): void {
    if (this.#phase.at !== "done" && this.#phase.at !== "ended") this.#stop(reason);
  }

  /** The array asked for. A part that cannot be read, or has become shorter, counts as not there: answer with none. */
  handleRead(token: number, bytes: Uint8Array): void {
    if (this.#phase.at !== "checking") return;
    // A short read gives a hash that the sender will not find in its file: no case of its own.
    this.#phase.reads.handleRead(token, bytes);
  }

  /** The answer to a `hash`: of what is here already, or of what came. */
  handleHashed(token: number, leaf: Uint8Array): void {
    if (this.#phase.at === "checking") this.#phase.reads.handleHashed(token, leaf);
    if (this.#phase.at === "receiving") this.#take(this.#phase.intake.handleHashed(token, leaf));
  }

  /** A `write` or `finish` is done. */
  handleWritten(token: number): void {
    if (this.#phase.at !== "receiving") return;
    this.#consumed += this.#phase.intake.handleWritten(token);
    this.#noteVerified(this.#phase.intake);
  }

  /** Everything is in its place, under these names. */
  handlePlaced(names: readonly string[], wall: WallTime): void {
    if (this.#phase.at !== "placing") return;
    this.#outputs.push({ type: "placed", names });
    this.#store.put(doneKey(this.id), encodeDone(wall));
    this.#forget();
    this.#store.whenStored("placed");
  }

  handleStored(token: number): void {
    this.#store.stored(token);
    for (const effect of this.#store.takeDone()) this.#carryOut(effect);
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

  poll(): FileReceiverOutput | undefined {
    if (this.#outputs.length === 0) this.#fill();
    return this.#outputs.shift();
  }

  #fill(): void {
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
    if (this.#phase.at === "checking") this.#checkParts(this.#phase.check, this.#phase.reads);
    if (this.#consumed > 0) this.#outputs.push({ type: "consumed", bytes: this.#consumed });
    this.#consumed = 0;
    if (this.#phase.at === "receiving") this.#tellProgress(this.#phase.intake);
    if (this.#isFull) return;
    const message = this.#messages.shift();
    if (message !== undefined) this.#outputs.push({ type: "transmit", bytes: message });
    else if (this.#ending !== undefined) {
      this.#outputs.push({ type: "ended", ...this.#ending });
      this.#ending = undefined;
    }
  }

  #tellProgress(intake: FileIntake): void {
    if (intake.bytesWritten === this.#toldWritten) return;
    this.#toldWritten = intake.bytesWritten;
    this.#outputs.push({ type: "progress", ...this.progress });
    if (this.#channel === "offered") this.#transmit({ type: "written", ...intake.written });
  }

  #checkParts(check: PartCheck, reads: OrderedReads): void {
    for (let hash = reads.nextHash(); hash !== undefined; hash = reads.nextHash()) this.#outputs.push(hash);
    for (let read = reads.next(); read !== undefined; read = reads.next()) this.#outputs.push(read);
    for (let next = reads.take(); next !== undefined; next = reads.take()) check.take(next.step.file, next.leaf);
    for (let read = reads.next(); read !== undefined; read = reads.next()) this.#outputs.push(read);
    if (!reads.isDone) return;
    this.#token = reads.nextToken;
    const intake = new FileIntake({
      provider: this.#provider,
      manifest: this.#manifest,
      verified: this.#verified,
      firstToken: this.#token,
      hashers: check.hashers,
    });
    this.#phase = { at: "receiving", intake };
    this.#noteVerified(intake); // folders are, by themselves
    this.#welcome();
  }

  #receive(message: FileMessage, length: number): void {
    if (this.#phase.at === "ended" || (this.#isWhole && message.type === "stop")) {
      this.#consumed += length; // crossed with our own last word
    } else if (message.type === "stop") {
      this.#consumed += length;
      this.#end({ outcome: "stopped", reason: message.reason, by: "remote", canResume: canResume(message.reason) });
    } else if (this.#channel !== "offered") this.#receiveOffer(message, length);
    else if (this.#phase.at === "receiving" && this.#isWelcomed)
      this.#receiveContent(this.#phase.intake, message, length);
    else throw new WireError("ERR_UNEXPECTED", `${message.type} while ${this.#phase.at}`);
  }

  #receiveOffer(message: FileMessage, length: number): void {
    const offer = this.#channel !== undefined && this.#channel !== "offered" ? this.#channel.offer : undefined;
    this.#consumed += length;
    const manifest = offer?.handle(message);
    if (manifest === undefined) return;
    const isKnown = this.#manifest.length > 0;
    if (isKnown && !offer?.isOf(encodeManifest(this.#manifest))) {
      throw new WireError("ERR_VALUE", "another offer under the same id");
    }
    this.#channel = "offered";
    this.#isWelcomed = false;
    if (this.#phase.at === "new") {
      this.#adopt(manifest);
      this.#phase = { at: "offered", manifest };
      this.#outputs.push({ type: "offered", manifest, bytes: this.#before.at(-1) ?? 0 });
    } else this.#welcome();
  }

  /** Answers the offer, as soon as there is both an offer and an answer. */
  #welcome(): void {
    if (this.#channel !== "offered") return;
    if (this.#phase.at === "done") {
      this.#transmit({ type: "complete" });
      this.#ending = { outcome: "complete" };
    }
    if (this.#phase.at !== "receiving") return;
    const { first, claims } = this.#phase.intake.resume();
    this.#transmit({ type: "accept", first, claims });
    this.#isWelcomed = true;
  }

  #receiveContent(intake: FileIntake, message: FileMessage, length: number): void {
    if (message.type === "chunk") {
      this.#take(intake.handleChunk(message, length));
    } else if (message.type === "fileEnd") {
      this.#consumed += length;
      this.#take(intake.handleFileEnd(message.file, message.root));
    } else throw new WireError("ERR_UNEXPECTED", `${message.type} among the content`);
  }

  #take(found: IntakeAnswer): void {
    if (found === "corrupt") this.#stop("corrupt");
    else this.#outputs.push(...found);
  }

  #carryOut(effect: Effect): void {
    if (effect === "accepted") {
      if (this.#phase.at === "accepting") this.#prepare();
    } else if (effect === "placed") {
      this.#phase = { at: "done" };
      this.#welcome();
      this.#ending = { outcome: "complete" };
    } else if ("outcome" in effect) this.#ending = effect;
    // Only now: were it moved before, a restart would not find it and receive everything again.
    else if (this.#phase.at === "receiving" && effect.recorded === this.#manifest.length) this.#place();
  }

  #prepare(): void {
    this.#phase = { at: "preparing", manifest: this.#manifest };
    const [manifest, verified] = [this.#manifest, this.#verified];
    const bytes = (this.#before.at(-1) ?? 0) - (this.#before[verified] ?? 0);
    this.#outputs.push({ type: "prepare", manifest, paths: safePaths(manifest), verified, bytes });
  }

  #noteVerified({ verified }: FileIntake): void {
    if (verified === this.#verified) return;
    this.#verified = verified;
    assert(this.#acceptedAt !== undefined, "accepted before anything is verified");
    this.#store.put(verifiedKey(this.id), encodeVerified(this.#acceptedAt, this.#verified));
    this.#store.whenStored({ recorded: this.#verified });
  }

  #place(): void {
    this.#phase = { at: "placing", manifest: this.#manifest };
    this.#outputs.push({ type: "place", manifest: this.#manifest, paths: safePaths(this.#manifest) });
  }

  #adopt(manifest: Manifest): void {
    this.#manifest = manifest;
    this.#before = bytesBefore(manifest);
  }

  #stop(reason: FileStop): void {
    const hasChannel = this.#channel !== undefined;
    this.#end({ outcome: "stopped", reason, by: "local", canResume: canResume(reason) });
    if (hasChannel) this.#transmit({ type: "stop", reason });
  }

  #end(end: TransferEnd & { outcome: "stopped" }): void {
    const wasAccepted = this.#acceptedAt !== undefined;
    this.#phase = { at: "ended" };
    this.#messages.length = 0;
    if (!wasAccepted || end.canResume) {
      this.#ending = end;
      return;
    }
    this.#outputs.push({ type: "discard" });
    this.#forget();
    this.#store.whenStored(end);
  }

  #forget(): void {
    this.#store.delete(manifestKey(this.id));
    this.#store.delete(verifiedKey(this.id));
  }

  #transmit(message: Exclude<FileMessage, { type: "chunk" }>): void {
    this.#messages.push(encodeFileMessage(message));
  }
}
