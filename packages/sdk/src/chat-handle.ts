/** Chat as the SDK shows it: texts from the store, events as they happen. */
import {
  attachmentProblem,
  CHAT_PREFIX,
  type ChatDeed,
  type ChatMessageId,
  Conversations,
  type EndpointOutput,
  entriesByPeer,
  type PeerId,
  type StoreEntry,
  textToBytes,
} from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import type { Chat, ChatEvent, ChatLifetime, ChatLifetimeView, ChatMessage, ChatSendOptions } from "./chat-api.ts";
import { lifetimeView, messageLifetime, wireLifetime } from "./chat-lifetime.ts";
import { mergedRows, messagesOf, reactionsOf } from "./chat-messages.ts";
import type { Driver } from "./driver.ts";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { KeyValueStore } from "./storage.ts";

const TEXT_BYTES_MAX = 16_384;
const SYMBOL_BYTES_MAX = 32;
const WATCH_EVENTS_MAX = 1_000;
const HISTORY_DEFAULT = 100;

interface Watcher {
  readonly peer: PeerId | undefined;
  readonly queue: AsyncQueue<ChatEvent>;
}

export class ChatHandle implements Chat {
  readonly #driver: Driver;
  readonly #store: KeyValueStore | undefined;
  readonly #isContact: (peer: PeerId) => boolean;
  readonly #watchers = new Set<Watcher>();
  readonly #unread = new Subject<readonly ChatMessage[]>([]);
  /** Texts that are not durable yet, and who waits for that. */
  readonly #storing = new Map<string, { readonly peer: PeerId } & PromiseWithResolvers<void>>();

  constructor(driver: Driver, store: KeyValueStore | undefined, isContact: (peer: PeerId) => boolean) {
    this.#driver = driver;
    this.#store = store;
    this.#isContact = isContact;
  }

  get unread(): Observable<readonly ChatMessage[]> {
    return this.#unread;
  }

  async send(peer: PeerId, text: string, { replyTo, attachment }: ChatSendOptions = {}): Promise<ChatMessage> {
    if (attachment === undefined || text !== "") assertFits(text);
    const problem = attachment && attachmentProblem(attachment);
    if (problem !== undefined) throw new EndpointError("ERR_ARGUMENT", `Cannot attach the file: ${problem}`);
    this.#assertContact(peer);
    const at = this.#driver.moment();
    const parts = {
      ...(replyTo !== undefined && { replyTo: messageId(replyTo) }),
      ...(attachment !== undefined && { attachment }),
    };
    const id = this.#driver.core.conversations.sendText(peer, text, at, parts);
    if (id === undefined)
      throw new EndpointError("ERR_ARGUMENT", "Cannot queue the text: too many wait for this contact");
    const { agreed } = this.lifetime(peer);
    await this.#stored(peer, id);
    const lifetime = agreed === "off" ? {} : { lifetime: agreed };
    return { id, peer, isOurs: true, text, writtenAt: at.wall, state: "queued", ...parts, ...lifetime, ...NO_CHANGES };
  }

  async react(peer: PeerId, id: string, symbol: string): Promise<void> {
    const bytes = textToBytes(symbol).length;
    if (bytes > SYMBOL_BYTES_MAX)
      throw new EndpointError("ERR_ARGUMENT", `Cannot react with ${bytes} bytes: ${SYMBOL_BYTES_MAX} are possible`);
    this.#assertContact(peer);
    await this.#act(peer, { type: "react", target: messageId(id), symbol });
  }

  async edit(peer: PeerId, id: string, text: string): Promise<void> {
    assertFits(text);
    this.#assertContact(peer);
    await this.#act(peer, { type: "edit", target: messageId(id), text });
  }

  async delete(peer: PeerId, id: string): Promise<void> {
    this.#assertContact(peer);
    await this.#act(peer, { type: "delete", target: messageId(id) });
  }

  async #act(peer: PeerId, deed: ChatDeed): Promise<void> {
    const act = this.#driver.core.conversations.act(peer, deed, this.#driver.moment());
    if (act === undefined)
      throw new EndpointError("ERR_ARGUMENT", "Cannot change the message: not here, not ours, or changed too often");
    await this.#stored(peer, act);
  }

  keeps(peer: PeerId): boolean {
    return this.#store !== undefined && this.#driver.core.conversations.keeps(peer);
  }

  async setKeeps(peer: PeerId, keeps: boolean): Promise<void> {
    this.#assertContact(peer);
    if (this.#store === undefined && keeps)
      throw new EndpointError("ERR_ARGUMENT", "Cannot keep messages: the endpoint has no store");
    this.#driver.core.conversations.setKeeps(peer, keeps, this.#driver.moment());
    await this.#stored(peer, `keeps ${peer}`);
  }

  lifetime(peer: PeerId): ChatLifetimeView {
    return lifetimeView(this.#driver.core.conversations, peer);
  }

  async proposeLifetime(peer: PeerId, lifetime: ChatLifetime): Promise<void> {
    this.#assertContact(peer);
    await this.#act(peer, { type: "propose", lifetime: wireLifetime(lifetime) });
  }

  async answerLifetime(peer: PeerId, isAccepted: boolean): Promise<void> {
    this.#assertContact(peer);
    await this.#act(peer, { type: "answer", isAccepted });
  }

  async close(peer: PeerId): Promise<void> {
    this.#assertContact(peer);
    await this.#act(peer, { type: "close" });
  }

  /** With when it is gone; without it, if it is gone and the store does not know yet. */
  #timed(message: ChatMessage): readonly ChatMessage[] {
    if (message.lifetime === undefined || !isMessageId(message.id)) return [message];
    const { conversations } = this.#driver.core;
    if (conversations.stateOf(message.peer, message.id) === undefined) return [];
    const at = conversations.goneAt(message.peer, message.id);
    const { now, wall } = this.#driver.moment();
    if (at !== undefined && at <= now) return [];
    return [at === undefined ? message : { ...message, expiresAt: wall + at - now }];
  }

  /** Whoever is told that it is queued may lose power at once. */
  async #stored(peer: PeerId, id: string): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#storing.set(id, { peer, ...stored });
    this.#driver.touch();
    await stored.promise;
  }

  async history(
    peer: PeerId,
    { limit = HISTORY_DEFAULT }: { readonly limit?: number } = {},
  ): Promise<readonly ChatMessage[]> {
    const prefix = Conversations.storePrefix(peer);
    const stored = (await this.#store?.list(prefix)) ?? [];
    const rows = stored.map(({ key, value }) => ({ key: key.slice(prefix.length), value }));
    const messages = messagesOf(peer, mergedRows(rows, this.#driver.core.conversations.heldTexts(peer))).slice(-limit);
    return messages.flatMap((message) => this.#timed(message));
  }

  async markRead(peer: PeerId, ids: readonly string[]): Promise<void> {
    this.#driver.core.conversations.markRead(peer, ids.filter(isMessageId), this.#driver.moment());
    this.#driver.touch();
    this.#unread.set(this.#unread.get().filter((message) => message.peer !== peer || !ids.includes(message.id)));
  }

  typing(peer: PeerId, isTyping: boolean): void {
    this.#driver.core.conversations.setTyping(peer, isTyping, this.#driver.moment());
    this.#driver.touch();
  }

  async *watch({
    peer,
    signal,
  }: Waiting & { readonly peer?: PeerId } = {}): AsyncGenerator<ChatEvent, void, undefined> {
    const watcher: Watcher = { peer, queue: new AsyncQueue({ max: WATCH_EVENTS_MAX }) };
    const stop = (): void => watcher.queue.end();
    signal?.addEventListener("abort", stop, { once: true });
    this.#watchers.add(watcher);
    try {
      if (signal?.aborted !== true) yield* watcher.queue;
    } finally {
      this.#watchers.delete(watcher);
      signal?.removeEventListener("abort", stop);
    }
  }

  // --- from the driver ------------------------------------------------------------------------

  /** What was unread when the process before this one ended. */
  restore(entries: readonly StoreEntry[]): void {
    const unread = [...entriesByPeer(entries, CHAT_PREFIX)]
      .flatMap(([peer, list]) => messagesOf(peer, list))
      .filter(isUnread);
    this.#unread.set(unread.sort((a, b) => a.writtenAt - b.writtenAt));
  }

  handleEvent({ peer, event }: Extract<EndpointOutput, { type: "chat" }>): void {
    if (event.type === "typing") return this.#tell(peer, { type: "typing", peer, isTyping: event.isTyping });
    if (event.type === "acted") return this.#settle(event.id);
    if (event.type === "state") {
      this.#settle(event.id);
      return this.#tell(peer, { type: "state", id: event.id, state: event.state });
    }
    if (event.type === "erased") {
      const gone = new Set<string>(event.ids);
      this.#unread.set(this.#unread.get().filter(({ id }) => !gone.has(id)));
      for (const id of gone) this.#settle(id);
      return this.#tell(peer, { type: "erased", peer, ids: event.ids });
    }
    if (event.type === "keeps") {
      this.#settle(`keeps ${peer}`);
      return this.#tell(peer, { type: "keeps", peer, keeps: event.keeps });
    }
    if (event.type === "terms") return this.#tell(peer, { type: "lifetime", peer, lifetime: this.lifetime(peer) });
    if (event.type === "changed") {
      const { id, isEdited, isDeleted, text } = event;
      const change = { reactions: reactionsOf(event), isEdited, isDeleted, ...(text !== undefined && { text }) };
      const isUnread = this.#unread.get().some((message) => message.id === id);
      if (isUnread) this.#unread.set(this.#unread.get().map((each) => (each.id === id ? changed(each, change) : each)));
      return this.#tell(peer, { type: "changed", peer, id, ...change });
    }
    const { id, text, sentAt, replyTo, attachment, lifetime } = event;
    const plain: ChatMessage = {
      ...{ id, peer, isOurs: false, text, writtenAt: sentAt, state: "stored", ...NO_CHANGES },
      ...(replyTo !== undefined && { replyTo }),
      ...(attachment !== undefined && { attachment }),
      ...(lifetime !== undefined && { lifetime: messageLifetime(lifetime) }),
    };
    const [message] = this.#timed(plain);
    if (message === undefined) return; // its time was over before it was on the disk
    this.#unread.set([...this.#unread.get(), message].slice(-WATCH_EVENTS_MAX));
    this.#tell(peer, { type: "message", message });
  }

  #settle(id: string): void {
    this.#storing.get(id)?.resolve();
    this.#storing.delete(id);
  }

  /** Contacts changed: of those who are none any more, nothing is shown. */
  refresh(): void {
    const peers = [...this.#unread.get(), ...this.#storing.values()].map(({ peer }) => peer);
    for (const peer of new Set(peers)) if (!this.#isContact(peer)) this.#forget(peer);
  }

  end(): void {
    this.#giveUp(() => true, "ERR_ENDPOINT_CLOSED", "Cannot queue the text: the endpoint was closed");
    for (const { queue } of this.#watchers) queue.end();
  }

  #forget(peer: PeerId): void {
    this.#unread.set(this.#unread.get().filter((message) => message.peer !== peer));
    this.#giveUp(
      (waiting) => waiting.peer === peer,
      "ERR_NOT_AUTHORIZED",
      "Cannot queue the text: no longer a contact",
    );
  }

  #giveUp(isOver: (waiting: { readonly peer: PeerId }) => boolean, code: EndpointErrorCode, words: string): void {
    for (const [id, waiting] of this.#storing) {
      if (!isOver(waiting)) continue;
      this.#storing.delete(id);
      waiting.reject(new EndpointError(code, words));
    }
  }

  #tell(peer: PeerId, event: ChatEvent): void {
    for (const watcher of this.#watchers) {
      if (watcher.peer !== undefined && watcher.peer !== peer) continue;
      // A watcher that does not read loses what is transient first; texts stay in the store in any case.
      if (!watcher.queue.isFull || event.type !== "typing") watcher.queue.push(event);
      if (watcher.queue.size > 2 * WATCH_EVENTS_MAX) watcher.queue.take();
    }
  }

  #assertContact(peer: PeerId): void {
    if (!this.#isContact(peer)) throw new EndpointError("ERR_NOT_AUTHORIZED", "Cannot write to a stranger: pair first");
  }
}

const isMessageId = (id: string): id is ChatMessageId => /^[0-9a-f]{32}$/.test(id);

const isUnread = (message: ChatMessage): boolean => !message.isOurs && message.state !== "read";

function changed(message: ChatMessage, change: Partial<ChatMessage>): ChatMessage {
  const { attachment, ...rest } = message;
  return { ...rest, ...change, ...(attachment !== undefined && change.isDeleted !== true && { attachment }) };
}

const NO_CHANGES = { reactions: [], isEdited: false, isDeleted: false } as const;

function assertFits(text: string): void {
  const bytes = textToBytes(text).length;
  if (bytes > 0 && bytes <= TEXT_BYTES_MAX) return;
  throw new EndpointError("ERR_ARGUMENT", `Cannot send a text of ${bytes} bytes: 1 to ${TEXT_BYTES_MAX} are possible`);
}

function messageId(id: string): ChatMessageId {
  if (isMessageId(id)) return id;
  throw new EndpointError("ERR_ARGUMENT", "Cannot find the message: an id has 32 hexadecimal digits");
}
