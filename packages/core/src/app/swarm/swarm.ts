/**
 * The files of one room: any member that has chunks of a file gives them to others (spec/app-swarm.md).
 *
 * This composes: {@link Announcements} says what is there, {@link PartnerBook} with whom to exchange,
 * {@link Exchange} and {@link ChunkRequests} what is told and asked, {@link ChunkService} gives, and
 * {@link ChunkRelease} sees to it that the sender's uplink carries about one copy. Who is a member, and from
 * whom a message is, the room says.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { StoreEntry } from "../../lib/store-entry.ts";
import type { Instant, WallTime } from "../../lib/time.ts";
import { after, seconds, sooner } from "../../lib/time.ts";
import { WireError, type WireErrorCode } from "../../lib/wire-error.ts";
import { SWARM_HELD_MAX, SWARM_OFFERS_PER_MEMBER_MAX } from "../../wire/room-app-limits.ts";
import { StoreQueue } from "../store-queue.ts";
import { Announcements } from "./announcements.ts";
import { ChunkRequests } from "./chunk-requests.ts";
import { ChunkService } from "./chunk-service.ts";
import { ContentWork } from "./content-work.ts";
import { Exchange, type ExchangeEvent } from "./exchange.ts";
import { FileShelf, viewFile } from "./file-shelf.ts";
import { FileStages } from "./file-stages.ts";
import { HashWork } from "./hash-work.ts";
import type { Partner } from "./partner.ts";
import { PartnerBook, type SwarmMember } from "./partner-book.ts";
import type { SwarmFile } from "./swarm-file.ts";
import {
  decodeSwarmBroadcast,
  decodeSwarmMessage,
  encodeSwarmBroadcast,
  encodeSwarmMessage,
  type SwarmFileId,
  type SwarmOffer,
} from "./swarm-message.ts";
import type { SwarmFileState, SwarmOutput } from "./swarm-output.ts";

const TICK = seconds(1);
/** So that an announcement is at most 16 KiB, as the room's messages are: an offer has 305 bytes at most. */
const OFFERS_PER_BROADCAST = SWARM_OFFERS_PER_MEMBER_MAX;

export interface SwarmOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly self: PeerId;
  /** What this machine stored of the room, keys as it gave them. */
  readonly restored: Iterable<StoreEntry>;
  readonly now: Instant;
}

export class Swarm {
  readonly #shelf: FileShelf;
  readonly #book: PartnerBook;
  readonly #content: ContentWork;
  readonly #exchange: Exchange;
  readonly #hashing: HashWork;
  readonly #announcements: Announcements;
  readonly #store = new StoreQueue<never>({ isPersistent: true });
  readonly #outputs: SwarmOutput[] = [];
  readonly #changed = new Set<SwarmFileId>();
  readonly #stages: FileStages;
  #tickAt: Instant | undefined;
  #turn = 0; // whose message goes first

  constructor(options: SwarmOptions) {
    const { provider, random, self } = options;
    this.#shelf = new FileShelf(provider);
    this.#book = new PartnerBook({ self, random });
    const given = { provider, files: this.#shelf.files, partners: this.#book.partners };
    const [service, requests] = [new ChunkService(given), new ChunkRequests(given)];
    this.#exchange = new Exchange({ ...given, book: this.#book, service, requests });
    this.#hashing = new HashWork(provider);
    this.#content = new ContentWork({ hashing: this.#hashing, service, requests });
    this.#announcements = new Announcements(random);
    this.#stages = new FileStages({
      ...{ provider, random, self, requests },
      shelf: this.#shelf,
      exchange: this.#exchange,
      hashing: this.#hashing,
      announcements: this.#announcements,
      store: this.#store,
      outputs: this.#outputs,
      changed: this.#changed,
    });
    this.#stages.restore(options.restored);
    this.#advance(options.now);
  }

  get files(): readonly SwarmFileState[] {
    return [...this.#shelf.files.values()].map(viewFile);
  }

  get partners(): readonly PeerId[] {
    return [...this.#book.partners.keys()];
  }

  /** Of a file that is being hashed for {@link offer}: how far. `undefined` once that is over. */
  hashProgress(request: number): { readonly done: number; readonly total: number } | undefined {
    const job = this.#hashing.jobs.find((each) => each.kind === "offer" && each.request === request);
    return job && { done: this.#hashing.bytesDone(job), total: job.bytes };
  }

  // --- commands -------------------------------------------------------------------------------

  /** Hashes a file and announces it: `offered` or `offerFailed` says what came of `request`, a number of the caller's. */
  offer(
    file: {
      readonly request: number;
      readonly name: string;
      readonly bytes: number;
      readonly modified: WallTime;
      readonly source: Uint8Array;
    },
    now: Instant,
  ): void {
    const { request, name, bytes, modified, source } = file;
    if (this.#shelf.heldCount + this.#hashing.jobs.length >= SWARM_HELD_MAX) {
      this.#outputs.push({ type: "offerFailed", request, reason: "full" });
      return;
    }
    this.#hashing.add({ kind: "offer", request, name, bytes, place: { kind: "whole", source, bytes, modified } });
    this.#advance(now);
  }

  cancelOffer(request: number): void {
    if (this.#hashing.cancel((job) => job.kind === "offer" && job.request === request)) {
      this.#outputs.push({ type: "offerFailed", request, reason: "cancelled" });
    }
  }

  /** Begins, or after a failure goes on, to fetch a file to `target`. False if there is none such, or too many. */
  fetch(id: SwarmFileId, target: Uint8Array, now: Instant): boolean {
    const file = this.#shelf.files.get(id);
    if (file === undefined || file.isHeld || this.#shelf.heldCount >= SWARM_HELD_MAX) return false;
    this.#stages.start(file, target);
    this.#advance(now);
    return true;
  }

  /** Ends fetching, and deletes the part; or ends giving it to others. What is in its place stays there. */
  cancel(id: SwarmFileId, now: Instant): boolean {
    const file = this.#shelf.files.get(id);
    if (file === undefined || !this.#stages.end(file)) return false;
    this.#advance(now);
    return true;
  }

  // --- from the room --------------------------------------------------------------------------

  /** All other members, whenever one of them, or its path, has changed. */
  setMembers(members: Iterable<SwarmMember>, now: Instant): void {
    const arrived = this.#book.setMembers(members);
    if (arrived.length > 0) this.#announcements.handleNewcomer(now);
    for (const peer of this.partners) if (!this.#book.members.has(peer)) this.#close(peer, now);
    this.#shelf.keepSources((peer) => this.#book.isOnline(peer));
    for (const id of this.#shelf.files.keys()) this.#changed.add(id);
    this.#advance(now);
  }

  /** A broadcast of `swarm/1` by this member. What breaks the protocol is dropped. */
  handleBroadcast(from: PeerId, bytes: Uint8Array, now: Instant): void {
    if (!this.#book.members.has(from)) return;
    try {
      const message = decodeSwarmBroadcast(bytes);
      if (message.type === "seek") this.#handleSeek(from, message.file, message.attempt, now);
      else for (const offer of message.offers) this.#handleOffer(from, offer);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    this.#advance(now);
  }

  /** A channel to this member is open; `isOurs`: we opened it. One that was there before is over. */
  handlePartnerUp(peer: PeerId, isOurs: boolean, now: Instant): void {
    this.#lose(peer, now);
    const partner = this.#book.handleUp(peer, isOurs, now);
    if (partner !== undefined) this.#exchange.greet(partner);
    else {
      const others = [...this.#book.partners.keys()];
      this.#outputs.push({ type: "send", peer, bytes: encodeSwarmMessage({ type: "busy", others }), wasRead: false });
      this.#outputs.push({ type: "closePartner", peer });
    }
    this.#advance(now);
  }

  /** The channel is over, or could not be opened. */
  handlePartnerDown(peer: PeerId, now: Instant): void {
    this.#lose(peer, now);
    this.#advance(now);
  }

  handleFull(peer: PeerId): void {
    const partner = this.#book.partners.get(peer);
    if (partner !== undefined) partner.isFull = true;
  }

  handleWritable(peer: PeerId, now: Instant): void {
    const partner = this.#book.partners.get(peer);
    if (partner !== undefined) partner.isFull = false;
    this.#advance(now);
  }

  /** Keeps a view of `bytes` until a chunk in them is written. */
  handleMessage(peer: PeerId, bytes: Uint8Array, now: Instant): void {
    const partner = this.#book.partners.get(peer);
    if (partner === undefined) return;
    try {
      this.#carryOut(partner, this.#exchange.handleMessage(partner, decodeSwarmMessage(bytes), now), now);
      if (partner.isOverloaded) throw new WireError("ERR_LIMIT", "asks and does not read the answers");
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#expel(peer, error.code, now);
    }
    this.#advance(now);
  }

  // --- from the disk --------------------------------------------------------------------------

  /** The array asked for, `headroom` bytes before the content; with less content if there is less. */
  handleRead(token: number, bytes: Uint8Array, now: Instant): void {
    this.#stages.failRead(this.#content.handleRead(token, bytes, now), "changed");
    this.#advance(now);
  }

  handleReadFailed(token: number, reason: "changed" | "unreadable", now: Instant): void {
    this.#stages.failRead(this.#content.handleReadFailed(token, reason), reason);
    this.#advance(now);
  }

  /** The answer to a `hash`: partners that gave something else are expelled now. */
  handleHashed(token: number, leaf: Uint8Array, now: Instant): void {
    const told = this.#content.handleHashed(token, leaf, now);
    if (told?.type === "write") this.#stages.write(told.write);
    else if (told?.type === "changed") this.#stages.failRead(told.file, "changed");
    else if (told !== undefined) this.#expel(told.peer, "corrupt", now);
    this.#advance(now);
  }

  /** Answer to `prepare`: so many bytes of the part were there already. */
  handlePrepared(id: SwarmFileId, bytes: number, now: Instant): void {
    const file = this.#shelf.files.get(id);
    if (file !== undefined) this.#stages.handlePrepared(file, bytes, now);
    this.#advance(now);
  }

  handleWritten(token: number, now: Instant): void {
    this.#stages.handleWritten(token);
    this.#advance(now);
  }

  /** What the disk was asked to do for this file could not be done. What is there stays for a later {@link fetch}. */
  handleDiskFailed(id: SwarmFileId, reason: "diskFull" | "notPermitted" | "failed", now: Instant): void {
    const file = this.#shelf.files.get(id);
    if (file?.isHeld === true && file.stage.at !== "have") this.#stages.fail(file, reason);
    this.#advance(now);
  }

  /** The file is in its place: `source` finds it there. */
  handlePlaced(id: SwarmFileId, source: Uint8Array, now: Instant): void {
    const file = this.#shelf.files.get(id);
    if (file !== undefined) this.#stages.handlePlaced(file, source);
    this.#advance(now);
  }

  handleStored(token: number): void {
    this.#store.stored(token);
  }

  handleStoreFailed(token: number, now: Instant): void {
    this.#store.failed(token, now);
  }

  // --- time and outputs -----------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    this.#store.handleTimeout(now);
    if (this.#announcements.takeAnnounce(now)) {
      this.#announce(this.#shelf.whole.filter(({ id }) => this.#announcements.isDue(id)));
    }
    if (this.#tickAt !== undefined && now >= this.#tickAt) {
      this.#tickAt = undefined;
      this.#exchange.handleTimeout(now);
      this.#stages.saveParts();
      for (const peer of this.#book.superfluous(this.#shelf.wanted, now)) this.#close(peer, now);
    }
    for (const file of this.#shelf.wanted) {
      const attempt = this.#announcements.takeSeek(file.id, !this.#exchange.isProgressing(file), now);
      if (attempt === undefined) continue;
      this.#outputs.push({ type: "broadcast", bytes: encodeSwarmBroadcast({ type: "seek", file: file.id, attempt }) });
    }
    this.#advance(now);
  }

  nextTimeout(): Instant | undefined {
    return sooner(sooner(this.#tickAt, this.#announcements.nextTimeout()), this.#store.nextTimeout());
  }

  poll(): SwarmOutput | undefined {
    return this.#outputs.shift() ?? this.#nextOutput();
  }

  #nextOutput(): SwarmOutput | undefined {
    const transaction = this.#store.next();
    if (transaction !== undefined) return transaction;
    const work = this.#content.next();
    if (work !== undefined) return work;
    const partners = [...this.#book.partners.values()];
    for (let i = 0; i < partners.length; i++) {
      const at = (this.#turn + i) % partners.length;
      const [partner, message] = [partners[at], partners[at]?.takeMessage()];
      if (partner === undefined || message === undefined) continue;
      this.#turn = at + 1;
      return { type: "send", peer: partner.peer, ...message };
    }
    for (const file of this.#changed) {
      this.#changed.delete(file);
      return { type: "changed", file };
    }
    return undefined;
  }

  /** Whatever can go on, does. */
  #advance(now: Instant): void {
    for (let done = this.#hashing.takeResult(); done !== undefined; done = this.#hashing.takeResult()) {
      const file = this.#stages.handleHashed(done, now);
      if (file !== undefined) this.#announce([file]);
    }
    const wanted = this.#shelf.wanted;
    const isDesperate = wanted.some((file) => file.sources.size === 0);
    for (const peer of this.#book.choose(wanted, isDesperate, now)) this.#outputs.push({ type: "openPartner", peer });
    this.#exchange.advance(now);
    if (wanted.length > 0 || this.#book.partners.size > 0) this.#tickAt ??= after(now, TICK);
  }

  #handleOffer(from: PeerId, offer: SwarmOffer): void {
    const file = this.#shelf.add(offer, from, { isOurs: false });
    if (file === undefined) return;
    this.#changed.add(file.id);
    if (!this.#book.isOnline(from)) return; // said a while ago, and told again by the room
    file.noteSource(from, "whole");
    this.#announcements.handleOffer(file.id);
  }

  #handleSeek(from: PeerId, id: SwarmFileId, attempt: number, now: Instant): void {
    const file = this.#shelf.files.get(id);
    if (file === undefined || !this.#book.isOnline(from)) return;
    file.noteSource(from, "part");
    this.#changed.add(id);
    if (file.isWanted) this.#book.noteFellow(from, now);
    const isToAnswer = file.stage.at === "have" && (!file.isOurs || attempt > 0);
    if (!isToAnswer || !this.#announcements.isAnswered(attempt, this.#book.members.size)) return;
    if (this.#book.invite(from, now)) this.#outputs.push({ type: "openPartner", peer: from });
  }

  #announce(files: readonly SwarmFile[]): void {
    for (let at = 0; at < files.length; at += OFFERS_PER_BROADCAST) {
      const offers = files.slice(at, at + OFFERS_PER_BROADCAST).map(({ offer }) => offer);
      this.#outputs.push({ type: "broadcast", bytes: encodeSwarmBroadcast({ type: "offers", offers }) });
    }
  }

  #carryOut(partner: Partner, event: ExchangeEvent, now: Instant): void {
    switch (event?.type) {
      case undefined:
        return;
      case "write":
        return this.#stages.write(event.write);
      case "listed":
        return this.#stages.handleListed(event.file);
      case "rehash":
        return this.#stages.hashAgain(event.file);
      case "busy":
        return this.#close(partner.peer, now);
      case "corrupt":
        return this.#expel(partner.peer, "corrupt", now);
    }
  }

  /** It is dealt with no more, for as long as this machine lives. */
  #expel(peer: PeerId, reason: "corrupt" | WireErrorCode, now: Instant): void {
    this.#book.ban(peer);
    for (const { sources } of this.#shelf.files.values()) sources.delete(peer);
    this.#lose(peer, now);
    this.#outputs.push({ type: "misbehaved", peer, reason });
  }

  #close(peer: PeerId, now: Instant): void {
    this.#lose(peer, now);
    this.#outputs.push({ type: "closePartner", peer });
  }

  #lose(peer: PeerId, now: Instant): void {
    const partner = this.#book.partners.get(peer);
    if (partner !== undefined) this.#exchange.forget(partner);
    this.#book.handleDown(peer, now);
  }
}
