/**
 * The ids of texts that were taken, so that none is taken twice (spec/app-chat.md §4).
 *
 * An id is settled once its sender has said that it will never send it again. Settled ids are kept
 * as long as the others, against a sender restored from a backup, but give way when the place is
 * full; unsettled ones never do. Full of unsettled ids, `add` refuses: the text stays with its sender.
 *
 * @module
 */
import { SEEN_IDS_LIFETIME, SEEN_IDS_MAX } from "../../wire/limits.ts";
import type { ChatMessageId } from "./chat-id.ts";

export class SeenIds {
  // Both in order of insertion, which is order of age but for settling and restoring.
  readonly #open = new Map<ChatMessageId, number>();
  readonly #settled = new Map<ChatMessageId, number>();
  /** Of the open ones, those for which no relay has a receipt. */
  readonly #unmailed = new Set<ChatMessageId>();

  get size(): number {
    return this.#open.size + this.#settled.size;
  }

  /** Ids whose sender may still send them again. */
  get unsettled(): Iterable<ChatMessageId> {
    return this.#open.keys();
  }

  get unmailed(): ReadonlySet<ChatMessageId> {
    return this.#unmailed;
  }

  has(id: ChatMessageId): boolean {
    return this.#open.has(id) || this.#settled.has(id);
  }

  restore(id: ChatMessageId, born: number, isSettled: boolean, isMailed: boolean): void {
    (isSettled ? this.#settled : this.#open).set(id, born);
    if (!isSettled && !isMailed) this.#unmailed.add(id);
  }

  /** Whether there was a place; `forgotten` gave way, to be deleted from the store. */
  add(
    id: ChatMessageId,
    born: number,
  ): { readonly isAdded: boolean; readonly forgotten?: { readonly id: ChatMessageId; readonly born: number } } {
    const [oldest] = this.size < SEEN_IDS_MAX ? [] : this.#settled;
    if (oldest === undefined && this.size >= SEEN_IDS_MAX) return { isAdded: false };
    this.#open.set(id, born);
    this.#unmailed.add(id);
    if (oldest === undefined) return { isAdded: true };
    this.#settled.delete(oldest[0]);
    return { isAdded: true, forgotten: { id: oldest[0], born: oldest[1] } };
  }

  /** When `id` was born, if this settled it just now; `undefined` if it is unknown or settled already. */
  settle(id: ChatMessageId): number | undefined {
    const born = this.#open.get(id);
    if (born === undefined) return undefined;
    this.#open.delete(id);
    this.#unmailed.delete(id);
    this.#settled.set(id, born);
    return born;
  }

  /** When `id` was born, if it is open and was not mailed before. */
  mailed(id: ChatMessageId): number | undefined {
    return this.#unmailed.delete(id) ? this.#open.get(id) : undefined;
  }

  /** Forgets, and returns, the ids older than {@link SEEN_IDS_LIFETIME}. */
  expire(lived: number): ChatMessageId[] {
    const old: ChatMessageId[] = [];
    for (const ids of [this.#open, this.#settled]) {
      for (const [id, born] of ids) if (lived - born > SEEN_IDS_LIFETIME) old.push(id);
      for (const id of old) {
        ids.delete(id);
        this.#unmailed.delete(id);
      }
    }
    return old;
  }
}
