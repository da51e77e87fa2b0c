/**
 * Names of what people write and do in a chat (spec/app-chat.md §2).
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import type { Reader } from "../../lib/reader.ts";

declare const brand: unique symbol;

/** 128 random bits as 32 lower-case hexadecimal digits, chosen by the sender. */
export type ChatMessageId = string & { readonly [brand]: "ChatMessageId" };

export const CHAT_ID_BYTES = 16;

export const chatIdFromBytes = (bytes: Uint8Array): ChatMessageId => bytesToHex(bytes) as ChatMessageId;
export const chatIdToBytes = (id: ChatMessageId): Uint8Array => hexToBytes(id);
export const readChatId = (reader: Reader): ChatMessageId => chatIdFromBytes(reader.bytes(CHAT_ID_BYTES));

/** Reads what a {@link ChatMessageId} prints; `undefined` for anything else. */
export function parseChatMessageId(text: string): ChatMessageId | undefined {
  return /^[0-9a-f]{32}$/.test(text) ? (text as ChatMessageId) : undefined;
}
