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
import type { ChatMessageId } from "./chat-message.ts";

/** A text that arrived and is durable here. `sentAt` is the sender's word, for display only. */
export interface IncomingText {
  readonly id: ChatMessageId;
  readonly text: string;
  readonly sentAt: WallTime;
  readonly receivedAt: WallTime;
}

export type ChatOutput =
  | StoreOutput
  /** One message for the channel. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many messages of `handleMessages`, with so many bytes, are done with: give their credit back. */
  | { readonly type: "consumed"; readonly messages: number; readonly bytes: number }
  /** Once per text, after it is durable. */
  | ({ readonly type: "message" } & IncomingText)
  | { readonly type: "state"; readonly id: ChatMessageId; readonly state: ChatState }
  | { readonly type: "typing"; readonly isTyping: boolean }
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. The chat itself goes on. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  | {
      readonly type: "note";
      readonly code: "store-failed" | "seen-ids-full" | "entry-unreadable";
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
