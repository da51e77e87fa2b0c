/**
 * Chat of a room: the texts and acts of `chat/1` (spec/app-chat.md §9), to all, kept in memory alone.
 *
 * @module
 */
import {
  attachmentProblem,
  bytesToHex,
  type ChatAct,
  type ChatMessageId,
  type ChatText,
  decodeChatMessage,
  encodeChatMessage,
  isChatAct,
  LIFETIME_UNTIL_CLOSED,
  millis,
  type PeerId,
  parseChatMessageId,
  type RandomSource,
  textToBytes,
  type WallTime,
  WireError,
} from "@kith/core";
import type { Waiting } from "./channel-api.ts";
import { wireLifetime } from "./chat-lifetime.ts";
import type { Clock } from "./clock.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { RoomChat, RoomChatMessage, RoomChatSendOptions } from "./room-chat-api.ts";
import { RoomTimeline, type SaidText } from "./room-timeline.ts";
import type { RoomBroadcast, RoomMessage } from "./rooms-api.ts";

const TEXT_BYTES_MAX = 16_000;
const HISTORY_MAX = 1_000;
const ID_BYTES = 16;
const SYMBOL_BYTES_MAX = 32;
const SECOND_MS = 1_000;

export class RoomChatHandle implements RoomChat {
  readonly #self: PeerId;
  readonly #broadcast: RoomBroadcast;
  readonly #random: RandomSource;
  readonly #clock: Clock;
  readonly #timeline: RoomTimeline;
  readonly #nameOf: (peer: PeerId) => string;
  readonly #history = new Subject<readonly RoomChatMessage[]>([]);
  #cancelTimer: () => void = () => {};
  readonly #watchers = new Set<AsyncQueue<RoomChatMessage>>();

  constructor(options: {
    readonly self: PeerId;
    readonly broadcast: RoomBroadcast;
    readonly random: RandomSource;
    readonly clock: Clock;
    readonly nameOf: (peer: PeerId) => string;
  }) {
    this.#self = options.self;
    this.#broadcast = options.broadcast;
    this.#random = options.random;
    this.#clock = options.clock;
    this.#timeline = new RoomTimeline(options.self);
    this.#nameOf = options.nameOf;
    void this.#listen();
  }

  get history(): Observable<readonly RoomChatMessage[]> {
    return this.#history;
  }

  async send(text: string, options: RoomChatSendOptions = {}): Promise<RoomChatMessage> {
    const { replyTo, attachment, lifetime } = options;
    if (attachment === undefined || text !== "") assertFits(text);
    const problem = attachment && attachmentProblem(attachment);
    if (problem !== undefined) throw new EndpointError("ERR_ARGUMENT", `Cannot attach the file: ${problem}`);
    const sentAt = this.#clock.wall();
    const said: ChatText = {
      ...{ type: "text", id: this.#newId(), sentAt, text },
      ...(replyTo !== undefined && { replyTo: messageId(replyTo) }),
      ...(attachment !== undefined && { attachment }),
      ...(lifetime !== undefined && { lifetime: wireLifetime(lifetime) }),
    };
    await this.#broadcast.send(encodeChatMessage(said));
    const from = { from: this.#self, name: this.#nameOf(this.#self), isOurs: true, sentAt, hops: 0 };
    const message = this.#add(said, from);
    if (message === undefined) throw new Error("a random id came twice");
    return message;
  }

  async react(id: string, symbol: string): Promise<void> {
    const bytes = textToBytes(symbol).length;
    if (bytes > SYMBOL_BYTES_MAX)
      throw new EndpointError("ERR_ARGUMENT", `Cannot react with ${bytes} bytes: ${SYMBOL_BYTES_MAX} are possible`);
    const [target, revision] = this.#next("react", id);
    await this.#act({ type: "react", ...this.#head(), target, revision, symbol });
  }

  async edit(id: string, text: string): Promise<void> {
    assertFits(text);
    const [target, revision] = this.#next("edit", id);
    await this.#act({ type: "edit", ...this.#head(), target, revision, text });
  }

  async delete(id: string): Promise<void> {
    const message = this.#timeline.get(id);
    if (message?.isOurs !== true || message.isDeleted) throw refused();
    await this.#act({ type: "delete", ...this.#head(), target: messageId(id) });
  }

  #next(type: "react" | "edit", id: string): readonly [ChatMessageId, number] {
    const target = messageId(id);
    const revision = this.#timeline.nextRevision(type, target, this.#clock.now());
    if (revision === undefined) throw refused();
    return [target, revision];
  }

  #newId(): ChatMessageId {
    return bytesToHex(this.#random(ID_BYTES)) as ChatMessageId;
  }

  #head(): { readonly id: ChatMessageId; readonly sentAt: WallTime } {
    return { id: this.#newId(), sentAt: this.#clock.wall() };
  }

  async #act(act: ChatAct): Promise<void> {
    await this.#broadcast.send(encodeChatMessage(act));
    if (this.#timeline.apply(act, this.#self)) this.#show();
  }

  async *watch({ signal }: Waiting = {}): AsyncIterable<RoomChatMessage> {
    const queue = new AsyncQueue<RoomChatMessage>({ max: HISTORY_MAX });
    const stop = (): void => queue.fail(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    this.#watchers.add(queue);
    try {
      yield* queue;
    } finally {
      this.#watchers.delete(queue);
      signal?.removeEventListener("abort", stop);
    }
  }

  async #listen(): Promise<void> {
    for await (const message of this.#broadcast.messages) this.#hear(message);
    this.#cancelTimer();
    for (const queue of this.#watchers) queue.end();
  }

  /** What a member says that is neither text nor act is passed over: it breaks nothing but itself. */
  #hear({ from, bytes, hops, sentAt }: RoomMessage): void {
    try {
      const message = decodeChatMessage(bytes);
      if (message.type === "text") this.#add(message, { from, name: this.#nameOf(from), isOurs: false, sentAt, hops });
      else if (isChatAct(message) && this.#timeline.apply(message, from)) this.#show();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }

  #add(text: ChatText, said: SaidText): RoomChatMessage | undefined {
    const { lifetime } = text;
    const [now, wall] = [this.#clock.now(), this.#clock.wall()];
    // Its time began when it was said; what the batch claims of that can only shorten it.
    const age = Math.max(0, wall - said.sentAt);
    const left = lifetime === undefined || lifetime === LIFETIME_UNTIL_CLOSED ? undefined : lifetime * SECOND_MS - age;
    if (left !== undefined && left <= 0) return undefined;
    const gone = left === undefined ? undefined : { goneAt: now + left, expiresAt: wall + left };
    const message = this.#timeline.add(text, said, gone);
    if (message === undefined) return undefined;
    this.#show();
    for (const queue of this.#watchers) {
      if (queue.isFull) queue.take();
      queue.push(message);
    }
    return message;
  }

  #show(): void {
    this.#history.set(this.#timeline.messages);
    this.#cancelTimer();
    const next = this.#timeline.nextGoneAt;
    if (next === undefined) return;
    const wait = millis(Math.max(0, next - this.#clock.now()));
    this.#cancelTimer = this.#clock.schedule(wait, () => {
      this.#timeline.expire(this.#clock.now());
      this.#show();
    });
  }
}

const refused = (): EndpointError =>
  new EndpointError("ERR_ARGUMENT", "Cannot change the message: not here, not ours, or changed too often");

function messageId(id: string): ChatMessageId {
  const parsed = parseChatMessageId(id);
  if (parsed !== undefined) return parsed;
  throw new EndpointError("ERR_ARGUMENT", "Cannot find the message: an id has 32 hexadecimal digits");
}

function assertFits(text: string): void {
  const bytes = textToBytes(text).length;
  if (bytes > 0 && bytes <= TEXT_BYTES_MAX) return;
  throw new EndpointError("ERR_ARGUMENT", `Cannot send a text of ${bytes} bytes: 1 to ${TEXT_BYTES_MAX} are possible`);
}
