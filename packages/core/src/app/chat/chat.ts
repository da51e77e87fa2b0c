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
import { assert } from "../../lib/assert.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { Instant, WallTime } from "../../lib/time.ts";
import { after, hours, millis, sooner } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CHAT_TEXT_BYTES_MAX } from "../../wire/limits.ts";
import { dropChannelOutputs, StoreQueue } from "../store-queue.ts";
import { ChatClock } from "./chat-clock.ts";
import type { ChatState } from "./chat-entry.ts";
import * as entry from "./chat-entry.ts";
import { ChatLog } from "./chat-log.ts";
import { ChatMail, type MailLoad } from "./chat-mail.ts";
import type { ChatMessage, ChatMessageId, ReceiptState } from "./chat-message.ts";
import { CHAT_ID_BYTES, chatIdFromBytes, decodeChatMessage, encodeChatMessage } from "./chat-message.ts";
import type { ChatChannel, ChatEffect, ChatOptions, ChatOutput, IncomingText } from "./chat-output.ts";
import { KnownIds } from "./known-ids.ts";
import type { MailMessage } from "./mail-content.ts";
import type { OutgoingText } from "./outbox.ts";
import { Outbox } from "./outbox.ts";
import { ReceiptBatch } from "./receipt-batch.ts";
import { Typing } from "./typing.ts";

/** How often old ids are looked for. */
const SWEEP_EVERY = hours(1);

export class ChatMachine {
  readonly #random: RandomSource;
  readonly #store: StoreQueue<ChatEffect>;
  readonly #outbox = new Outbox();
  readonly #log: ChatLog;
  readonly #known: KnownIds;
  readonly #mail: ChatMail;
  readonly #typing = new Typing();
  readonly #receipts = new ReceiptBatch();
  readonly #outputs: ChatOutput[] = [];
  readonly #clock: ChatClock;
  #channel: ChatChannel = { at: "none" };
  #channelNumber = 0;
  #consumed = 0;
  #seq = 0;
  #sweepAt: Instant;

  constructor(options: ChatOptions) {
    const { now, wall } = options;
    this.#random = options.random;
    this.#store = new StoreQueue({ isPersistent: options.isPersistent });
    this.#sweepAt = after(now, millis(0));
    const archive = entry.readChatArchive(options.restored);
    this.#clock = new ChatClock(now, wall, archive.clock);
    const [outbox, log, store] = [this.#outbox, new ChatLog(this.#store), this.#store];
    this.#log = log;
    this.#known = new KnownIds(store, archive);
    this.#mail = new ChatMail({ outbox, log, known: this.#known, store });
    for (const logged of archive.log) this.#restore(logged);
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
  sendText(text: string, now: Instant, wall: WallTime): ChatMessageId | undefined {
    this.#clock.tick(now, wall);
    const bytes = textToBytes(text).length;
    assert(bytes > 0 && bytes <= CHAT_TEXT_BYTES_MAX, `text of ${bytes} bytes`);
    if (!this.#outbox.hasRoom(bytes)) return undefined;
    const id = chatIdFromBytes(this.#random(CHAT_ID_BYTES));
    const born = this.#clock.lived;
    const seq = this.#seq++;
    this.#outbox.add({ seq, id, text, sentAt: wall, born, bytes }, "storing");
    const logged = entry.encodeLogEntry({ direction: "out", id, sentAt: wall, notedAt: wall, born, text });
    this.#store.put(entry.logKey(seq), logged);
    this.#after({ type: "queued", id });
    return id;
  }

  /** Says that the person has read these incoming texts; others are ignored. The peer learns of it. */
  markRead(ids: readonly ChatMessageId[], now: Instant): void {
    this.#clock.tick(now);
    for (const id of ids) {
      const text = this.#log.get(id);
      if (text?.direction !== "in" || text.state === "read") continue;
      text.state = "read";
      this.#log.markUnsettled(id);
      this.#store.put(entry.stateKey(text.seq), entry.encodeState("read", "no"));
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
        this.#receive(decodeChatMessage(bytes), bytes.length);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#closeChannel();
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
  }

  /** What an item of the peer that a relay kept brings; `mailTaken` with its number says when it is durable. */
  handleMail(messages: readonly MailMessage[], item: number, now: Instant, wall: WallTime): void {
    this.#clock.tick(now, wall);
    for (const message of messages) {
      if (message.type === "receipt") for (const id of message.ids) this.#receiveReceipt(id, message.state);
      else if (!this.#known.hasGap(this.#clock.lived)) this.#receiveText(message, undefined, 0);
      else this.#outputs.push({ type: "note", code: "mail-unsafe", text: "a text stays with its sender" });
    }
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
    if (this.#typing.heardUntil !== undefined && now >= this.#typing.heardUntil) this.#hearTyping(false);
    const lived = this.#clock.lived;
    for (let old = this.#outbox.expired(lived); old !== undefined; old = this.#outbox.expired(lived)) {
      this.#confirm(old, "expired");
      this.#after({ type: "tell", id: old.id, state: "expired" });
    }
    if (now < this.#sweepAt) return;
    this.#sweepAt = after(now, SWEEP_EVERY);
    this.#known.expire(lived);
  }

  nextTimeout(): Instant | undefined {
    const expiresAt = this.#outbox.expiresAt();
    const expiry = expiresAt === undefined ? undefined : this.#clock.at(expiresAt);
    const sweep = this.#known.isEmpty ? undefined : this.#sweepAt;
    return sooner(sooner(this.#store.nextTimeout(), this.#typing.heardUntil), sooner(expiry, sweep));
  }

  /** Drain once a turn: what the turn brought leaves as one transaction and few messages. */
  poll(): ChatOutput | undefined {
    if (this.#outputs.length === 0) this.#fill();
    return this.#outputs.shift();
  }

  #fill(): void {
    if (this.#store.isDirty) this.#store.put(entry.CLOCK_KEY, entry.encodeClock(this.#clock.lived, this.#clock.wall));
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#outputs.push(transaction);
    if (this.#consumed > 0) this.#outputs.push({ type: "consumed", bytes: this.#consumed });
    this.#consumed = 0;
    if (this.#channel.at === "open") this.#transmitNext();
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
    this.#transmit({ type: "text", id: next.entry.id, sentAt: next.entry.sentAt, text: next.entry.text });
    if (next.isFirst) this.#outputs.push({ type: "state", id: next.entry.id, state: "sent" });
  }

  #receive(message: ChatMessage, length: number): void {
    switch (message.type) {
      case "text":
        this.#receiveText(message, this.#channelNumber, length);
        return;
      case "receipt":
        for (const id of message.ids) this.#receiveReceipt(id, message.state);
        break;
      case "settled":
        for (const id of message.ids) this.#receiveSettled(id, message.state);
        break;
      case "typing":
        this.#hearTyping(message.isTyping);
    }
    this.#consume(length);
  }

  /** `channel`: that it came on; `undefined`: by a relay. */
  #receiveText(message: ChatMessage & { type: "text" }, channel: number | undefined, length: number): void {
    const { id, text, sentAt } = message;
    const born = this.#clock.lived;
    const verdict = this.#known.take(id, born);
    if (verdict !== "new") {
      // If its first copy is still on its way to the disk, that one will be receipted.
      if (verdict === "known") this.#receipts.add("receipt", "stored", id);
      if (verdict === "full")
        this.#outputs.push({ type: "note", code: "seen-ids-full", text: "a text stays with its sender" });
      if (channel !== undefined) this.#consume(length);
      return;
    }
    const seq = this.#seq++;
    const receivedAt = this.#clock.wall;
    this.#store.put(
      entry.logKey(seq),
      entry.encodeLogEntry({ direction: "in", id, sentAt, notedAt: receivedAt, born, text }),
    );
    this.#log.add({ seq, id, direction: "in", bytes: textToBytes(text).length, state: "stored" });
    this.#hearTyping(false);
    const taken: IncomingText = { id, text, sentAt, receivedAt };
    this.#after({ type: "taken", text: taken, channel, length });
  }

  #receiveReceipt(id: ChatMessageId, state: ReceiptState): void {
    const waiting = this.#outbox.confirmable(id);
    const logged = this.#log.get(id);
    const isNews =
      logged?.direction === "out" && logged.state !== "read" && !(logged.state === "stored" && state === "stored");
    if (waiting !== undefined) this.#confirm(waiting, state);
    else if (isNews) {
      logged.state = state;
      this.#store.put(entry.stateKey(logged.seq), entry.encodeState(state, "no"));
    }
    if (waiting !== undefined || isNews) this.#after({ type: "tell", id, state });
    // Also of an id we no longer know: it is not in the outbox, so it will never be sent again.
    this.#after({ type: "settle", state, id });
  }

  #receiveSettled(id: ChatMessageId, state: ReceiptState): void {
    this.#known.settle(id);
    if (state !== "read" || !this.#log.settleRead(id)) return;
    const text = this.#log.get(id);
    if (text !== undefined) this.#store.put(entry.stateKey(text.seq), entry.encodeState("read", "yes"));
  }

  /** Out of the outbox, into the log. */
  #confirm(text: OutgoingText, state: "stored" | "read" | "expired"): void {
    this.#outbox.remove(text.id);
    this.#store.put(entry.stateKey(text.seq), entry.encodeState(state, "no"));
    this.#log.add({ seq: text.seq, id: text.id, direction: "out", bytes: text.bytes, state });
  }

  #restore(logged: entry.LogEntry): void {
    const { seq, id, direction, state, born, sentAt, text } = logged;
    const bytes = textToBytes(text).length;
    this.#seq = Math.max(this.#seq, seq + 1);
    if (direction === "out" && (state === "queued" || state === "sent" || state === "kept")) {
      this.#outbox.add({ seq, id, text, sentAt, born, bytes }, "queued", state === "kept");
      return;
    }
    this.#log.add({ seq, id, direction, bytes, state });
    if (direction === "in" && state === "read" && !logged.isSettled) this.#log.markUnsettled(id, logged.isMailed);
  }

  #after(effect: ChatEffect): void {
    this.#store.whenStored(effect);
    this.#runEffects(); // nothing is done yet, except in an ephemeral chat
  }

  #runEffects(): void {
    for (const effect of this.#store.takeDone()) {
      if (effect.type === "queued") {
        if (this.#outbox.isDurable(effect.id)) this.#tell(effect.id, "queued");
      } else if (effect.type === "taken") {
        this.#known.arrived(effect.text.id);
        this.#outputs.push({ type: "message", ...effect.text });
        this.#receipts.add("receipt", "stored", effect.text.id);
        if (effect.channel === this.#channelNumber) this.#consume(effect.length);
      } else if (effect.type === "settle") this.#receipts.add("settled", effect.state, effect.id);
      else if (effect.type === "mailTaken") this.#outputs.push(effect);
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

  #hearTyping(isTyping: boolean): void {
    if (this.#typing.hear(isTyping, this.#clock.now)) this.#outputs.push({ type: "typing", isTyping });
  }

  #closeChannel(): void {
    dropChannelOutputs(this.#outputs);
    this.#channel = { at: "none" };
    this.#channelNumber += 1;
    this.#consumed = 0;
    this.#typing.forgetSaid();
    this.#hearTyping(false);
    this.#outbox.landAll();
    this.#receipts.clear();
  }
}
