/**
 * What a text may carry besides its words (spec/app-chat.md §2), the same on the wire and on disk:
 *
 *     u8 parts · [0x01: 16 B id of the text that it answers] · [0x02: attachment, see chat-attachment.ts]
 *     · [0x04: u32 lifetime]
 *
 * @module
 */

import { assert } from "../../lib/assert.ts";
import type { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import type { Writer } from "../../lib/writer.ts";
import { CHAT_PART } from "../../wire/registry.ts";
import { type ChatAttachment, readAttachment, writeAttachment } from "./chat-attachment.ts";
import { type ChatMessageId, chatIdToBytes, readChatId } from "./chat-id.ts";
import { type ChatLifetime, isLifetime, LIFETIME_OFF, readLifetime } from "./chat-term.ts";

export interface ChatParts {
  /** The text that this one answers; it may be gone, or never have been here. */
  readonly replyTo?: ChatMessageId;
  readonly attachment?: ChatAttachment;
  /** From its receipt; absent: it stays. */
  readonly lifetime?: ChatLifetime;
}

const ALL = CHAT_PART.replyTo | CHAT_PART.attachment | CHAT_PART.lifetime;

export const hasParts = (parts: ChatParts): boolean => bitsOf(parts) !== 0;

export function writeParts(writer: Writer, parts: ChatParts): Writer {
  writer.u8(bitsOf(parts));
  if (parts.replyTo !== undefined) writer.bytes(chatIdToBytes(parts.replyTo));
  if (parts.attachment !== undefined) writeAttachment(writer, parts.attachment);
  if (parts.lifetime !== undefined) {
    assert(isLifetime(parts.lifetime) && parts.lifetime !== LIFETIME_OFF, `lifetime of ${parts.lifetime} s`);
    writer.u32(parts.lifetime);
  }
  return writer;
}

/** There is one encoding: parts that are announced are there, and a text without any is written without. */
export function readParts(reader: Reader): ChatParts {
  const bits = reader.u8();
  if (bits === 0 || (bits & ~ALL) !== 0) throw new WireError("ERR_VALUE", `parts 0x${bits.toString(16)}`);
  const has = (part: keyof typeof CHAT_PART): boolean => (bits & CHAT_PART[part]) !== 0;
  const parts = {
    ...(has("replyTo") && { replyTo: readChatId(reader) }),
    ...(has("attachment") && { attachment: readAttachment(reader) }),
    ...(has("lifetime") && { lifetime: readLifetime(reader) }),
  };
  if (parts.lifetime === LIFETIME_OFF) throw new WireError("ERR_VALUE", "a lifetime that is none");
  return parts;
}

/** Of anything that has them, the parts alone. */
export const partsOf = ({ replyTo, attachment, lifetime }: ChatParts): ChatParts => ({
  ...(replyTo !== undefined && { replyTo }),
  ...(attachment !== undefined && { attachment }),
  ...(lifetime !== undefined && { lifetime }),
});

const bitsOf = ({ replyTo, attachment, lifetime }: ChatParts): number =>
  (replyTo === undefined ? 0 : CHAT_PART.replyTo) |
  (attachment === undefined ? 0 : CHAT_PART.attachment) |
  (lifetime === undefined ? 0 : CHAT_PART.lifetime);
