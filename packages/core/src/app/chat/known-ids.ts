/**
 * Which texts were taken, kept with the chat: a text whose id is known is not taken again (spec/app-chat.md §4).
 *
 * @module
 */
import { SEEN_IDS_LIFETIME } from "../../wire/limits.ts";
import type { StoreQueue } from "../store-queue.ts";
import * as entry from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatEffect } from "./chat-output.ts";
import { SeenIds } from "./seen-ids.ts";

/** `arriving`: taken, and not durable yet. `full`: no place to remember it. */
export type IdVerdict = "new" | "known" | "arriving" | "full";

export class KnownIds {
  readonly #store: StoreQueue<ChatEffect>;
  readonly #seen = new SeenIds();
  readonly #arriving = new Set<ChatMessageId>(); // in a transaction that is not durable yet
  #gapUntil: number;

  constructor(store: StoreQueue<ChatEffect>, { seen, gapUntil }: Pick<entry.ChatArchive, "seen" | "gapUntil">) {
    this.#store = store;
    this.#gapUntil = gapUntil;
    for (const { id, born, isSettled, isMailed } of seen) this.#seen.restore(id, born, isSettled, isMailed);
  }

  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  has(id: ChatMessageId): boolean {
    return this.#seen.has(id);
  }

  /** Durable, and the sender is not known to know. */
  *unsettled(): Iterable<ChatMessageId> {
    for (const id of this.#seen.unsettled) if (!this.#arriving.has(id)) yield id;
  }

  /** Those of them for which no receipt was left at a relay. */
  *unmailed(): Iterable<ChatMessageId> {
    for (const id of this.#seen.unmailed) if (!this.#arriving.has(id)) yield id;
  }

  get hasUnmailed(): boolean {
    return this.#seen.unmailed.size > this.#arriving.size;
  }

  /** Ids were forgotten so early that a relay may still have their texts (ITEM-11). */
  hasGap(lived: number): boolean {
    return lived < this.#gapUntil;
  }

  /** Puts it among the known ones if there is a place; {@link arrived} must follow. */
  take(id: ChatMessageId, lived: number): IdVerdict {
    if (this.#seen.has(id)) return this.#arriving.has(id) ? "arriving" : "known";
    const { isAdded, forgotten } = this.#seen.add(id, lived);
    if (!isAdded) return "full";
    if (forgotten !== undefined) {
      this.#store.delete(entry.seenKey(forgotten.id));
      this.#gapUntil = Math.max(this.#gapUntil, forgotten.born + SEEN_IDS_LIFETIME);
      this.#store.put(entry.GAP_KEY, entry.encodeGap(this.#gapUntil));
    }
    this.#arriving.add(id);
    this.#store.put(entry.seenKey(id), entry.encodeSeen(lived, "no"));
    return "new";
  }

  /** Its text is durable. */
  arrived(id: ChatMessageId): void {
    this.#arriving.delete(id);
  }

  /** Never to be taken, should it come. */
  refuse(id: ChatMessageId, lived: number): void {
    if (this.take(id, lived) !== "new") return;
    this.arrived(id);
    this.settle(id);
  }

  settle(id: ChatMessageId): void {
    const born = this.#seen.settle(id);
    if (born !== undefined) this.#store.put(entry.seenKey(id), entry.encodeSeen(born, "yes"));
  }

  /** A relay has a receipt for it. */
  mailed(id: ChatMessageId): void {
    const born = this.#seen.mailed(id);
    if (born !== undefined) this.#store.put(entry.seenKey(id), entry.encodeSeen(born, "mailed"));
  }

  expire(lived: number): void {
    for (const id of this.#seen.expire(lived)) this.#store.delete(entry.seenKey(id));
  }
}
