/**
 * How prekeys come to every member (spec/room-keys.md §7): a new one is passed on to all neighbours but the one it
 * came from; what was missed so shows when neighbours compare digests.
 *
 *     up, or now and then   prekeyDigest  ⇄  prekeyDigest      equal: that was all
 *     unequal               prekeyList    ⇄  prekeyList        also in answer to one that has more
 *                           prekeys       ⇄  prekeys           what the other's list lacks
 *
 * Nothing is queued but names: messages are made when the channel takes them.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { after, type Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import type { Prekey } from "../trust/prekey.ts";
import {
  PREKEY_COMPARISON,
  PREKEY_COMPARISON_SOON,
  PREKEY_LISTS_BURST,
  PREKEY_LISTS_PER_MINUTE,
  PREKEYS_PER_MESSAGE_MAX,
} from "../wire/room-key-limits.ts";
import type { KeyMessage, PrekeyEntry } from "./key-message.ts";
import type { PrekeyBook } from "./prekey-book.ts";

interface Neighbour {
  owesDigest: boolean;
  owesList: boolean;
  /** It was told our digest, and has not answered with its list. */
  isAsked: boolean;
  readonly owes: Set<PeerId>;
  readonly lists: TokenBucket;
}

export class PrekeyExchange {
  readonly #book: PrekeyBook;
  readonly #neighbours = new Map<PeerId, Neighbour>();
  #compareAt: Instant;

  constructor(book: PrekeyBook, now: Instant) {
    this.#book = book;
    this.#compareAt = after(now, PREKEY_COMPARISON);
  }

  handleNeighbourUp(peer: PeerId, now: Instant): void {
    const lists = new TokenBucket({ capacity: PREKEY_LISTS_BURST, perSecond: PREKEY_LISTS_PER_MINUTE / 60, now });
    this.#neighbours.set(peer, { owesDigest: true, owesList: false, isAsked: false, owes: new Set(), lists });
  }

  handleNeighbourDown(peer: PeerId): void {
    this.#neighbours.delete(peer);
  }

  /** The members are others now: their prekeys may have come before we knew them. */
  handleMembers(now: Instant): void {
    const soon = after(now, PREKEY_COMPARISON_SOON);
    if (this.#book.isIncomplete && soon < this.#compareAt) this.#compareAt = soon;
  }

  /** A prekey that is new here, for everybody but who gave it. */
  spread(member: PeerId, from?: PeerId): void {
    for (const [peer, { owes }] of this.#neighbours) if (peer !== from) owes.add(member);
  }

  /** One digest or list too many is not answered; the next comparison comes. */
  handleDigest(peer: PeerId, digest: Uint8Array, now: Instant): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined || bytesEqual(digest, this.#book.digest)) return;
    if (neighbour.lists.take(1, now)) neighbour.owesList = true;
  }

  handleList(peer: PeerId, entries: readonly PrekeyEntry[], now: Instant): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined || !neighbour.lists.take(1, now)) return;
    for (const member of this.#book.newerThan(entries)) neighbour.owes.add(member);
    // We asked, and it may know of no difference: what it gave before we knew the member was not taken.
    if (neighbour.isAsked && this.#book.isBehind(entries)) neighbour.owesList = true;
    neighbour.isAsked = false;
  }

  /** Those that were new. @throws {WireError} for one that its member did not sign: a neighbour checks first. */
  handlePrekeys(peer: PeerId, prekeys: readonly Prekey[], now: Instant): readonly Prekey[] {
    const taken: Prekey[] = [];
    for (const prekey of prekeys) {
      const verdict = this.#book.offer(prekey, now);
      if (verdict === "forged") throw new WireError("ERR_CRYPTO", "Cannot take prekey: not signed by its member");
      if (verdict !== "new") continue;
      taken.push(prekey);
      this.#neighbours.get(peer)?.owes.delete(prekey.member);
      this.spread(prekey.member, peer);
    }
    return taken;
  }

  /** What to send to `peer` next. */
  next(peer: PeerId): KeyMessage | undefined {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return undefined;
    if (neighbour.owesDigest) {
      neighbour.owesDigest = false;
      neighbour.isAsked = true;
      return { type: "prekeyDigest", digest: this.#book.digest };
    }
    if (neighbour.owesList) {
      neighbour.owesList = false;
      return { type: "prekeyList", entries: this.#book.list() };
    }
    const prekeys: Prekey[] = [];
    for (const member of neighbour.owes) {
      if (prekeys.length === PREKEYS_PER_MESSAGE_MAX) break;
      neighbour.owes.delete(member);
      const prekey = this.#book.get(member);
      if (prekey !== undefined) prekeys.push(prekey);
    }
    return prekeys.length === 0 ? undefined : { type: "prekeys", prekeys };
  }

  handleTimeout(now: Instant): void {
    if (now < this.#compareAt) return;
    this.#compareAt = after(now, PREKEY_COMPARISON);
    for (const neighbour of this.#neighbours.values()) neighbour.owesDigest = true;
  }

  nextTimeout(): Instant | undefined {
    return this.#neighbours.size === 0 ? undefined : this.#compareAt;
  }
}
