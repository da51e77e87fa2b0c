/**
 * The chats of an endpoint: one machine per contact, fed from the store at the start, and the
 * channel that each uses while a session is up. A channel is opened by whoever has something to
 * say; if both do at once, the smaller PeerId's stays.
 *
 * @module
 */

import { ChatMachine } from "../app/chat/chat.ts";
import type { ChatMessageId } from "../app/chat/chat-message.ts";
import type { ChatOutput } from "../app/chat/chat-output.ts";
import type { StoreEntry } from "../app/store-queue.ts";
import { type PeerId, parsePeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import { AppChannel } from "./app-channel.ts";
import type { Moment } from "./moment.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

const PREFIX = "chat/";

export type ChatEvent = Extract<ChatOutput, { type: "message" | "state" | "typing" }>;

export type ConversationOutput =
  | {
      readonly type: "store";
      readonly peer: PeerId;
      readonly token: number;
      readonly puts: readonly StoreEntry[];
      readonly deletes: readonly string[];
    }
  | { readonly type: "chat"; readonly peer: PeerId; readonly event: ChatEvent }
  /** Texts wait and no session is up. */
  | { readonly type: "want"; readonly peer: PeerId; readonly isWanted: boolean }
  | { readonly type: "note"; readonly peer: PeerId; readonly code: string };

interface Conversation {
  readonly machine: ChatMachine;
  channel:
    | { readonly app: AppChannel; readonly session: SessionId; readonly isOurs: boolean; isOpen: boolean }
    | undefined;
  isWanted: boolean;
}

export class Conversations {
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #isPersistent: boolean;
  readonly #conversations = new Map<PeerId, Conversation>(); // at most one a contact
  readonly #outputs: ConversationOutput[] = [];

  /** `restored`: every stored entry; others than chats are left alone. */
  constructor(
    options: { self: PeerId; random: RandomSource; isPersistent: boolean; restored: readonly StoreEntry[] },
    at: Moment,
  ) {
    this.#self = options.self;
    this.#random = options.random;
    this.#isPersistent = options.isPersistent;
    const byPeer = new Map<PeerId, StoreEntry[]>();
    for (const { key, value } of options.restored) {
      const peer = key.startsWith(PREFIX) ? parsePeerId(key.slice(PREFIX.length, PREFIX.length + 64)) : undefined;
      if (peer === undefined) continue;
      const entries = byPeer.get(peer) ?? [];
      entries.push({ key: key.slice(PREFIX.length + 65), value });
      byPeer.set(peer, entries);
    }
    for (const [peer, restored] of byPeer) this.#create(peer, restored, at);
  }

  /** Texts to `peer` that it has not confirmed. */
  undelivered(peer: PeerId): number {
    return this.#conversations.get(peer)?.machine.undelivered ?? 0;
  }

  // --- commands -------------------------------------------------------------------------------

  /** `undefined` when the outbox is full. The peer must be a contact. */
  sendText(peer: PeerId, text: string, at: Moment): ChatMessageId | undefined {
    return this.#of(peer, at).machine.sendText(text, at.now, at.wall);
  }

  markRead(peer: PeerId, ids: readonly ChatMessageId[], at: Moment): void {
    this.#conversations.get(peer)?.machine.markRead(ids, at.now);
  }

  setTyping(peer: PeerId, isTyping: boolean, at: Moment): void {
    this.#conversations.get(peer)?.machine.setTyping(isTyping, at.now);
  }

  /** The contact is gone; its texts are deleted by whoever holds the store. */
  forget(peer: PeerId, at: Moment): void {
    const conversation = this.#conversations.get(peer);
    if (conversation === undefined) return;
    this.#drop(conversation, RESET.notAuthorized, at.now);
    this.#conversations.delete(peer);
  }

  /** Where a contact's texts are stored. */
  static storePrefix(peer: PeerId): string {
    return `${PREFIX}${peer}/`;
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The peer opened a chat channel, and may. */
  handleOffered(session: SessionEntry, channel: number, at: Moment): void {
    const conversation = this.#of(session.stack.peer, at);
    const current = conversation.channel;
    if (current?.session === session.id && current.isOurs && this.#self < session.stack.peer) {
      session.stack.reset(channel, RESET.cancelled); // ours stays
      return;
    }
    if (current !== undefined) this.#drop(conversation, RESET.cancelled, at.now);
    session.stack.accept(channel);
    conversation.channel = {
      app: new AppChannel(session.stack, channel),
      session: session.id,
      isOurs: false,
      isOpen: true,
    };
    conversation.machine.handleChannelOpened(at.now);
  }

  /** True if the channel is one of ours here. */
  handleAccepted(session: SessionId, channel: number, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    if (conversation?.channel === undefined) return false;
    conversation.channel.isOpen = true;
    conversation.machine.handleChannelOpened(at.now);
    return true;
  }

  handleMessages(session: SessionId, channel: number, messages: readonly Uint8Array[], at: Moment): boolean {
    const conversation = this.#find(session, channel);
    if (conversation?.channel === undefined) return false;
    conversation.machine.handleMessages(messages, at.now, at.wall);
    return true;
  }

  handleWritable(session: SessionId, channel: number, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    if (conversation?.channel === undefined) return false;
    if (conversation.channel.app.handleWritable()) conversation.machine.handleWritable(at.now);
    return true;
  }

  /** The peer sends no more (`isOver` false), or the channel is over. */
  handleEnded(session: SessionId, channel: number, isOver: boolean, at: Moment): boolean {
    const conversation = this.#find(session, channel);
    if (conversation?.channel === undefined) return false;
    if (!isOver) conversation.channel.app.stack.reset(channel, RESET.cancelled);
    conversation.channel = undefined;
    conversation.machine.handleChannelClosed(at.now);
    return true;
  }

  handleSessionOver(session: SessionId, at: Moment): void {
    for (const conversation of this.#conversations.values()) {
      if (conversation.channel?.session !== session) continue;
      conversation.channel = undefined;
      conversation.machine.handleChannelClosed(at.now);
    }
  }

  handleStored(peer: PeerId, token: number, isStored: boolean, at: Moment): void {
    const machine = this.#conversations.get(peer)?.machine;
    if (isStored) machine?.handleStored(token, at.now);
    else machine?.handleStoreFailed(token, at.now);
  }

  handleTimeout(now: Instant): void {
    for (const { machine } of this.#conversations.values()) machine.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { machine } of this.#conversations.values()) next = sooner(next, machine.nextTimeout());
    return next;
  }

  /** Does what the machines want done on channels; what is left for others comes out of {@link poll}. */
  settle(sessionOf: (peer: PeerId) => SessionEntry | undefined, now: Instant): void {
    for (const [peer, conversation] of this.#conversations) {
      this.#drain(peer, conversation, now);
      const isWanted = conversation.machine.wantsChannel;
      if (isWanted && conversation.channel === undefined) {
        const session = sessionOf(peer);
        if (session !== undefined) this.#openChannel(conversation, session);
      }
      if (isWanted === conversation.isWanted) continue;
      conversation.isWanted = isWanted;
      this.#outputs.push({ type: "want", peer, isWanted });
    }
  }

  poll(): ConversationOutput | undefined {
    return this.#outputs.shift();
  }

  #drain(peer: PeerId, conversation: Conversation, now: Instant): void {
    const { machine } = conversation;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      switch (output.type) {
        case "transmit":
          if (conversation.channel?.app.send(output.bytes) === false) machine.handleFull(now);
          break;
        case "consumed":
          conversation.channel?.app.consumed(output.bytes);
          break;
        case "violation":
          this.#drop(conversation, RESET.protocolError, now);
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
        default:
          this.#outputs.push({ type: "chat", peer, event: output });
      }
    }
  }

  #openChannel(conversation: Conversation, session: SessionEntry): void {
    const channel = session.stack.open(PROTOCOL.chat, 0);
    if (channel === undefined) return; // too many channels: tried again when one closes
    conversation.channel = {
      app: new AppChannel(session.stack, channel),
      session: session.id,
      isOurs: true,
      isOpen: false,
    };
  }

  #drop(conversation: Conversation, code: number, now: Instant): void {
    const { channel, machine } = conversation;
    if (channel === undefined) return;
    conversation.channel = undefined;
    channel.app.stack.reset(channel.app.channel, code);
    machine.handleChannelClosed(now);
  }

  #find(session: SessionId, channel: number): Conversation | undefined {
    for (const conversation of this.#conversations.values()) {
      if (conversation.channel?.session === session && conversation.channel.app.channel === channel)
        return conversation;
    }
    return undefined;
  }

  #of(peer: PeerId, at: Moment): Conversation {
    return this.#conversations.get(peer) ?? this.#create(peer, [], at);
  }

  #create(
    peer: PeerId,
    restored: readonly StoreEntry[],
    { now, wall }: { now: Instant; wall: WallTime },
  ): Conversation {
    const machine = new ChatMachine({ random: this.#random, now, wall, isPersistent: this.#isPersistent, restored });
    const conversation: Conversation = { machine, channel: undefined, isWanted: false };
    this.#conversations.set(peer, conversation);
    return conversation;
  }
}
