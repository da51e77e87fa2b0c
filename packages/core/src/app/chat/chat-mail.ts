/**
 * What of a chat can wait at a relay while the peer is away (spec/sealed-items.md §4): what of the outbox none
 * has yet, and receipts that could not be given.
 *
 * @module
 */

import { type Duration, millis } from "../../lib/time.ts";
import { CHAT_RECEIPT_IDS_MAX, OUTBOX_LIFETIME } from "../../wire/limits.ts";
import { ITEM_LIFETIME_MAX, ITEM_LIFETIME_MIN, ITEM_MESSAGES_MAX, ITEM_SPREAD_MAX } from "../../wire/mail-limits.ts";
import type { StoreQueue } from "../store-queue.ts";
import { CHAT_ID_BYTES, type ChatMessageId } from "./chat-id.ts";
import type { ChatLog } from "./chat-log.ts";
import type { ReceiptState } from "./chat-message.ts";
import type { ChatEffect } from "./chat-output.ts";
import type { KnownIds } from "./known-ids.ts";
import type { MailMessage } from "./mail-content.ts";
import type { Outbox } from "./outbox.ts";

/** Around a message in an item: its length. */
const WRAP_BYTES = 3;
const RECEIPT_WRAP_BYTES = 3 + 1 + 1 + 2;

export interface MailLoad {
  /** At least one. */
  readonly messages: readonly MailMessage[];
  /** Until the first of the texts expires. */
  readonly lifetime: Duration;
}

export class ChatMail {
  readonly #parts: {
    readonly outbox: Outbox;
    readonly log: ChatLog;
    readonly known: KnownIds;
    readonly store: StoreQueue<ChatEffect>;
  };

  constructor(parts: { outbox: Outbox; log: ChatLog; known: KnownIds; store: StoreQueue<ChatEffect> }) {
    this.#parts = parts;
  }

  /** Whether {@link load} may have something. */
  get isWaiting(): boolean {
    const { outbox, log, known } = this.#parts;
    return outbox.hasUnkept || log.unmailedReads.size > 0 || known.hasUnmailed;
  }

  /** What fits into `room` bytes of an item's content; changes nothing. Receipts first: they are small. */
  load(room: number, lived: number): MailLoad | undefined {
    const { outbox } = this.#parts;
    const messages: MailMessage[] = [];
    let left = room;
    for (const [state, ids] of this.#receipts()) {
      const fit = Math.min(ids.length, CHAT_RECEIPT_IDS_MAX, Math.floor((left - RECEIPT_WRAP_BYTES) / CHAT_ID_BYTES));
      if (fit < 1) continue;
      messages.push({ type: "receipt", state, ids: ids.slice(0, fit) });
      left -= RECEIPT_WRAP_BYTES + CHAT_ID_BYTES * fit;
    }
    let lifetime: number = ITEM_LIFETIME_MAX;
    let first: number | undefined;
    for (const { message, born, bytes } of outbox.unkept()) {
      const remaining = OUTBOX_LIFETIME - (lived - born);
      if (remaining < ITEM_LIFETIME_MIN) continue; // not worth the way
      first ??= born;
      left -= WRAP_BYTES + bytes;
      // The item lives no longer than its oldest text: much younger ones get one of their own.
      if (left < 0 || born - first > ITEM_SPREAD_MAX || messages.length === ITEM_MESSAGES_MAX) break;
      messages.push(message);
      lifetime = Math.min(lifetime, remaining);
    }
    return messages.length === 0 ? undefined : { messages, lifetime: millis(lifetime) };
  }

  /** A relay has them durably. Returns the texts among them whose state that changes. */
  kept(messages: readonly MailMessage[]): readonly ChatMessageId[] {
    const { outbox, log, known } = this.#parts;
    const texts: ChatMessageId[] = [];
    for (const message of messages) {
      if (message.type !== "receipt") {
        const kept = outbox.markKept(message.id);
        if (kept === undefined) continue; // confirmed or expired meanwhile
        log.writeState(kept.seq, "kept", "no");
        if (message.type === "text") texts.push(message.id);
        continue;
      }
      for (const id of message.ids) {
        known.mailed(id);
        const read = message.state === "read" && log.markMailed(id) ? log.get(id) : undefined;
        if (read !== undefined) log.writeState(read.seq, "read", "mailed");
      }
    }
    return texts;
  }

  #receipts(): readonly (readonly [ReceiptState, readonly ChatMessageId[]])[] {
    const { log, known } = this.#parts;
    const read = [...log.unmailedReads];
    const stored = [...known.unmailed()].filter((id) => !log.unmailedReads.has(id)); // read implies stored
    return [
      ["read", read],
      ["stored", stored],
    ];
  }
}
