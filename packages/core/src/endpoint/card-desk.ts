/**
 * Relay cards between us and each contact (spec/sealed-items.md §2): ours, made of the relays that we use and of the
 * prekey of the week, and theirs, by which something can be left for them.
 *
 * @module
 */
import { type StoreOutput, StoreQueue } from "../app/store-queue.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { type CardBytes, CardExchange } from "../relay/card-exchange.ts";
import { MailKeys } from "../relay/mail-keys.ts";
import { decodeCard, EMPTY_CARD, encodeCard, type RelayCard, type RelayPlace } from "../relay/relay-card.ts";
import { CARD_RELAYS_MAX, MAIL_HINTS_MAX } from "../wire/mail-limits.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { ContactChannel } from "./contact-channel.ts";
import { entriesByPeer } from "./peer-entries.ts";
import type { SessionEntry } from "./session-table.ts";
import type { TrustDesk } from "./trust-desk.ts";

/** Where what is kept of each contact lies. */
const MAIL_PREFIX = "mail/";
const CARD = "card";

interface Exchange {
  readonly machine: CardExchange;
  readonly channel: ContactChannel;
}

export interface CardDeskOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly trust: TrustDesk;
  readonly restored: readonly StoreEntry[];
}

/** A store output, or: the contact told us something. */
export type CardDeskOutput =
  | StoreOutput
  | { readonly type: "card"; readonly peer: PeerId }
  /** Where it says that it can be reached straight. */
  | { readonly type: "hints"; readonly peer: PeerId; readonly hints: readonly string[] };

export class CardDesk {
  readonly keys: MailKeys;
  readonly #options: CardDeskOptions;
  readonly #store: StoreQueue<CardBytes>;
  readonly #exchanges = new Map<PeerId, Exchange>(); // at most one a contact
  readonly #cards = new Map<PeerId, RelayCard>(); //     likewise
  readonly #touched = new Set<PeerId>();
  readonly #deadlines = new Deadlines<PeerId>(); // of channels that were not taken
  readonly #outputs: CardDeskOutput[] = [];
  #relays: readonly RelayPlace[] = [];
  #addresses: readonly string[] = [];
  readonly #relayed = new Set<PeerId>(); //  contacts whose sessions only a relay carries
  /** What contacts are told: its secret half is durable. */
  #own: CardBytes | undefined;
  /** What they will be told once that is so. */
  #renewed: Uint8Array | undefined;

  constructor(options: CardDeskOptions, { now, wall }: Moment) {
    this.#options = options;
    const { provider, identity, trust, restored } = options;
    this.#store = new StoreQueue({ isPersistent: !identity.isOneTime });
    this.keys = new MailKeys(options, now, wall);
    for (const [peer, entries] of entriesByPeer(restored, MAIL_PREFIX)) {
      const value = entries.find(({ key }) => key === CARD)?.value;
      const card = value === undefined || !trust.isContact(peer) ? undefined : readCard(provider, value);
      if (card === undefined) this.#store.delete(cardKey(peer));
      else this.#cards.set(peer, card);
    }
    this.#keepKeys();
  }

  cardOf(peer: PeerId): RelayCard | undefined {
    return this.#cards.get(peer);
  }

  /** Where a contact's entries are stored. */
  static storePrefix(peer: PeerId): string {
    return `${MAIL_PREFIX}${peer}/`;
  }

  // --- commands -------------------------------------------------------------------------------

  /**
   * The relays at which we can be found from now on, whether or not we are there now, the best first; beyond four, the
   * last are left out. Before the first call contacts are told nothing.
   */
  setRelays(relays: readonly RelayPlace[], at: Moment): void {
    if (this.#options.identity.isOneTime) return; // nobody comes back to it
    this.#relays = relays.slice(0, CARD_RELAYS_MAX);
    this.keys.use(this.#relays.length > 0, at.now, at.wall);
    this.#renew();
  }

  /** Where we can be reached straight: told to contacts with whom only a relay connects us. */
  setAddresses(all: readonly string[], now: Instant): void {
    const addresses = all.slice(0, MAIL_HINTS_MAX);
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    for (const peer of this.#relayed) this.#tellAddresses(peer, now);
  }

  /** The contact is gone. */
  forget(peer: PeerId, at: Moment): void {
    this.#exchanges.get(peer)?.channel.drop(RESET.notAuthorized, at.now);
    this.#exchanges.delete(peer);
    this.#relayed.delete(peer);
    this.#deadlines.set(peer, undefined);
    if (this.#cards.delete(peer)) this.#outputs.push({ type: "card", peer });
  }

  // --- what the world did ---------------------------------------------------------------------

  /** There is a session with the peer, or it is a contact from now on. */
  handleReachable(peer: PeerId): void {
    this.#exchanges.get(peer)?.channel.handleReachable();
    this.#touched.add(peer);
  }

  /** Links of the session came or went. */
  handlePath({ stack, persona }: SessionEntry, now: Instant): void {
    const { straight, relayed } = stack.ways;
    const isOurs = persona.identity === this.#options.identity && this.#options.trust.isContact(stack.peer);
    if (!isOurs || straight || !relayed) this.#relayed.delete(stack.peer);
    else if (!this.#relayed.has(stack.peer)) {
      this.#relayed.add(stack.peer);
      this.#tellAddresses(stack.peer, now);
    }
  }

  /** The peer opened a channel for cards, and may. */
  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    const { peer } = session.stack;
    this.#touched.add(peer);
    this.#of(peer, at.now).channel.handleOffered(session, channel, at.now);
  }

  /** True if the channel is one of ours here. */
  handleAccepted(session: SessionEntry, channel: number, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleAccepted(at.now);
    return exchange !== undefined;
  }

  handleMessages(session: SessionEntry, channel: number, messages: readonly Uint8Array[], at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.machine.handleMessages(messages, at.now);
    return exchange !== undefined;
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleWritable(at.now);
    return exchange !== undefined;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(session: SessionEntry, channel: number, isOver: boolean, at: Moment): boolean {
    const exchange = this.#find(session, channel);
    exchange?.channel.handleEnded(isOver, at.now);
    return exchange !== undefined;
  }

  handleSessionOver(session: SessionEntry, at: Moment): void {
    const { peer } = session.stack;
    this.#touched.add(peer);
    this.#relayed.delete(peer);
    this.#exchanges.get(peer)?.machine.tell(undefined);
    this.#exchanges.get(peer)?.channel.handleSessionOver(session, at.now);
  }

  handleStored(token: number, isStored: boolean, now: Instant): void {
    if (isStored) this.#store.stored(token);
    else this.#store.failed(token, now);
  }

  handleTimeout({ now, wall }: Moment): void {
    this.#store.handleTimeout(now);
    const keysAt = this.keys.nextTimeout();
    if (keysAt !== undefined && now >= keysAt) {
      if (this.keys.handleTimeout(now, wall)) this.#renew();
      else this.#keepKeys();
    }
    for (const peer of this.#deadlines.take(now)) {
      this.#touched.add(peer);
      this.#exchanges.get(peer)?.channel.handleTimeout(now);
    }
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#store.nextTimeout(), sooner(this.keys.nextTimeout(), this.#deadlines.next()));
  }

  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    for (const own of this.#store.takeDone()) {
      this.#own = own;
      for (const { machine } of this.#exchanges.values()) machine.give(own);
      for (const { keys } of this.#options.trust.book.contacts) for (const { peer } of keys) this.#touched.add(peer);
    }
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      this.#settleOne(peer, sessionOf, now);
    }
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
  }

  poll(): CardDeskOutput | undefined {
    return this.#outputs.shift();
  }

  #settleOne(peer: PeerId, sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    const known = this.#exchanges.get(peer);
    // Asking for a session brings it back if it has lost its path: not without need.
    const isNew = known === undefined && this.#own !== undefined && sessionOf(peer) !== undefined;
    const exchange = known ?? (isNew ? this.#of(peer, now) : undefined);
    if (exchange === undefined) return;
    const { machine, channel } = exchange;
    this.#drain(peer, exchange, now);
    const asks = machine.wantsChannel && channel.isNone;
    if (asks && channel.askAgainAt === undefined) {
      const session = sessionOf(peer);
      if (session !== undefined) channel.open(session, now);
    }
    this.#deadlines.set(peer, asks && channel.isNone ? channel.askAgainAt : undefined);
  }

  #drain(peer: PeerId, { machine, channel }: Exchange, now: Instant): void {
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type === "transmit") channel.send(output.bytes, now);
      else if (output.type === "consumed") channel.consumed(output.bytes);
      else if (output.type === "violation") channel.drop(RESET.protocolError, now);
      else if (output.type === "hints") this.#outputs.push({ type: "hints", peer, hints: output.hints });
      else {
        this.#cards.set(peer, output.card);
        this.#store.put(cardKey(peer), output.bytes);
        this.#outputs.push({ type: "card", peer });
      }
    }
  }

  #tellAddresses(peer: PeerId, now: Instant): void {
    if (this.#addresses.length === 0) return;
    this.#of(peer, now).machine.tell(this.#addresses);
    this.#touched.add(peer);
  }

  /** Our card is to be another: it is told when the secret half of its prekey is durable. */
  #renew(): void {
    this.#keepKeys();
    const prekey = this.keys.latest;
    if (prekey === undefined) return; // no contact can have one of ours that is still good
    const bytes = encodeCard(this.#relays.length === 0 ? EMPTY_CARD : { relays: this.#relays, prekey });
    if (this.#renewed !== undefined && bytesEqual(this.#renewed, bytes)) return;
    this.#renewed = bytes;
    this.#store.whenStored({ bytes, hash: this.#options.provider.sha256(bytes) });
  }

  #keepKeys(): void {
    const { puts, deletes } = this.keys.takeUnsaved();
    for (const { key, value } of puts) this.#store.put(key, value);
    for (const key of deletes) this.#store.delete(key);
  }

  /** The exchange on this channel, to which something happens. */
  #find(session: SessionEntry, channel: number): Exchange | undefined {
    const exchange = this.#exchanges.get(session.stack.peer);
    if (exchange?.channel.isThis(session, channel) !== true) return undefined;
    this.#touched.add(session.stack.peer);
    return exchange;
  }

  #of(peer: PeerId, now: Instant): Exchange {
    const known = this.#exchanges.get(peer);
    if (known !== undefined) return known;
    const machine = new CardExchange(this.#options.provider, peer, now);
    if (this.#own !== undefined) machine.give(this.#own);
    const exchange = { machine, channel: new ContactChannel(this.#options.identity.peerId, PROTOCOL.mail, machine) };
    this.#exchanges.set(peer, exchange);
    return exchange;
  }
}

const cardKey = (peer: PeerId): string => CardDesk.storePrefix(peer) + CARD;

/** A damaged one is forgotten: the contact gives it again. */
function readCard(provider: CryptoProvider, value: Uint8Array): RelayCard | undefined {
  try {
    return decodeCard(provider, value);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
