/**
 * Numbers of `chat/1` (spec/registry-apps.md), a part of the registry.
 *
 * @module
 */

/** First byte of every message on a `chat/1` channel (spec/app-chat.md). */
export const CHAT_MESSAGE = {
  text: 0x01, //      16 B id · u64 sent at, wall ms · var text
  receipt: 0x02, //   u8 receipt state · varint count · (16 B id)*
  settled: 0x03, //   u8 receipt state · varint count · (16 B id)*
  typing: 0x04, //    u8 0 or 1
  textWithParts: 0x05, // 16 B id · u64 sent at · u8 parts · the parts · var text
  react: 0x06, //     16 B id · u64 sent at · 16 B target · u16 revision · var symbol
  edit: 0x07, //      16 B id · u64 sent at · 16 B target · u16 revision · var text
  delete: 0x08, //    16 B id · u64 sent at · 16 B target
  propose: 0x09, //   16 B id · u64 sent at · u32 revision · u32 lifetime
  answer: 0x0a, //    16 B id · u64 sent at · 16 B proposal · u32 revision · u32 lifetime · u8 accepted
  close: 0x0b, //     16 B id · u64 sent at
} as const;

/** Bits of what a text carries besides its words, in the order in which they stand. */
export const CHAT_PART = {
  replyTo: 0x01, //     16 B id
  attachment: 0x02, //  what a text says of a file
  lifetime: 0x04, //    u32 seconds, or 1: until the chat is closed
} as const;

/** What an attachment is, for whoever shows it. */
export const CHAT_ATTACHMENT = { image: 0x01, voice: 0x02, file: 0x03 } as const;

/** By what an attachment's file is found: a transfer's id (16 B), or a content hash (32 B). */
export const CHAT_ATTACHMENT_SOURCE = { transfer: 0x01, content: 0x02 } as const;

/** What a receipt says happened to a text at its receiver. */
export const CHAT_RECEIPT = { stored: 1, read: 2 } as const;
