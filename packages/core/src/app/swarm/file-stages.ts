/**
 * How a file goes from one stage to the next, what the disk is asked for it, and what is stored of it.
 * The stages stand in `swarm-file.ts`.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import type { Instant } from "../../lib/time.ts";
import type { StoreQueue } from "../store-queue.ts";
import type { Announcements } from "./announcements.ts";
import type { ChunkRequests, ChunkWrite } from "./chunk-requests.ts";
import type { ChunkSet } from "./chunk-set.ts";
import type { Exchange } from "./exchange.ts";
import { FileFetch } from "./file-fetch.ts";
import type { FileShelf } from "./file-shelf.ts";
import type { HashResult, HashWork } from "./hash-work.ts";
import { LeafList, rootOfLeaves } from "./leaf-list.ts";
import type { SwarmFile, SwarmStage } from "./swarm-file.ts";
import type { SwarmFileId, SwarmOffer } from "./swarm-message.ts";
import type { SwarmFailure, SwarmOutput } from "./swarm-output.ts";
import { chunksKey, encodeSwarmRecord, fileKey, readSwarmRecords, type SwarmRecord } from "./swarm-record.ts";

interface StagesOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly self: PeerId;
  readonly shelf: FileShelf;
  readonly exchange: Exchange;
  readonly requests: ChunkRequests;
  readonly hashing: HashWork;
  readonly announcements: Announcements;
  readonly store: StoreQueue<never>;
  readonly outputs: SwarmOutput[];
  /** Files to look at again. */
  readonly changed: Set<SwarmFileId>;
}

export class FileStages {
  readonly #its: StagesOptions;
  readonly #writes = new Map<number, ChunkWrite>();
  #writeToken = 0;
  /** Parts whose chunk set changed since it was stored. */
  readonly #unsaved = new Set<SwarmFile>();
  /** What the store says is in a part, which is believed when it was hashed. */
  readonly #claimed = new Map<SwarmFileId, ChunkSet>();

  constructor(options: StagesOptions) {
    this.#its = options;
  }

  restore(entries: Iterable<StoreEntry>): void {
    for (const { id, record, chunks } of readSwarmRecords(this.#its.provider, entries)) {
      const { kind, offer, from, place } = record;
      const file = this.#its.shelf.add(offer, from, { isOurs: kind === "ours" });
      if (file === undefined) continue;
      if (kind === "fetching") {
        if (chunks !== undefined) this.#claimed.set(id, chunks);
        this.prepare(file, place);
      } else this.#have(file, place);
    }
  }

  // --- fetching -------------------------------------------------------------------------------

  start(file: SwarmFile, target: Uint8Array): void {
    this.#save(file, "fetching", target);
    this.prepare(file, target);
  }

  prepare(file: SwarmFile, target: Uint8Array): void {
    file.target = target;
    this.#enter(file, { at: "preparing" });
    this.#its.outputs.push({ type: "prepare", file: file.id, offer: file.offer, target });
  }

  handlePrepared(file: SwarmFile, bytes: number, now: Instant): void {
    if (file.stage.at !== "preparing") return;
    if (bytes === 0) {
      file.chunks.clear();
      this.#claimed.delete(file.id);
    }
    this.#enter(file, { at: "listing", list: new LeafList(file.chunks.size), from: undefined });
    this.#its.exchange.startFetch(file);
    this.#its.announcements.startSeek(file.id, now);
    if (file.leaves !== undefined) this.handleListed(file);
    else if (file.chunks.size === 0) this.#checkEmpty(file);
  }

  /** Its leaves are known: now what is here can be hashed. */
  handleListed(file: SwarmFile): void {
    const claimed = this.#claimed.get(file.id);
    const { leaves } = file;
    if (claimed === undefined || leaves === undefined) return this.#fetch(file);
    this.#enter(file, { at: "checking", claimed });
    const place = { kind: "part", file: file.id } as const;
    this.#its.hashing.add({ kind: "check", file: file.id, place, bytes: file.offer.bytes, claimed, leaves });
  }

  write(write: ChunkWrite): void {
    const token = this.#writeToken++;
    this.#writes.set(token, write);
    const { file, offset, bytes } = write;
    this.#its.outputs.push({ type: "write", token, file: file.id, offset, bytes });
  }

  handleWritten(token: number): void {
    const write = this.#writes.get(token);
    this.#writes.delete(token);
    if (write === undefined) return;
    const { file, fetch, chunk } = write;
    fetch.handleWritten();
    if (file.stage.at !== "fetching" || file.stage.fetch !== fetch) return;
    file.chunks.add(chunk);
    this.#its.exchange.handleWritten(file, chunk);
    this.#unsaved.add(file);
    this.#its.changed.add(file.id);
    if (fetch.isDone) this.#place(file);
  }

  handlePlaced(file: SwarmFile, source: Uint8Array): void {
    if (file.stage.at !== "placing") return;
    this.#have(file, source);
    this.#save(file, "have", source);
    this.#its.store.delete(chunksKey(file.id));
  }

  /** It cannot go on; what is here stays. */
  fail(file: SwarmFile, reason: SwarmFailure): void {
    this.#its.hashing.cancel((job) => job.kind !== "offer" && job.file === file.id);
    this.#its.exchange.stopFetch(file);
    this.#its.announcements.stopSeek(file.id);
    this.savePart(file);
    this.#enter(file, { at: "failed", reason });
    this.#its.exchange.tellHave(file);
  }

  failRead(file: SwarmFile | undefined, reason: SwarmFailure): void {
    if (file?.isHeld === true) this.fail(file, reason);
  }

  /** A person gives up: the part is deleted; what is in its place stays there, and is given to others no more. */
  end(file: SwarmFile): boolean {
    const { stage } = file;
    if (stage.at === "offered" || stage.at === "placing") return false;
    if (stage.at !== "have") this.#its.outputs.push({ type: "discard", file: file.id, target: file.target });
    this.fail(file, "failed");
    file.chunks.clear();
    [file.release, file.leaves] = [undefined, undefined];
    this.#claimed.delete(file.id);
    this.#unsaved.delete(file);
    this.#its.store.delete(fileKey(file.id));
    this.#its.store.delete(chunksKey(file.id));
    this.#enter(file, { at: "offered" });
    return true;
  }

  /** Stores which chunks are in the parts, of those where that changed. */
  saveParts(): void {
    for (const file of [...this.#unsaved]) this.savePart(file);
  }

  savePart(file: SwarmFile): void {
    if (this.#unsaved.delete(file)) this.#its.store.put(chunksKey(file.id), file.chunks.toBytes());
  }

  // --- hashing --------------------------------------------------------------------------------

  /** A file that was here before a restart is wanted: is it still the same? */
  hashAgain(file: SwarmFile): void {
    const { hashing } = this.#its;
    const isUnderWay = hashing.jobs.some((job) => job.kind === "again" && job.file === file.id);
    if (!isUnderWay) hashing.add({ kind: "again", file: file.id, place: file.place, bytes: file.offer.bytes });
  }

  /** Returns a file that is announced with this. */
  handleHashed(result: HashResult, now: Instant): SwarmFile | undefined {
    const { job } = result;
    if (job.kind === "offer") return this.#offer(result, now);
    const file = this.#its.shelf.files.get(job.file);
    if (file === undefined) return undefined;
    if ("failure" in result) this.fail(file, result.failure);
    else if (job.kind === "check") this.#checked(file, result.good);
    else if (bytesEqual(rootOfLeaves(this.#its.provider, result.leaves), file.offer.root)) {
      file.leaves = result.leaves;
      this.#serve(file, now);
    } else this.fail(file, "changed");
    return undefined;
  }

  #offer(result: HashResult, now: Instant): SwarmFile | undefined {
    const { job } = result;
    if (job.kind !== "offer" || job.place.kind !== "whole") return undefined;
    const { request, name, bytes, place } = job;
    if ("failure" in result) {
      this.#its.outputs.push({ type: "offerFailed", request, reason: result.failure });
      return undefined;
    }
    const root = rootOfLeaves(this.#its.provider, result.leaves);
    const offer: SwarmOffer = { bytes, modified: place.modified, root, name };
    const file = this.#its.shelf.add(offer, this.#its.self, { isOurs: true });
    if (file === undefined) return undefined;
    if (file.stage.at !== "have") {
      file.leaves = result.leaves;
      this.#have(file, place.source);
      this.#save(file, "ours", place.source);
      this.#serve(file, now);
    }
    this.#its.outputs.push({ type: "offered", request, file: file.id });
    return file;
  }

  #serve(file: SwarmFile, now: Instant): void {
    if (file.isOurs) this.#its.exchange.startRelease(file, now);
    this.#its.exchange.tellHave(file);
  }

  #checked(file: SwarmFile, good: ChunkSet): void {
    if (file.stage.at !== "checking") return;
    for (const chunk of good) file.chunks.add(chunk);
    this.#claimed.delete(file.id);
    this.#fetch(file);
    this.#its.exchange.tellHave(file);
  }

  // --- stages ---------------------------------------------------------------------------------

  #fetch(file: SwarmFile): void {
    const fetch = new FileFetch(file.chunks, this.#its.random);
    this.#enter(file, { at: "fetching", fetch });
    this.#its.requests.start(file, fetch);
    if (fetch.isDone) this.#place(file);
  }

  #place(file: SwarmFile): void {
    this.#its.exchange.stopFetch(file);
    this.#its.announcements.stopSeek(file.id);
    this.savePart(file);
    this.#enter(file, { at: "placing" });
    this.#its.outputs.push({ type: "place", file: file.id, offer: file.offer, target: file.target });
  }

  #have(file: SwarmFile, source: Uint8Array): void {
    file.chunks.addAll();
    this.#enter(file, { at: "have", source });
  }

  /** A file of no chunk has no list. */
  #checkEmpty(file: SwarmFile): void {
    const leaves = new Uint8Array();
    if (!bytesEqual(rootOfLeaves(this.#its.provider, leaves), file.offer.root)) return this.fail(file, "changed");
    file.leaves = leaves;
    this.#fetch(file);
  }

  #enter(file: SwarmFile, stage: SwarmStage): void {
    file.stage = stage;
    this.#its.changed.add(file.id);
  }

  #save(file: SwarmFile, kind: SwarmRecord["kind"], place: Uint8Array): void {
    const record = { kind, offer: file.offer, from: file.from, place };
    this.#its.store.put(fileKey(file.id), encodeSwarmRecord(record));
  }
}
