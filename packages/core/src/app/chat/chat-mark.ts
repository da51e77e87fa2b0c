/**
 * What was done to one text, as it stands and as it is stored (spec/app-chat.md §6):
 *
 *     mark/<seq>    2 x (u16 revision · var symbol) · u16 edits · u8 1 if deleted, else 0 · u64 due
 *
 * The reactions are ours, then the peer's; 0 and empty: none. `due` is the age of the chat at which it is gone, or 0.
 *
 * @module
 */
import type { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CHAT_SYMBOL_BYTES_MAX } from "../../wire/limits.ts";

/** Who did something in a chat of two. */
export type Actor = "ours" | "theirs";

export interface Reaction {
  /** Of the last change; 0: there was none. */
  readonly revision: number;
  /** Empty: none. */
  readonly symbol: string;
}

export interface Mark {
  readonly ours: Reaction;
  readonly theirs: Reaction;
  /** Revision of the last edit by its writer; 0: there was none. */
  readonly edits: number;
  /** By its writer, for both: its words are gone. */
  readonly isDeleted: boolean;
  /** Of an outgoing text with a lifetime, once it is confirmed: the age of the chat at which it is gone. */
  readonly due: number | undefined;
}

const NO_REACTION: Reaction = { revision: 0, symbol: "" };
export const NO_MARK: Mark = { ours: NO_REACTION, theirs: NO_REACTION, edits: 0, isDeleted: false, due: undefined };
export const DELETED: Mark = { ...NO_MARK, isDeleted: true };

export function encodeMark({ ours, theirs, edits, isDeleted, due }: Mark): Uint8Array {
  const writer = new Writer(16);
  for (const { revision, symbol } of [ours, theirs]) writer.u16(revision).text(symbol);
  return writer
    .u16(edits)
    .u8(isDeleted ? 1 : 0)
    .u64(due ?? 0)
    .finish();
}

export function readMark(reader: Reader): Mark {
  const [ours, theirs] = [readReaction(reader), readReaction(reader)];
  const [edits, isDeleted, due] = [reader.u16(), reader.u8() === 1, reader.u64()];
  return { ours, theirs, edits, isDeleted, due: due === 0 ? undefined : due };
}

function readReaction(reader: Reader): Reaction {
  const revision = reader.u16();
  const symbol = reader.text(CHAT_SYMBOL_BYTES_MAX);
  if (revision === 0 && symbol !== "") throw new WireError("ERR_VALUE", "a reaction of no revision");
  return { revision, symbol };
}
