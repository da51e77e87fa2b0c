/**
 * What our person writes and does in a chat: made into items, applied here, put into the outbox
 * (spec/app-chat.md §3, §10, §12).
 *
 * @module
 */
import type { RandomSource } from "../../lib/random.ts";
import type { WallTime } from "../../lib/time.ts";
import { CHAT_PROPOSALS_MAX } from "../../wire/limits.ts";
import type { ChatChanges } from "./chat-changes.ts";
import { type ChatGround, outgoingLogText } from "./chat-ground.ts";
import { CHAT_ID_BYTES, type ChatMessageId, chatIdFromBytes } from "./chat-id.ts";
import type { ChatLifetimes } from "./chat-lifetimes.ts";
import { type ChatItem, encodeChatMessage, isChatAct } from "./chat-message.ts";
import type { ChatEffect } from "./chat-output.ts";
import type { ChatParts } from "./chat-parts.ts";
import { type ChatLifetime, isChatTerm, LIFETIME_OFF } from "./chat-term.ts";

export type ChatDeed =
  /** An empty symbol takes the reaction back. */
  | { readonly type: "react"; readonly target: ChatMessageId; readonly symbol: string }
  | { readonly type: "edit"; readonly target: ChatMessageId; readonly text: string }
  | { readonly type: "delete"; readonly target: ChatMessageId }
  /** Nothing changes before the peer agrees. */
  | { readonly type: "propose"; readonly lifetime: ChatLifetime }
  /** To the peer's open proposal. */
  | { readonly type: "answer"; readonly isAccepted: boolean }
  /** Texts that live until now are gone: here at once, there when the peer hears it. */
  | { readonly type: "close" };

export class ChatPen {
  readonly #ground: ChatGround;
  readonly #random: RandomSource;
  readonly #changes: ChatChanges;
  readonly #lifetimes: ChatLifetimes;

  constructor(ground: ChatGround, random: RandomSource, changes: ChatChanges, lifetimes: ChatLifetimes) {
    this.#ground = ground;
    this.#random = random;
    this.#changes = changes;
    this.#lifetimes = lifetimes;
  }

  /** `undefined`: there is no room for it. */
  write(text: string, sentAt: WallTime, parts: ChatParts): ChatMessageId | undefined {
    const { lifetime } = this.#lifetimes.agreement;
    const agreed = lifetime === LIFETIME_OFF ? {} : { lifetime };
    return this.#queue({ type: "text", id: this.#newId(), sentAt, text, ...agreed, ...parts });
  }

  /** `undefined`: it cannot be done, or there is no room for it; nothing was done. */
  act(deed: ChatDeed, sentAt: WallTime): ChatMessageId | undefined {
    const item = this.#itemOf(deed, { id: this.#newId(), sentAt });
    const id = item && this.#queue(item);
    if (id === undefined || deed.type !== "close") return id;
    const ids = this.#lifetimes.close("ours");
    if (ids.length > 0) this.#after({ type: "erased", ids });
    return id;
  }

  #itemOf(deed: ChatDeed, head: { readonly id: ChatMessageId; readonly sentAt: WallTime }): ChatItem | undefined {
    const { agreement } = this.#lifetimes;
    switch (deed.type) {
      case "react":
      case "edit": {
        const isReaction = deed.type === "react";
        const revision = isReaction ? this.#changes.nextReaction(deed.target) : this.#changes.nextEdit(deed.target);
        return revision === undefined ? undefined : { ...head, ...deed, revision };
      }
      case "delete":
        return this.#changes.isDeletable(deed.target) ? { ...head, ...deed } : undefined;
      case "propose":
        // Forgotten ones could be accepted yet, and we would not know what was agreed.
        if (agreement.ours.length >= CHAT_PROPOSALS_MAX) return undefined;
        return { ...head, ...deed, revision: agreement.revision + 1 };
      case "answer": {
        const { theirs } = agreement;
        if (theirs === undefined) return undefined;
        const revision = Math.max(agreement.revision + 1, theirs.revision);
        return { ...head, ...deed, revision, proposal: theirs.id, lifetime: theirs.lifetime };
      }
      case "close":
        return { ...head, type: "close" };
    }
  }

  #newId(): ChatMessageId {
    return chatIdFromBytes(this.#random(CHAT_ID_BYTES));
  }

  /** Durable, applied here and sent, in this order. */
  #queue(message: ChatItem): ChatMessageId | undefined {
    const { log, outbox, clock } = this.#ground;
    const bytes = encodeChatMessage(message).length;
    // An edit may stand in its text's place too.
    if (!outbox.hasRoom(message.type === "edit" ? 2 * bytes : bytes)) return undefined;
    const { id } = message;
    const [seq, born] = [log.takeSeq(), clock.lived];
    const isChange = isChatAct(message) && this.#changes.apply(message, "ours");
    outbox.add({ seq, id, message, born, bytes }, "storing");
    if (message.type === "text") {
      log.write(outgoingLogText(seq, born, message));
      this.#lifetimes.noteFleeting(message.lifetime);
    } else log.writeAct(seq, born, message, isChatAct(message) ? this.#changes.seqOf(message.target) : undefined);
    const isTerm = isChatTerm(message) && message.type !== "close" && this.#lifetimes.apply(message, "ours");
    this.#after({ type: "queued", id });
    if (isChange) this.#after({ type: "changed", ...this.#changes.changeOf(message) });
    if (isTerm) this.#after({ type: "terms" });
    return id;
  }

  #after(effect: ChatEffect): void {
    this.#ground.store.whenStored(effect);
  }
}
