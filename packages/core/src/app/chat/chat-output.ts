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
import type { ChatMessageId } from "./chat-id.ts";
import type { ReceiptState } from "./chat-message.ts";
import type { ChatParts } from "./chat-parts.ts";

/** A text that arrived and is durable here. `sentAt` is the sender's word, for display only. */
export interface IncomingText extends ChatParts {
  readonly id: ChatMessageId;
  readonly text: string;
  readonly sentAt: WallTime;
  readonly receivedAt: WallTime;
}

/** How a text is after somebody did something to it. */
export interface ChatChange {
  readonly id: ChatMessageId;
  /** Our reaction, and the peer's; empty: none. */
  readonly ours: string;
  readonly theirs: string;
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  /** Its words now, if they are others than before. */
  readonly text?: string;
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
  /** An act of ours is durable: it leaves as a text would. */
  | { readonly type: "acted"; readonly id: ChatMessageId }
  /** Somebody did something to this text, and that is durable. */
  | ({ readonly type: "changed" } & ChatChange)
  /** These texts are gone, with all that was done to them, because their time was over or the chat was closed. */
  | { readonly type: "erased"; readonly ids: readonly ChatMessageId[] }
  /** Whether texts are stored from now on is settled. */
  | { readonly type: "keeps"; readonly keeps: boolean }
  /** What is agreed, or asked, about lifetimes is different. */
  | { readonly type: "terms" }
  | { readonly type: "typing"; readonly isTyping: boolean }
  /** All that `handleMail` brought under this name is durable: a relay need not keep it any longer. */
  | { readonly type: "mailTaken"; readonly item: number }
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. The chat itself goes on. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  | {
      readonly type: "note";
      readonly code: "store-failed" | "seen-ids-full" | "mail-unsafe" | "act-early" | "entry-unreadable";
      readonly text: string;
    };

export interface ChatOptions {
  readonly random: RandomSource;
  readonly now: Instant;
  readonly wall: WallTime;
  /** False: an ephemeral chat, kept in memory only. */
  readonly isPersistent: boolean;
  /** Whether texts are stored, where the person has not chosen; true unless told. */
  readonly keeps?: boolean;
  /** Every entry of an earlier process, in any order; none for a new or an ephemeral chat. */
  readonly restored: readonly StoreEntry[];
}

/** What a chat does once a transaction is durable. */
export type ChatEffect =
  | { readonly type: "queued"; readonly id: ChatMessageId }
  /** `channel`: that it came on; `undefined`: by a relay. */
  | {
      readonly type: "taken";
      readonly id: ChatMessageId;
      readonly told: Extract<ChatOutput, { type: "message" | "changed" | "terms" }> | undefined;
      readonly channel?: number;
      readonly length?: number;
    }
  | ({ readonly type: "changed" } & ChatChange)
  | { readonly type: "erased"; readonly ids: readonly ChatMessageId[] }
  | { readonly type: "terms" }
  | { readonly type: "keeps"; readonly keeps: boolean }
  | { readonly type: "mailTaken"; readonly item: number }
  | { readonly type: "settle"; readonly state: ReceiptState; readonly id: ChatMessageId }
  | { readonly type: "tell"; readonly id: ChatMessageId; readonly state: ChatState }
  | { readonly type: "readReceipt"; readonly id: ChatMessageId };

/** No channel; one that takes messages; or one that is full until `handleWritable`. */
export type ChatChannel = { at: "none" } | { at: "open" } | { at: "full" };
