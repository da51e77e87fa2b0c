/**
 * What is said, with one contact or in a room, as both kinds of views show it: plain data, and what can be done with it.
 *
 * @module
 */
import type { ChatAttachment, ChatMessage } from "@kith/sdk";
import { emojiOf } from "./harmless.ts";

export interface Line {
  readonly id: string;
  /** Whose colour it has. */
  readonly from: string;
  readonly name: string;
  readonly isOurs: boolean;
  readonly text: string;
  /** By the writer's clock. */
  readonly at: number;
  /** Of ours, to a contact. */
  readonly state?: ChatMessage["state"];
  readonly lifetime?: NonNullable<ChatMessage["lifetime"]>;
  readonly expiresAt?: number;
  readonly replyTo?: string;
  readonly reactions: readonly Reaction[];
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  readonly attachment?: ChatAttachment;
}

export interface Reaction {
  readonly symbol: string;
  readonly count: number;
  readonly isOurs: boolean;
}

export interface Saying {
  readonly replyTo?: string;
  readonly attachment?: ChatAttachment;
}

export interface Talk {
  say(text: string, saying: Saying): Promise<unknown>;
  /** An empty symbol takes ours back. */
  react(id: string, symbol: string): Promise<unknown>;
  edit(id: string, text: string): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  typing?(isTyping: boolean): void;
}

/** The same one of several people is one with a count; what is no emoji is not shown. */
export function tally(all: readonly { readonly symbol: string; readonly isOurs: boolean }[]): readonly Reaction[] {
  const counted = new Map<string, Reaction>();
  for (const { symbol: said, isOurs } of all) {
    const symbol = emojiOf(said);
    if (symbol === undefined) continue;
    const before = counted.get(symbol);
    counted.set(symbol, { symbol, count: (before?.count ?? 0) + 1, isOurs: isOurs || before?.isOurs === true });
  }
  return [...counted.values()];
}
