/**
 * What people do to texts (spec/app-chat.md §2): each act has an id and travels like a text, exactly once.
 *
 *     react    0x06 · 16 B id · u64 sent at · 16 B target · u16 revision · var symbol      empty: taken back
 *     edit     0x07 · 16 B id · u64 sent at · 16 B target · u16 revision · var text
 *     delete   0x08 · 16 B id · u64 sent at · 16 B target
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import type { Reader } from "../../lib/reader.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import type { Writer } from "../../lib/writer.ts";
import { CHAT_REVISIONS_MAX, CHAT_SYMBOL_BYTES_MAX, CHAT_TEXT_BYTES_MAX } from "../../wire/limits.ts";
import { CHAT_MESSAGE } from "../../wire/registry.ts";
import { type ChatMessageId, chatIdToBytes, readChatId } from "./chat-id.ts";

interface Act {
  readonly id: ChatMessageId;
  /** By the actor's clock: for display only. */
  readonly sentAt: WallTime;
}

interface ActOnText extends Act {
  readonly target: ChatMessageId;
}

interface Revised extends ActOnText {
  /** Counts what this person did of this kind to this text: the highest one stands, in whatever order they come. */
  readonly revision: number;
}

export type ChatAct =
  /** An empty symbol: no reaction any more. */
  | (Revised & { readonly type: "react"; readonly symbol: string })
  | (Revised & { readonly type: "edit"; readonly text: string })
  | (ActOnText & { readonly type: "delete" });

export function encodeAct(writer: Writer, act: ChatAct): Writer {
  writer.u8(CHAT_MESSAGE[act.type]).bytes(chatIdToBytes(act.id)).u64(act.sentAt).bytes(chatIdToBytes(act.target));
  if (act.type === "delete") return writer;
  const isReaction = act.type === "react";
  const words = textToBytes(isReaction ? act.symbol : act.text);
  const isFit = isReaction ? words.length <= CHAT_SYMBOL_BYTES_MAX : isTextLength(words.length);
  assert(isFit, `${act.type} of ${words.length} bytes`);
  return writeRevision(writer, act.revision).varBytes(words);
}

/** `undefined`: `type` is no act. */
export function decodeAct(type: number, reader: Reader): ChatAct | undefined {
  const name = ACTS.find((each) => CHAT_MESSAGE[each] === type);
  if (name === undefined) return undefined;
  const id = readChatId(reader);
  const sentAt = wallTime(reader.u64());
  const target = readChatId(reader);
  if (name === "delete") return { type: name, id, sentAt, target };
  const revision = readRevision(reader);
  if (name === "react") return { type: name, id, sentAt, target, revision, symbol: reader.text(CHAT_SYMBOL_BYTES_MAX) };
  const text = reader.text(CHAT_TEXT_BYTES_MAX);
  if (text === "") throw new WireError("ERR_VALUE", "empty text");
  return { type: name, id, sentAt, target, revision, text };
}

const ACTS = ["react", "edit", "delete"] as const;

const isTextLength = (bytes: number): boolean => bytes > 0 && bytes <= CHAT_TEXT_BYTES_MAX;

function writeRevision(writer: Writer, revision: number): Writer {
  assert(revision > 0 && revision <= CHAT_REVISIONS_MAX, `revision ${revision}`);
  return writer.u16(revision);
}

function readRevision(reader: Reader): number {
  const revision = reader.u16();
  if (revision === 0 || revision > CHAT_REVISIONS_MAX) throw new WireError("ERR_VALUE", `revision ${revision}`);
  return revision;
}
