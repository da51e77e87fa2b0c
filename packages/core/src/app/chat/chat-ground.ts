/**
 * What the parts of a {@link ChatMachine} work on together.
 *
 * @module
 */
import type { StoreQueue } from "../store-queue.ts";
import type { ChatClock } from "./chat-clock.ts";
import type { LogText } from "./chat-entry.ts";
import type { ChatLog } from "./chat-log.ts";
import type { ChatMarks } from "./chat-marks.ts";
import type { ChatText } from "./chat-message.ts";
import type { ChatEffect, ChatOutput } from "./chat-output.ts";
import { partsOf } from "./chat-parts.ts";
import type { KnownIds } from "./known-ids.ts";
import type { Outbox } from "./outbox.ts";
import type { ReceiptBatch } from "./receipt-batch.ts";

export interface ChatGround {
  readonly clock: ChatClock;
  readonly store: StoreQueue<ChatEffect>;
  readonly outbox: Outbox;
  readonly log: ChatLog;
  readonly marks: ChatMarks;
  readonly known: KnownIds;
  readonly receipts: ReceiptBatch;
  readonly outputs: ChatOutput[];
}

/** An outgoing text as the log has it. */
export const outgoingLogText = (seq: number, born: number, message: ChatText): LogText => ({
  ...{ seq, born, direction: "out", id: message.id, text: message.text, ...partsOf(message) },
  ...{ sentAt: message.sentAt, notedAt: message.sentAt },
});
