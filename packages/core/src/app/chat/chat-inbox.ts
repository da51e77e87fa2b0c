/**
 * What messages of the peer do to a chat, by whichever way they came (spec/app-chat.md §4).
 *
 * @module
 */
import type { ChatAct } from "./chat-act.ts";
import type { ChatChanges } from "./chat-changes.ts";
import type { LogText } from "./chat-entry.ts";
import { type ChatGround, outgoingLogText } from "./chat-ground.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatLifetimes } from "./chat-lifetimes.ts";
import { type ChatItem, type ChatMessage, isChatAct, type ReceiptState } from "./chat-message.ts";
import type { ChatEffect } from "./chat-output.ts";
import { partsOf } from "./chat-parts.ts";
import { type ChatTerm, isChatTerm } from "./chat-term.ts";
import type { MailMessage } from "./mail-content.ts";
import type { OutgoingItem } from "./outbox.ts";
import type { Typing } from "./typing.ts";

/** The way by which something came, for its credit; `undefined`: through a relay. */
export type Arrival = { readonly channel: number; readonly length: number } | undefined;

export class ChatInbox {
  readonly #ground: ChatGround;
  readonly #typing: Typing;
  readonly #changes: ChatChanges;
  readonly #lifetimes: ChatLifetimes;

  constructor(ground: ChatGround, typing: Typing, changes: ChatChanges, lifetimes: ChatLifetimes) {
    this.#ground = ground;
    this.#typing = typing;
    this.#changes = changes;
    this.#lifetimes = lifetimes;
  }

  /** Whether it is done with, so that its credit may go back; else `taken` says when. */
  receive(message: ChatMessage, arrival: Arrival): boolean {
    switch (message.type) {
      case "receipt":
        for (const id of message.ids) this.#receiveReceipt(id, message.state);
        // Also of ids we no longer know: what is not in the outbox will never be sent again.
        if (arrival !== undefined)
          for (const id of message.ids) this.#after({ type: "settle", state: message.state, id });
        return true;
      case "settled":
        for (const id of message.ids) this.#receiveSettled(id, message.state);
        return true;
      case "typing":
        this.hearTyping(message.isTyping);
        return true;
      default:
        return this.#receiveItem(message, arrival);
    }
  }

  /** What an item that a relay kept brings. */
  receiveMail(message: MailMessage): void {
    const { known, clock, outputs } = this.#ground;
    if (message.type !== "receipt" && known.hasGap(clock.lived))
      outputs.push({ type: "note", code: "mail-unsafe", text: "a text stays with its sender" });
    // Items come in any order: the text may be in one that is on its way. By a channel both come, in order.
    else if (isChatAct(message) && !known.has(message.id) && this.#changes.seqOf(message.target) === undefined)
      outputs.push({ type: "note", code: "act-early", text: "an act stays with its sender" });
    else this.receive(message, undefined);
  }

  hearTyping(isTyping: boolean): void {
    const { clock, outputs } = this.#ground;
    if (this.#typing.hear(isTyping, clock.now)) outputs.push({ type: "typing", isTyping });
  }

  /** Out of the outbox; a text goes into the log. */
  confirm(item: OutgoingItem, state: "stored" | "read" | "expired"): void {
    const { outbox, log } = this.#ground;
    outbox.remove(item.id);
    if (item.message.type !== "text") return log.forgetAct(item.seq);
    log.writeState(item.seq, state, "no");
    log.add(outgoingLogText(item.seq, item.born, item.message), state);
    this.#lifetimes.start(item.id);
  }

  #receiveItem(item: ChatItem, arrival: Arrival): boolean {
    const { known, clock, receipts, outputs } = this.#ground;
    const verdict = known.take(item.id, clock.lived);
    if (verdict !== "new") {
      // If its first copy is still on its way to the disk, that one will be receipted. Nothing that a relay may hand out
      // for ever is answered in a channel: each new one brings the receipts anyway.
      if (verdict === "known" && arrival !== undefined) receipts.add("receipt", "stored", item.id);
      if (verdict === "full")
        outputs.push({ type: "note", code: "seen-ids-full", text: "a text stays with its sender" });
      return true;
    }
    this.#after({ type: "taken", id: item.id, told: this.#take(item), ...arrival });
    return false;
  }

  /** What is to be told once it is durable. */
  #take(item: ChatItem): (ChatEffect & { type: "taken" })["told"] {
    if (isChatTerm(item)) return this.#takeTerm(item);
    if (item.type !== "text") return this.#takeAct(item);
    const { clock, log } = this.#ground;
    const { id, text, sentAt } = item;
    const notedAt = clock.wall;
    const logged: LogText = {
      ...{ seq: log.takeSeq(), direction: "in", id, sentAt, notedAt, born: clock.lived, text },
      ...partsOf(item),
    };
    log.write(logged);
    log.add(logged, "stored");
    this.#lifetimes.noteFleeting(item.lifetime);
    this.#lifetimes.start(id);
    this.hearTyping(false);
    return { type: "message", id, text, sentAt, receivedAt: notedAt, ...partsOf(item) };
  }

  #takeTerm(term: ChatTerm): (ChatEffect & { type: "taken" })["told"] {
    if (term.type !== "close") return this.#lifetimes.apply(term, "theirs") ? { type: "terms" } : undefined;
    const ids = this.#lifetimes.close("theirs");
    if (ids.length > 0) this.#after({ type: "erased", ids });
    return undefined;
  }

  #takeAct(act: ChatAct): (ChatEffect & { type: "taken" })["told"] {
    if (act.type === "delete" && this.#changes.seqOf(act.target) === undefined)
      this.#ground.known.refuse(act.target, this.#ground.clock.lived); // a relay may have it still
    if (!this.#changes.apply(act, "theirs")) return undefined;
    return { type: "changed", ...this.#changes.changeOf(act) };
  }

  #receiveReceipt(id: ChatMessageId, state: ReceiptState): void {
    const { outbox, log } = this.#ground;
    const waiting = outbox.confirmable(id);
    const logged = log.get(id);
    const isNews =
      logged?.direction === "out" && logged.state !== "read" && !(logged.state === "stored" && state === "stored");
    if (waiting !== undefined) this.confirm(waiting, state);
    else if (isNews) {
      logged.state = state;
      log.writeState(logged.seq, state, "no");
    }
    if (waiting?.message.type === "text" || isNews) this.#after({ type: "tell", id, state });
  }

  #receiveSettled(id: ChatMessageId, state: ReceiptState): void {
    const { known, log } = this.#ground;
    known.settle(id);
    if (state !== "read" || !log.settleRead(id)) return;
    const text = log.get(id);
    if (text !== undefined) log.writeState(text.seq, "read", "yes");
  }

  #after(effect: ChatEffect): void {
    this.#ground.store.whenStored(effect);
  }
}
