/** Chat as the SDK shows it: texts from the store, events as they happen. */
import {
  CHAT_PREFIX,
  type ChatMessageId,
  Conversations,
  type EndpointOutput,
  entriesByPeer,
  type PeerId,
  readChatArchive,
  type StoreEntry,
  textToBytes,
} from "@kith/core";
import type { Chat, ChatEvent, ChatMessage, Waiting } from "./api.ts";
import type { Driver } from "./driver.ts";
import { EndpointError, type EndpointErrorCode } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { KeyValueStore } from "./storage.ts";

const TEXT_BYTES_MAX = 16_384;
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
  /** What a store-less endpoint remembers: as long as it lives. */
  readonly #memory = new Map<PeerId, ChatMessage[]>();

  constructor(driver: Driver, store: KeyValueStore | undefined, isContact: (peer: PeerId) => boolean) {
    this.#driver = driver;
    this.#store = store;
    this.#isContact = isContact;
  }

  get unread(): Observable<readonly ChatMessage[]> {
    return this.#unread;
  }

  async send(peer: PeerId, text: string): Promise<ChatMessage> {
    const bytes = textToBytes(text).length;
    if (bytes === 0 || bytes > TEXT_BYTES_MAX) {
      throw new EndpointError(
        "ERR_ARGUMENT",
        `Cannot send a text of ${bytes} bytes: 1 to ${TEXT_BYTES_MAX} are possible`,
      );
    }
    this.#assertContact(peer);
    const at = this.#driver.moment();
    const id = this.#driver.core.conversations.sendText(peer, text, at);
    if (id === undefined)
      throw new EndpointError("ERR_ARGUMENT", "Cannot queue the text: too many wait for this contact");
    const message: ChatMessage = { id, peer, isOurs: true, text, writtenAt: at.wall, state: "queued" };
    this.#remember(message);
    const stored = Promise.withResolvers<void>();
    this.#storing.set(id, { peer, ...stored });
    this.#driver.touch();
    await stored.promise; // whoever is told that it is queued may lose power at once
    return message;
  }

  async history(
    peer: PeerId,
    { limit = HISTORY_DEFAULT }: { readonly limit?: number } = {},
  ): Promise<readonly ChatMessage[]> {
    if (this.#store === undefined) return (this.#memory.get(peer) ?? []).slice(-limit);
    const prefix = Conversations.storePrefix(peer);
    const entries = await this.#store.list(prefix);
    return messagesOf(
      peer,
      entries.map(({ key, value }) => ({ key: key.slice(prefix.length), value })),
    ).slice(-limit);
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
    if (event.type === "state") {
      const logged = this.#memory.get(peer);
      const index = logged?.findIndex(({ id }) => id === event.id) ?? -1;
      const known = logged?.[index];
      if (logged !== undefined && known !== undefined) logged[index] = { ...known, state: event.state };
      this.#storing.get(event.id)?.resolve();
      this.#storing.delete(event.id);
      return this.#tell(peer, { type: "state", id: event.id, state: event.state });
    }
    const { id, text, sentAt } = event;
    const message: ChatMessage = { id, peer, isOurs: false, text, writtenAt: sentAt, state: "stored" };
    this.#remember(message);
    this.#unread.set([...this.#unread.get(), message].slice(-WATCH_EVENTS_MAX));
    this.#tell(peer, { type: "message", message });
  }

  /** Contacts changed: of those who are none any more, nothing is shown. */
  refresh(): void {
    const peers = [...this.#unread.get(), ...this.#storing.values()].map(({ peer }) => peer);
    for (const peer of new Set([...peers, ...this.#memory.keys()])) if (!this.#isContact(peer)) this.#forget(peer);
  }

  end(): void {
    this.#giveUp(() => true, "ERR_ENDPOINT_CLOSED", "Cannot queue the text: the endpoint was closed");
    for (const { queue } of this.#watchers) queue.end();
  }

  #forget(peer: PeerId): void {
    this.#memory.delete(peer);
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

  #remember(message: ChatMessage): void {
    if (this.#store !== undefined) return;
    const logged = this.#memory.get(message.peer) ?? [];
    logged.push(message);
    this.#memory.set(message.peer, logged.slice(-WATCH_EVENTS_MAX));
  }

  #assertContact(peer: PeerId): void {
    if (!this.#isContact(peer)) throw new EndpointError("ERR_NOT_AUTHORIZED", "Cannot write to a stranger: pair first");
  }
}

const isMessageId = (id: string): id is ChatMessageId => /^[0-9a-f]{32}$/.test(id);

const isUnread = (message: ChatMessage): boolean => !message.isOurs && message.state !== "read";

const messagesOf = (peer: PeerId, entries: readonly { key: string; value: Uint8Array }[]): ChatMessage[] =>
  readChatArchive(entries).log.map(({ id, direction, text, sentAt, state }) => ({
    id,
    peer,
    isOurs: direction === "out",
    text,
    writtenAt: sentAt,
    state,
  }));
