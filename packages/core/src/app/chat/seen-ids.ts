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
import type { ChatMessageId } from "./chat-message.ts";

export class SeenIds {
  // Both in order of insertion, which is order of age but for settling and restoring.
  readonly #open = new Map<ChatMessageId, number>();
  readonly #settled = new Map<ChatMessageId, number>();

  get size(): number {
    return this.#open.size + this.#settled.size;
  }

  /** Ids whose sender may still send them again. */
  get unsettled(): Iterable<ChatMessageId> {
    return this.#open.keys();
  }

  has(id: ChatMessageId): boolean {
    return this.#open.has(id) || this.#settled.has(id);
  }

  restore(id: ChatMessageId, born: number, isSettled: boolean): void {
    (isSettled ? this.#settled : this.#open).set(id, born);
  }

  /** Whether there was a place; `forgotten` is the id that gave way, to be deleted from the store. */
  add(id: ChatMessageId, born: number): { readonly isAdded: boolean; readonly forgotten?: ChatMessageId } {
    if (this.size < SEEN_IDS_MAX) {
      this.#open.set(id, born);
      return { isAdded: true };
    }
    for (const oldest of this.#settled.keys()) {
      this.#settled.delete(oldest);
      this.#open.set(id, born);
      return { isAdded: true, forgotten: oldest };
    }
    return { isAdded: false };
  }

  /** When `id` was born, if this settled it just now; `undefined` if it is unknown or settled already. */
  settle(id: ChatMessageId): number | undefined {
    const born = this.#open.get(id);
    if (born === undefined) return undefined;
    this.#open.delete(id);
    this.#settled.set(id, born);
    return born;
  }

  /** Forgets, and returns, the ids older than {@link SEEN_IDS_LIFETIME}. */
  expire(lived: number): ChatMessageId[] {
    const old: ChatMessageId[] = [];
    for (const ids of [this.#open, this.#settled]) {
      for (const [id, born] of ids) if (lived - born > SEEN_IDS_LIFETIME) old.push(id);
      for (const id of old) ids.delete(id);
    }
    return old;
  }
}
