/**
 * Texts, acts and receipts that travel in one sealed item (spec/sealed-items.md §3): `(var message of chat/1)*`.
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { ITEM_MESSAGES_MAX } from "../../wire/mail-limits.ts";
import { type ChatItem, type ChatMessage, decodeChatMessage, encodeChatMessage, isChatItem } from "./chat-message.ts";

export type MailMessage = ChatItem | Extract<ChatMessage, { type: "receipt" }>;

/** Longest message with its length: a receipt of 256 ids is 4 KiB, a text 16 KiB. */
const MESSAGE_BYTES_MAX = 0x1_0000;

export function encodeMailContent(messages: readonly MailMessage[]): Uint8Array {
  assert(messages.length > 0 && messages.length <= ITEM_MESSAGES_MAX, `${messages.length} messages in an item`);
  const writer = new Writer(1_024);
  for (const message of messages) writer.varBytes(encodeChatMessage(message));
  return writer.finish();
}

/** @throws {WireError} */
export function decodeMailContent(bytes: Uint8Array): readonly MailMessage[] {
  const reader = new Reader(bytes);
  const messages: MailMessage[] = [];
  while (reader.offset < bytes.length) {
    if (messages.length === ITEM_MESSAGES_MAX) throw new WireError("ERR_LIMIT", "messages in an item");
    const message = decodeChatMessage(reader.varBytes(MESSAGE_BYTES_MAX));
    if (message.type !== "receipt" && !isChatItem(message))
      throw new WireError("ERR_UNKNOWN_TYPE", `${message.type} in an item`);
    messages.push(message);
  }
  if (messages.length === 0) throw new WireError("ERR_VALUE", "empty item");
  return messages;
}
