/**
 * What waits at relays: texts and receipts of ours for contacts that are away, and what others left for us
 * (spec/sealed-items.md §4). Connections to relays are the driver's; it may refuse to leave something anywhere.
 *
 *     away for 10 s, something waits, a card names a relay ─▶ deposit ─▶ kept ─▶ a copy at another relay
 *                                              ▲                 └─▶ failed: the next relay, later all again
 *     item ─opened, its sender a contact─▶ chat ─durable─▶ taken
 *
 * @module
 */

import { decodeMailContent, encodeMailContent, type MailMessage } from "../app/chat/mail-content.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import { after, type Instant, instant, millis, sooner } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import type { RelayPlace } from "../relay/relay-card.ts";
import { ITEM_CONTENT_BYTES_MAX, type ItemRefusal, openItem } from "../relay/sealed-item.ts";
import { isPrekeyOver, type Prekey } from "../trust/prekey.ts";
import {
  BAD_ITEMS_BURST_MAX,
  BAD_ITEMS_LOGGED_BURST_MAX,
  BAD_ITEMS_LOGGED_PER_HOUR_MAX,
  BAD_ITEMS_PER_MINUTE_MAX,
  DEPOSIT_RETRY_MAX,
  DEPOSIT_RETRY_MIN,
  DEPOSIT_TIMEOUT,
  ITEM_LIFETIME_MIN,
  ITEMS_IN_HAND_MAX,
  MAIL_PATIENCE,
} from "../wire/mail-limits.ts";
import { CardDesk, type CardDeskOptions, type CardDeskOutput } from "./card-desk.ts";
import type { Conversations } from "./conversations.ts";
import { MailCopies } from "./mail-copies.ts";
import { type DepositOrder, depositOrder, type MailFreight } from "./mail-order.ts";
import type { SessionEntry } from "./session-table.ts";

/** As a relay names an item. `relay`: the driver's number for it. */
export interface ItemName {
  readonly relay: number;
  readonly from: Uint8Array;
  readonly id: Uint8Array;
}

export type MailOutput =
  | Extract<CardDeskOutput, { type: "store" }>
  | DepositOrder
  /** Where a contact says that it can be reached straight. */
  | { readonly type: "hints"; readonly peer: PeerId; readonly hints: readonly string[] }
  /** It is done with: the relay may forget it. */
  | ({ readonly type: "itemTaken" } & ItemName)
  /** For the log: an item that counted for nothing. */
  | { readonly type: "itemRefused"; readonly why: ItemRefusal | "stranger"; readonly sender: PeerId | undefined };

interface Outgoing {
  /** Since when nothing reaches the contact. */
  awayFrom: Instant | undefined;
  retryAt: Instant | undefined;
  failures: number;
  /** Which of its relays is next, by their order in the card. */
  relay: number;
  underWay: UnderWay | undefined;
}

interface UnderWay {
  readonly deposit: number;
  readonly messages: readonly MailMessage[];
  readonly freight: MailFreight;
  readonly relay: RelayPlace;
  /** When the relay has not answered. */
  readonly until: Instant;
  /** When nobody wants it any more. */
  readonly ends: Instant;
}

export interface MailDeskOptions extends CardDeskOptions {
  readonly conversations: Conversations;
  /** Whether a session with the contact has a path now. */
  readonly isUp: (peer: PeerId) => boolean;
}

export class MailDesk {
  readonly cards: CardDesk;
  readonly #options: MailDeskOptions;
  readonly #outgoing = new Map<PeerId, Outgoing>(); // contacts with something waiting
  readonly #touched = new Set<PeerId>();
  readonly #deadlines = new Deadlines<PeerId>();
  readonly #deposits = new Map<number, PeerId>(); //   at most one a contact; copies are counted elsewhere
  readonly #copies: MailCopies;
  readonly #inHand = new Map<number, { readonly name: ItemName; readonly sender: PeerId }>(); // at most ITEMS_IN_HAND_MAX
  readonly #patience: TokenBucket; // with items that come to nothing
  readonly #logged: TokenBucket;
  readonly #outputs: MailOutput[] = [];
  #next = 1;

  constructor(options: MailDeskOptions, at: Moment) {
    this.#options = options;
    this.cards = new CardDesk(options, at);
    this.#copies = new MailCopies({ ...options, nextNumber: () => this.#next++ });
    const { now } = at;
    this.#patience = new TokenBucket({ capacity: BAD_ITEMS_BURST_MAX, perSecond: BAD_ITEMS_PER_MINUTE_MAX / 60, now });
    const perSecond = BAD_ITEMS_LOGGED_PER_HOUR_MAX / 3_600;
    this.#logged = new TokenBucket({ capacity: BAD_ITEMS_LOGGED_BURST_MAX, perSecond, now });
  }

  // --- what the world did ---------------------------------------------------------------------

  /** A path to the contact came or went, its session ended, or there is something new for it. */
  handleChanged(peer: PeerId): void {
    this.#touched.add(peer);
  }

  /** The network may be another than a moment ago: what failed may not now. */
  retry(): void {
    for (const [peer, outgoing] of this.#outgoing) {
      [outgoing.retryAt, outgoing.failures] = [undefined, 0];
      this.#touched.add(peer);
    }
  }

  /** What became of a deposit. `kept`: the relay said *done*. */
  handleDeposited(deposit: number, outcome: "kept" | "failed", at: Moment): void {
    const peer = this.#deposits.get(deposit);
    if (peer !== undefined) this.#finish(peer, outcome, at);
    else this.#copies.handleDeposited(deposit, outcome, at);
  }

  /** What a relay kept for us. One too many at a time is left there: it comes again. Keeps no reference to `sealed`. */
  handleItem(name: ItemName, sealed: Uint8Array, at: Moment): void {
    if (this.#inHand.size >= ITEMS_IN_HAND_MAX || this.#patience.available(at.now) < 1) return;
    const own: ItemName = { relay: name.relay, from: name.from.slice(), id: name.id.slice() };
    const opened = openItem(this.#options.provider, (mark) => this.cards.keys.secretOf(mark), sealed);
    if (!opened.isOpen) return this.#refuse(own, opened.why, undefined, at);
    if (!this.#options.trust.isContact(opened.sender)) return this.#refuse(own, "stranger", opened.sender, at);
    try {
      const messages = decodeMailContent(opened.content);
      const item = this.#next++;
      this.#inHand.set(item, { name: own, sender: opened.sender });
      this.#options.conversations.handleMail(opened.sender, messages, item, at);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refuse(own, "forged", opened.sender, at);
    }
  }

  /** What an item brought is durable. */
  handleTaken(item: number): void {
    const taken = this.#inHand.get(item);
    if (taken === undefined) return;
    this.#inHand.delete(item);
    this.#outputs.push({ type: "itemTaken", ...taken.name });
  }

  /** The contact is gone, and what it left with it. */
  forget(peer: PeerId, at: Moment): void {
    this.cards.forget(peer, at);
    const outgoing = this.#outgoing.get(peer);
    if (outgoing !== undefined) this.#drop(peer, outgoing);
    this.#copies.forget(peer);
    for (const [item, { sender }] of [...this.#inHand]) if (sender === peer) this.handleTaken(item);
  }

  handleTimeout(at: Moment): void {
    this.cards.handleTimeout(at);
    this.#copies.handleTimeout(at);
    for (const peer of this.#deadlines.take(at.now)) {
      const underWay = this.#outgoing.get(peer)?.underWay;
      if (underWay !== undefined && at.now >= underWay.until) this.#finish(peer, "failed", at);
      this.#touched.add(peer);
    }
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.cards.nextTimeout(), sooner(this.#copies.nextTimeout(), this.#deadlines.next()));
  }

  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, at: Moment): void {
    this.cards.settle(sessionOf, at.now);
    for (let output = this.cards.poll(); output !== undefined; output = this.cards.poll()) {
      if (output.type === "card") this.#touched.add(output.peer);
      else this.#outputs.push(output);
    }
    for (const peer of this.#touched) {
      this.#touched.delete(peer);
      this.#settleOne(peer, at);
    }
  }

  poll(): MailOutput | undefined {
    return this.#outputs.shift() ?? this.#copies.poll();
  }

  // --- inside ---------------------------------------------------------------------------------

  #settleOne(peer: PeerId, at: Moment): void {
    const { conversations, isUp } = this.#options;
    const card = this.cards.cardOf(peer);
    const known = this.#outgoing.get(peer);
    if (card?.prekey === undefined || !conversations.wantsMail(peer)) {
      if (known !== undefined && known.underWay === undefined) this.#drop(peer, known);
      return;
    }
    const outgoing = known ?? fresh();
    this.#outgoing.set(peer, outgoing);
    outgoing.awayFrom = isUp(peer) ? undefined : (outgoing.awayFrom ?? at.now);
    if (outgoing.underWay !== undefined) return this.#deadlines.set(peer, outgoing.underWay.until);
    if (outgoing.awayFrom === undefined) return this.#deadlines.set(peer, undefined);
    const due = instant(Math.max(after(outgoing.awayFrom, MAIL_PATIENCE), outgoing.retryAt ?? at.now));
    if (at.now >= due) this.#deposit(peer, outgoing, card.relays, card.prekey, at);
    else this.#deadlines.set(peer, due);
  }

  #deposit(peer: PeerId, outgoing: Outgoing, relays: readonly RelayPlace[], prekey: Prekey, at: Moment): void {
    const { conversations } = this.#options;
    const relay = relays[outgoing.relay % relays.length];
    const load = conversations.mailFor(peer, ITEM_CONTENT_BYTES_MAX, at);
    const lifetime = Math.min(load?.lifetime ?? 0, prekey.expires - at.wall);
    const content = load && encodeMailContent(load.messages);
    const isWorthwhile = !isPrekeyOver(prekey, at.wall) && lifetime >= ITEM_LIFETIME_MIN;
    const freight = content && { prekey, content };
    const order =
      relay && freight && isWorthwhile
        ? depositOrder(this.#options, freight, { deposit: this.#next++, relay, lifetime: millis(lifetime) })
        : undefined;
    if (relay === undefined || load === undefined || freight === undefined || order === undefined) {
      // Nothing that is worth the way: until there is something new, or the clock is another.
      return this.#deadlines.set(peer, after(at.now, DEPOSIT_RETRY_MAX));
    }
    const { deposit } = order;
    const until = after(at.now, DEPOSIT_TIMEOUT);
    const ends = after(at.now, order.lifetime);
    outgoing.underWay = { deposit, messages: load.messages, freight, relay, until, ends };
    this.#deposits.set(deposit, peer);
    this.#deadlines.set(peer, until);
    this.#outputs.push(order);
  }

  #finish(peer: PeerId, outcome: "kept" | "failed", at: Moment): void {
    const outgoing = this.#outgoing.get(peer);
    const underWay = outgoing?.underWay;
    if (outgoing === undefined || underWay === undefined) return;
    outgoing.underWay = undefined;
    this.#deposits.delete(underWay.deposit);
    this.#touched.add(peer);
    if (outcome === "kept") {
      this.#options.conversations.handleKept(peer, underWay.messages, at);
      outgoing.failures = 0;
      outgoing.retryAt = undefined;
      const { freight, ends } = underWay;
      return this.#copies.begin({ peer, freight, ends, relays: this.#relaysAfter(peer, underWay.relay) }, at);
    }
    outgoing.relay += 1;
    const count = this.cards.cardOf(peer)?.relays.length ?? 1;
    if (outgoing.relay % count !== 0) return; // another one, at once
    const wait = Math.min(DEPOSIT_RETRY_MAX, DEPOSIT_RETRY_MIN * 2 ** Math.min(outgoing.failures, 16));
    outgoing.failures += 1;
    outgoing.retryAt = after(at.now, millis(wait));
  }

  /** The contact's other relays, from the one that follows in its card. */
  #relaysAfter(peer: PeerId, { relayKey }: RelayPlace): readonly RelayPlace[] {
    const relays = this.cards.cardOf(peer)?.relays ?? [];
    const at = relays.findIndex((relay) => bytesEqual(relay.relayKey, relayKey));
    return [...relays.slice(at + 1), ...relays.slice(0, Math.max(at, 0))];
  }

  #refuse(name: ItemName, why: ItemRefusal | "stranger", sender: PeerId | undefined, { now }: Moment): void {
    this.#patience.take(1, now);
    if (this.#logged.take(1, now)) this.#outputs.push({ type: "itemRefused", why, sender });
    this.#outputs.push({ type: "itemTaken", ...name });
  }

  #drop(peer: PeerId, outgoing: Outgoing): void {
    if (outgoing.underWay !== undefined) this.#deposits.delete(outgoing.underWay.deposit);
    this.#outgoing.delete(peer);
    this.#deadlines.set(peer, undefined);
  }
}

const fresh = (): Outgoing => ({
  awayFrom: undefined,
  retryAt: undefined,
  failures: 0,
  relay: 0,
  underWay: undefined,
});
