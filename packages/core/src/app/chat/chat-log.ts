/**
 * Texts that are confirmed, and all incoming ones: what the chat knows of them in memory, and their rows
 * in the store. The words stay in the store where there is one. Bounded by `CHAT_LOG_MESSAGES_MAX` and
 * `CHAT_LOG_BYTES_MAX`: the oldest text gives way, here and in the store.
 *
 * @module
 */
import { textToBytes } from "../../lib/utf8.ts";
import { CHAT_LOG_BYTES_MAX, CHAT_LOG_MESSAGES_MAX } from "../../wire/limits.ts";
import type { StoreQueue } from "../store-queue.ts";
import type { ChatAct } from "./chat-act.ts";
import {
  actKey,
  type ChatState,
  encodeActEntry,
  encodeLogEntry,
  encodeState,
  type LogText,
  logKey,
  markKey,
  type Settled,
  stateKey,
} from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatMarks } from "./chat-marks.ts";
import type { ChatEffect } from "./chat-output.ts";
import type { ChatParts } from "./chat-parts.ts";
import { type ChatTerm, LIFETIME_UNTIL_CLOSED } from "./chat-term.ts";

export interface LoggedText extends Omit<LogText, "text"> {
  /** `undefined`: in the store alone. */
  readonly text: string | undefined;
  readonly bytes: number;
  state: ChatState;
}

export class ChatLog {
  readonly #store: StoreQueue<ChatEffect>;
  readonly #marks: ChatMarks;
  /** Places of texts that are never stored. */
  readonly #fleeting: Set<number>;
  readonly #texts = new Map<ChatMessageId, LoggedText>();
  /** Incoming, read here, and the sender is not known to know. */
  readonly #unsettledReads = new Set<ChatMessageId>();
  /** Of those, the ones of which no relay has word. */
  readonly #unmailedReads = new Set<ChatMessageId>();
  /** Whether texts that are written or received from now on are stored. */
  keeps = true;
  #bytes = 0;
  #nextSeq = 0;

  constructor(store: StoreQueue<ChatEffect>, marks: ChatMarks, fleeting: Set<number>) {
    this.#store = store;
    this.#fleeting = fleeting;
    this.#marks = marks;
  }

  get(id: ChatMessageId): LoggedText | undefined {
    return this.#texts.get(id);
  }

  get texts(): Iterable<LoggedText> {
    return this.#texts.values();
  }

  /** The place of what is written or received next. */
  takeSeq(): number {
    return this.#nextSeq++;
  }

  /** This place was taken by an earlier process. */
  skipSeq(seq: number): void {
    this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
  }

  get unsettledReads(): ReadonlySet<ChatMessageId> {
    return this.#unsettledReads;
  }

  get unmailedReads(): ReadonlySet<ChatMessageId> {
    return this.#unmailedReads;
  }

  markUnsettled(id: ChatMessageId, isMailed = false): void {
    this.#unsettledReads.add(id);
    if (!isMailed) this.#unmailedReads.add(id);
  }

  /** Whether the read receipt of `id` was left at no relay until now. */
  markMailed(id: ChatMessageId): boolean {
    return this.#unmailedReads.delete(id);
  }

  /** Whether the read receipt of `id` was open until now. */
  settleRead(id: ChatMessageId): boolean {
    this.#unmailedReads.delete(id);
    return this.#unsettledReads.delete(id);
  }

  settledOf(id: ChatMessageId): Settled {
    if (!this.#unsettledReads.has(id)) return "yes";
    return this.#unmailedReads.has(id) ? "no" : "mailed";
  }

  /** Whether the words of the text in this place are in the store; else they are in memory alone. */
  isStored(seq: number): boolean {
    return this.#store.isPersistent && !this.#fleeting.has(seq);
  }

  /** Its row, to be stored; of a text until the chat is closed there is none. */
  write(text: LogText): void {
    const isFleeting = this.#fleeting.has(text.seq) || !this.keeps || text.lifetime === LIFETIME_UNTIL_CLOSED;
    if (isFleeting) this.#fleeting.add(text.seq);
    else this.#store.put(logKey(text.seq), encodeLogEntry(text));
  }

  writeState(seq: number, state: ChatState, settled: Settled): void {
    if (!this.#fleeting.has(seq)) this.#store.put(stateKey(seq), encodeState(state, settled));
  }

  /** `target`: the place of the text that it is done to. */
  writeAct(seq: number, born: number, act: ChatAct | ChatTerm, target: number | undefined): void {
    if (target !== undefined && this.#fleeting.has(target)) return; // it goes with its text
    this.#store.put(actKey(seq), encodeActEntry(born, act));
  }

  /** Nothing of an outgoing text, which goes on its way, is in the store any more. */
  unstore(seq: number): void {
    for (const key of [logKey(seq), stateKey(seq), markKey(seq)]) this.#store.delete(key);
    this.#fleeting.add(seq);
  }

  forgetAct(seq: number): void {
    this.#store.delete(actKey(seq));
    this.#store.delete(stateKey(seq));
  }

  /** Into memory. Whose row is not there must be written, too. */
  add(text: LogText, state: ChatState): void {
    this.#remove(text.id);
    const bytes = textToBytes(text.text).length;
    this.#texts.set(text.id, { ...text, text: this.isStored(text.seq) ? undefined : text.text, bytes, state });
    this.#bytes += bytes;
    for (const oldest of this.#texts.values()) {
      if (this.#texts.size <= CHAT_LOG_MESSAGES_MAX && this.#bytes <= CHAT_LOG_BYTES_MAX) break;
      this.forget(oldest.id);
    }
  }

  /** Other words, or none, in the place of those that were. */
  rewrite(logged: LoggedText, text: string, parts: ChatParts): void {
    const { seq, direction, id, sentAt, notedAt, born } = logged;
    const now: LogText = { seq, direction, id, sentAt, notedAt, born, text, ...parts };
    const bytes = textToBytes(text).length;
    this.write(now);
    this.#bytes += bytes - logged.bytes;
    const held = logged.text === undefined ? undefined : text;
    this.#texts.set(id, { ...now, text: held, bytes, state: logged.state }); // in its place: the order of age stays
  }

  /** Here and in the store. */
  forget(id: ChatMessageId): void {
    const text = this.#remove(id);
    if (text === undefined) return;
    this.#marks.forget(id, text.seq);
    this.#fleeting.delete(text.seq);
    this.#store.delete(logKey(text.seq));
    this.#store.delete(stateKey(text.seq));
  }

  #remove(id: ChatMessageId): LoggedText | undefined {
    const text = this.#texts.get(id);
    if (text === undefined) return undefined;
    this.#texts.delete(id);
    this.#unsettledReads.delete(id);
    this.#unmailedReads.delete(id);
    this.#bytes -= text.bytes;
    return text;
  }
}
