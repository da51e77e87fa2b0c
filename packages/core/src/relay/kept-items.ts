/**
 * Items that a relay keeps for somebody who is away, on their way in and out (spec/relay-meeting.md §4). What is kept,
 * and how much may be, is the state's.
 *
 * To each key that is logged in they go in order: a batch is asked for when the one before has left, and no more are
 * on the way than may be without having been *taken*. So a slow receiver holds one batch in memory.
 *
 * A key for which nothing is on the way has no feed: most have none, and begin at the start when there is something.
 *
 * Bounded: feeds by connections, a batch by {@link BATCH_BYTES}, names on the way by {@link RELAY_ITEMS_PENDING_MAX}.
 *
 * @module
 */
import { bytesToHex } from "../lib/hex.ts";
import { seconds, wallAfter } from "../lib/time.ts";
import { RELAY_ITEM_LIFETIME_MAX, RELAY_ITEMS_PENDING_MAX } from "../wire/relay-limits.ts";
import type { RelayConnection } from "./relay-connection.ts";
import type { ClientMessage, ItemName } from "./relay-message.ts";
import type { KeptItem } from "./relay-state.ts";
import type { Switchboard } from "./switchboard.ts";

const BATCH_BYTES = 262_144;
/** Below which so much of the relay's own words waits for a connection that another batch may be asked for. */
const NEXT_BATCH_BELOW = 65_536;
const FULL_WAIT_MS = 60_000;

interface Feed {
  /** Of the last item that was sent. */
  place: number;
  /** Sent and not taken. */
  readonly pending: Set<string>;
  isAsking: boolean;
  /** There may be more than was asked for. */
  hasMore: boolean;
}

export class KeptItems {
  readonly #board: Switchboard;
  readonly #feeds = new Map<RelayConnection, Feed>();

  constructor(board: Switchboard) {
    this.#board = board;
  }

  /** A key logged in, or there is something more: it gets what is there for it. */
  enter(connection: RelayConnection): void {
    if (connection.only !== undefined) return; // nothing is kept for who comes for a mailbox
    const feed: Feed = this.#feeds.get(connection) ?? { place: 0, pending: new Set(), isAsking: false, hasMore: true };
    feed.hasMore = true;
    this.#feeds.set(connection, feed);
    this.#feed(connection, feed);
  }

  leave(connection: RelayConnection): void {
    this.#feeds.delete(connection);
  }

  /** It took something of what waited for it: there may be room for more. */
  handleRoom(connection: RelayConnection): void {
    const feed = this.#feeds.get(connection);
    if (feed?.hasMore) this.#feed(connection, feed);
  }

  deposit(from: RelayConnection, key: Uint8Array, message: ClientMessage & { type: "deposit" }): void {
    const { request } = message;
    const { wall } = this.#board.at;
    const lifetime = seconds(Math.min(message.lifetime, RELAY_ITEM_LIFETIME_MAX / 1_000));
    // Copies: the message may be part of more that came at once.
    const [to, id, sealed] = [message.to.slice(), message.id.slice(), message.sealed.slice()];
    const until = wallAfter(wall, lifetime);
    this.#board.ask<"deposit">({ type: "deposit", from: key, to, id, sealed, until, wall }, from, (answer) => {
      if (answer === undefined) return this.#board.fail(from, request, "storage");
      if (answer.verdict === "paused")
        return this.#board.fail(from, request, "crowded", this.#board.waitUntil(answer.until));
      if (answer.verdict === "full") return this.#board.fail(from, request, "full", FULL_WAIT_MS);
      this.#board.counters.deposits += 1;
      this.#board.done(from, request);
      this.#board.delivery.notify(to, { type: "kept" });
    });
  }

  /** Names that it was not sent are nobody's business, and ignored. */
  taken(connection: RelayConnection, key: Uint8Array, names: readonly ItemName[]): void {
    const feed = this.#feeds.get(connection);
    if (feed === undefined) return;
    const items = names
      .filter((name) => feed.pending.delete(nameOf(name)))
      .map(({ from, id }) => ({ from: from.slice(), id: id.slice() }));
    if (items.length === 0) return;
    // What could not be deleted is sent again at the next login.
    this.#board.ask<"taken">({ type: "taken", key, items }, connection, () => {});
    this.#feed(connection, feed);
    if (feed.pending.size === 0 && !feed.isAsking && !feed.hasMore) this.#feeds.delete(connection);
  }

  #feed(connection: RelayConnection, feed: Feed): void {
    const count = RELAY_ITEMS_PENDING_MAX - feed.pending.size;
    const { key } = connection;
    if (key === undefined || feed.isAsking || !feed.hasMore || count <= 0) return;
    if (connection.outbox.ownBytes >= NEXT_BATCH_BELOW) return;
    feed.isAsking = true;
    feed.hasMore = false;
    const { wall } = this.#board.at;
    const after = feed.place;
    this.#board.ask<"items">({ type: "items", key, after, count, bytes: BATCH_BYTES, wall }, connection, (answer) => {
      feed.isAsking = false;
      if (answer === undefined || this.#feeds.get(connection) !== feed) return;
      for (const item of answer.items) this.#send(connection, feed, item);
      if (answer.more) feed.hasMore = true;
      this.#feed(connection, feed);
      if (feed.pending.size === 0 && !feed.isAsking && !feed.hasMore) this.#feeds.delete(connection);
    });
  }

  #send(connection: RelayConnection, feed: Feed, { place, from, id, wall, sealed }: KeptItem): void {
    feed.place = Math.max(feed.place, place);
    feed.pending.add(nameOf({ from, id }));
    this.#board.send(connection, { type: "item", from, id, wall, sealed });
  }
}

const nameOf = ({ from, id }: ItemName): string => bytesToHex(from) + bytesToHex(id);
