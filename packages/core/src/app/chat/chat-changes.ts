/**
 * What people do to texts that are there: who may, what stands, what is told (spec/app-chat.md §10).
 *
 * @module
 */
import { minutes } from "../../lib/time.ts";
import { CHAT_EDITS_A_MINUTE_MAX, CHAT_REVISIONS_MAX } from "../../wire/limits.ts";
import type { ChatAct } from "./chat-act.ts";
import { type ChatGround, outgoingLogText } from "./chat-ground.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { Actor } from "./chat-mark.ts";
import { encodeChatMessage, isChatAct } from "./chat-message.ts";
import type { ChatChange } from "./chat-output.ts";
import { partsOf } from "./chat-parts.ts";

const MINUTE = minutes(1);

export class ChatChanges {
  readonly #ground: Omit<ChatGround, "known" | "receipts" | "outputs">;

  /** Edits of ours within the last minute: few, for nobody types faster than the bound. */
  #edited: readonly { readonly id: ChatMessageId; readonly at: number }[] = [];

  constructor(ground: Omit<ChatGround, "known" | "receipts" | "outputs">) {
    this.#ground = ground;
  }

  /** Where the text is; `undefined` for one that is not, or not any more. */
  seqOf(id: ChatMessageId): number | undefined {
    const { log, outbox } = this.#ground;
    const waiting = outbox.get(id);
    return log.get(id)?.seq ?? (waiting?.message.type === "text" ? waiting.seq : undefined);
  }

  /** Of the next reaction of ours to this text; `undefined` when there is none, or none may follow. */
  nextReaction(id: ChatMessageId): number | undefined {
    const revision = this.#ground.marks.of(id).ours.revision + 1;
    return this.seqOf(id) === undefined || revision > CHAT_REVISIONS_MAX ? undefined : revision;
  }

  /** Of the next edit of ours; `undefined` when that text is not ours, or it was edited too often. */
  nextEdit(id: ChatMessageId): number | undefined {
    const mark = this.#ground.marks.of(id);
    const isOver = mark.isDeleted || mark.edits >= CHAT_REVISIONS_MAX || !this.#hasRoomForEdit(id);
    return isOver || !this.isOurs(id) ? undefined : mark.edits + 1;
  }

  isDeletable(id: ChatMessageId): boolean {
    return this.isOurs(id) && !this.#ground.marks.of(id).isDeleted;
  }

  /** Whether this text is here, and we wrote it. */
  isOurs(id: ChatMessageId): boolean {
    const { log, outbox } = this.#ground;
    return log.get(id)?.direction === "out" || outbox.get(id)?.message.type === "text";
  }

  /** Does it, if that text is here, its actor may, and nothing later stands; whether anything is different. */
  apply(act: ChatAct, by: Actor): boolean {
    const { target } = act;
    const { marks } = this.#ground;
    const seq = this.seqOf(target);
    if (seq === undefined) return false;
    if (act.type === "react") return marks.react(target, seq, by, act.revision, act.symbol);
    if (this.isOurs(target) !== (by === "ours")) return false; // only who wrote it
    if (act.type === "edit") {
      if (!marks.edit(target, seq, act.revision)) return false;
      if (by === "ours") this.#edited = [...this.#edited, { id: target, at: this.#ground.clock.lived }];
      this.#rewrite(target, act.text);
      return true;
    }
    if (!marks.delete(target, seq)) return false;
    this.#empty(target);
    return true;
  }

  /** How the text is after `act`. */
  changeOf(act: ChatAct): ChatChange {
    const { ours, theirs, edits, isDeleted } = this.#ground.marks.of(act.target);
    return {
      ...{ id: act.target, ours: ours.symbol, theirs: theirs.symbol, isEdited: edits > 0, isDeleted },
      ...(act.type === "edit" && { text: act.text }),
      ...(act.type === "delete" && { text: "" }),
    };
  }

  #hasRoomForEdit(id: ChatMessageId): boolean {
    const since = this.#ground.clock.lived - MINUTE;
    this.#edited = this.#edited.filter(({ at }) => at > since);
    return this.#edited.filter((edit) => edit.id === id).length < CHAT_EDITS_A_MINUTE_MAX;
  }

  #rewrite(id: ChatMessageId, text: string): void {
    const { log, outbox } = this.#ground;
    const logged = log.get(id);
    if (logged !== undefined) log.rewrite(logged, text, partsOf(logged));
    const waiting = outbox.get(id);
    if (waiting?.message.type !== "text") return;
    const message = { ...waiting.message, text };
    outbox.replace(id, message, encodeChatMessage(message).length);
    log.write(outgoingLogText(waiting.seq, waiting.born, message));
  }

  /** Nothing of its words is left: not in the log, not on its way, not in an edit that waits. */
  #empty(id: ChatMessageId): void {
    const { log, outbox } = this.#ground;
    const waiting = outbox.get(id);
    if (waiting?.message.type === "text") {
      outbox.remove(id);
      log.writeState(waiting.seq, "expired", "no");
      log.add(outgoingLogText(waiting.seq, waiting.born, waiting.message), "expired");
    }
    this.dropActs(id);
    const logged = log.get(id);
    if (logged !== undefined) log.rewrite(logged, "", {});
  }

  /** What we did to a text and the peer has not heard is of no use any more. */
  dropActs(target: ChatMessageId): void {
    const { log, outbox } = this.#ground;
    const acts = [...outbox.items()].filter(({ entry }) => isChatAct(entry.message) && entry.message.target === target);
    for (const { entry } of acts) {
      outbox.remove(entry.id);
      log.forgetAct(entry.seq);
    }
  }
}
