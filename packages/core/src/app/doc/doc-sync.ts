/**
 * Keeps one document of a room the same at all members (spec/app-doc.md). The document is a CRDT of the
 * owner's: its updates merge in any order and any number of times. What they mean this machine does not know;
 * it asks the owner where the document stands, what somebody lacks, and to merge.
 *
 *     an edit          ─▶ an update to all, in pieces
 *     who comes, heals ─▶ an exchange with one member: only what is missing goes over the wire
 *     now and then     ─▶ a mark to all: whoever stands elsewhere begins an exchange
 *
 * Who is a member and who wrote a broadcast the room says; of others nothing is heard.
 *
 * @module
 */
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { PeerId } from "../../identity/peer-id.ts";
import { bytesEqual } from "../../lib/bytes.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { after, sooner } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { DOC_EXCHANGES_MAX, DOC_OUTBOX_BYTES_MAX, DOC_RETRY, DOC_RETRY_MAX } from "../../wire/room-app-limits.ts";
import { DocExchange } from "./doc-exchange.ts";
import { decodeDocMessage, encodeDocMark, isTooLarge, OutgoingBlob } from "./doc-message.ts";
import type { DocMember, DocOutput } from "./doc-output.ts";
import { MarkClock } from "./mark-clock.ts";
import { UpdateInbox } from "./update-inbox.ts";

/** Members that begin an exchange with one who comes, or whose mark differs, about. */
const ANSWERS = 4;
const SPREAD_MS = 500;

type Question =
  | { readonly about: "vector" | "diff"; readonly exchange: DocExchange }
  | { readonly about: "mark" }
  | { readonly about: "comparison"; readonly mark: Uint8Array; readonly from: PeerId }
  | { readonly about: "update"; readonly from: PeerId };

export interface DocSyncOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly self: PeerId;
  /** Whether the document is one already, because we began it or kept it: then it is ready from the start. */
  readonly isKept: boolean;
}

export class DocSync {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #self: PeerId;
  readonly #outputs: DocOutput[] = [];
  readonly #exchanges = new Map<PeerId, DocExchange>();
  readonly #questions = new Map<number, Question>();
  readonly #inbox = new UpdateInbox();
  readonly #outbox: OutgoingBlob[] = [];
  #members: ReadonlyMap<PeerId, DocMember> = new Map();
  /** Whom to exchange with; nobody in it: whoever there is. */
  readonly #towards = new Set<PeerId>();
  /** Who was asked in vain since the last exchange. */
  readonly #tried = new Set<PeerId>();
  #opening: PeerId | undefined;
  #exchangeAt: Instant | undefined;
  #retry: Duration = DOC_RETRY;
  readonly #marks: MarkClock;
  #isReady: boolean;
  #isFull = false;
  #token = 0;
  #serial: number;

  constructor(options: DocSyncOptions) {
    [this.#provider, this.#random, this.#self] = [options.provider, options.random, options.self];
    this.#marks = new MarkClock(options.random);
    this.#isReady = options.isKept;
    this.#serial = randomBelow(options.random, 2 ** 16) * 2 ** 15;
    if (this.#isReady) this.#outputs.push({ type: "ready" });
  }

  /** Whether the document is as some member has it. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The document begins here, as it is: our person says so, because nobody has another. */
  begin(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#outputs.push({ type: "ready" });
  }

  // --- from the document ----------------------------------------------------------------------

  /** Our person's edit. One too large for a broadcast, or for which there is no room, others get by exchange. */
  handleEdit(update: Uint8Array, now: Instant): void {
    this.#marks.later(this.#members.size, now);
    const waiting = this.#outbox.reduce((sum, blob) => sum + blob.bytesLeft, update.length);
    if (isTooLarge("update", update) || waiting > DOC_OUTBOX_BYTES_MAX) this.#marks.soon(now);
    else this.#outbox.push(new OutgoingBlob("update", this.#nextSerial(), update));
  }

  /** Answer to `state`: the state vector, or bytes that differ whenever two documents do. Both canonical. */
  handleState(token: number, state: Uint8Array, now: Instant): void {
    const question = this.#answered(token);
    if (question?.about === "vector") {
      if (!question.exchange.say(this.#isReady ? "vector" : "draft", state)) this.#abandon(question.exchange, now);
    } else if (question?.about === "mark") {
      const mark = this.#markOf(state);
      if (!this.#marks.isNews(mark)) return;
      this.#outputs.push({ type: "broadcast", bytes: encodeDocMark(mark) });
      this.#marks.postpone(this.#members.size, now);
    } else if (question?.about === "comparison" && !bytesEqual(this.#markOf(state), question.mark)) {
      this.#towards.add(question.from);
      this.#exchangeSoon(now);
    }
  }

  /** Answer to `diffFor`; `undefined` if that is no vector. */
  handleDiff(token: number, diff: Uint8Array | undefined, now: Instant): void {
    const question = this.#answered(token);
    if (question?.about !== "diff" || this.#exchanges.get(question.exchange.peer) !== question.exchange) return;
    if (diff === undefined) this.#expel(question.exchange, "ERR_VALUE", now);
    else if (!question.exchange.say("diff", diff)) this.#abandon(question.exchange, now);
  }

  /** Answer to `apply`: false if it is nothing that can be merged. */
  handleApplied(token: number, isMerged: boolean, now: Instant): void {
    const question = this.#answered(token);
    if (question?.about !== "diff") return;
    const { exchange } = question;
    if (this.#exchanges.get(exchange.peer) !== exchange) return;
    if (!isMerged) return this.#expel(exchange, "ERR_VALUE", now);
    exchange.isMerged = true;
    // From one who is not ready a joiner would take an empty document for the whole.
    if (exchange.isTheirsReady) this.begin();
    else if (!this.#isReady) this.#tryAgain(exchange.peer, now);
    this.#marks.soon(now);
  }

  // --- from the room --------------------------------------------------------------------------

  /** All other members, whenever one of them, or its path, has changed. */
  setMembers(members: Iterable<DocMember>, now: Instant): void {
    const before = this.#members;
    this.#members = new Map([...members].map((member) => [member.peer, member]));
    for (const peer of this.#exchanges.keys()) if (!this.#members.has(peer)) this.#close(peer);
    this.#inbox.keep((peer) => this.#members.has(peer));
    for (const peer of this.#tried) if (!this.#isOnline(peer)) this.#tried.delete(peer);
    for (const peer of this.#towards) if (!this.#isOnline(peer)) this.#towards.delete(peer);
    const online = this.#online();
    const arrived = online.filter(({ peer }) => before.get(peer)?.isOnline !== true);
    if (arrived.length === 0) return;
    if (this.#isReady && !this.#isChosen(ANSWERS * arrived.length, online.length)) return;
    for (const { peer } of arrived) this.#towards.add(peer);
    this.#exchangeSoon(now);
  }

  /** A broadcast of this document's by this member. What breaks the protocol is dropped. */
  handleBroadcast(from: PeerId, bytes: Uint8Array, now: Instant): void {
    if (!this.#members.has(from)) return;
    try {
      const message = decodeDocMessage(bytes);
      if (message.type === "mark") this.#handleMark(from, message.mark, now);
      if (message.type !== "update") return;
      const { blob, isLost } = this.#inbox.add(from, message);
      if (isLost) this.handleMissed(now);
      if (blob === undefined) return;
      this.#marks.later(this.#members.size, now);
      this.#apply(blob, from, { about: "update", from });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }

  /** Some broadcasts will never come. */
  handleMissed(now: Instant): void {
    this.#exchangeSoon(now);
  }

  /** The room did not take the last broadcast; the driver keeps it. */
  handleBroadcastFull(): void {
    this.#isFull = true;
  }

  handleBroadcastWritable(): void {
    this.#isFull = false;
  }

  // --- channels -------------------------------------------------------------------------------

  /** A channel to this member is open; `isOurs`: we opened it. One that was there before is over. */
  handleChannelUp(peer: PeerId, isOurs: boolean, now: Instant): void {
    if (this.#opening === peer) this.#opening = undefined;
    this.#exchanges.delete(peer);
    const theirs = [...this.#exchanges.values()].filter((exchange) => !exchange.isOurs).length;
    if (!this.#members.has(peer) || (!isOurs && theirs >= DOC_EXCHANGES_MAX)) {
      this.#outputs.push({ type: "closeChannel", peer });
      return;
    }
    const exchange = new DocExchange(peer, isOurs, now);
    this.#exchanges.set(peer, exchange);
    this.#ask({ about: "vector", exchange }, (token) => ({ type: "state", token, of: "vector" }));
  }

  /** The channel is over, or could not be opened. */
  handleChannelDown(peer: PeerId, now: Instant): void {
    const exchange = this.#exchanges.get(peer);
    this.#exchanges.delete(peer);
    if (this.#opening === peer || exchange?.isOurs === true || !this.#isReady) this.#tryAgain(peer, now);
  }

  handleFull(peer: PeerId): void {
    const exchange = this.#exchanges.get(peer);
    if (exchange !== undefined) exchange.isFull = true;
  }

  handleWritable(peer: PeerId, now: Instant): void {
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return;
    exchange.isFull = false;
    exchange.touch(now);
  }

  handleMessage(peer: PeerId, bytes: Uint8Array, now: Instant): void {
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return;
    try {
      const whole = exchange.handleMessage(decodeDocMessage(bytes), now);
      if (whole === undefined) return;
      const { type, blob } = whole;
      if (type === "diff") this.#apply(blob, peer, { about: "diff", exchange });
      else this.#ask({ about: "diff", exchange }, (token) => ({ type: "diffFor", token, vector: blob }));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#expel(exchange, error.code, now);
    }
  }

  // --- time and outputs -----------------------------------------------------------------------

  handleTimeout(now: Instant): void {
    for (const exchange of [...this.#exchanges.values()]) {
      if (now >= exchange.deadline) this.#abandon(exchange, now);
    }
    if (this.#exchangeAt !== undefined && now >= this.#exchangeAt) this.#begin(now);
    if (this.#marks.takeDue(now) && this.#isReady && this.#online().length > 0) {
      this.#ask({ about: "mark" }, (token) => ({ type: "state", token, of: "digest" }));
    }
  }

  nextTimeout(): Instant | undefined {
    let next = sooner(this.#exchangeAt, this.#marks.at);
    for (const { deadline } of this.#exchanges.values()) next = sooner(next, deadline);
    return next;
  }

  poll(): DocOutput | undefined {
    return this.#outputs.shift() ?? this.#nextMessage();
  }

  #nextMessage(): DocOutput | undefined {
    for (const exchange of this.#exchanges.values()) {
      const bytes = exchange.take();
      if (bytes !== undefined) return { type: "send", peer: exchange.peer, bytes };
      if (!exchange.isDone) continue;
      this.#close(exchange.peer);
      return this.#outputs.shift();
    }
    const [update] = this.#outbox;
    if (update === undefined || this.#isFull) return undefined;
    const bytes = update.take();
    if (update.isDone) this.#outbox.shift();
    return { type: "broadcast", bytes };
  }

  // --- exchanges ------------------------------------------------------------------------------

  /** Whoever has the document spreads, so that not all ask at once; whose person waits for it does not. */
  #exchangeSoon(now: Instant): void {
    this.#exchangeAt ??= this.#isReady ? after(now, randomBelow(this.#random, SPREAD_MS) as Duration) : now;
  }

  #begin(now: Instant): void {
    this.#exchangeAt = undefined;
    const isBusy = this.#opening !== undefined || [...this.#exchanges.values()].some(({ isOurs }) => isOurs);
    if (isBusy) {
      this.#exchangeAt = after(now, DOC_RETRY);
      return;
    }
    const there = this.#online().filter(({ peer }) => !this.#exchanges.has(peer));
    if (there.every(({ peer }) => this.#tried.has(peer))) this.#tried.clear();
    const online = there.filter(({ peer }) => !this.#tried.has(peer));
    const preferred = online.filter(({ peer }) => this.#towards.has(peer));
    const peer = this.#oneOf(preferred.length > 0 ? preferred : online);
    this.#towards.clear();
    if (peer === undefined) return;
    this.#opening = peer;
    this.#outputs.push({ type: "openChannel", peer });
  }

  /** A neighbour, if there is one: over a short way a large state costs the others nothing. */
  #oneOf(members: readonly DocMember[]): PeerId | undefined {
    const neighbours = members.filter(({ isNeighbour }) => isNeighbour);
    const from = neighbours.length > 0 ? neighbours : members;
    return from.length === 0 ? undefined : from[randomBelow(this.#random, from.length)]?.peer;
  }

  #abandon(exchange: DocExchange, now: Instant): void {
    this.#close(exchange.peer);
    if (exchange.isOurs) this.#tryAgain(exchange.peer, now);
  }

  #tryAgain(peer: PeerId, now: Instant): void {
    if (this.#opening === peer) this.#opening = undefined;
    this.#tried.add(peer);
    this.#exchangeAt ??= after(now, this.#retry);
    this.#retry = Math.min(DOC_RETRY_MAX, 2 * this.#retry) as Duration;
  }

  #close(peer: PeerId): void {
    const exchange = this.#exchanges.get(peer);
    this.#exchanges.delete(peer);
    if (exchange?.isDone === true) {
      this.#retry = DOC_RETRY;
      this.#tried.clear();
    }
    this.#outputs.push({ type: "closeChannel", peer });
  }

  #expel(exchange: DocExchange, code: WireError["code"], now: Instant): void {
    this.#exchanges.delete(exchange.peer);
    this.#outputs.push({ type: "misbehaved", peer: exchange.peer, code });
    if (exchange.isOurs) this.#tryAgain(exchange.peer, now);
  }

  // --- marks ----------------------------------------------------------------------------------

  #handleMark(from: PeerId, mark: Uint8Array, now: Instant): void {
    if (!this.#marks.isNews(mark)) return;
    this.#marks.postpone(this.#members.size, now);
    if (!this.#isReady || !this.#isChosen(ANSWERS, this.#online().length)) return;
    const question = { about: "comparison", mark: mark.slice(), from } as const;
    this.#ask(question, (token) => ({ type: "state", token, of: "digest" }));
  }

  #markOf(digest: Uint8Array): Uint8Array {
    return this.#provider.sha256(labelBytes(LABEL.docMark), digest);
  }

  // --- the rest -------------------------------------------------------------------------------

  /** With a probability of `share` in `count`. */
  #isChosen(share: number, count: number): boolean {
    return share >= count || randomBelow(this.#random, count) < share;
  }

  #online(): DocMember[] {
    return [...this.#members.values()].filter(({ isOnline, peer }) => isOnline && peer !== this.#self);
  }

  #isOnline(peer: PeerId): boolean {
    return this.#members.get(peer)?.isOnline ?? false;
  }

  #apply(update: Uint8Array, from: PeerId, question: Question): void {
    const isAuthor = question.about === "update";
    this.#ask(question, (token) => ({ type: "apply", token, update, from, isAuthor }));
  }

  #ask(question: Question, output: (token: number) => DocOutput): void {
    const token = this.#token++;
    this.#questions.set(token, question);
    this.#outputs.push(output(token));
  }

  #answered(token: number): Question | undefined {
    const question = this.#questions.get(token);
    this.#questions.delete(token);
    return question;
  }

  #nextSerial(): number {
    this.#serial = (this.#serial + 1) % 2 ** 32;
    return this.#serial;
  }
}
