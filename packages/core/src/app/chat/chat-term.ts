/**
 * What two people agree on in a chat (spec/app-chat.md §12); items, as texts are.
 *
 *     propose  0x09 · 16 B id · u64 sent at · u32 revision · u32 lifetime
 *     answer   0x0a · 16 B id · u64 sent at · 16 B proposal · u32 revision · u32 lifetime · u8 1 if accepted, else 0
 *     close    0x0b · 16 B id · u64 sent at
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import type { Reader } from "../../lib/reader.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import type { Writer } from "../../lib/writer.ts";
import { CHAT_LIFETIME_MAX, CHAT_LIFETIME_MIN } from "../../wire/limits.ts";
import { CHAT_MESSAGE } from "../../wire/registry.ts";
import { type ChatMessageId, chatIdToBytes, readChatId } from "./chat-id.ts";

/** In seconds, 60 to 86,400; or one of the two below. */
export type ChatLifetime = number;
export const LIFETIME_OFF: ChatLifetime = 0;
/** Until one of the two closes the chat; never on a disk. */
export const LIFETIME_UNTIL_CLOSED: ChatLifetime = 1;

interface Term {
  readonly id: ChatMessageId;
  readonly sentAt: WallTime;
}

export type ChatTerm =
  | (Term & {
      readonly type: "propose";
      /** Of the agreement that it would be, as its proposer knows. */
      readonly revision: number;
      readonly lifetime: ChatLifetime;
    })
  | (Term & {
      readonly type: "answer";
      readonly proposal: ChatMessageId;
      /** Which agreement this is: of two the higher one stands. */
      readonly revision: number;
      readonly lifetime: ChatLifetime;
      readonly isAccepted: boolean;
    })
  | (Term & { readonly type: "close" });

const TERMS = ["propose", "answer", "close"] as const;

export const isLifetime = (value: number): boolean =>
  value === LIFETIME_OFF ||
  value === LIFETIME_UNTIL_CLOSED ||
  (Number.isInteger(value) && value >= CHAT_LIFETIME_MIN && value <= CHAT_LIFETIME_MAX);

export const isChatTerm = (message: { readonly type: string }): message is ChatTerm =>
  TERMS.some((each) => each === message.type);

export function encodeTerm(writer: Writer, term: ChatTerm): Writer {
  writer.u8(CHAT_MESSAGE[term.type]).bytes(chatIdToBytes(term.id)).u64(term.sentAt);
  if (term.type === "close") return writer;
  assert(isLifetime(term.lifetime), `lifetime of ${term.lifetime} s`);
  if (term.type === "propose") return writer.u32(term.revision).u32(term.lifetime);
  writer.bytes(chatIdToBytes(term.proposal)).u32(term.revision).u32(term.lifetime);
  return writer.u8(term.isAccepted ? 1 : 0);
}

/** `undefined`: `type` is no term. */
export function decodeTerm(type: number, reader: Reader): ChatTerm | undefined {
  const name = TERMS.find((each) => CHAT_MESSAGE[each] === type);
  if (name === undefined) return undefined;
  const [id, sentAt] = [readChatId(reader), wallTime(reader.u64())];
  if (name === "close") return { type: name, id, sentAt };
  if (name === "propose")
    return { type: name, id, sentAt, revision: readRevision(reader), lifetime: readLifetime(reader) };
  const [proposal, revision, lifetime] = [readChatId(reader), readRevision(reader), readLifetime(reader)];
  const accepted = reader.u8();
  if (accepted > 1) throw new WireError("ERR_VALUE", "no such answer");
  return { type: name, id, sentAt, proposal, revision, lifetime, isAccepted: accepted === 1 };
}

function readRevision(reader: Reader): number {
  const revision = reader.u32();
  if (revision === 0) throw new WireError("ERR_VALUE", "revision 0");
  return revision;
}

export function readLifetime(reader: Reader): ChatLifetime {
  const lifetime = reader.u32();
  if (!isLifetime(lifetime)) throw new WireError("ERR_VALUE", `lifetime of ${lifetime} s`);
  return lifetime;
}
