/**
 * What a chat remembers of texts that are no longer in the outbox: enough to move their state on,
 * never the words, which are in the store. Bounded by `CHAT_LOG_MESSAGES_MAX` and
 * `CHAT_LOG_BYTES_MAX`: the oldest entry gives way, here and in the store.
 *
 * @module
 */
import { CHAT_LOG_BYTES_MAX, CHAT_LOG_MESSAGES_MAX } from "../../wire/limits.ts";
import type { ChatState, Direction } from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-message.ts";

export interface LoggedText {
  readonly seq: number;
  readonly id: ChatMessageId;
  readonly direction: Direction;
  readonly bytes: number;
  state: ChatState;
}

export class ChatLog {
  readonly #texts = new Map<ChatMessageId, LoggedText>();
  /** Incoming, read here, and the sender is not known to know. */
  readonly #unsettledReads = new Set<ChatMessageId>();
  #bytes = 0;

  get(id: ChatMessageId): LoggedText | undefined {
    return this.#texts.get(id);
  }

  get unsettledReads(): ReadonlySet<ChatMessageId> {
    return this.#unsettledReads;
  }

  markUnsettled(id: ChatMessageId): void {
    this.#unsettledReads.add(id);
  }

  /** Whether the read receipt of `id` was open until now. */
  settleRead(id: ChatMessageId): boolean {
    return this.#unsettledReads.delete(id);
  }

  /** Adds, and returns the entries that had to give way. */
  add(text: LoggedText): LoggedText[] {
    this.remove(text.id);
    this.#texts.set(text.id, text);
    this.#bytes += text.bytes;
    const dropped: LoggedText[] = [];
    for (const oldest of this.#texts.values()) {
      if (this.#texts.size <= CHAT_LOG_MESSAGES_MAX && this.#bytes <= CHAT_LOG_BYTES_MAX) break;
      this.remove(oldest.id);
      dropped.push(oldest);
    }
    return dropped;
  }

  remove(id: ChatMessageId): LoggedText | undefined {
    const text = this.#texts.get(id);
    if (text === undefined) return undefined;
    this.#texts.delete(id);
    this.#unsettledReads.delete(id);
    this.#bytes -= text.bytes;
    return text;
  }
}
