/**
 * All that an endpoint believes about others, in one place: contacts, blocks, grants, limits, the
 * clock, the log. It wires the machines of trust together, gathers what they want stored, and
 * writes the log. The rules are theirs.
 *
 * @module
 */
import { type StoreOutput, StoreQueue } from "../app/store-queue.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { isAllZero } from "../lib/bytes.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { AttemptLimits } from "../trust/attempt-limits.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import { AuditLog } from "../trust/audit-log.ts";
import { Authorizer, type Decision } from "../trust/authorizer.ts";
import { BlockList } from "../trust/block-list.ts";
import { ClockGuard } from "../trust/clock-guard.ts";
import { type Grant, grantChain } from "../trust/grant.ts";
import { type GrantAdmission, GrantBook } from "../trust/grant-book.ts";
import type { PendingWord } from "../trust/grant-exchange.ts";
import type { Introduction } from "../trust/introduction.ts";
import { Recognition } from "../trust/recognition.ts";
import { TrustBook } from "../trust/trust-book.ts";
import type { Hello } from "../wire/handshake-packet.ts";

const EPHEMERAL_BYTES = 32;

export type DeskOutput =
  /** Answer {@link TrustDesk.handleStored}: it is tried again until it is durable, and nothing newer overtakes it. */
  | StoreOutput
  /** Trust in `peer` ended: end what it has open. */
  | { readonly type: "revoked"; readonly peer: PeerId }
  /** A grant of `peer` ended: end what ran under it. */
  | { readonly type: "grantEnded"; readonly peer: PeerId; readonly grant: string }
  /** What was kept of grants with `peer` is durable: it may be said. */
  | KeptWord
  /** Contacts, blocks or grants are not what they were; or what was marked is durable. */
  | { readonly type: "changed" };

export interface KeptWord {
  readonly type: "kept";
  readonly peer: PeerId;
  readonly word: PendingWord;
}

interface KeptMark {
  readonly type: "mark";
  readonly mark: number;
}

export class TrustDesk {
  readonly book: TrustBook;
  readonly blocked: BlockList;
  readonly grants: GrantBook;
  readonly limits: AttemptLimits;
  readonly log: AuditLog;
  readonly recognition: Recognition;
  readonly #self: PeerId;
  readonly #clock: ClockGuard;
  readonly #authorizer: Authorizer;
  readonly #store = new StoreQueue<KeptWord | KeptMark>({ isPersistent: true });
  readonly #outputs: DeskOutput[] = [];
  #marks = 0;
  #keptThrough = 0;

  constructor(
    options: {
      provider: CryptoProvider;
      random: RandomSource;
      identity: LocalIdentity;
      restored: readonly StoreEntry[];
    },
    { now, wall }: Moment,
  ) {
    const { provider, random, identity, restored } = options;
    this.#self = identity.peerId;
    this.book = new TrustBook({ random, restored });
    this.blocked = new BlockList(restored);
    this.#clock = new ClockGuard(restored);
    const roleOf = (peer: PeerId): ReturnType<TrustBook["roleOf"]> =>
      peer === identity.peerId ? "owner" : this.book.roleOf(peer);
    this.grants = new GrantBook({ provider, roleOf, restored, now, wall });
    this.limits = new AttemptLimits(restored, now, wall);
    this.log = new AuditLog({ provider, random, identity, restored });
    this.#authorizer = new Authorizer({ roleOf, blocked: this.blocked, grants: this.grants, clock: this.#clock });
    this.recognition = new Recognition(provider, random, identity);
    this.recognition.learn(this.book.contacts);
  }

  // --- questions ------------------------------------------------------------------------------

  isContact(peer: PeerId): boolean {
    return this.book.contactOf(peer) !== undefined && !this.blocked.has(peer);
  }

  /** Whether another key is pinned where this introduction shows one. */
  isKeyChanged({ peer, name }: Introduction, hint: string | undefined): boolean {
    return this.book.meet({ peer, name, ...(hint !== undefined && { hint }) }).at === "changed";
  }

  /** Addresses at which the contact was met, newest first. */
  hintsOf(peer: PeerId): readonly string[] {
    return this.book.keyOf(peer)?.hints ?? [];
  }

  mayOpen(peer: PeerId, source: string, protocol: string, at: Moment): Decision {
    return this.#authorizer.openChannel(peer, source, protocol, at.now, at.wall);
  }

  mayUse(use: { peer: PeerId; source: string; operation: string; bytes?: number }, at: Moment): Decision {
    return this.#authorizer.use(use, at.now, at.wall);
  }

  /** Whether a hello shows the tag of an open invitation to one of our rooms. */
  isGuestBehind(hello: Hello): boolean {
    return !isAllZero(hello.tag) && this.recognition.isGuest(hello.tag, hello.noise.subarray(0, EPHEMERAL_BYTES));
  }

  /** The contact, or member, whose tag a hello shows, if it is not blocked. */
  contactBehind(hello: Hello): PeerId | undefined {
    if (isAllZero(hello.tag)) return undefined;
    const peer = this.recognition.peerOfTag(hello.tag, hello.noise.subarray(0, EPHEMERAL_BYTES));
    return peer === undefined || this.blocked.has(peer) ? undefined : peer;
  }

  /** The last {@link mark} before which everything is durable. */
  get keptThrough(): number {
    return this.#keptThrough;
  }

  // --- commands -------------------------------------------------------------------------------

  audit(record: AuditRecord, at: Moment): void {
    this.log.append(record, at.now, at.wall);
  }

  /** Forgets the contact and its grants. */
  revoke(peer: PeerId, at: Moment): void {
    this.book.revoke(peer);
    this.grants.forget(peer, at.wall);
  }

  /** False if the list is full. */
  block(peer: PeerId, at: Moment): boolean {
    if (!this.blocked.block(peer, at.wall, this.book.contactOf(peer)?.name)) return false;
    this.revoke(peer, at);
    return true;
  }

  /** Honours a grant, ours or one that its subject shows. */
  admit(grant: Grant, at: Moment): GrantAdmission {
    const admission = this.grants.admit(grant.bytes, at.now, at.wall);
    if (admission === "held") this.witness(grant, at);
    return admission;
  }

  /** A date that another with authority signed: our clock cannot be right far before it. */
  witness(grant: Grant, at: Moment): void {
    const { issuer, notBefore } = grantChain(grant).at(-1) ?? grant;
    if (issuer !== this.#self && this.grants.isAuthority(issuer)) this.#clock.witness(notBefore, at.wall);
  }

  /** Whether grants fail because our clock is far behind what was seen before. */
  isClockBehind(at: Moment): boolean {
    return this.#clock.isBehind(at.wall);
  }

  /** A person says that the clock is right, whatever was seen before. */
  acceptClock(at: Moment): void {
    this.#clock.accept(at.wall);
    this.audit({ event: "clockAccepted" }, at);
  }

  /** Keeps grants that travel, which views show. */
  keepGrants(puts: readonly StoreEntry[], deletes: readonly string[]): void {
    this.keep(puts, deletes);
    this.#outputs.push({ type: "changed" });
  }

  /** `kept` comes out when all that was said so far is durable. */
  whenKept(kept: KeptWord, at: Moment): void {
    this.settle(at);
    this.#store.whenStored(kept);
  }

  /** Keeps what belongs to trust and has no machine here. */
  keep(puts: readonly StoreEntry[], deletes: readonly string[]): void {
    for (const { key, value } of puts) this.#store.put(key, value);
    for (const key of deletes) this.#store.delete(key);
  }

  /** Numbers all that was done until now; `changed` tells when {@link keptThrough} has come so far. */
  mark(): number {
    this.#marks += 1;
    this.#store.whenStored({ type: "mark", mark: this.#marks });
    return this.#marks;
  }

  handleStored(token: number, isStored: boolean, now: Instant): void {
    if (isStored) this.#store.stored(token);
    else this.#store.failed(token, now);
    for (const done of this.#store.takeDone()) {
      if (done.type === "kept") this.#outputs.push(done);
      else {
        this.#keptThrough = done.mark;
        this.#outputs.push({ type: "changed" });
      }
    }
  }

  handleTimeout(at: Moment): void {
    this.#store.handleTimeout(at.now);
    this.grants.handleTimeout(at.now);
    this.log.handleTimeout(at.now, at.wall);
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#store.nextTimeout(), sooner(this.grants.nextTimeout(), this.log.nextTimeout()));
  }

  /** Gathers what is to be stored and told: whenever others need to know, and before {@link flush}. */
  settle(at: Moment): void {
    let isChanged = false;
    for (const machine of [this.book, this.blocked, this.grants, this.#clock, this.#authorizer]) {
      for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
        if (output.type === "audit") this.log.append(output.record, at.now, at.wall);
        else if (output.type === "damaged") this.log.append({ event: "damaged", detail: "store" }, at.now, at.wall);
        else if (output.type !== "store") this.#outputs.push(output);
        else {
          this.keep(output.puts, output.deletes);
          isChanged = true;
        }
      }
    }
    if (!isChanged) return;
    this.recognition.learn(this.book.contacts);
    this.#outputs.push({ type: "changed" });
  }

  /** Once a turn, at its end: the next transaction, if none is under way. */
  flush(at: Moment): void {
    this.settle(at);
    // One signature for all lines of a transaction: while one is under way, the next ones wait.
    const lines = this.#store.isBusy ? undefined : this.log.poll();
    if (lines !== undefined) this.keep(lines.puts, lines.deletes);
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
  }

  poll(): DeskOutput | undefined {
    return this.#outputs.shift();
  }
}
