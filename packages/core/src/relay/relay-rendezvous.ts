/**
 * Tags at a relay (spec/relay-meeting.md §1). Who watches which, here or elsewhere, and who is told, is the delivery's.
 *
 * @module
 */
import type { RelayConnection } from "./relay-connection.ts";
import type { RelayNews } from "./relay-news.ts";
import type { Switchboard } from "./switchboard.ts";

export class RelayRendezvous {
  readonly #board: Switchboard;
  readonly #news: RelayNews;

  constructor(board: Switchboard, news: RelayNews) {
    this.#board = board;
    this.#news = news;
  }

  watch(connection: RelayConnection, key: Uint8Array, tags: readonly Uint8Array[]): void {
    const { source } = connection;
    const wait = this.#board.delivery.watch({ key, seat: connection, source }, tags, this.#board.at.now);
    this.#news.hear();
    if (wait === undefined) return;
    this.#board.refuse(connection, "crowded", wait);
    this.#board.end(connection, "policy");
  }

  unwatch(connection: RelayConnection, key: Uint8Array, tags: readonly Uint8Array[]): void {
    this.#board.delivery.unwatch(key, connection, tags, this.#board.at.now);
  }
}
