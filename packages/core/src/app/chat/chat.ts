/**
 * One chat with one peer: texts with receipts over a `chat/1` channel, exactly once
 * (spec/app-chat.md, ADR 11). The machine outlives channels, sessions and processes; a channel is told to it
 * when one opens and when it closes.
 *
 * Sender: a text is stored, then sent; sent again on every new channel until its receipt came; its
 * receipt is stored, then settled. Receiver: a text is stored together with its id, then told to
 * the application and receipted. So at any point either side can be killed: the text is in the
 * sender's outbox until its receipt is durable, and the receiver knows an id for longer than any
 * outbox keeps one. (Without persistence: exactly once while both processes live.)
 *
 * @module
 */

import { streamBytes } from "../../channel/message-assembler.ts";
import type { Instant, WallTime } from "../../lib/time.ts";
import { after, hours, millis, sooner } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CHAT_CLOCK_EVERY } from "../../wire/limits.ts";
import { dropChannelOutputs, type StoreEntry, StoreQueue } from "../store-queue.ts";
import { ChatChanges } from "./chat-changes.ts";
import { ChatClock } from "./chat-clock.ts";
import type { ChatState } from "./chat-entry.ts";
import * as entry from "./chat-entry.ts";
import type { ChatGround } from "./chat-ground.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { ChatInbox } from "./chat-inbox.ts";
import { ChatLifetimes } from "./chat-lifetimes.ts";
import { ChatLog } from "./chat-log.ts";
import { ChatMail, type MailLoad } from "./chat-mail.ts";
import { ChatMarks } from "./chat-marks.ts";
import type { ChatMessage } from "./chat-message.ts";
import { decodeChatMessage, encodeChatMessage } from "./chat-message.ts";
import type { ChatChannel, ChatEffect, ChatOptions, ChatOutput } from "./chat-output.ts";
import type { ChatParts } from "./chat-parts.ts";
import { type ChatDeed, ChatPen } from "./chat-pen.ts";
import { dropStored, heldTexts, restoreChat } from "./chat-rows.ts";
import { KnownIds } from "./known-ids.ts";
import type { Agreement } from "./lifetime-agreement.ts";
import type { MailMessage } from "./mail-content.ts";
import { Outbox } from "./outbox.ts";
import { ReceiptBatch } from "./receipt-batch.ts";
import { Typing } from "./typing.ts";

/** How often old ids are looked for. */
const SWEEP_EVERY = hours(1);

export class ChatMachine {
  readonly #ground: ChatGround;
  readonly #store: StoreQueue<ChatEffect>;
  readonly #outbox = new Outbox();
  readonly #log: ChatLog;
  readonly #known: KnownIds;
  readonly #mail: ChatMail;
  readonly #changes: ChatChanges;
  readonly #lifetimes: ChatLifetimes;
  readonly #pen: ChatPen;
  readonly #inbox: ChatInbox;
  readonly #typing = new Typing();
  readonly #receipts = new ReceiptBatch();
  readonly #outputs: ChatOutput[] = [];
  readonly #clock: ChatClock;
  #channel: ChatChannel = { at: "none" };
  #channelNumber = 0;
  #consumed = 0;
  #sweepAt: Instant;
  #clockAt: Instant;

  constructor(options: ChatOptions) {
    const { now, wall } = options;
    this.#store = new StoreQueue({ isPersistent: options.isPersistent });
    this.#sweepAt = after(now, millis(0));
    this.#clockAt = this.#sweepAt;
    const archive = entry.readChatArchive(options.restored);
    this.#clock = new ChatClock(now, wall, archive.clock);
    const [outbox, store, clock, receipts] = [this.#outbox, this.#store, this.#clock, this.#receipts];
    const fleeting = new Set<number>();
    const [marks, known] = [new ChatMarks(store, fleeting), new KnownIds(store, archive)];
    const log = new ChatLog(store, marks, fleeting);
    this.#ground = { clock, store, outbox, log, marks, known, receipts, outputs: this.#outputs };
    [this.#log, this.#known] = [log, known];
    this.#mail = new ChatMail(this.#ground);
    this.#changes = new ChatChanges(this.#ground);
    this.#lifetimes = new ChatLifetimes(this.#ground, this.#changes);
    this.#pen = new ChatPen(this.#ground, options.random, this.#changes, this.#lifetimes);
    this.#inbox = new ChatInbox(this.#ground, this.#typing, this.#changes, this.#lifetimes);
    restoreChat(this.#ground, archive);
    // What an earlier process stored without being asked not to was meant to be kept.
    log.keeps = archive.keeps ?? (options.keeps !== false || archive.log.length > 0);
    this.#lifetimes.restore(archive.agreement);
    // The process that held them has ended, and so has the chat for us: the peer's copies go too.
    if (archive.wasFleeting) this.#pen.act({ type: "close" }, wall);
    for (const key of archive.unreadable) this.#outputs.push({ type: "note", code: "entry-unreadable", text: key });
  }

  /** Texts not confirmed yet. */
  get undelivered(): number {
    return this.#outbox.size;
  }

  /** Whether a channel would be of use now: there is a text to deliver or a receipt to give. */
  get wantsChannel(): boolean {
    return this.#channel.at === "none" && (this.#outbox.size > 0 || this.#log.unsettledReads.size > 0);
  }

  /** Texts that are in no store, in its form: {@link readChatArchive} reads it. */
  heldTexts(): Iterable<StoreEntry> {
    return heldTexts(this.#ground);
  }

  /** Whether a relay could be of use while the peer is away. */
  get wantsMail(): boolean {
    return this.#mail.isWaiting;
  }

  /** What a relay could keep for the peer, in at most `room` bytes; `undefined`: nothing now. */
  mailFor(room: number, now: Instant): MailLoad | undefined {
    this.#clock.tick(now);
    return this.#mail.load(room, this.#clock.lived);
  }

  /** `undefined` for an id that was never here, or is no longer in the log. */
  stateOf(id: ChatMessageId): ChatState | undefined {
    return this.#outbox.stateOf(id) ?? this.#log.get(id)?.state;
  }

  /**
   * Queues a text of 1 to {@link CHAT_TEXT_BYTES_MAX} bytes of UTF-8. It is durable, and is sent, from its
   * state `queued` on. `undefined` when the outbox is full: nothing was queued.
   */
  sendText(text: string, now: Instant, wall: WallTime, parts: ChatParts = {}): ChatMessageId | undefined {
    this.#clock.tick(now, wall);
    const id = this.#pen.write(text, wall, parts);
    this.#runEffects();
    return id;
  }

  /** What our person does to a text, or asks of the peer. `undefined`: it cannot be done, nothing was done. */
  act(deed: ChatDeed, now: Instant, wall: WallTime): ChatMessageId | undefined {
    this.#clock.tick(now, wall);
    const id = this.#pen.act(deed, wall);
    this.#runEffects();
    return id;
  }

  /** Whether texts are stored; else they are in memory alone. */
  get keeps(): boolean {
    return this.#log.keeps;
  }

  /** From now on. What was stored is erased when it is not to be kept; what waits for the peer goes on its way. */
  setKeeps(keeps: boolean, now: Instant): void {
    this.#clock.tick(now);
    this.#store.put(entry.KEPT_KEY, Uint8Array.of(keeps ? 1 : 0));
    const erased = this.#log.keeps && !keeps ? dropStored(this.#ground) : [];
    this.#log.keeps = keeps;
    if (erased.length > 0) this.#after({ type: "erased", ids: erased });
    this.#after({ type: "keeps", keeps });
  }

  /** What is agreed and asked about lifetimes, and when texts are gone. */
  get agreement(): Agreement {
    return this.#lifetimes.agreement;
  }

  /** By the monotonic clock; `undefined`: it stays, or its time does not run yet. */
  goneAt(id: ChatMessageId): Instant | undefined {
    const due = this.#lifetimes.dueOf(id);
    return due === undefined ? undefined : this.#clock.at(due);
  }

  /** Says that the person has read these incoming texts; others are ignored. The peer learns of it. */
  markRead(ids: readonly ChatMessageId[], now: Instant): void {
    this.#clock.tick(now);
    for (const id of ids) {
      const text = this.#log.get(id);
      if (text?.direction !== "in" || text.state === "read") continue;
      text.state = "read";
      this.#log.markUnsettled(id);
      this.#log.writeState(text.seq, "read", "no");
      this.#after({ type: "readReceipt", id });
    }
  }

  /** Tells the peer, if a channel is open and it was not told within the last {@link TYPING_INTERVAL}. */
  setTyping(isTyping: boolean, now: Instant): void {
    this.#clock.tick(now);
    if (this.#channel.at !== "open") return;
    this.#typing.say(isTyping, now);
  }

  /** Removes delivered or incoming texts from the log and the store. Ids stay known, so that none comes again. */
  forget(ids: readonly ChatMessageId[], now: Instant): void {
    this.#clock.tick(now);
    for (const id of ids) this.#log.forget(id);
  }

  handleChannelOpened(now: Instant): void {
    this.#clock.tick(now);
    this.#closeChannel();
    this.#channel = { at: "open" };
    // Again at every opening: a receipt, or its settlement, may have been lost with the last channel.
    for (const id of this.#known.unsettled()) this.#receipts.add("receipt", "stored", id);
    for (const id of this.#log.unsettledReads) this.#receipts.add("receipt", "read", id);
  }

  handleChannelClosed(now: Instant): void {
    this.#clock.tick(now);
    this.#closeChannel();
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(now: Instant): void {
    this.#clock.tick(now);
    if (this.#channel.at === "open") this.#channel = { at: "full" };
  }

  /** The channel has taken the kept message. */
  handleWritable(now: Instant): void {
    this.#clock.tick(now);
    if (this.#channel.at === "full") this.#channel = { at: "open" };
  }

  /** Messages of the open channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[], now: Instant, wall: WallTime): void {
    this.#clock.tick(now, wall);
    for (const bytes of messages) {
      if (this.#channel.at === "none") return;
      try {
        const isDone = this.#inbox.receive(decodeChatMessage(bytes), {
          channel: this.#channelNumber,
          length: bytes.length,
        });
        if (isDone) this.#consume(bytes.length);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#closeChannel();
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
    this.#runEffects();
  }

  /** What an item of the peer that a relay kept brings; `mailTaken` with its number says when it is durable. */
  handleMail(messages: readonly MailMessage[], item: number, now: Instant, wall: WallTime): void {
    this.#clock.tick(now, wall);
    for (const message of messages) this.#inbox.receiveMail(message);
    this.#after({ type: "mailTaken", item });
  }

  /** A relay keeps these, which {@link mailFor} gave, for the peer. */
  handleKept(messages: readonly MailMessage[], now: Instant): void {
    this.#clock.tick(now);
    for (const id of this.#mail.kept(messages)) this.#after({ type: "tell", id, state: "kept" });
  }

  handleStored(token: number, now: Instant): void {
    this.#clock.tick(now);
    this.#store.stored(token);
    this.#runEffects();
  }

  /** The transaction was not applied. It is tried again; until then nothing that depends on it happens. */
  handleStoreFailed(token: number, now: Instant): void {
    this.#clock.tick(now);
    this.#store.failed(token, now);
    this.#outputs.push({ type: "note", code: "store-failed", text: "chat transaction, will be tried again" });
  }

  handleTimeout(now: Instant): void {
    this.#clock.tick(now);
    this.#store.handleTimeout(now);
    if (this.#typing.heardUntil !== undefined && now >= this.#typing.heardUntil) this.#inbox.hearTyping(false);
    const erased = this.#lifetimes.handleTimeout(now);
    if (erased.length > 0) this.#after({ type: "erased", ids: erased });
    if (this.#lifetimes.isCounting && now >= this.#clockAt) {
      // A crash must not give texts the time back that has passed since the last transaction.
      this.#clockAt = after(now, CHAT_CLOCK_EVERY);
      this.#putClock();
    }
    const lived = this.#clock.lived;
    for (let old = this.#outbox.expired(lived); old !== undefined; old = this.#outbox.expired(lived)) {
      this.#inbox.confirm(old, "expired");
      if (old.message.type === "text") this.#after({ type: "tell", id: old.id, state: "expired" });
    }
    if (now < this.#sweepAt) return;
    this.#sweepAt = after(now, SWEEP_EVERY);
    this.#known.expire(lived);
  }

  nextTimeout(): Instant | undefined {
    const expiresAt = this.#outbox.expiresAt();
    const expiry = expiresAt === undefined ? undefined : this.#clock.at(expiresAt);
    const sweep = this.#known.isEmpty ? undefined : this.#sweepAt;
    const gone = sooner(this.#lifetimes.nextTimeout(), this.#lifetimes.isCounting ? this.#clockAt : undefined);
    return sooner(sooner(sooner(this.#store.nextTimeout(), this.#typing.heardUntil), sooner(expiry, sweep)), gone);
  }

  /** Drain once a turn: what the turn brought leaves as one transaction and few messages. */
  poll(): ChatOutput | undefined {
    if (this.#outputs.length === 0) this.#fill();
    return this.#outputs.shift();
  }

  #fill(): void {
    if (this.#store.isDirty) this.#putClock();
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
    if (this.#consumed > 0) this.#outputs.push({ type: "consumed", bytes: this.#consumed });
    this.#consumed = 0;
    if (this.#channel.at === "open") this.#transmitNext();
  }

  #putClock(): void {
    this.#store.put(entry.CLOCK_KEY, entry.encodeClock(this.#clock.lived, this.#clock.wall));
  }

  /** One message, so that a channel that does not take it gets no second one. */
  #transmitNext(): void {
    const receipt = this.#receipts.take();
    if (receipt !== undefined) {
      this.#transmit(receipt);
      return;
    }
    const isTyping = this.#typing.take();
    if (isTyping !== undefined) {
      this.#transmit({ type: "typing", isTyping });
      return;
    }
    const next = this.#outbox.take();
    if (next === undefined) return;
    const { message, id } = next.entry;
    this.#transmit(message);
    if (next.isFirst && message.type === "text") this.#outputs.push({ type: "state", id, state: "sent" });
  }

  #after(effect: ChatEffect): void {
    this.#store.whenStored(effect);
    this.#runEffects(); // nothing is done yet, except in an ephemeral chat
  }

  #runEffects(): void {
    for (const effect of this.#store.takeDone()) {
      if (effect.type === "queued") {
        const isHere = this.#outbox.isDurable(effect.id);
        const isAct = this.#outbox.get(effect.id)?.message.type !== "text" && this.#log.get(effect.id) === undefined;
        if (isAct) this.#outputs.push({ type: "acted", id: effect.id });
        else this.#tell(effect.id, isHere ? "queued" : "expired"); // deleted before it was on the disk
      } else if (effect.type === "taken") {
        this.#known.arrived(effect.id);
        if (effect.told !== undefined) this.#outputs.push(effect.told);
        this.#receipts.add("receipt", "stored", effect.id);
        if (effect.channel === this.#channelNumber) this.#consume(effect.length ?? 0);
      } else if (effect.type === "settle") this.#receipts.add("settled", effect.state, effect.id);
      else if (isOutput(effect)) this.#outputs.push(effect);
      else if (effect.type === "readReceipt") this.#receipts.add("receipt", "read", effect.id);
      else this.#tell(effect.id, effect.state);
    }
  }

  #tell(id: ChatMessageId, state: ChatState): void {
    this.#outputs.push({ type: "state", id, state });
  }

  #consume(bytes: number): void {
    this.#consumed += streamBytes(bytes);
  }

  #transmit(message: ChatMessage): void {
    this.#outputs.push({ type: "transmit", bytes: encodeChatMessage(message) });
  }

  #closeChannel(): void {
    dropChannelOutputs(this.#outputs);
    this.#channel = { at: "none" };
    this.#channelNumber += 1;
    this.#consumed = 0;
    this.#typing.forgetSaid();
    this.#inbox.hearTyping(false);
    this.#outbox.landAll();
    this.#receipts.clear();
  }
}

const isOutput = (effect: ChatEffect): effect is ChatEffect & ChatOutput =>
  ["mailTaken", "changed", "erased", "terms", "keeps"].includes(effect.type);
