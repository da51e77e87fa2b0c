/**
 * What partners tell each other: who wants and has what, which chunks are asked of whom, and what comes
 * (spec/app-swarm.md §4–§6).
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { Instant } from "../../lib/time.ts";
import { since } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import {
  SWARM_FILES_MAX,
  SWARM_GOT_MAX,
  SWARM_LIST_LEAVES_MAX,
  SWARM_REQUEST_TIMEOUT,
} from "../../wire/room-app-limits.ts";
import { FILE_HASH_BYTES } from "../file/file-hash.ts";
import { ChunkRelease } from "./chunk-release.ts";
import type { ChunkRequests, ChunkWrite } from "./chunk-requests.ts";
import type { ChunkService } from "./chunk-service.ts";
import { ChunkSet } from "./chunk-set.ts";
import { LeafList } from "./leaf-list.ts";
import type { Partner, PartnerFile } from "./partner.ts";
import type { PartnerBook } from "./partner-book.ts";
import type { SwarmFile } from "./swarm-file.ts";
import type { SwarmFileId, SwarmMessage } from "./swarm-message.ts";

/** More news than this is told as a whole set. */
const NEWS_MAX = 4 * SWARM_GOT_MAX;

/** What a message meant for others than its partner. */
export type ExchangeEvent =
  | { readonly type: "write"; readonly write: ChunkWrite }
  /** The list of leaves is whole and right. */
  | { readonly type: "listed"; readonly file: SwarmFile }
  /** Somebody wants a file whose leaves we have to find first. */
  | { readonly type: "rehash"; readonly file: SwarmFile }
  | { readonly type: "corrupt" }
  | { readonly type: "busy" }
  | undefined;

export class Exchange {
  readonly #provider: CryptoProvider;
  readonly #files: ReadonlyMap<SwarmFileId, SwarmFile>;
  readonly #book: PartnerBook;
  readonly #service: ChunkService;
  readonly #requests: ChunkRequests;

  constructor(options: {
    readonly provider: CryptoProvider;
    readonly files: ReadonlyMap<SwarmFileId, SwarmFile>;
    readonly book: PartnerBook;
    readonly service: ChunkService;
    readonly requests: ChunkRequests;
  }) {
    [this.#provider, this.#files] = [options.provider, options.files];
    [this.#book, this.#service, this.#requests] = [options.book, options.service, options.requests];
  }

  /** Says to a new partner what we want. */
  greet(partner: Partner): void {
    for (const file of this.#files.values()) if (file.isWanted) this.#tellWant(partner, file);
  }

  /** We want this file from now on. */
  startFetch(file: SwarmFile): void {
    for (const partner of this.#book.partners.values()) this.#tellWant(partner, file);
  }

  /** We want it no longer; what we have of it, others may still ask for. */
  stopFetch(file: SwarmFile): void {
    this.#requests.stop(file);
    for (const partner of this.#book.partners.values()) {
      const told = partner.files.get(file.id);
      if (told?.isAsked !== true) continue;
      told.isAsked = false;
      partner.say({ type: "unwant", file: file.id });
    }
  }

  /** Tells everybody whom it concerns, anew, what we have of the file. */
  tellHave(file: SwarmFile): void {
    for (const partner of this.#book.partners.values()) {
      const told = partner.files.get(file.id);
      if (told?.isWanted === true || told?.isAsked === true) this.#tellHave(partner, file, told);
    }
  }

  /** What is known about a partner goes with it. */
  forget(partner: Partner): void {
    for (const [id, { offers }] of partner.files) {
      const file = this.#files.get(id);
      if (file?.stage.at === "fetching") file.stage.fetch.handleWithdrawn(offers);
      if (file?.stage.at === "listing" && file.stage.from === partner.peer) file.stage.from = undefined;
      file?.release?.handleGone(partner.peer);
    }
    this.#requests.forget(partner);
  }

  /** A file of ours can be given from now on: what partners said before counts. */
  startRelease(file: SwarmFile, now: Instant): void {
    const release = new ChunkRelease(file.chunks.size);
    file.release = release;
    for (const { peer, files } of this.#book.partners.values()) {
      const told = files.get(file.id);
      if (told === undefined) continue;
      release.handleWant(peer, told.isWanted);
      for (const chunk of told.offers) release.handleHas(peer, chunk, now);
    }
  }

  handleWritten(file: SwarmFile, chunk: number): void {
    for (const partner of this.#book.partners.values()) {
      const told = partner.files.get(file.id);
      if (told !== undefined && (told.isWanted || told.isAsked)) told.news.push(chunk);
    }
  }

  /** @throws {WireError} */
  handleMessage(partner: Partner, message: SwarmMessage, now: Instant): ExchangeEvent {
    if (message.type === "busy") {
      for (const file of this.#files.values()) {
        if (file.isWanted) for (const peer of message.others) file.noteSource(peer, "part");
      }
      return { type: "busy" };
    }
    const file = this.#files.get(message.file);
    switch (message.type) {
      case "want":
        return this.#handleWant(partner, message.file, file);
      case "unwant": {
        const told = partner.files.get(message.file);
        if (told !== undefined) told.isWanted = false;
        file?.release?.handleWant(partner.peer, false);
        return undefined;
      }
      case "have":
        if (file !== undefined) this.#handleHave(partner, file, message, now);
        return undefined;
      case "got":
        if (file !== undefined) this.#handleGot(partner, file, message.chunks, now);
        return undefined;
      case "askList":
        this.#handleAskList(partner, file, message);
        return undefined;
      case "list":
        return this.#handleList(partner, file, message);
      case "ask":
        this.#service.handleAsk(partner, file, { file: message.file, chunk: message.chunk });
        return undefined;
      case "drop":
        this.#service.handleDrop(partner, { file: message.file, chunk: message.chunk });
        return undefined;
      case "cannot":
        if (file !== undefined) this.#handleCannot(partner, file, message.chunk);
        return undefined;
      case "chunk":
        return this.#requests.handleChunk(partner, file, message, now);
      case "plea":
        file?.release?.handlePlea(partner.peer, now);
        return undefined;
    }
  }

  /** Shows, tells and asks whatever can be now. */
  advance(now: Instant): void {
    for (const file of this.#files.values()) this.#askList(file, now);
    for (const partner of this.#book.partners.values()) {
      for (const [id, told] of partner.files) {
        const file = this.#files.get(id);
        if (file === undefined) continue;
        const shown = file.canServe ? file.release?.show(partner.peer, now) : undefined;
        if (shown !== undefined) told.news.push(...shown);
        this.#tellNews(partner, file, told);
      }
    }
    this.#requests.advance(now);
  }

  handleTimeout(now: Instant): void {
    this.#requests.handleTimeout(now);
    for (const file of this.#files.values()) {
      file.release?.handleTimeout(now);
      if (file.stage.at !== "listing" || file.stage.from === undefined) continue;
      const partner = this.#book.partners.get(file.stage.from);
      if (partner === undefined || since(partner.gaveAt, now) < SWARM_REQUEST_TIMEOUT) continue;
      partner.isSnubbed = true;
      this.#restartList(file);
    }
  }

  /** Whether a partner has something that this fetch can use, or was asked for it. */
  isProgressing(file: SwarmFile): boolean {
    return file.stage.at === "listing" ? file.stage.from !== undefined : this.#requests.isProgressing(file);
  }

  // --- from partners --------------------------------------------------------------------------

  #handleWant(partner: Partner, id: SwarmFileId, file: SwarmFile | undefined): ExchangeEvent {
    const told = file && this.#told(partner, file);
    if (file === undefined || told === undefined) {
      partner.say({ type: "have", file: id, extent: "none", chunks: new Uint8Array() });
      return undefined;
    }
    told.isWanted = true;
    file.release?.handleWant(partner.peer, true);
    file.noteSource(partner.peer, "part");
    this.#tellHave(partner, file, told);
    return file.stage.at === "have" && file.leaves === undefined ? { type: "rehash", file } : undefined;
  }

  #handleHave(partner: Partner, file: SwarmFile, message: SwarmMessage & { type: "have" }, now: Instant): void {
    const told = this.#told(partner, file);
    if (told === undefined) return;
    const set = new ChunkSet(file.chunks.size);
    if (message.extent === "all") set.addAll();
    const has = message.extent === "some" ? ChunkSet.fromBytes(file.chunks.size, message.chunks) : set;
    if (file.stage.at === "fetching") file.stage.fetch.handleWithdrawn(told.offers);
    for (const chunk of told.offers) if (!has.has(chunk)) file.release?.handleLacks(partner.peer, chunk);
    told.offers.clear();
    for (const chunk of has) this.#noteOffered(partner, file, told, chunk, now);
    if (message.extent === "all") file.noteSource(partner.peer, "whole");
  }

  #handleGot(partner: Partner, file: SwarmFile, chunks: readonly number[], now: Instant): void {
    const told = this.#told(partner, file);
    if (told === undefined) return;
    for (const chunk of chunks) {
      if (chunk >= file.chunks.size) throw new WireError("ERR_VALUE", "chunk beyond the file");
      this.#noteOffered(partner, file, told, chunk, now);
    }
    if (told.offers.isFull) file.noteSource(partner.peer, "whole");
  }

  #noteOffered(partner: Partner, file: SwarmFile, told: PartnerFile, chunk: number, now: Instant): void {
    if (!told.offers.add(chunk)) return;
    if (file.stage.at === "fetching") file.stage.fetch.handleOffered(chunk);
    file.release?.handleHas(partner.peer, chunk, now);
  }

  #handleAskList(partner: Partner, file: SwarmFile | undefined, message: SwarmMessage & { type: "askList" }): void {
    const { file: id, first } = message;
    if (file?.leaves === undefined) {
      partner.say({ type: "cannot", file: id, chunk: first });
      return;
    }
    if (first >= file.chunks.size) throw new WireError("ERR_VALUE", "chunk beyond the file");
    const from = first * FILE_HASH_BYTES;
    const leaves = file.leaves.subarray(from, from + SWARM_LIST_LEAVES_MAX * FILE_HASH_BYTES);
    partner.say({ type: "list", file: id, first, leaves });
  }

  #handleList(partner: Partner, file: SwarmFile | undefined, message: SwarmMessage & { type: "list" }): ExchangeEvent {
    if (file?.stage.at !== "listing" || file.stage.from !== partner.peer) return undefined; // of another one, meanwhile
    const { list } = file.stage;
    if (message.first !== list.next) throw new WireError("ERR_UNEXPECTED", "leaves out of order");
    if (!list.add(message.leaves)) return { type: "corrupt" };
    if (!list.isWhole) {
      partner.say({ type: "askList", file: file.id, first: list.next });
      return undefined;
    }
    const leaves = list.verified(this.#provider, file.offer.root);
    if (leaves === undefined) {
      this.#restartList(file);
      return { type: "corrupt" };
    }
    file.leaves = leaves;
    return { type: "listed", file };
  }

  #handleCannot(partner: Partner, file: SwarmFile, chunk: number): void {
    if (file.stage.at === "listing" && file.stage.from === partner.peer) {
      this.#restartList(file);
      file.sources.delete(partner.peer); // so that another is asked
      partner.files.get(file.id)?.offers.clear();
    }
    this.#requests.handleCannot(partner, file, chunk);
  }

  // --- to partners ----------------------------------------------------------------------------

  #tellWant(partner: Partner, file: SwarmFile): void {
    const told = this.#told(partner, file);
    if (told === undefined || told.isAsked) return;
    told.isAsked = true;
    partner.say({ type: "want", file: file.id });
    this.#tellHave(partner, file, told);
  }

  #tellHave(partner: Partner, file: SwarmFile, told: PartnerFile): void {
    told.news = [];
    const isShown = file.release !== undefined; // chunk by chunk
    const { count, isFull } = file.chunks;
    const extent = isShown || count === 0 || !file.canServe ? "none" : isFull ? "all" : "some";
    const chunks = extent === "some" ? file.chunks.toBytes() : new Uint8Array();
    partner.say({ type: "have", file: file.id, extent, chunks });
  }

  #tellNews(partner: Partner, file: SwarmFile, told: PartnerFile): void {
    if (told.news.length === 0 || partner.isFull) return;
    if (told.news.length > NEWS_MAX && file.release === undefined) return this.#tellHave(partner, file, told);
    for (const chunks = told.news.splice(0); chunks.length > 0; ) {
      partner.say({ type: "got", file: file.id, chunks: chunks.splice(0, SWARM_GOT_MAX) });
    }
  }

  #askList(file: SwarmFile, now: Instant): void {
    if (file.stage.at !== "listing" || file.stage.from !== undefined) return;
    for (const partner of this.#book.partners.values()) {
      const offers = partner.files.get(file.id)?.offers;
      const mayHave = file.sources.get(partner.peer) === "whole" || (offers !== undefined && offers.count > 0);
      if (!mayHave || partner.isSnubbed) continue;
      file.stage.from = partner.peer;
      partner.gaveAt = now;
      partner.say({ type: "askList", file: file.id, first: file.stage.list.next });
      return;
    }
  }

  /** From another one anew, so that it is clear whose a wrong list is. */
  #restartList(file: SwarmFile): void {
    file.stage = { at: "listing", list: new LeafList(file.chunks.size), from: undefined };
  }

  /** `undefined` if there are as many as are kept of one partner. */
  #told(partner: Partner, file: SwarmFile): PartnerFile | undefined {
    let told = partner.files.get(file.id);
    if (told === undefined && partner.files.size < SWARM_FILES_MAX) {
      const [offers, asked] = [new ChunkSet(file.chunks.size), new ChunkSet(file.chunks.size)];
      told = { isWanted: false, isAsked: false, offers, asked, news: [] };
      partner.files.set(file.id, told);
    }
    return told;
  }
}
