/**
 * Which chunks are asked of which partner, what comes of it, and what happens when nothing comes
 * (spec/app-swarm.md §5).
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import type { Instant } from "../../lib/time.ts";
import { since } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { SWARM_REQUEST_TIMEOUT, SWARM_REQUESTS_ALL_MAX, SWARM_STUCK_AFTER } from "../../wire/room-app-limits.ts";
import type { HashOutput } from "../file/file-hash.ts";
import { chunkBytes } from "../file/manifest.ts";
import { ChunkSet } from "./chunk-set.ts";
import type { FileFetch } from "./file-fetch.ts";
import { leafOf } from "./leaf-list.ts";
import { LeafWork } from "./leaf-work.ts";
import type { Partner } from "./partner.ts";
import type { SwarmFile } from "./swarm-file.ts";
import type { SwarmFileId, SwarmMessage } from "./swarm-message.ts";

export interface ChunkWrite {
  readonly file: SwarmFile;
  readonly fetch: FileFetch;
  readonly chunk: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A chunk that came, with what it was for then. */
interface Arrival extends ChunkWrite {
  readonly from: PeerId;
}

/** `corrupt`: it is not what the file has there. */
export type ChunkVerdict =
  | { readonly type: "write"; readonly write: ChunkWrite }
  | { readonly type: "corrupt"; readonly peer: PeerId }
  | undefined;

export class ChunkRequests {
  /** Bounded as requests are: nobody is asked for more while these wait. */
  readonly #leaves: LeafWork<Arrival>;
  readonly #files: ReadonlyMap<SwarmFileId, SwarmFile>;
  readonly #partners: ReadonlyMap<PeerId, Partner>;
  /** Since when a fetch has had nothing to ask of anybody. */
  readonly #stuckSince = new Map<SwarmFileId, Instant>();

  constructor(options: {
    readonly provider: CryptoProvider;
    readonly files: ReadonlyMap<SwarmFileId, SwarmFile>;
    readonly partners: ReadonlyMap<PeerId, Partner>;
  }) {
    this.#leaves = new LeafWork(options.provider);
    [this.#files, this.#partners] = [options.files, options.partners];
  }

  /** A fetch begins: what partners said before counts. */
  start(file: SwarmFile, fetch: FileFetch): void {
    for (const { files } of this.#partners.values()) {
      for (const chunk of files.get(file.id)?.offers ?? []) fetch.handleOffered(chunk);
    }
  }

  /** Takes back whatever was asked for. */
  stop(file: SwarmFile): void {
    this.#stuckSince.delete(file.id);
    for (const partner of this.#partners.values()) {
      for (const { chunk } of requestsFor(partner, file)) this.#takeBack(partner, file, chunk);
    }
  }

  forget(partner: Partner): void {
    for (const { file, chunk } of partner.requests.values()) this.#fetchOf(file)?.release(chunk, partner.peer);
  }

  /** Asks for what can be asked for now. */
  advance(now: Instant): void {
    let room = SWARM_REQUESTS_ALL_MAX - this.#leaves.size;
    for (const partner of this.#partners.values()) room -= partner.requests.size;
    for (const { stage } of this.#files.values()) if (stage.at === "fetching") room -= stage.fetch.writing;
    for (const partner of this.#partners.values()) {
      for (const id of partner.files.keys()) {
        const [file, fetch] = [this.#files.get(id), this.#fetchOf(id)];
        if (file !== undefined && fetch !== undefined) room -= this.#ask(partner, file, fetch, room, now);
      }
    }
  }

  handleTimeout(now: Instant): void {
    for (const partner of this.#partners.values()) {
      const isSilent = partner.requests.size > 0 && since(partner.gaveAt, now) >= SWARM_REQUEST_TIMEOUT;
      if (!isSilent) continue;
      partner.isSnubbed = true;
      partner.gaveAt = now;
      for (const { file: id, chunk } of [...partner.requests.values()]) {
        const file = this.#files.get(id);
        if (file !== undefined) this.#takeBack(partner, file, chunk);
      }
    }
    for (const file of this.#files.values()) if (file.stage.at === "fetching") this.#plead(file, now);
  }

  /** Whether a partner has something that this fetch can use, or was asked for it. */
  isProgressing(file: SwarmFile): boolean {
    const { stage } = file;
    if (stage.at !== "fetching") return true;
    for (const partner of this.#partners.values()) {
      const told = partner.files.get(file.id);
      if (partner.isSnubbed || told === undefined) continue;
      if (requestsFor(partner, file).length > 0 || stage.fetch.hasUse(told.offers)) return true;
    }
    return stage.fetch.writing > 0 || this.#leaves.has(({ fetch }) => fetch === stage.fetch);
  }

  /** The partner will not give it. */
  handleCannot(partner: Partner, file: SwarmFile, chunk: number): void {
    if (!partner.withdraw(file.id, chunk)) return;
    const fetch = this.#fetchOf(file.id);
    fetch?.release(chunk, partner.peer);
    if (partner.files.get(file.id)?.offers.delete(chunk) !== true) return;
    const one = new ChunkSet(file.chunks.size);
    one.add(chunk);
    fetch?.handleWithdrawn(one);
  }

  /** Nothing if we do not need it any more, or its leaf comes later. @throws {WireError} if it was never asked for. */
  handleChunk(
    partner: Partner,
    file: SwarmFile | undefined,
    message: SwarmMessage & { type: "chunk" },
    now: Instant,
  ): ChunkVerdict {
    const { chunk, content: bytes } = message;
    if (!partner.noteGiven(message.file, chunk, now)) throw new WireError("ERR_UNEXPECTED", "chunk not asked for");
    if (file?.stage.at !== "fetching" || file.leaves === undefined) return undefined; // given up meanwhile
    const from = partner.peer;
    const arrival = { file, fetch: file.stage.fetch, chunk, offset: chunk * FILE_CHUNK_BYTES, bytes, from };
    const leaf = this.#leaves.leaf(bytes, arrival);
    return leaf && this.#judge(arrival, leaf);
  }

  /** What came and is to be hashed; nothing where that is done at once. */
  nextHash(): HashOutput | undefined {
    return this.#leaves.next();
  }

  /** As {@link handleChunk}, when the leaf came later. */
  handleHashed(token: number, leaf: Uint8Array): ChunkVerdict {
    const arrival = this.#leaves.take(token);
    return arrival && this.#judge(arrival, leaf);
  }

  #judge({ from, ...write }: Arrival, leaf: Uint8Array): ChunkVerdict {
    const { file, fetch, chunk, bytes } = write;
    if (file.leaves === undefined || this.#fetchOf(file.id) !== fetch) return undefined; // given up meanwhile
    const isWhole = bytes.length === chunkBytes(file.offer.bytes, chunk);
    if (!isWhole || !bytesEqual(leaf, leafOf(file.leaves, chunk))) {
      fetch.release(chunk, from);
      return { type: "corrupt", peer: from };
    }
    const taken = fetch.take(chunk);
    if (taken === undefined) return undefined; // another was quicker
    for (const peer of taken.others) {
      const other = peer === from ? undefined : this.#partners.get(peer);
      if (other?.withdraw(file.id, chunk)) other.say({ type: "drop", file: file.id, chunk });
    }
    return { type: "write", write };
  }

  /** Returns how many chunks it asked for. */
  #ask(partner: Partner, file: SwarmFile, fetch: FileFetch, room: number, now: Instant): number {
    const told = partner.files.get(file.id);
    let asked = 0;
    while (told !== undefined && asked < room && partner.canAsk && !partner.isFull) {
      const chunk = fetch.next(partner.peer, told.offers, partner.latency, now);
      if (chunk === undefined) break;
      fetch.handleAsked(chunk, partner.peer, now);
      partner.noteAsked(file.id, chunk, now);
      partner.say({ type: "ask", file: file.id, chunk });
      asked += 1;
    }
    return asked;
  }

  #takeBack(partner: Partner, file: SwarmFile, chunk: number): void {
    if (!partner.withdraw(file.id, chunk)) return;
    this.#fetchOf(file.id)?.release(chunk, partner.peer);
    partner.say({ type: "drop", file: file.id, chunk });
  }

  #plead(file: SwarmFile, now: Instant): void {
    if (this.isProgressing(file) || this.#partners.size === 0) {
      this.#stuckSince.delete(file.id);
      return;
    }
    const stuckSince = this.#stuckSince.get(file.id) ?? now;
    this.#stuckSince.set(file.id, stuckSince);
    if (since(stuckSince, now) < SWARM_STUCK_AFTER) return;
    this.#stuckSince.set(file.id, now);
    for (const partner of this.#partners.values()) {
      if (partner.files.get(file.id)?.isAsked === true) partner.say({ type: "plea", file: file.id });
    }
  }

  #fetchOf(id: SwarmFileId): FileFetch | undefined {
    const stage = this.#files.get(id)?.stage;
    return stage?.at === "fetching" ? stage.fetch : undefined;
  }
}

const requestsFor = (partner: Partner, file: SwarmFile): { readonly chunk: number }[] =>
  [...partner.requests.values()].filter((request) => request.file === file.id);
