/**
 * Grants between us and each contact: one exchange per contact, fed from the store at the start, and
 * the channel that it uses while a session is up. What is shown to us goes to the grant book; what
 * ends there, or at whoever gave it to us, is told to those who have it from us.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { type Grant, grantChain } from "../trust/grant.ts";
import type { GrantAdmission } from "../trust/grant-book.ts";
import {
  GrantExchange,
  type GrantExchangeOutput,
  type PendingClaim,
  type PendingWord,
} from "../trust/grant-exchange.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { ContactChannel } from "./contact-channel.ts";
import { entriesByPeer } from "./peer-entries.ts";
import type { SessionEntry } from "./session-table.ts";
import type { TrustDesk } from "./trust-desk.ts";

/** Where grants that travel are stored. */
const GRANTS_PREFIX = "trust/exchange/";

interface Exchange {
  readonly machine: GrantExchange;
  readonly channel: ContactChannel;
}

export class GrantDesk {
  readonly #provider: CryptoProvider;
  readonly #self: PeerId;
  readonly #trust: TrustDesk;
  readonly #exchanges = new Map<PeerId, Exchange>(); // at most one a contact
  /** Those that something happened to since the last {@link settle}. */
  readonly #touched = new Set<PeerId>();
  readonly #deadlines = new Deadlines<PeerId>();

  /** `restored`: every stored entry; others than grants that travel are left alone. */
  constructor(
    options: { provider: CryptoProvider; self: PeerId; trust: TrustDesk; restored: readonly StoreEntry[] },
    at: Moment,
  ) {
    [this.#provider, this.#self, this.#trust] = [options.provider, options.self, options.trust];
    for (const [peer, restored] of entriesByPeer(options.restored, GRANTS_PREFIX)) this.#create(peer, restored, at);
    this.#reconcile(at);
  }

  /** What contacts let us do there. */
  get received(): readonly Grant[] {
    return [...this.#exchanges.values()].flatMap(({ machine }) => machine.received);
  }

  /** What we derived from it for others. */
  get passedOn(): readonly Grant[] {
    return [...this.#exchanges.values()]
      .flatMap(({ machine }) => machine.given)
      .filter(({ parent }) => parent !== undefined);
  }

  /** How far the news of a grant came to `peer`. */
  stateOf(peer: PeerId, id: string): ReturnType<GrantExchange["stateOf"]> {
    return this.#exchanges.get(peer)?.machine.stateOf(id);
  }

  // --- commands -------------------------------------------------------------------------------

  /** Honours a grant that we issued, and tells its subject. */
  give(grant: Grant, at: Moment): GrantAdmission {
    const admission = this.#trust.admit(grant, at);
    if (admission === "held") this.#of(grant.subject, at).machine.tell("give", grant, at.now, at.wall);
    return admission;
  }

  /** Tells its subject of a grant that we derived. False when it has too many of us. */
  passOn(grant: Grant, at: Moment): boolean {
    return this.#of(grant.subject, at).machine.tell("give", grant, at.now, at.wall);
  }

  /** Shows `peer` a grant for us, so that it honours it. False when too many are shown to it. */
  show(peer: PeerId, grant: Grant, at: Moment): boolean {
    return this.#of(peer, at).machine.tell("show", grant, at.now, at.wall);
  }

  /** Takes back what we gave or passed on to `peer`. False if it cannot be remembered. */
  revoke(peer: PeerId, id: string, at: Moment): boolean {
    const passed = this.#exchanges.get(peer)?.machine.given.find((grant) => grant.id === id);
    if (passed?.parent === undefined) return this.#trust.grants.revoke(id, at.wall);
    this.#revokePassed(passed, at);
    return true;
  }

  /** The contact is gone. */
  forget(peer: PeerId, at: Moment): void {
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return;
    exchange.channel.drop(RESET.notAuthorized, at.now);
    for (const grant of exchange.machine.received) this.#handleWithdrawn(grant, at);
    exchange.machine.forget();
    this.#drain(peer, exchange, at);
    this.#exchanges.delete(peer);
    this.#touched.delete(peer);
    this.#deadlines.set(peer, undefined);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** There is a session with the peer, or it is a contact from now on. */
  handleReachable(peer: PeerId): void {
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return;
    exchange.machine.handleReachable();
    exchange.channel.handleReachable();
    this.#touched.add(peer);
  }

  /** A grant that we honoured is over: who has it from us is told, unless its time had come. */
  handleEnded(peer: PeerId, id: string, at: Moment): void {
    const machine = this.#exchanges.get(peer)?.machine;
    const grant = machine?.given.find((each) => each.id === id);
    if (machine === undefined || grant === undefined) return;
    this.#touched.add(peer);
    if (this.#trust.grants.isRevoked(id)) machine.revoke(grant, at.now, at.wall);
    else machine.unsay(id);
  }

  /** What was kept of grants with `peer` is durable. */
  handleKept(peer: PeerId, word: PendingWord): void {
    this.#touched.add(peer);
    this.#exchanges.get(peer)?.machine.handleKept(word);
  }

  /** The peer opened a channel for grants, and may. */
  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    this.#of(session.stack.peer, at).channel.handleOffered(session, channel, at.now);
  }

  /** True if the channel is one of ours here. */
  handleAccepted(session: SessionEntry, channel: number, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleAccepted(at.now);
    return exchange !== undefined;
  }

  handleMessages(session: SessionEntry, channel: number, messages: readonly Uint8Array[], at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.machine.handleMessages(messages, at.now, at.wall);
    return exchange !== undefined;
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleWritable(at.now);
    return exchange !== undefined;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEndedChannel(session: SessionEntry, channel: number, isOver: boolean, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleEnded(isOver, at.now);
    return exchange !== undefined;
  }

  handleSessionOver(session: SessionEntry, at: Moment): void {
    const { peer } = session.stack;
    const exchange = this.#exchanges.get(peer);
    if (exchange === undefined) return;
    this.#touched.add(peer);
    exchange.channel.handleSessionOver(session, at.now);
  }

  handleTimeout(now: Instant): void {
    for (const peer of this.#deadlines.take(now)) {
      this.#touched.add(peer);
      const exchange = this.#exchanges.get(peer);
      exchange?.machine.handleTimeout(now);
      exchange?.channel.handleTimeout(now);
    }
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** Does what the exchanges want done, on channels and in the trust desk. */
  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, at: Moment): void {
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      const exchange = this.#exchanges.get(peer);
      if (exchange !== undefined) this.#settleOne(peer, exchange, sessionOf, at);
    }
  }

  #settleOne(
    peer: PeerId,
    exchange: Exchange,
    sessionOf: (peer: PeerId) => SessionEntry | undefined,
    at: Moment,
  ): void {
    this.#drain(peer, exchange, at);
    const { machine, channel } = exchange;
    const asks = machine.wantsChannel && channel.isNone;
    if (asks && channel.askAgainAt === undefined) {
      const session = sessionOf(peer);
      if (session !== undefined) channel.open(session, at.now);
    }
    const asksAgain = asks && channel.isNone ? channel.askAgainAt : undefined;
    this.#deadlines.set(peer, sooner(machine.nextTimeout(), asksAgain));
  }

  #drain(peer: PeerId, { machine, channel }: Exchange, at: Moment): void {
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type === "transmit") channel.send(output.bytes, at.now);
      else if (output.type === "consumed") channel.consumed(output.bytes);
      else if (output.type === "violation") channel.drop(RESET.protocolError, at.now);
      else this.#carryOut(peer, machine, output, at);
    }
  }

  #carryOut(
    peer: PeerId,
    machine: GrantExchange,
    output: Exclude<GrantExchangeOutput, { type: "transmit" | "consumed" | "violation" }>,
    at: Moment,
  ): void {
    switch (output.type) {
      case "store": {
        const prefix = `${GRANTS_PREFIX}${peer}/`;
        this.#trust.keepGrants(
          output.puts.map(({ key, value }) => ({ key: prefix + key, value })),
          output.deletes.map((key) => prefix + key),
        );
        break;
      }
      case "audit":
        this.#trust.audit(output.record, at);
        break;
      case "damaged":
        this.#trust.audit({ event: "damaged", detail: "store" }, at);
        break;
      case "keep":
        this.#trust.whenKept({ type: "kept", peer, word: output.word }, at);
        break;
      case "claimed":
        this.#judge(peer, machine, output.claim, at);
        break;
      case "received":
        this.#handleReceived(output.grant, at);
        break;
      case "withdrawn":
        this.#handleWithdrawn(output.grant, at);
        break;
      case "expired":
        this.#unsay(output.grant.id);
    }
  }

  /** Asks the grant book. A yes is said when it is durable. */
  #judge(peer: PeerId, machine: GrantExchange, claim: PendingClaim, at: Moment): void {
    const { type, grant } = claim;
    const found = type === "grant" ? this.#trust.admit(grant, at) : this.#trust.grants.withdraw(grant, at.wall);
    // What its issuer gave us and took back is done with, whether or not it counted for anything here.
    const isTaken = found === "held" || found === "withdrawn" || (found === "issuer" && grant.subject === this.#self);
    if (isTaken) return this.#trust.whenKept({ type: "kept", peer, word: claim }, at);
    if (type === "grant") this.#trust.audit({ event: "denied", peer, detail: `grant.exchange ${found}` }, at);
    machine.answer(claim, found === "full" ? "full" : "notHonoured");
  }

  /** A derived grant is of use at its root's issuer only once that has seen it. */
  #handleReceived(grant: Grant, at: Moment): void {
    this.#trust.witness(grant, at);
    const root = grantChain(grant).at(-1) ?? grant;
    if (grant.parent !== undefined && this.#trust.isContact(root.issuer)) this.show(root.issuer, grant, at);
  }

  /** What we have no more is shown to nobody, and what we derived from it is over. */
  #handleWithdrawn({ id }: Grant, at: Moment): void {
    this.#unsay(id);
    for (const passed of this.passedOn)
      if (grantChain(passed).some((link) => link.id === id)) this.#revokePassed(passed, at);
  }

  #unsay(id: string): void {
    for (const [peer, { machine }] of this.#exchanges) {
      this.#touched.add(peer);
      machine.unsay(id);
    }
  }

  /** Tells the subject, and the root's issuer: there it would be used; and here, if it counts here too. */
  #revokePassed(grant: Grant, at: Moment): void {
    const root = grantChain(grant).at(-1) ?? grant;
    this.#trust.grants.withdraw(grant, at.wall);
    for (const peer of [grant.subject, root.issuer])
      if (this.#trust.isContact(peer)) this.#of(peer, at).machine.revoke(grant, at.now, at.wall);
    this.#trust.audit({ event: "grantRevoked", peer: grant.subject, detail: grant.id }, at);
  }

  /** After a kill between two transactions, or a version without exchanges: the books decide. */
  #reconcile(at: Moment): void {
    for (const [peer, { machine }] of [...this.#exchanges]) {
      if (!this.#trust.isContact(peer)) this.forget(peer, at);
      else for (const { id } of machine.given) if (!this.#isGiven(peer, id)) this.handleEnded(peer, id, at);
    }
    for (const contact of this.#trust.book.contacts) {
      for (const { peer } of contact.keys) {
        for (const grant of this.#trust.grants.grantsOf(peer))
          if (grant.issuer === this.#self && this.stateOf(peer, grant.id) === undefined) this.passOn(grant, at);
      }
    }
  }

  /** Whether a grant that we gave still is in the book; one that we passed on never was. */
  #isGiven(peer: PeerId, id: string): boolean {
    const passed = this.passedOn.some((grant) => grant.id === id);
    return passed || this.#trust.grants.grantsOf(peer).some((grant) => grant.id === id);
  }

  /** The exchange on this channel, to which something happens. */
  #find(session: SessionEntry, channel: number): Exchange | undefined {
    const exchange = this.#exchanges.get(session.stack.peer);
    if (exchange?.channel.isThis(session, channel) !== true) return undefined;
    this.#touched.add(session.stack.peer);
    return exchange;
  }

  #of(peer: PeerId, at: Moment): Exchange {
    this.#touched.add(peer);
    return this.#exchanges.get(peer) ?? this.#create(peer, [], at);
  }

  #create(peer: PeerId, restored: readonly StoreEntry[], { now, wall }: Moment): Exchange {
    const machine = new GrantExchange({ provider: this.#provider, self: this.#self, peer, restored, now, wall });
    const exchange = { machine, channel: new ContactChannel(this.#self, PROTOCOL.grant, machine) };
    this.#exchanges.set(peer, exchange);
    this.#touched.add(peer);
    return exchange;
  }
}
