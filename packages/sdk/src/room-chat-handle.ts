/**
 * Chat of a room: the text messages of `chat/1` (spec/app-chat.md §9), to all, kept in memory alone.
 *
 * @module
 */
import {
  bytesToHex,
  type ChatMessageId,
  decodeChatMessage,
  encodeChatMessage,
  type PeerId,
  type RandomSource,
  textToBytes,
  WireError,
  wallTime,
} from "@kith/core";
import type { Waiting } from "./api.ts";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { RoomBroadcast, RoomChat, RoomChatMessage, RoomMessage } from "./rooms-api.ts";

const TEXT_BYTES_MAX = 16_000;
const HISTORY_MAX = 1_000;
const ID_BYTES = 16;

export class RoomChatHandle implements RoomChat {
  readonly #self: PeerId;
  readonly #broadcast: RoomBroadcast;
  readonly #random: RandomSource;
  readonly #wall: () => number;
  readonly #nameOf: (peer: PeerId) => string;
  readonly #history = new Subject<readonly RoomChatMessage[]>([]);
  readonly #watchers = new Set<AsyncQueue<RoomChatMessage>>();

  constructor(options: {
    readonly self: PeerId;
    readonly broadcast: RoomBroadcast;
    readonly random: RandomSource;
    readonly wall: () => number;
    readonly nameOf: (peer: PeerId) => string;
  }) {
    this.#self = options.self;
    this.#broadcast = options.broadcast;
    this.#random = options.random;
    this.#wall = options.wall;
    this.#nameOf = options.nameOf;
    void this.#listen();
  }

  get history(): Observable<readonly RoomChatMessage[]> {
    return this.#history;
  }

  async send(text: string): Promise<RoomChatMessage> {
    const bytes = textToBytes(text).length;
    if (bytes === 0 || bytes > TEXT_BYTES_MAX) {
      throw new EndpointError(
        "ERR_ARGUMENT",
        `Cannot send a text of ${bytes} bytes: 1 to ${TEXT_BYTES_MAX} are possible`,
      );
    }
    const id = bytesToHex(this.#random(ID_BYTES)) as ChatMessageId;
    const sentAt = this.#wall();
    await this.#broadcast.send(encodeChatMessage({ type: "text", id, sentAt: wallTime(sentAt), text }));
    const message = { id, from: this.#self, name: this.#nameOf(this.#self), isOurs: true, text, sentAt, hops: 0 };
    this.#add(message);
    return message;
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
    for await (const message of this.#broadcast.messages) {
      const line = this.#read(message);
      if (line !== undefined) this.#add(line);
    }
    for (const queue of this.#watchers) queue.end();
  }

  /** What a member says that is no text is passed over: it breaks nothing but itself. */
  #read({ from, bytes, hops, sentAt }: RoomMessage): RoomChatMessage | undefined {
    try {
      const message = decodeChatMessage(bytes);
      if (message.type !== "text") return undefined;
      const { id, text } = message;
      return { id, from, name: this.#nameOf(from), isOurs: false, text, sentAt, hops };
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }

  #add(message: RoomChatMessage): void {
    this.#history.set([...this.#history.get(), message].slice(-HISTORY_MAX));
    for (const queue of this.#watchers) {
      if (queue.isFull) queue.take();
      queue.push(message);
    }
  }
}
