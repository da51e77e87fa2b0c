/**
 * What was done to texts of a chat, by both: which act stands, and its row in the store
 * (spec/app-chat.md §10). An act is applied once it is written or received, and told once it is durable.
 *
 * As large as the log and the outbox: a mark goes with its text.
 *
 * @module
 */
import type { StoreQueue } from "../store-queue.ts";
import { markKey } from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { type Actor, DELETED, encodeMark, type Mark, NO_MARK } from "./chat-mark.ts";
import type { ChatEffect } from "./chat-output.ts";

export class ChatMarks {
  readonly #store: StoreQueue<ChatEffect>;
  readonly #fleeting: ReadonlySet<number>;
  readonly #marks = new Map<ChatMessageId, Mark>();

  /** `fleeting`: the places of texts that are never stored. */
  constructor(store: StoreQueue<ChatEffect>, fleeting: ReadonlySet<number>) {
    this.#store = store;
    this.#fleeting = fleeting;
  }

  of(id: ChatMessageId): Mark {
    return this.#marks.get(id) ?? NO_MARK;
  }

  restore(id: ChatMessageId, mark: Mark): void {
    if (mark !== NO_MARK) this.#marks.set(id, mark);
  }

  /** False: a later one stands. */
  react(id: ChatMessageId, seq: number, by: Actor, revision: number, symbol: string): boolean {
    const mark = this.of(id);
    if (mark.isDeleted || revision <= mark[by].revision) return false;
    this.#set(id, seq, { ...mark, [by]: { revision, symbol } });
    return true;
  }

  /** False: a later one stands, or the text was deleted. */
  edit(id: ChatMessageId, seq: number, revision: number): boolean {
    const mark = this.of(id);
    if (mark.isDeleted || revision <= mark.edits) return false;
    this.#set(id, seq, { ...mark, edits: revision });
    return true;
  }

  /** From when on it is gone. */
  setDue(id: ChatMessageId, seq: number, due: number): void {
    this.#set(id, seq, { ...this.of(id), due });
  }

  /** False: it was, before. */
  delete(id: ChatMessageId, seq: number): boolean {
    if (this.of(id).isDeleted) return false;
    this.#set(id, seq, DELETED);
    return true;
  }

  forget(id: ChatMessageId, seq: number): void {
    if (this.#marks.delete(id)) this.#store.delete(markKey(seq));
  }

  #set(id: ChatMessageId, seq: number, mark: Mark): void {
    this.#marks.set(id, mark);
    if (!this.#fleeting.has(seq)) this.#store.put(markKey(seq), encodeMark(mark));
  }
}
