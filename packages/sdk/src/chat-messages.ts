/** Messages of a chat between contacts, as people see them. */
import { type ChatChange, type PeerId, readChatArchive, type StoreEntry } from "@kith/core";
import type { ChatMessage, ChatReaction } from "./chat-api.ts";
import { messageLifetime } from "./chat-lifetime.ts";

/** What the rows of a chat hold, in the order in which it was written and received. */
export const messagesOf = (peer: PeerId, entries: Iterable<StoreEntry>): ChatMessage[] =>
  readChatArchive(entries).log.map(({ id, direction, text, sentAt, state, replyTo, attachment, lifetime, mark }) => ({
    ...{ id, peer, isOurs: direction === "out", text, writtenAt: sentAt, state },
    ...(replyTo !== undefined && { replyTo }),
    ...(attachment !== undefined && { attachment }),
    ...(lifetime !== undefined && { lifetime: messageLifetime(lifetime) }),
    ...{ isEdited: mark.edits > 0, isDeleted: mark.isDeleted },
    reactions: reactionsOf({ ours: mark.ours.symbol, theirs: mark.theirs.symbol }),
  }));

export function reactionsOf({ ours, theirs }: Pick<ChatChange, "ours" | "theirs">): readonly ChatReaction[] {
  const both = [
    { isOurs: true, symbol: ours },
    { isOurs: false, symbol: theirs },
  ];
  return both.filter(({ symbol }) => symbol !== "");
}

/** Both of them; of a key that is in both, the second. */
export function mergedRows(stored: readonly StoreEntry[], held: readonly StoreEntry[]): Iterable<StoreEntry> {
  if (held.length === 0) return stored;
  const rows = new Map([...stored, ...held].map((entry) => [entry.key, entry] as const));
  return rows.values();
}
