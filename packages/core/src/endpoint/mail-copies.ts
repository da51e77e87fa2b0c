/**
 * Second copies of what a relay has just kept, at another relay of the same contact: one that is gone when the contact
 * returns then costs nothing (spec/sealed-items.md §4). What no other one takes now has no copy; it is in the outbox all
 * the same.
 *
 *     kept ─begin─▶ another relay ─┬─▶ kept
 *                        ▲         └─▶ failed, or silent: the next; none is left: no copy
 *                        └─────────────────┘
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import { after, type Instant, millis, since } from "../lib/time.ts";
import type { RelayPlace } from "../relay/relay-card.ts";
import { isPrekeyOver } from "../trust/prekey.ts";
import { DEPOSIT_TIMEOUT, ITEM_LIFETIME_MIN, MAIL_COPIES_MAX } from "../wire/mail-limits.ts";
import { type DepositOrder, depositOrder, type MailFreight, type MailSealing } from "./mail-order.ts";

interface Copy {
  readonly peer: PeerId;
  readonly freight: MailFreight;
  /** When nobody wants it any more. */
  readonly ends: Instant;
  /** Not asked yet, the next one first. */
  readonly relays: readonly RelayPlace[];
}

export interface MailCopiesOptions extends MailSealing {
  readonly isUp: (peer: PeerId) => boolean;
  readonly nextNumber: () => number;
}

export class MailCopies {
  readonly #options: MailCopiesOptions;
  readonly #copies = new Map<number, Copy>(); // under way, by deposit: at most MAIL_COPIES_MAX
  readonly #deadlines = new Deadlines<number>();
  readonly #outputs: DepositOrder[] = [];

  constructor(options: MailCopiesOptions) {
    this.#options = options;
  }

  begin(copy: Copy, at: Moment): void {
    const { isUp, nextNumber } = this.#options;
    const [relay, ...relays] = copy.relays;
    const lifetime = millis(since(at.now, copy.ends));
    const isOver = isPrekeyOver(copy.freight.prekey, at.wall) || lifetime < ITEM_LIFETIME_MIN;
    if (relay === undefined || isOver || isUp(copy.peer) || this.#copies.size >= MAIL_COPIES_MAX) return;
    const deposit = nextNumber();
    const order = depositOrder(this.#options, copy.freight, { deposit, relay, lifetime });
    if (order === undefined) return;
    this.#copies.set(deposit, { ...copy, relays });
    this.#deadlines.set(deposit, after(at.now, DEPOSIT_TIMEOUT));
    this.#outputs.push(order);
  }

  handleDeposited(deposit: number, outcome: "kept" | "failed", at: Moment): void {
    const copy = this.#copies.get(deposit);
    if (copy === undefined) return;
    this.#end(deposit);
    if (outcome === "failed") this.begin(copy, at);
  }

  handleTimeout(at: Moment): void {
    for (const deposit of this.#deadlines.take(at.now)) this.handleDeposited(deposit, "failed", at);
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  forget(peer: PeerId): void {
    for (const [deposit, copy] of this.#copies) if (copy.peer === peer) this.#end(deposit);
  }

  poll(): DepositOrder | undefined {
    return this.#outputs.shift();
  }

  #end(deposit: number): void {
    this.#copies.delete(deposit);
    this.#deadlines.set(deposit, undefined);
  }
}
