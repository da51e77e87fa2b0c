/**
 * What a chat holds in memory alone, in the form of its store (spec/app-chat.md §6): to be shown, or to be kept
 * from now on.
 *
 * @module
 */
import type { StoreEntry } from "../store-queue.ts";
import {
  type ChatArchive,
  type ChatState,
  encodeLogEntry,
  encodeState,
  type LogText,
  logKey,
  markKey,
  type Settled,
  stateKey,
} from "./chat-entry.ts";
import { type ChatGround, outgoingLogText } from "./chat-ground.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { encodeMark, NO_MARK } from "./chat-mark.ts";
import { type ChatItem, encodeChatMessage, isChatAct } from "./chat-message.ts";
import { partsOf } from "./chat-parts.ts";
import type { OutgoingItem } from "./outbox.ts";

/** Takes up what an earlier process left. */
export function restoreChat(
  ground: Pick<ChatGround, "outbox" | "log" | "marks">,
  { log: texts, acts }: ChatArchive,
): void {
  const { outbox, log, marks } = ground;
  const waiting: { readonly item: OutgoingItem; readonly isKept: boolean }[] = [];
  const hold = (seq: number, born: number, message: ChatItem, isKept: boolean): void => {
    waiting.push({ item: { seq, id: message.id, message, born, bytes: encodeChatMessage(message).length }, isKept });
  };
  for (const logged of texts) {
    const { seq, id, direction, state, born, sentAt, text } = logged;
    log.skipSeq(seq);
    marks.restore(id, logged.mark);
    if (direction === "out" && (state === "queued" || state === "sent" || state === "kept")) {
      hold(seq, born, { type: "text", id, sentAt, text, ...partsOf(logged) }, state === "kept");
      continue;
    }
    log.add(logged, state);
    if (direction === "in" && state === "read" && !logged.isSettled) log.markUnsettled(id, logged.isMailed);
  }
  for (const { seq, born, act, isKept } of acts) {
    log.skipSeq(seq);
    hold(seq, born, act, isKept);
  }
  waiting.sort((a, b) => a.item.seq - b.item.seq); // as they were written
  for (const { item, isKept } of waiting) outbox.add(item, "queued", isKept);
}

/** No words of the chat are in the store any more. Returns the texts that are gone with that. */
export function dropStored({ outbox, log }: Pick<ChatGround, "outbox" | "log">): readonly ChatMessageId[] {
  const stored = [...log.texts].filter(({ seq }) => log.isStored(seq)).map(({ id }) => id);
  for (const id of stored) log.forget(id);
  for (const { entry } of outbox.items()) {
    if (entry.message.type === "text") log.unstore(entry.seq);
    else if (isChatAct(entry.message)) log.forgetAct(entry.seq);
  }
  return stored;
}

/** Texts that are in no store, with their states and marks. */
export function* heldTexts({ outbox, log, marks }: Omit<ChatGround, "outputs">): Iterable<StoreEntry> {
  const rows = function* (text: LogText, state: ChatState, settled: Settled): Iterable<StoreEntry> {
    yield { key: logKey(text.seq), value: encodeLogEntry(text) };
    yield { key: stateKey(text.seq), value: encodeState(state, settled) };
    const mark = marks.of(text.id);
    if (mark !== NO_MARK) yield { key: markKey(text.seq), value: encodeMark(mark) };
  };
  for (const logged of log.texts) {
    if (logged.text !== undefined)
      yield* rows({ ...logged, text: logged.text }, logged.state, log.settledOf(logged.id));
  }
  for (const { entry } of outbox.items()) {
    if (entry.message.type !== "text" || log.isStored(entry.seq)) continue;
    yield* rows(outgoingLogText(entry.seq, entry.born, entry.message), outbox.stateOf(entry.id) ?? "queued", "no");
  }
}
