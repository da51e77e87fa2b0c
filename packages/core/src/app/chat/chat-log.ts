/**
 * What a chat remembers of texts that are no longer in the outbox: enough to move their state on,
 * never the words, which are in the store. Bounded by `CHAT_LOG_MESSAGES_MAX` and
 * `CHAT_LOG_BYTES_MAX`: the oldest entry gives way, here and in the store.
 *
 * @module
 */
import { CHAT_LOG_BYTES_MAX, CHAT_LOG_MESSAGES_MAX } from "../../wire/limits.ts";
import type { StoreQueue } from "../store-queue.ts";
import { type ChatState, type Direction, logKey, stateKey } from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-message.ts";
import type { ChatEffect } from "./chat-output.ts";

export interface LoggedText {
  readonly seq: number;
  readonly id: ChatMessageId;
  readonly direction: Direction;
  readonly bytes: number;
  state: ChatState;
}

export class ChatLog {
  readonly #store: StoreQueue<ChatEffect>;
  readonly #texts = new Map<ChatMessageId, LoggedText>();
  /** Incoming, read here, and the sender is not known to know. */
  readonly #unsettledReads = new Set<ChatMessageId>();
  /** Of those, the ones of which no relay has word. */
  readonly #unmailedReads = new Set<ChatMessageId>();
  #bytes = 0;

  constructor(store: StoreQueue<ChatEffect>) {
    this.#store = store;
  }

  get(id: ChatMessageId): LoggedText | undefined {
    return this.#texts.get(id);
  }

  get unsettledReads(): ReadonlySet<ChatMessageId> {
    return this.#unsettledReads;
  }

  get unmailedReads(): ReadonlySet<ChatMessageId> {
    return this.#unmailedReads;
  }

  markUnsettled(id: ChatMessageId, isMailed = false): void {
    this.#unsettledReads.add(id);
    if (!isMailed) this.#unmailedReads.add(id);
  }

  /** Whether the read receipt of `id` was left at no relay until now. */
  markMailed(id: ChatMessageId): boolean {
    return this.#unmailedReads.delete(id);
  }

  /** Whether the read receipt of `id` was open until now. */
  settleRead(id: ChatMessageId): boolean {
    this.#unmailedReads.delete(id);
    return this.#unsettledReads.delete(id);
  }

  add(text: LoggedText): void {
    this.#remove(text.id);
    this.#texts.set(text.id, text);
    this.#bytes += text.bytes;
    for (const oldest of this.#texts.values()) {
      if (this.#texts.size <= CHAT_LOG_MESSAGES_MAX && this.#bytes <= CHAT_LOG_BYTES_MAX) break;
      this.forget(oldest.id);
    }
  }

  /** Here and in the store. */
  forget(id: ChatMessageId): void {
    const text = this.#remove(id);
    if (text === undefined) return;
    this.#store.delete(logKey(text.seq));
    this.#store.delete(stateKey(text.seq));
  }

  #remove(id: ChatMessageId): LoggedText | undefined {
    const text = this.#texts.get(id);
    if (text === undefined) return undefined;
    this.#texts.delete(id);
    this.#unsettledReads.delete(id);
    this.#unmailedReads.delete(id);
    this.#bytes -= text.bytes;
    return text;
  }
}
