/**
 * The public face of chats between contacts. As all views, these are plain data.
 *
 * @module
 */
import type { ChatAttachment, PeerId } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";

export type { ChatAttachment } from "@kith/core";

/** `kept`: at a relay, sealed, until the contact returns; it stays in the outbox meanwhile. */
export type ChatState = "queued" | "sent" | "kept" | "stored" | "read" | "expired";

export interface ChatReaction {
  readonly isOurs: boolean;
  /** One emoji, at most 32 bytes: of a peer, its words, to be cleaned by whoever shows them. */
  readonly symbol: string;
}

export interface ChatMessage {
  /** 32 hexadecimal digits, random, the same at both ends. */
  readonly id: string;
  readonly peer: PeerId;
  readonly isOurs: boolean;
  readonly text: string;
  /** The writer's clock, milliseconds since 1970: a claim. */
  readonly writtenAt: number;
  readonly state: ChatState;
  /** The message that this one answers; it may be gone. */
  readonly replyTo?: string;
  /** At most one of each of the two, ours first. */
  readonly reactions: readonly ChatReaction[];
  /** By its writer: these are its words now. */
  readonly isEdited: boolean;
  /** By its writer, for both: there are no words any more. */
  readonly isDeleted: boolean;
  readonly attachment?: ChatAttachment;
  /** It does not stay: seconds from its receipt, or until one of the two closes the chat. */
  readonly lifetime?: Exclude<ChatLifetime, "off">;
  /** When it is gone, by our wall clock, in milliseconds since 1970; absent while its time does not run. */
  readonly expiresAt?: number;
}

/** In seconds, 60 to 86,400. */
export type ChatLifetime = "off" | "until-closed" | number;

export interface ChatLifetimeView {
  /** What both agreed on: new messages have it. */
  readonly agreed: ChatLifetime;
  /** What we asked for, and has no answer. */
  readonly proposed?: ChatLifetime;
  /** What the contact asks for, and waits for our answer. */
  readonly asked?: ChatLifetime;
}

export type ChatEvent =
  | { readonly type: "message"; readonly message: ChatMessage }
  | { readonly type: "state"; readonly id: string; readonly state: ChatState }
  /** Somebody did something to a message, which is so now. */
  | {
      readonly type: "changed";
      readonly peer: PeerId;
      readonly id: string;
      readonly reactions: readonly ChatReaction[];
      readonly isEdited: boolean;
      readonly isDeleted: boolean;
      /** Its words, if they are others now. */
      readonly text?: string;
    }
  /** Gone, with all that was done to them: their time is over, or the chat was closed. Attached files are whoever's has them. */
  | { readonly type: "erased"; readonly peer: PeerId; readonly ids: readonly string[] }
  | { readonly type: "keeps"; readonly peer: PeerId; readonly keeps: boolean }
  | { readonly type: "lifetime"; readonly peer: PeerId; readonly lifetime: ChatLifetimeView }
  | { readonly type: "typing"; readonly peer: PeerId; readonly isTyping: boolean };

export interface ChatSendOptions {
  /** The message that this one answers. */
  readonly replyTo?: string;
  /** What it says of a file, whose bytes travel by themselves: `files.send` gives the reference. */
  readonly attachment?: ChatAttachment;
}

export interface Chat {
  /**
   * Queues `text` (at most 16 KiB; empty only with an attachment) durably; it leaves when the contact is reachable,
   * exactly once.
   */
  send(peer: PeerId, text: string, options?: ChatSendOptions): Promise<ChatMessage>;
  /**
   * Sets our reaction to a message, one emoji of at most 32 bytes; an empty one takes it back. It travels as a message does.
   * @throws {EndpointError} `ERR_ARGUMENT` for a message that is not here, or one that we changed 1,000 times.
   */
  react(peer: PeerId, id: string, symbol: string): Promise<void>;
  /**
   * Gives a message of ours other words, at both ends: ten times a minute, 1,000 times in all.
   * @throws {EndpointError} `ERR_ARGUMENT` for a message that is not here, not ours, or was changed too often.
   */
  edit(peer: PeerId, id: string, text: string): Promise<void>;
  /** Takes the words of a message of ours away at both ends; that there was one stays to be seen. */
  delete(peer: PeerId, id: string): Promise<void>;
  /** Whether messages are stored; else they are in memory alone, also those that wait for the contact. Say so. */
  keeps(peer: PeerId): boolean;
  /**
   * What our person chooses, from now on; not to keep erases what is stored. The contact is not told.
   * @throws {EndpointError} `ERR_ARGUMENT` to keep where the endpoint has no store.
   */
  setKeeps(peer: PeerId, keeps: boolean): Promise<void>;
  lifetime(peer: PeerId): ChatLifetimeView;
  /** Asks the contact that messages live so long from now on; nothing changes before it agrees. */
  proposeLifetime(peer: PeerId, lifetime: ChatLifetime): Promise<void>;
  /** @throws {EndpointError} `ERR_ARGUMENT` when nothing is asked. */
  answerLifetime(peer: PeerId, isAccepted: boolean): Promise<void>;
  /** Erases the messages that live until the chat is closed: here at once, there when the contact hears it. */
  close(peer: PeerId): Promise<void>;
  /** The last `limit` messages (100 unless told), oldest first. */
  history(peer: PeerId, options?: { readonly limit?: number }): Promise<readonly ChatMessage[]>;
  markRead(peer: PeerId, ids: readonly string[]): Promise<void>;
  /** Tells the peer, if it is there, that someone types. Never stored, may be lost. */
  typing(peer: PeerId, isTyping: boolean): void;
  /** What happens from now on, of one peer or of all; a queue of 1,000 whose oldest `typing` go first. */
  watch(options?: Waiting & { readonly peer?: PeerId }): AsyncIterable<ChatEvent>;
  /** Unread messages, oldest first. */
  readonly unread: Observable<readonly ChatMessage[]>;
}
