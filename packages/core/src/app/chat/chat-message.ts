/**
 * Messages of a `chat/1` channel (spec/app-chat.md §2). One channel message each; a byte says which.
 *
 *     text     0x01 · 16 B id · u64 sent at · var text
 *     text     0x05 · 16 B id · u64 sent at · parts · var text        with something besides (chat-parts.ts)
 *     receipt  0x02 · u8 state · varint count · (16 B id)*      the receiver: these are stored, or read
 *     settled  0x03 · u8 state · varint count · (16 B id)*      the sender: these receipts are durable
 *     typing   0x04 · u8 0 or 1                                 droppable
 *     acts, terms                                               see chat-act.ts, chat-term.ts
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { Reader } from "../../lib/reader.ts";
import type { WallTime } from "../../lib/time.ts";
import { wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CHAT_RECEIPT_IDS_MAX, CHAT_TEXT_BYTES_MAX } from "../../wire/limits.ts";
import { CHAT_MESSAGE, CHAT_RECEIPT } from "../../wire/registry.ts";
import { type ChatAct, decodeAct, encodeAct } from "./chat-act.ts";
import { type ChatMessageId, chatIdToBytes, readChatId } from "./chat-id.ts";
import { type ChatParts, hasParts, readParts, writeParts } from "./chat-parts.ts";
import { type ChatTerm, decodeTerm, encodeTerm, isChatTerm } from "./chat-term.ts";

export type ReceiptState = keyof typeof CHAT_RECEIPT;

export interface ChatText extends ChatParts {
  readonly type: "text";
  readonly id: ChatMessageId;
  readonly sentAt: WallTime;
  readonly text: string;
}

/** What an outbox carries, exactly once: it has an id, and is receipted. */
export type ChatItem = ChatText | ChatAct | ChatTerm;

export type ChatMessage =
  | ChatItem
  | { readonly type: "receipt"; readonly state: ReceiptState; readonly ids: readonly ChatMessageId[] }
  | { readonly type: "settled"; readonly state: ReceiptState; readonly ids: readonly ChatMessageId[] }
  | { readonly type: "typing"; readonly isTyping: boolean };

/** `text` is at most {@link CHAT_TEXT_BYTES_MAX} bytes, `ids` 1 to {@link CHAT_RECEIPT_IDS_MAX}: else it is our bug. */
export function encodeChatMessage(message: ChatMessage): Uint8Array {
  const writer = new Writer(64);
  switch (message.type) {
    case "text": {
      const text = textToBytes(message.text);
      const isThere = text.length > 0 || message.attachment !== undefined;
      assert(isThere && text.length <= CHAT_TEXT_BYTES_MAX, `text of ${text.length} bytes`);
      const isPlain = !hasParts(message);
      writer.u8(isPlain ? CHAT_MESSAGE.text : CHAT_MESSAGE.textWithParts);
      writer.bytes(chatIdToBytes(message.id)).u64(message.sentAt);
      if (!isPlain) writeParts(writer, message);
      return writer.varBytes(text).finish();
    }
    case "receipt":
    case "settled": {
      assert(message.ids.length > 0 && message.ids.length <= CHAT_RECEIPT_IDS_MAX, `${message.ids.length} ids`);
      writer.u8(CHAT_MESSAGE[message.type]).u8(CHAT_RECEIPT[message.state]).varint(message.ids.length);
      for (const id of message.ids) writer.bytes(chatIdToBytes(id));
      return writer.finish();
    }
    case "typing":
      return writer
        .u8(CHAT_MESSAGE.typing)
        .u8(message.isTyping ? 1 : 0)
        .finish();
    default:
      return (isChatTerm(message) ? encodeTerm(writer, message) : encodeAct(writer, message)).finish();
  }
}

/** Keeps no reference to `bytes`. @throws {WireError} */
export function decodeChatMessage(bytes: Uint8Array): ChatMessage {
  const reader = new Reader(bytes);
  const message = decodeBody(reader.u8(), reader);
  reader.end();
  return message;
}

function decodeBody(type: number, reader: Reader): ChatMessage {
  switch (type) {
    case CHAT_MESSAGE.text:
    case CHAT_MESSAGE.textWithParts: {
      const [id, sentAt] = [readChatId(reader), wallTime(reader.u64())];
      const parts: ChatParts = type === CHAT_MESSAGE.textWithParts ? readParts(reader) : {};
      const text = reader.text(CHAT_TEXT_BYTES_MAX);
      if (text === "" && parts.attachment === undefined) throw new WireError("ERR_VALUE", "empty text");
      return { type: "text", id, sentAt, text, ...parts };
    }
    case CHAT_MESSAGE.receipt:
      return { type: "receipt", state: readState(reader), ids: readIds(reader) };
    case CHAT_MESSAGE.settled:
      return { type: "settled", state: readState(reader), ids: readIds(reader) };
    case CHAT_MESSAGE.typing: {
      const value = reader.u8();
      if (value > 1) throw new WireError("ERR_VALUE", `typing ${value}`);
      return { type: "typing", isTyping: value === 1 };
    }
    default: {
      const act = decodeAct(type, reader) ?? decodeTerm(type, reader);
      if (act === undefined) throw new WireError("ERR_UNKNOWN_TYPE", `chat message 0x${type.toString(16)}`);
      return act;
    }
  }
}

function readState(reader: Reader): ReceiptState {
  const state = reader.u8();
  if (state === CHAT_RECEIPT.stored) return "stored";
  if (state === CHAT_RECEIPT.read) return "read";
  throw new WireError("ERR_VALUE", `receipt state ${state}`);
}

function readIds(reader: Reader): ChatMessageId[] {
  const count = reader.varint();
  if (count === 0) throw new WireError("ERR_VALUE", "no ids");
  if (count > CHAT_RECEIPT_IDS_MAX) throw new WireError("ERR_LIMIT", `${count} ids`);
  return Array.from({ length: count }, () => readChatId(reader));
}

export const isChatItem = (message: ChatMessage): message is ChatItem =>
  message.type !== "receipt" && message.type !== "settled" && message.type !== "typing";

export const isChatAct = (message: ChatMessage): message is ChatAct =>
  isChatItem(message) && message.type !== "text" && !isChatTerm(message);
