/**
 * Receipts and settlements of one turn, to leave together. Each is safe to lose: the text, or the
 * receipt, comes again on the next channel and is answered then. So the batch may be bounded.
 *
 * @module
 */
import { CHAT_RECEIPT_IDS_MAX, SEEN_IDS_MAX } from "../../wire/limits.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatMessage, ReceiptState } from "./chat-message.ts";

type Kind = "receipt" | "settled";

export class ReceiptBatch {
  readonly #ids = new Map<`${Kind} ${ReceiptState}`, Set<ChatMessageId>>();

  /** Dropped when {@link SEEN_IDS_MAX} of its kind wait already: the peer does not read. */
  add(kind: Kind, state: ReceiptState, id: ChatMessageId): void {
    const key = `${kind} ${state}` as const;
    const ids = this.#ids.get(key) ?? new Set();
    this.#ids.set(key, ids);
    if (ids.size < SEEN_IDS_MAX) ids.add(id);
  }

  /** The next message, of at most {@link CHAT_RECEIPT_IDS_MAX} ids. */
  take(): ChatMessage | undefined {
    for (const kind of ["receipt", "settled"] as const) {
      for (const state of ["stored", "read"] as const) {
        const waiting = this.#ids.get(`${kind} ${state}`);
        if (waiting === undefined || waiting.size === 0) continue;
        const ids = [...waiting].slice(0, CHAT_RECEIPT_IDS_MAX);
        for (const id of ids) waiting.delete(id);
        return { type: kind, state, ids };
      }
    }
    return undefined;
  }

  clear(): void {
    this.#ids.clear();
  }
}
