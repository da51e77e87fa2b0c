/**
 * Texts that are to be gone: when, and that nothing of them is left (spec/app-chat.md §12).
 *
 * A text with a lifetime counts it from its receipt at its receiver, and from the receipt's arrival at its sender,
 * on the chat's own clock: monotonic, and over a restart never later than the wall clock says.
 *
 * @module
 */
import { Deadlines } from "../../lib/deadlines.ts";
import type { Instant } from "../../lib/time.ts";
import type { ChatChanges } from "./chat-changes.ts";
import { FLEETING_KEY, TERMS_KEY } from "./chat-entry.ts";
import type { ChatGround } from "./chat-ground.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { LoggedText } from "./chat-log.ts";
import type { Actor } from "./chat-mark.ts";
import { type ChatLifetime, type ChatTerm, LIFETIME_UNTIL_CLOSED } from "./chat-term.ts";
import {
  type Agreement,
  answered,
  encodeAgreement,
  NO_AGREEMENT,
  type Proposal,
  withAnswer,
  withOurs,
  withTheirs,
} from "./lifetime-agreement.ts";

const SECOND = 1_000;

export class ChatLifetimes {
  readonly #ground: Omit<ChatGround, "outputs" | "receipts" | "known">;
  readonly #changes: ChatChanges;
  /** When texts are due; of those that the log has. */
  readonly #due = new Deadlines<ChatMessageId>();
  #agreement: Agreement = NO_AGREEMENT;
  #hasFleeting = false;

  constructor(ground: Omit<ChatGround, "outputs" | "receipts" | "known">, changes: ChatChanges) {
    this.#ground = ground;
    this.#changes = changes;
  }

  get agreement(): Agreement {
    return this.#agreement;
  }

  /** Whether time is being counted. */
  get isCounting(): boolean {
    return this.#due.size > 0;
  }

  /** Takes up what an earlier process left; the log is restored already. */
  restore(agreement: Agreement | undefined): void {
    this.#agreement = agreement ?? NO_AGREEMENT;
    for (const text of this.#ground.log.texts) this.#arm(text);
  }

  /** Texts that live until the chat is closed are here, or were: the peer must hear of it when it is. */
  noteFleeting(lifetime: ChatLifetime | undefined): void {
    if (lifetime !== LIFETIME_UNTIL_CLOSED || this.#hasFleeting) return;
    this.#hasFleeting = true;
    this.#ground.store.put(FLEETING_KEY, new Uint8Array());
  }

  /** An incoming text is in the log, or an outgoing one is confirmed: its time runs. */
  start(id: ChatMessageId): void {
    const { log, marks, clock } = this.#ground;
    const text = log.get(id);
    if (text?.lifetime === undefined || text.lifetime === LIFETIME_UNTIL_CLOSED) return;
    if (text.direction === "out") marks.setDue(id, text.seq, clock.lived + text.lifetime * SECOND);
    this.#arm(text);
  }

  #arm(text: LoggedText): void {
    const { marks } = this.#ground;
    const due = this.dueOf(text.id);
    if (due !== undefined && !marks.of(text.id).isDeleted) this.#due.set(text.id, this.#ground.clock.at(due));
  }

  /** Age of the chat at which this text is gone. */
  dueOf(id: ChatMessageId): number | undefined {
    const { log, marks } = this.#ground;
    const text = log.get(id);
    if (text?.lifetime === undefined || text.lifetime === LIFETIME_UNTIL_CLOSED) return undefined;
    return text.direction === "in" ? text.born + text.lifetime * SECOND : marks.of(id).due;
  }

  nextTimeout(): Instant | undefined {
    return this.#due.next();
  }

  /** Erases what is due; returns what it was. */
  handleTimeout(now: Instant): readonly ChatMessageId[] {
    return this.#due.take(now).filter((id) => this.#erase(id));
  }

  /** Both ends do it: what one wrote and the other has not confirmed stays with its writer, unless it is the one that closes. */
  close(by: Actor): readonly ChatMessageId[] {
    const { log, outbox, store } = this.#ground;
    const ids = [...log.texts].filter(({ lifetime }) => lifetime === LIFETIME_UNTIL_CLOSED).map(({ id }) => id);
    const waiting = [...outbox.items()].flatMap(({ entry: { message } }) =>
      message.type === "text" && message.lifetime === LIFETIME_UNTIL_CLOSED ? [message.id] : [],
    );
    if (by === "ours" || waiting.length === 0) {
      this.#hasFleeting = false;
      store.delete(FLEETING_KEY);
    }
    return [...ids, ...(by === "ours" ? waiting : [])].filter((id) => this.#erase(id));
  }

  /** Ours, when it is queued; theirs, when it came. Whether what is agreed, or asked, is different. */
  apply(term: Exclude<ChatTerm, { type: "close" }>, by: Actor): boolean {
    const before = this.#agreement;
    const proposal: Proposal = { id: term.id, revision: term.revision, lifetime: term.lifetime };
    if (term.type === "propose") this.#set(by === "ours" ? withOurs(before, proposal) : withTheirs(before, proposal));
    else if (by === "ours") this.#set(answered(before, term.revision, term.isAccepted));
    else this.#set(withAnswer(before, term.proposal, term.revision, term.isAccepted));
    return this.#agreement !== before;
  }

  #set(agreement: Agreement): void {
    if (agreement === this.#agreement) return;
    this.#agreement = agreement;
    this.#ground.store.put(TERMS_KEY, encodeAgreement(agreement));
  }

  /** Its words, its state, what was done to it, and what waits to be done to it. */
  #erase(id: ChatMessageId): boolean {
    const { log, outbox } = this.#ground;
    const waiting = outbox.get(id);
    if (waiting === undefined && log.get(id) === undefined) return false;
    this.#changes.dropActs(id);
    outbox.remove(id);
    log.forget(id);
    return true;
  }
}
