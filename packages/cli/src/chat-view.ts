/**
 * A conversation in the terminal. What is settled scrolls: their messages when they come, ours once
 * the other side has stored them. What is not stays at the bottom with its state: messages under
 * way, who is typing, whether anybody is there.
 *
 * @module
 */
import type { ChatEvent, ChatMessage, Contact } from "@kith/sdk";
import type { Kith } from "./kith.ts";
import { changeLines, erasedInWords, lifetimeInWords, messageLines, said, stateSign } from "./render/message-view.ts";
import type { Screen } from "./render/screen.ts";
import type { Style } from "./render/style.ts";
import { safeText, truncate } from "./render/terminal-text.ts";
import { clockInWords } from "./render/units.ts";

/** Messages under way that are listed; more are counted. */
const PENDING_SHOWN_MAX = 5;
/** Printed messages whose ids are remembered. */
const SHOWN_MAX = 200;
/** How long "is typing" stands without being said again, in milliseconds. */
const TYPING_SHOWN_MS = 6_000;
/** How often we say that someone types, in milliseconds. */
const TYPING_TOLD_MS = 3_000;

export class ChatView implements Disposable {
  readonly #kith: Kith;
  readonly #screen: Screen;
  readonly #style: Style;
  readonly #contact: Contact;
  readonly #now: () => number;
  readonly #pending = new Map<string, ChatMessage>();
  readonly #settled = new Map<string, ChatMessage>(); // ours, printed; only the last few matter
  readonly #shown = new Map<string, ChatMessage>(); // theirs: what came while the history was read is in both
  #readAt: number | undefined;
  #typing: NodeJS.Timeout | undefined;
  #typingToldAt = 0;

  constructor(parts: { kith: Kith; screen: Screen; style: Style; contact: Contact; now: () => number }) {
    this.#kith = parts.kith;
    this.#screen = parts.screen;
    this.#style = parts.style;
    this.#contact = parts.contact;
    this.#now = parts.now;
  }

  get #name(): string {
    return safeText(this.#contact.name, 40);
  }

  /** Messages that have not arrived there yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Shows what was said before. */
  showHistory(messages: readonly ChatMessage[]): void {
    for (const message of messages) {
      if (message.isOurs && isUnderWay(message)) this.#pending.set(message.id, message);
      else this.#print(message);
    }
    this.draw();
  }

  /** Takes a message of ours that was just queued. */
  addOurs(message: ChatMessage): void {
    this.#readAt = undefined;
    this.#stopTyping();
    if (isUnderWay(message)) this.#pending.set(message.id, message);
    else this.#print(message);
    this.draw();
  }

  handle(event: ChatEvent): void {
    if (event.type === "typing") this.#showTyping(event.isTyping);
    else if (event.type === "state") this.#handleState(event.id, event.state);
    else if (event.type === "changed") this.#tellChange(event);
    else if (event.type === "erased") this.#forget(event.ids);
    else if (event.type === "keeps") this.#screen.print(this.#style.dim(keepsInWords(event.keeps)));
    else if (event.type === "lifetime")
      this.#screen.print(this.#style.dim(lifetimeInWords(event.lifetime, this.#name)));
    else if (!event.message.isOurs) {
      this.#showTyping(false);
      if (!this.#shown.has(event.message.id)) this.#print(event.message);
    } else if (!this.#pending.has(event.message.id) && !this.#settled.has(event.message.id)) {
      this.addOurs(event.message); // written in another window
    }
    this.draw();
  }

  /** Tells the other side that someone types here, not more often than it helps. */
  typed(text: string): void {
    const now = this.#now();
    if (text === "") this.#stopTyping();
    else if (now - this.#typingToldAt >= TYPING_TOLD_MS) {
      this.#typingToldAt = now;
      this.#kith.chat.typing(this.#contact.peer, true);
    }
  }

  draw(): void {
    const width = this.#screen.size.columns - 1;
    const pending = [...this.#pending.values()];
    const shown = pending.slice(-PENDING_SHOWN_MAX);
    const hidden = pending.length - shown.length;
    this.#screen.show([
      ...(hidden > 0 ? [this.#style.dim(truncate(`… ${hidden} more under way`, width))] : []),
      ...shown.map((message) => {
        const sign = stateSign(message.state, this.#style.signs);
        return this.#style.dim(
          truncate(`${clockInWords(message.writtenAt)} you: ${safeText(message.text)} ${sign} ${message.state}`, width),
        );
      }),
      this.#style.dim(truncate(this.#status(), width)),
    ]);
  }

  [Symbol.dispose](): void {
    this.#stopTyping();
    clearTimeout(this.#typing);
  }

  #status(): string {
    const contact = this.#kith.trust.contacts.get().find(({ peer }) => peer === this.#contact.peer);
    if (contact === undefined) return `${this.#name} is no contact any more`;
    if (this.#typing !== undefined) return `${this.#name} is typing …`;
    if (this.#readAt !== undefined) return `read ${clockInWords(this.#readAt)}`;
    if (contact.session === "open") return `${this.#name} is here`;
    return `${this.#name} is away: messages wait and leave when ${this.#name} is back`;
  }

  #handleState(id: string, state: ChatMessage["state"]): void {
    const waiting = this.#pending.get(id);
    const message = waiting ?? this.#settled.get(id);
    if (message === undefined) return;
    const changed = { ...message, state };
    if (waiting !== undefined && !isUnderWay(changed)) {
      this.#pending.delete(id);
      this.#print({ ...changed, state: state === "read" ? "stored" : state }); // the status line says read
    } else if (waiting !== undefined) this.#pending.set(id, changed);
    if (state === "read") this.#readAt = this.#now();
  }

  #print(message: ChatMessage): void {
    const printed = message.isOurs ? this.#settled : this.#shown;
    printed.set(message.id, message);
    for (const [oldest] of printed) {
      if (printed.size <= SHOWN_MAX) break;
      printed.delete(oldest);
    }
    const answered = message.replyTo === undefined ? undefined : this.#find(message.replyTo)?.text;
    const lines = messageLines(message, this.#name, this.#style, this.#now(), answered);
    for (const line of lines) this.#screen.print(line);
  }

  #find(id: string): ChatMessage | undefined {
    return this.#pending.get(id) ?? this.#settled.get(id) ?? this.#shown.get(id);
  }

  /** What was printed is the terminal's; what we draw goes. */
  #forget(ids: readonly string[]): void {
    for (const id of ids) for (const known of [this.#pending, this.#settled, this.#shown]) known.delete(id);
    this.#screen.print(this.#style.dim(erasedInWords(ids.length)));
  }

  #tellChange(change: Extract<ChatEvent, { type: "changed" }>): void {
    const message = this.#find(change.id);
    if (message === undefined) return; // scrolled away long ago
    const { reactions, isEdited, isDeleted, text = message.text } = change;
    const changed = { ...message, reactions, isEdited, isDeleted, text };
    const writer = message.isOurs ? "you" : this.#name;
    const lines = changeLines(said(message, this.#name), said(changed, this.#name), writer, this.#style);
    for (const line of lines) this.#screen.print(line);
    for (const known of [this.#pending, this.#settled, this.#shown])
      if (known.has(change.id)) known.set(change.id, changed);
  }

  #showTyping(isTyping: boolean): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    if (!isTyping) return;
    this.#typing = setTimeout(() => {
      this.#typing = undefined;
      this.draw();
    }, TYPING_SHOWN_MS);
  }

  #stopTyping(): void {
    if (this.#typingToldAt === 0) return;
    this.#typingToldAt = 0;
    this.#kith.chat.typing(this.#contact.peer, false);
  }
}

const keepsInWords = (keeps: boolean): string =>
  keeps ? "Messages are kept from now on" : "Messages are in memory alone from now on";

export const isUnderWay = ({ state }: ChatMessage): boolean =>
  state === "queued" || state === "sent" || state === "kept";
