/**
 * The chats of an endpoint: one machine per contact, fed from the store at the start, and the
 * channel that each uses while a session is up.
 *
 * @module
 */

import { ChatMachine } from "../app/chat/chat.ts";
import type { ChatState } from "../app/chat/chat-entry.ts";
import type { ChatMessageId } from "../app/chat/chat-id.ts";
import type { MailLoad } from "../app/chat/chat-mail.ts";
import type { ChatOutput } from "../app/chat/chat-output.ts";
import type { ChatParts } from "../app/chat/chat-parts.ts";
import type { ChatDeed } from "../app/chat/chat-pen.ts";
import { type Agreement, NO_AGREEMENT } from "../app/chat/lifetime-agreement.ts";
import type { MailMessage } from "../app/chat/mail-content.ts";
import type { StoreEntry } from "../app/store-queue.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { ContactChannel } from "./contact-channel.ts";
import { entriesByPeer } from "./peer-entries.ts";
import type { SessionEntry } from "./session-table.ts";

/** Where chats are stored. */
export const CHAT_PREFIX = "chat/";

export type ChatEvent = Extract<
  ChatOutput,
  { type: "message" | "state" | "acted" | "changed" | "erased" | "terms" | "keeps" | "typing" }
>;

export type ConversationOutput =
  | {
      readonly type: "store";
      readonly peer: PeerId;
      readonly token: number;
      readonly puts: readonly StoreEntry[];
      readonly deletes: readonly string[];
    }
  | { readonly type: "chat"; readonly peer: PeerId; readonly event: ChatEvent }
  /** Something may wait that a relay could keep for `peer`. */
  | { readonly type: "mail"; readonly peer: PeerId }
  /** What an item of `peer` brought is durable. */
  | { readonly type: "mailTaken"; readonly peer: PeerId; readonly item: number }
  /** Texts wait and no session is up. */
  | { readonly type: "want"; readonly peer: PeerId; readonly isWanted: boolean }
  | { readonly type: "note"; readonly peer: PeerId; readonly code: string };

interface Conversation {
  readonly machine: ChatMachine;
  readonly channel: ContactChannel;
  isWanted: boolean;
}

export class Conversations {
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #isPersistent: boolean;
  readonly #keeps: boolean;
  readonly #conversations = new Map<PeerId, Conversation>(); // at most one a contact
  /** Those that something happened to since the last {@link settle}. */
  readonly #touched = new Set<PeerId>();
  readonly #deadlines = new Deadlines<PeerId>();
  readonly #outputs: ConversationOutput[] = [];

  /** `restored`: every stored entry; others than chats are left alone. */
  constructor(
    options: {
      self: PeerId;
      random: RandomSource;
      isPersistent: boolean;
      keeps: boolean;
      restored: readonly StoreEntry[];
    },
    at: Moment,
  ) {
    this.#self = options.self;
    this.#random = options.random;
    this.#isPersistent = options.isPersistent;
    this.#keeps = options.keeps;
    for (const [peer, restored] of entriesByPeer(options.restored, CHAT_PREFIX)) this.#create(peer, restored, at);
  }

  /** Texts to `peer` that it has not confirmed. */
  undelivered(peer: PeerId): number {
    return this.#conversations.get(peer)?.machine.undelivered ?? 0;
  }

  /** Whether a relay could be of use while `peer` is away. */
  wantsMail(peer: PeerId): boolean {
    return this.#conversations.get(peer)?.machine.wantsMail === true;
  }

  /** Texts of the chat with `peer` that are in no store, in its form. */
  heldTexts(peer: PeerId): readonly StoreEntry[] {
    return [...(this.#conversations.get(peer)?.machine.heldTexts() ?? [])];
  }

  // --- commands -------------------------------------------------------------------------------

  /** What a relay could keep for `peer`, in at most `room` bytes. */
  mailFor(peer: PeerId, room: number, at: Moment): MailLoad | undefined {
    return this.#conversations.get(peer)?.machine.mailFor(room, at.now);
  }

  /** What a relay kept for us from `peer`, which is a contact; `mailTaken` with `item` says when it is durable. */
  handleMail(peer: PeerId, messages: readonly MailMessage[], item: number, at: Moment): void {
    this.#touched.add(peer);
    this.#of(peer, at).machine.handleMail(messages, item, at.now, at.wall);
  }

  /** A relay keeps these, which {@link mailFor} gave. */
  handleKept(peer: PeerId, messages: readonly MailMessage[], at: Moment): void {
    this.#touched.add(peer);
    this.#conversations.get(peer)?.machine.handleKept(messages, at.now);
  }

  /** `undefined` when the outbox is full. The peer must be a contact. */
  sendText(peer: PeerId, text: string, at: Moment, parts?: ChatParts): ChatMessageId | undefined {
    this.#touched.add(peer);
    return this.#of(peer, at).machine.sendText(text, at.now, at.wall, parts);
  }

  /** `undefined`: it cannot be done (no such text, not ours, too often), or the outbox is full. The peer must be a contact. */
  act(peer: PeerId, deed: ChatDeed, at: Moment): ChatMessageId | undefined {
    this.#touched.add(peer);
    return this.#of(peer, at).machine.act(deed, at.now, at.wall);
  }

  /** Whether what is said with `peer` is stored. */
  keeps(peer: PeerId): boolean {
    return this.#isPersistent && (this.#conversations.get(peer)?.machine.keeps ?? this.#keeps);
  }

  setKeeps(peer: PeerId, keeps: boolean, at: Moment): void {
    this.#touched.add(peer);
    this.#of(peer, at).machine.setKeeps(keeps, at.now);
  }

  stateOf(peer: PeerId, id: ChatMessageId): ChatState | undefined {
    return this.#conversations.get(peer)?.machine.stateOf(id);
  }

  /** What is agreed and asked about lifetimes. */
  agreement(peer: PeerId): Agreement {
    return this.#conversations.get(peer)?.machine.agreement ?? NO_AGREEMENT;
  }

  /** When this text is gone, by the monotonic clock; `undefined`: it stays, or its time does not run yet. */
  goneAt(peer: PeerId, id: ChatMessageId): Instant | undefined {
    return this.#conversations.get(peer)?.machine.goneAt(id);
  }

  markRead(peer: PeerId, ids: readonly ChatMessageId[], at: Moment): void {
    this.#touched.add(peer);
    this.#conversations.get(peer)?.machine.markRead(ids, at.now);
  }

  setTyping(peer: PeerId, isTyping: boolean, at: Moment): void {
    this.#touched.add(peer);
    this.#conversations.get(peer)?.machine.setTyping(isTyping, at.now);
  }

  /** The contact is gone; its texts are deleted by whoever holds the store. */
  forget(peer: PeerId, at: Moment): void {
    const conversation = this.#conversations.get(peer);
    if (conversation === undefined) return;
    conversation.channel.drop(RESET.notAuthorized, at.now);
    this.#conversations.delete(peer);
    this.#deadlines.set(peer, undefined);
  }

  /** Where a contact's texts are stored. */
  static storePrefix(peer: PeerId): string {
    return `${CHAT_PREFIX}${peer}/`;
  }

  // --- what the world did ---------------------------------------------------------------------

  /** There is a session with the peer, or it is a contact from now on. */
  handleReachable(peer: PeerId): void {
    const conversation = this.#conversations.get(peer);
    if (conversation === undefined) return;
    conversation.channel.handleReachable();
    this.#touched.add(peer);
  }

  /** The peer opened a chat channel, and may. */
  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    const { peer } = session.stack;
    this.#touched.add(peer);
    this.#of(peer, at).channel.handleOffered(session, channel, at.now);
  }

  /** True if the channel is one of ours here. */
  handleAccepted(session: SessionEntry, channel: number, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    conversation?.channel.handleAccepted(at.now);
    return conversation !== undefined;
  }

  handleMessages(session: SessionEntry, channel: number, messages: readonly Uint8Array[], at: Moment): boolean {
    const conversation = this.#find(session, channel);
    conversation?.machine.handleMessages(messages, at.now, at.wall);
    return conversation !== undefined;
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    conversation?.channel.handleWritable(at.now);
    return conversation !== undefined;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(session: SessionEntry, channel: number, isOver: boolean, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    conversation?.channel.handleEnded(isOver, at.now);
    return conversation !== undefined;
  }

  handleSessionOver(session: SessionEntry, at: Moment): void {
    const { peer } = session.stack;
    const conversation = this.#conversations.get(peer);
    if (conversation === undefined) return;
    this.#touched.add(peer);
    conversation.channel.handleSessionOver(session, at.now);
  }

  handleStored(peer: PeerId, token: number, isStored: boolean, at: Moment): void {
    this.#touched.add(peer);
    const machine = this.#conversations.get(peer)?.machine;
    if (isStored) machine?.handleStored(token, at.now);
    else machine?.handleStoreFailed(token, at.now);
  }

  handleTimeout(now: Instant): void {
    for (const peer of this.#deadlines.take(now)) {
      this.#touched.add(peer);
      const conversation = this.#conversations.get(peer);
      conversation?.machine.handleTimeout(now);
      conversation?.channel.handleTimeout(now);
    }
  }

  nextTimeout(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** Does what the machines want done on channels; what is left for others comes out of {@link poll}. */
  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    for (const peer of this.#touched) {
      const conversation = this.#conversations.get(peer);
      if (conversation !== undefined) this.#settleOne(peer, conversation, sessionOf, now);
    }
    this.#touched.clear();
  }

  #settleOne(
    peer: PeerId,
    conversation: Conversation,
    sessionOf: (peer: PeerId) => SessionEntry | undefined,
    now: Instant,
  ): void {
    this.#drain(peer, conversation, now);
    const { machine, channel } = conversation;
    if (machine.wantsMail) this.#outputs.push({ type: "mail", peer });
    const isWanted = machine.wantsChannel;
    if (isWanted && channel.isNone && channel.askAgainAt === undefined) {
      const session = sessionOf(peer);
      if (session !== undefined) channel.open(session, now);
    }
    const asksAgain = isWanted && channel.isNone ? channel.askAgainAt : undefined;
    this.#deadlines.set(peer, sooner(machine.nextTimeout(), asksAgain));
    if (isWanted === conversation.isWanted) return;
    conversation.isWanted = isWanted;
    this.#outputs.push({ type: "want", peer, isWanted });
  }

  poll(): ConversationOutput | undefined {
    return this.#outputs.shift();
  }

  #drain(peer: PeerId, conversation: Conversation, now: Instant): void {
    const { machine, channel } = conversation;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      switch (output.type) {
        case "transmit":
          channel.send(output.bytes, now);
          break;
        case "consumed":
          channel.consumed(output.bytes);
          break;
        case "violation":
          channel.drop(RESET.protocolError, now);
          break;
        case "store": {
          const prefix = Conversations.storePrefix(peer);
          const puts = output.puts.map(({ key, value }) => ({ key: prefix + key, value }));
          const deletes = output.deletes.map((key) => prefix + key);
          this.#outputs.push({ type: "store", peer, token: output.token, puts, deletes });
          break;
        }
        case "note":
          this.#outputs.push({ type: "note", peer, code: output.code });
          break;
        case "mailTaken":
          this.#outputs.push({ type: "mailTaken", peer, item: output.item });
          break;
        default:
          this.#outputs.push({ type: "chat", peer, event: output });
      }
    }
  }

  /** The conversation on this channel, to which something happens. */
  #find(session: SessionEntry, channel: number): Conversation | undefined {
    const conversation = this.#conversations.get(session.stack.peer);
    if (conversation?.channel.isThis(session, channel) !== true) return undefined;
    this.#touched.add(session.stack.peer);
    return conversation;
  }

  #of(peer: PeerId, at: Moment): Conversation {
    return this.#conversations.get(peer) ?? this.#create(peer, [], at);
  }

  #create(
    peer: PeerId,
    restored: readonly StoreEntry[],
    { now, wall }: { now: Instant; wall: WallTime },
  ): Conversation {
    const kept = { isPersistent: this.#isPersistent, keeps: this.#keeps, restored };
    const machine = new ChatMachine({ random: this.#random, now, wall, ...kept });
    const channel = new ContactChannel(this.#self, PROTOCOL.chat, machine);
    const conversation = { machine, channel, isWanted: false };
    this.#conversations.set(peer, conversation);
    this.#touched.add(peer);
    return conversation;
  }
}
