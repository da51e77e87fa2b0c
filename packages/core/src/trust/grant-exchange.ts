/**
 * Grants between one contact and us, over a `grant/1` channel (spec/grants.md). The machine outlives
 * channels, sessions and processes: what we have to tell waits in {@link GrantOutbox} until the
 * contact has it durably; what it gave us lies in {@link ReceivedGrants}.
 *
 * Whatever arrives is a claim. Here it is counted, its signatures and its parties are checked; what
 * it is worth on this device is the grant book's to say, which the driver asks.
 *
 * @module
 */
import { streamBytes } from "../channel/message-assembler.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { CLOCK_SKEW, GRANT_CLAIMS_BURST_MAX, GRANT_CLAIMS_PER_MINUTE_MAX } from "../wire/limits.ts";
import { decodeGrant, type Grant, isGrantGenuine } from "./grant.ts";
import {
  decodeGrantMessage,
  encodeGrantMessage,
  type GrantAnswer,
  type GrantClaim,
  type GrantMessage,
  type GrantRefusalWord,
} from "./grant-message.ts";
import { encodeNews, GrantOutbox, type News } from "./grant-outbox.ts";
import { ReceivedGrants } from "./received-grants.ts";
import { type AuditOutput, type DamagedOutput, entriesUnder, type StoreOutput, storeOutput } from "./stored.ts";

const IN_PREFIX = "in/";
const OUT_PREFIX = "out/";

/** A claim that waits for its answer; its credit goes back with it. */
export interface PendingClaim {
  readonly type: GrantClaim["type"];
  readonly grant: Grant;
  /** The channel that it came on: another is not answered. */
  readonly channel: number;
  readonly bytes: number;
}

/** What may be said once it is durable: an answer, or news of ours. */
export type PendingWord = PendingClaim | { readonly type: "news"; readonly news: News };

/** What became of a claim: taken, or why not. */
export type ClaimVerdict = "taken" | GrantRefusalWord;

export type GrantExchangeOutput =
  | StoreOutput
  | AuditOutput
  | DamagedOutput
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many bytes of `handleMessages`, prefixes included, are done with. */
  | { readonly type: "consumed"; readonly bytes: number }
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  /** Genuine, and its subject shows it, or its issuer takes it back: ask the grant book, then {@link GrantExchange.answer}. */
  | { readonly type: "claimed"; readonly claim: PendingClaim }
  /** All that was put out before is to be durable; then {@link GrantExchange.handleKept}. */
  | { readonly type: "keep"; readonly word: PendingWord }
  /** The peer gave us `grant`, or took it back, or its time has run out. */
  | { readonly type: "received" | "withdrawn" | "expired"; readonly grant: Grant };

export interface GrantExchangeOptions {
  readonly provider: CryptoProvider;
  readonly self: PeerId;
  readonly peer: PeerId;
  /** Every entry of an earlier process, in any order. */
  readonly restored: readonly StoreEntry[];
  readonly now: Instant;
  readonly wall: WallTime;
}

export class GrantExchange {
  readonly #provider: CryptoProvider;
  readonly #self: PeerId;
  readonly #peer: PeerId;
  readonly #outbox = new GrantOutbox();
  readonly #received = new ReceivedGrants();
  readonly #claims: TokenBucket;
  readonly #outputs: GrantExchangeOutput[] = [];
  /** As many as the credit of a channel lets the peer ask for. */
  #answers: { readonly message: GrantAnswer; readonly bytes: number }[] = [];
  #channel: { at: "none" } | { at: "open" } | { at: "full" } = { at: "none" };
  #channelNumber = 0;

  constructor(options: GrantExchangeOptions) {
    const { provider, self, peer, restored, now, wall } = options;
    [this.#provider, this.#self, this.#peer] = [provider, self, peer];
    this.#claims = new TokenBucket({
      capacity: GRANT_CLAIMS_BURST_MAX,
      perSecond: GRANT_CLAIMS_PER_MINUTE_MAX / 60,
      now,
    });
    for (const { key, value } of entriesUnder(restored, IN_PREFIX)) this.#restore(key, value, now, wall);
    for (const { key, value } of entriesUnder(restored, OUT_PREFIX)) {
      if (!this.#outbox.restore(provider, key, value, now, wall)) this.#damaged(OUT_PREFIX + key);
    }
  }

  /** What the peer lets us do there. */
  get received(): readonly Grant[] {
    return this.#received.all;
  }

  /** What we gave it, whether or not it knows. */
  get given(): readonly Grant[] {
    return this.#outbox.of("give");
  }

  /** Whether a channel would be of use now. */
  get wantsChannel(): boolean {
    return this.#channel.at === "none" && this.#outbox.waiting > 0;
  }

  /** `undefined`: it was never told, or is no news any more. */
  stateOf(id: string): News["state"] | undefined {
    return this.#outbox.get(id)?.state;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Tells the peer of a grant for it, or shows it one of ours. False when there are too many. */
  tell(what: "give" | "show", grant: Grant, now: Instant, wall: WallTime): boolean {
    if (!this.#outbox.add(what, grant, now, wall)) return false;
    this.#say(grant.id);
    return true;
  }

  /** Tells the peer that a grant of ours is over before its time. */
  revoke(grant: Grant, now: Instant, wall: WallTime): void {
    const oldest = this.#outbox.addRevocation(grant, now, wall);
    if (oldest !== undefined) {
      this.#outputs.push(storeOutput([], [OUT_PREFIX + oldest.id]));
      this.#audit({ event: "limitHit", peer: this.#peer, detail: "revocations" });
    }
    this.#say(grant.id);
  }

  /** Says no more of a grant that is over by itself. */
  unsay(id: string): void {
    if (this.#outbox.remove(id)) this.#outputs.push(storeOutput([], [OUT_PREFIX + id]));
  }

  /** The contact is gone: nothing of it is kept. */
  forget(): void {
    const keys = this.received.map(({ id }) => IN_PREFIX + id);
    for (const what of ["give", "show", "revoke"] as const)
      keys.push(...this.#outbox.of(what).map(({ id }) => OUT_PREFIX + id));
    if (keys.length > 0) this.#outputs.push(storeOutput([], keys));
  }

  /** What became of a claim; a yes is said when it is durable. */
  answer({ type, grant: { id }, channel, bytes }: PendingClaim, verdict: ClaimVerdict): void {
    if (channel !== this.#channelNumber || this.#channel.at === "none") return;
    const taken = type === "grant" ? "held" : "ended";
    const message: GrantAnswer = verdict === "taken" ? { type: taken, id } : { type: "refused", id, why: verdict };
    this.#answers.push({ message, bytes });
  }

  // --- what the world did ---------------------------------------------------------------------

  handleKept(word: PendingWord): void {
    if (word.type === "news") this.#outbox.stored(word.news);
    else this.answer(word, "taken");
  }

  /** There is a new session. */
  handleReachable(): void {
    this.#outbox.retryRefused();
  }

  handleChannelOpened(_now: Instant): void {
    this.#closeChannel();
    this.#channel = { at: "open" };
  }

  handleChannelClosed(_now: Instant): void {
    this.#closeChannel();
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(_now: Instant): void {
    if (this.#channel.at === "open") this.#channel = { at: "full" };
  }

  handleWritable(_now: Instant): void {
    if (this.#channel.at === "full") this.#channel = { at: "open" };
  }

  /** Messages of the open channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[], now: Instant, wall: WallTime): void {
    for (const bytes of messages) {
      if (this.#channel.at === "none") return;
      try {
        this.#receive(decodeGrantMessage(bytes), bytes.length, now, wall);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#closeChannel();
        this.#audit({ event: "misbehaved", peer: this.#peer, detail: "grant message" });
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
  }

  handleTimeout(now: Instant): void {
    const over = this.#received.expire(now);
    for (const grant of over) this.#outputs.push({ type: "expired", grant });
    const keys = [...over.map(({ id }) => IN_PREFIX + id), ...this.#outbox.expire(now).map((id) => OUT_PREFIX + id)];
    if (keys.length > 0) this.#outputs.push(storeOutput([], keys));
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#outbox.nextTimeout(), this.#received.nextTimeout());
  }

  poll(): GrantExchangeOutput | undefined {
    if (this.#outputs.length === 0 && this.#channel.at === "open") this.#fill();
    return this.#outputs.shift();
  }

  /** One message, so that a channel that does not take it gets no second one. */
  #fill(): void {
    const answer = this.#answers.shift();
    if (answer !== undefined) {
      this.#transmit(answer.message);
      this.#outputs.push({ type: "consumed", bytes: answer.bytes });
      return;
    }
    const news = this.#outbox.take();
    if (news !== undefined) this.#transmit({ type: news.what === "revoke" ? "revoke" : "grant", grant: news.grant });
  }

  #receive(message: GrantMessage, length: number, now: Instant, wall: WallTime): void {
    const bytes = streamBytes(length);
    switch (message.type) {
      case "grant":
      case "revoke":
        this.#judge({ ...message, channel: this.#channelNumber, bytes }, now, wall);
        return;
      case "held":
        this.#settle(message.id, ["give", "show"]);
        break;
      case "ended":
        this.#settle(message.id, ["revoke"]);
        break;
      case "refused":
        this.#refused(message.id);
    }
    this.#outputs.push({ type: "consumed", bytes });
  }

  #judge(claim: PendingClaim, now: Instant, wall: WallTime): void {
    const { type, grant } = claim;
    if (!this.#claims.take(1, now)) return this.#refuse(claim, "rate", "rate");
    if (!isGrantGenuine(this.#provider, grant)) return this.#refuse(claim, "notHonoured", "not-genuine");
    if (type === "revoke" && grant.issuer === this.#peer) return this.#withdraw(claim);
    if (type === "grant" && grant.subject === this.#peer) {
      this.#outputs.push({ type: "claimed", claim });
      return;
    }
    if (type === "grant" && grant.subject === this.#self && grant.issuer === this.#peer)
      return this.#take(claim, now, wall);
    this.#refuse(claim, "notHonoured", "party");
  }

  /** A grant for us, by the peer. */
  #take(claim: PendingClaim, now: Instant, wall: WallTime): void {
    const { grant } = claim;
    if (!this.#received.has(grant.id)) {
      if (wall > grant.notAfter + CLOCK_SKEW) return this.#refuse(claim, "notHonoured", "expired");
      if (!this.#received.add(grant, now, wall)) {
        this.#audit({ event: "limitHit", peer: this.#peer, detail: "received grants" });
        this.answer(claim, "full");
        return;
      }
      this.#outputs.push(storeOutput([{ key: IN_PREFIX + grant.id, value: grant.bytes }]));
      const detail = grant.operations.join(" ").slice(0, 64);
      this.#audit({ event: "grantReceived", peer: this.#peer, detail });
      this.#outputs.push({ type: "received", grant });
    }
    this.#outputs.push({ type: "keep", word: claim });
  }

  /** A grant by the peer, taken back: ours, or one that others show here. */
  #withdraw(claim: PendingClaim): void {
    const { grant } = claim;
    if (this.#received.remove(grant.id)) {
      this.#outputs.push(storeOutput([], [IN_PREFIX + grant.id]));
      this.#audit({ event: "grantWithdrawn", peer: this.#peer, detail: grant.id });
      this.#outputs.push({ type: "withdrawn", grant });
    }
    this.#outputs.push({ type: "claimed", claim });
  }

  #settle(id: string, kinds: readonly News["what"][]): void {
    const news = this.#outbox.get(id);
    if (news === undefined || news.state === "taken" || !kinds.includes(news.what)) return;
    if (news.what === "revoke") return this.unsay(id);
    news.state = "taken";
    this.#keep(id);
  }

  #refused(id: string): void {
    const news = this.#outbox.get(id);
    if (news?.state === "said") news.state = "refused";
  }

  #refuse(claim: PendingClaim, why: GrantRefusalWord, reason: string): void {
    this.#audit({ event: "denied", peer: this.#peer, detail: `grant.exchange ${reason}` });
    this.answer(claim, why);
  }

  #say(id: string): void {
    this.#keep(id);
    const news = this.#outbox.get(id);
    if (news !== undefined) this.#outputs.push({ type: "keep", word: { type: "news", news } });
  }

  #keep(id: string): void {
    const news = this.#outbox.get(id);
    if (news !== undefined) this.#outputs.push(storeOutput([{ key: OUT_PREFIX + id, value: encodeNews(news) }]));
  }

  #restore(id: string, value: Uint8Array, now: Instant, wall: WallTime): void {
    const grant = this.#readable(value);
    if (grant?.id !== id || !this.#received.add(grant, now, wall)) this.#damaged(IN_PREFIX + id);
  }

  #readable(value: Uint8Array): Grant | undefined {
    try {
      const grant = decodeGrant(value);
      return isGrantGenuine(this.#provider, grant) && grant.issuer === this.#peer ? grant : undefined;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
  }

  #damaged(key: string): void {
    this.#outputs.push({ type: "damaged", key }, storeOutput([], [key]));
  }

  #transmit(message: GrantMessage): void {
    this.#outputs.push({ type: "transmit", bytes: encodeGrantMessage(message) });
  }

  #audit(record: AuditOutput["record"]): void {
    this.#outputs.push({ type: "audit", record });
  }

  #closeChannel(): void {
    // What was meant for a channel that is gone.
    const kept = this.#outputs.filter(({ type }) => type !== "transmit" && type !== "consumed");
    this.#outputs.splice(0, this.#outputs.length, ...kept);
    this.#channel = { at: "none" };
    this.#channelNumber += 1;
    this.#answers = [];
    this.#outbox.landAll();
  }
}
