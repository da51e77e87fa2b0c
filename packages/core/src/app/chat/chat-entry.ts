/**
 * What a chat keeps on disk, by key (spec/app-chat.md §6). Keys are relative to the peer's chat.
 *
 *     clock         u64 lived · u64 wall           the chat's age and when that was, see below
 *     log/<seq>     u8 direction · 16 B id · u64 sent at · u64 noted at · u64 born · var text · [parts]
 *     act/<seq>     u64 born · message             what we did to a text, until the peer confirms it
 *     state/<seq>   u8 state · u8 settled          absent: queued (out) or stored (in), not settled
 *     mark/<seq>    what was done to a text        see chat-mark.ts
 *     seen/<id>     u64 born · u8 settled          an id that must not be taken twice
 *     kept          u8 1 or 0                      whether the person wants texts stored
 *     terms         what was agreed and asked      see lifetime-agreement.ts
 *     fleeting      nothing                        texts that live until the chat is closed were here
 *     gap           u64 lived                      until then no text is taken from a relay's items
 *
 * `<seq>` is 16 hexadecimal digits. `born` and `lived` count milliseconds of the chat's own life,
 * monotonic while the process runs; a restart adds what the wall clock says has passed since the
 * last transaction, at least 0 and at most the lifetime of an outbox (spec/app-chat.md §5).
 *
 * @module
 */
import { Reader } from "../../lib/reader.ts";
import type { WallTime } from "../../lib/time.ts";
import { wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CHAT_TEXT_BYTES_MAX } from "../../wire/limits.ts";
import type { StoreEntry } from "../store-queue.ts";
import type { ChatAct } from "./chat-act.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { CHAT_ID_BYTES, chatIdFromBytes, chatIdToBytes, parseChatMessageId } from "./chat-id.ts";
import { type Mark, NO_MARK, readMark } from "./chat-mark.ts";
import { decodeChatMessage, encodeChatMessage, isChatAct } from "./chat-message.ts";
import { type ChatParts, hasParts, readParts, writeParts } from "./chat-parts.ts";
import { type ChatTerm, isChatTerm } from "./chat-term.ts";
import { type Agreement, readAgreement } from "./lifetime-agreement.ts";

export type Direction = "in" | "out";

/**
 * Of an outgoing text all six; of an incoming one `stored` or `read`. `sent` is never on disk. `kept`: at a relay,
 * and in the outbox still.
 */
export type ChatState = "queued" | "sent" | "kept" | "stored" | "read" | "expired";

/** Whether a receipt that we gave was confirmed; `mailed`: not that, but a relay has it. */
export type Settled = "no" | "yes" | "mailed";

export interface LogText extends ChatParts {
  readonly seq: number;
  readonly direction: Direction;
  readonly id: ChatMessageId;
  /** By the sender's clock: for display, never for a decision. */
  readonly sentAt: WallTime;
  /** When it was written or received here, by our wall clock. */
  readonly notedAt: WallTime;
  readonly born: number;
  readonly text: string;
}

export interface LogEntry extends LogText {
  readonly state: ChatState;
  /** Incoming and read: whether the sender is known to know, or a relay has word of it. */
  readonly isSettled: boolean;
  readonly isMailed: boolean;
  readonly mark: Mark;
}

type LogState = Pick<LogEntry, "state" | "isSettled" | "isMailed">;

/** What we did, and its receiver has not confirmed. */
export interface ActEntry {
  readonly seq: number;
  readonly born: number;
  readonly act: ChatAct | ChatTerm;
  /** A relay has it too. */
  readonly isKept: boolean;
}

export interface SeenEntry {
  readonly id: ChatMessageId;
  readonly born: number;
  readonly isSettled: boolean;
  readonly isMailed: boolean;
}

export interface ChatArchive {
  readonly clock: { readonly lived: number; readonly wall: WallTime } | undefined;
  /** In the order of `seq`. */
  readonly log: readonly LogEntry[];
  readonly acts: readonly ActEntry[];
  readonly seen: readonly SeenEntry[];
  readonly gapUntil: number;
  readonly agreement: Agreement | undefined;
  /** Texts that were never stored, and are gone with the process, were here. */
  readonly wasFleeting: boolean;
  /** What the person chose; `undefined`: nothing yet. */
  readonly keeps: boolean | undefined;
  /** Keys that could not be read: damaged, or from another version. They are left alone. */
  readonly unreadable: readonly string[];
}

const STATES: readonly ChatState[] = ["queued", "sent", "stored", "read", "expired", "kept"];
const SETTLED: readonly Settled[] = ["no", "yes", "mailed"];

export const CLOCK_KEY = "clock";
export const GAP_KEY = "gap";
export const KEPT_KEY = "kept";
export const TERMS_KEY = "terms";
export const FLEETING_KEY = "fleeting";
export const logKey = (seq: number): string => `log/${seq.toString(16).padStart(16, "0")}`;
export const actKey = (seq: number): string => `act/${seq.toString(16).padStart(16, "0")}`;
export const stateKey = (seq: number): string => `state/${seq.toString(16).padStart(16, "0")}`;
export const markKey = (seq: number): string => `mark/${seq.toString(16).padStart(16, "0")}`;
export const seenKey = (id: ChatMessageId): string => `seen/${id}`;

export const encodeClock = (lived: number, wall: WallTime): Uint8Array =>
  new Writer(16).u64(lived).u64(Math.max(0, wall)).finish();

export const encodeGap = (until: number): Uint8Array => new Writer(8).u64(until).finish();

export const encodeState = (state: ChatState, settled: Settled): Uint8Array =>
  Uint8Array.of(STATES.indexOf(state), SETTLED.indexOf(settled));

export const encodeSeen = (born: number, settled: Settled): Uint8Array =>
  new Writer(9).u64(born).u8(SETTLED.indexOf(settled)).finish();

export function encodeLogEntry(entry: Omit<LogText, "seq">): Uint8Array {
  const writer = new Writer(64 + entry.text.length);
  writer.u8(entry.direction === "out" ? 1 : 0).bytes(chatIdToBytes(entry.id));
  writer.u64(entry.sentAt).u64(Math.max(0, entry.notedAt)).u64(entry.born).text(entry.text);
  return (hasParts(entry) ? writeParts(writer, entry) : writer).finish();
}

export const encodeActEntry = (born: number, act: ChatAct | ChatTerm): Uint8Array =>
  new Writer(64).u64(born).bytes(encodeChatMessage(act)).finish();

/** Reads everything a chat ever stored. Total: a damaged entry is listed, not thrown. Also for showing the history. */
export function readChatArchive(entries: Iterable<StoreEntry>): ChatArchive {
  const log: LogText[] = [];
  const states = new Map<number, LogState>();
  const acts: Omit<ActEntry, "isKept">[] = [];
  const marks = new Map<number, Mark>();
  const seen: SeenEntry[] = [];
  const unreadable: string[] = [];
  let clock: ChatArchive["clock"];
  let gapUntil = 0;
  let agreement: Agreement | undefined;
  let wasFleeting = false;
  let keeps: boolean | undefined;
  for (const { key, value } of entries) {
    try {
      const reader = new Reader(value);
      const [kind, name = ""] = key.split("/");
      if (key === CLOCK_KEY) clock = { lived: reader.u64(), wall: wallTime(reader.u64()) };
      else if (key === GAP_KEY) gapUntil = reader.u64();
      else if (key === TERMS_KEY) agreement = readAgreement(reader);
      else if (key === KEPT_KEY) keeps = reader.u8() === 1;
      else if (key === FLEETING_KEY) wasFleeting = true;
      else if (kind === "log") log.push(readLog(readSeq(name), reader));
      else if (kind === "act") acts.push(readAct(readSeq(name), reader));
      else if (kind === "mark") marks.set(readSeq(name), readMark(reader));
      else if (kind === "state") states.set(readSeq(name), readState(reader));
      else if (kind === "seen") seen.push({ id: readName(name), born: reader.u64(), ...readSettled(reader) });
      else throw new WireError("ERR_UNKNOWN_TYPE", "no such entry");
      reader.end();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      unreadable.push(key);
    }
  }
  log.sort((a, b) => a.seq - b.seq);
  const whole = log.map((entry): LogEntry => {
    const initial: ChatState = entry.direction === "out" ? "queued" : "stored";
    const state = states.get(entry.seq) ?? { state: initial, isSettled: false, isMailed: false };
    return { ...entry, ...state, mark: marks.get(entry.seq) ?? NO_MARK };
  });
  acts.sort((a, b) => a.seq - b.seq);
  const open = acts.map((act) => ({ ...act, isKept: states.get(act.seq)?.state === "kept" }));
  return { clock, log: whole, acts: open, seen, gapUntil, agreement, wasFleeting, keeps, unreadable };
}

function readLog(seq: number, reader: Reader): LogText {
  const direction = reader.u8() === 1 ? "out" : "in";
  const id = chatIdFromBytes(reader.bytes(CHAT_ID_BYTES));
  const [sentAt, notedAt, born] = [wallTime(reader.u64()), wallTime(reader.u64()), reader.u64()];
  const text = reader.text(CHAT_TEXT_BYTES_MAX);
  return { seq, direction, id, sentAt, notedAt, born, text, ...(reader.left > 0 && readParts(reader)) };
}

function readAct(seq: number, reader: Reader): Omit<ActEntry, "isKept"> {
  const born = reader.u64();
  const act = decodeChatMessage(reader.rest());
  if (!isChatAct(act) && !isChatTerm(act)) throw new WireError("ERR_UNKNOWN_TYPE", "no such act");
  return { seq, born, act };
}

function readState(reader: Reader): LogState {
  const state = STATES[reader.u8()];
  if (state === undefined) throw new WireError("ERR_VALUE", "no such state");
  return { state, ...readSettled(reader) };
}

function readSettled(reader: Reader): Pick<SeenEntry, "isSettled" | "isMailed"> {
  const settled = SETTLED[reader.u8()];
  return { isSettled: settled === "yes", isMailed: settled === "mailed" };
}

function readSeq(name: string): number {
  const seq = /^[0-9a-f]{16}$/.test(name) ? Number.parseInt(name, 16) : Number.NaN;
  if (!Number.isSafeInteger(seq)) throw new WireError("ERR_VALUE", "not a sequence number");
  return seq;
}

function readName(name: string): ChatMessageId {
  const id = parseChatMessageId(name);
  if (id === undefined) throw new WireError("ERR_VALUE", "not a message id");
  return id;
}
