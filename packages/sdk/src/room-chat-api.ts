/**
 * The public face of a room's chat. As all views, these are plain data.
 *
 * @module
 */
import type { ChatAttachment, PeerId } from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";

export interface RoomReaction {
  readonly from: PeerId;
  readonly isOurs: boolean;
  /** One emoji, at most 32 bytes: a member's words, to be cleaned by whoever shows them. */
  readonly symbol: string;
}

export interface RoomChatMessage {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly from: PeerId;
  readonly name: string;
  readonly isOurs: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly hops: number;
  /** The message that this one answers; it may be gone. */
  readonly replyTo?: string;
  readonly attachment?: ChatAttachment;
  /** At most one of each member, in the order in which they came. */
  readonly reactions: readonly RoomReaction[];
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  /** When it is gone here, by our wall clock, in milliseconds since 1970; absent: it stays. */
  readonly expiresAt?: number;
}

export interface RoomChatSendOptions {
  readonly replyTo?: string;
  readonly attachment?: ChatAttachment;
  /** Seconds, 60 to 86,400, from when it is said: then it is gone at every member. The writer's choice. */
  readonly lifetime?: number;
}

/** Ephemeral: in memory, and in that of the others, for as long as the room's history reaches. */
export interface RoomChat {
  /** At most 16,000 bytes of UTF-8; empty only with an attachment. */
  send(text: string, options?: RoomChatSendOptions): Promise<RoomChatMessage>;
  /** Our reaction to a message; an empty one takes it back. @throws {EndpointError} `ERR_ARGUMENT` */
  react(id: string, symbol: string): Promise<void>;
  /** Other words for a message of ours, ten times a minute. @throws {EndpointError} `ERR_ARGUMENT` */
  edit(id: string, text: string): Promise<void>;
  /** Takes the words of a message of ours away, for all. @throws {EndpointError} `ERR_ARGUMENT` */
  delete(id: string): Promise<void>;
  /** The last 1,000, oldest first, as they are now. */
  readonly history: Observable<readonly RoomChatMessage[]>;
  /** Messages as they come; what is done to them later is in {@link history} alone. */
  watch(options?: Waiting): AsyncIterable<RoomChatMessage>;
}
