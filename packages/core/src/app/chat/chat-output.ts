/**
 * What a {@link ChatMachine} is made from and what it asks its driver to do.
 *
 * @module
 */
import type { RandomSource } from "../../lib/random.ts";
import type { Instant, WallTime } from "../../lib/time.ts";
import type { WireErrorCode } from "../../lib/wire-error.ts";
import type { StoreEntry, StoreOutput } from "../store-queue.ts";
import type { ChatState } from "./chat-entry.ts";
import type { ChatMessageId, ReceiptState } from "./chat-message.ts";

/** A text that arrived and is durable here. `sentAt` is the sender's word, for display only. */
export interface IncomingText {
  readonly id: ChatMessageId;
  readonly text: string;
  readonly sentAt: WallTime;
  readonly receivedAt: WallTime;
}

export type ChatOutput =
  | StoreOutput
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many bytes of `handleMessages`, prefixes included, are done with: give their credit back. */
  | { readonly type: "consumed"; readonly bytes: number }
  /** Once per text, after it is durable. */
  | ({ readonly type: "message" } & IncomingText)
  | { readonly type: "state"; readonly id: ChatMessageId; readonly state: ChatState }
  | { readonly type: "typing"; readonly isTyping: boolean }
  /** All that `handleMail` brought under this name is durable: a relay need not keep it any longer. */
  | { readonly type: "mailTaken"; readonly item: number }
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. The chat itself goes on. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  | {
      readonly type: "note";
      readonly code: "store-failed" | "seen-ids-full" | "mail-unsafe" | "entry-unreadable";
      readonly text: string;
    };

export interface ChatOptions {
  readonly random: RandomSource;
  readonly now: Instant;
  readonly wall: WallTime;
  /** False: an ephemeral chat, kept in memory only. */
  readonly isPersistent: boolean;
  /** Every entry of an earlier process, in any order; none for a new or an ephemeral chat. */
  readonly restored: readonly StoreEntry[];
}

/** What a chat does once a transaction is durable. */
export type ChatEffect =
  | { readonly type: "queued"; readonly id: ChatMessageId }
  /** `channel`: that it came on; `undefined`: by a relay. */
  | {
      readonly type: "taken";
      readonly text: IncomingText;
      readonly channel: number | undefined;
      readonly length: number;
    }
  | { readonly type: "mailTaken"; readonly item: number }
  | { readonly type: "settle"; readonly state: ReceiptState; readonly id: ChatMessageId }
  | { readonly type: "tell"; readonly id: ChatMessageId; readonly state: ChatState }
  | { readonly type: "readReceipt"; readonly id: ChatMessageId };

/** No channel; one that takes messages; or one that is full until `handleWritable`. */
export type ChatChannel = { at: "none" } | { at: "open" } | { at: "full" };
