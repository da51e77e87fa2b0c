/**
 * A channel as the SDK gives it out: a queue of what arrived, bounded by the credit that the peer
 * has, and `send` that makes the caller wait while the channel is full.
 *
 * @module
 */
import type { MessagesOutput, PeerId } from "@kith/core";
import type { Channel } from "./api.ts";
import { EndpointError } from "./endpoint-error.ts";
import { giveBack } from "./give-back.ts";
import { AsyncQueue } from "./queue.ts";

/** What a channel asks of the session below it. The driver is told by each call that there is work. */
export interface ChannelPort {
  /** Copies and queues the message; false if there was no room and it was not taken. */
  send(message: Uint8Array): boolean;
  /** `bytes` of received messages were read: the peer may send as many more. */
  consumed(bytes: number): void;
  finish(): void;
  reset(): void;
}

type End = { readonly by: "us" | "peer" | "session"; readonly reason: string };

const READY: Promise<void> = Promise.resolve();
/** More than any channel's window holds, so the queue is never what stops a peer: credit is. */
const QUEUE_BYTES_MAX = 4 * 1_048_576;

/** Messages that one caller may push ahead without awaiting any. */
const WAITING_MAX = 1_024;

type Batch = Pick<MessagesOutput, "messages" | "memory" | "bytes">;

interface WaitingMessage {
  readonly message: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ChannelHandle implements Channel {
  readonly protocol: string;
  readonly peer: PeerId;
  readonly closed: Promise<End>;
  readonly #port: ChannelPort;
  readonly #arrived = new AsyncQueue<Batch>({ max: QUEUE_BYTES_MAX, weight: ({ bytes }) => bytes });
  #waiting: WaitingMessage[] = [];
  #finished: PromiseWithResolvers<void> | undefined;
  #state: "open" | "finishing" | "ended" = "open";
  #settle: (end: End) => void = () => {};

  constructor(protocol: string, peer: PeerId, port: ChannelPort) {
    this.protocol = protocol;
    this.peer = peer;
    this.#port = port;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  send(message: Uint8Array): Promise<void> {
    if (this.#state !== "open") return Promise.reject(closedError(this.protocol));
    if (this.#waiting.length === 0 && this.#port.send(message)) return READY;
    if (this.#waiting.length >= WAITING_MAX) throw new RangeError("await send(): too many messages wait for room");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // whoever awaits it still sees it; nobody must
    this.#waiting.push({ message: message.slice(), resolve, reject });
    return promise;
  }

  get batches(): AsyncIterable<readonly Uint8Array[]> {
    return lend(this.#read());
  }

  get messages(): AsyncIterable<Uint8Array> {
    return flatten(this.#read());
  }

  async finish(): Promise<void> {
    if (this.#state === "ended") return;
    this.#finished ??= Promise.withResolvers<void>();
    this.#finished.promise.catch(() => {});
    if (this.#state === "open") {
      this.#state = "finishing";
      if (this.#waiting.length === 0) this.#port.finish();
    }
    return this.#finished.promise;
  }

  reset(): void {
    if (this.#state === "ended") return;
    this.#port.reset();
    this.end({ by: "us", reason: "cancelled" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    if (this.#waiting.length === 0) this.#port.finish();
  }

  // --- from the driver ------------------------------------------------------------------------

  handleMessages(batch: Batch): void {
    this.#arrived.push(batch);
  }

  handleWritable(): void {
    let taken = 0;
    for (const { message, resolve } of this.#waiting) {
      if (!this.#port.send(message)) break;
      taken += 1;
      resolve();
    }
    this.#waiting.splice(0, taken);
    if (this.#state === "finishing" && this.#waiting.length === 0) this.#port.finish();
  }

  /** The peer sends no more. */
  handleFinished(): void {
    this.#arrived.end();
  }

  /** The peer has all that was sent, and that was all. */
  handleDelivered(): void {
    this.#finished?.resolve();
  }

  /** Both directions are over; queued messages can still be read unless it was a reset. */
  end(end: End): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#arrived.end();
    for (const { reject } of this.#waiting.splice(0)) reject(closedError(this.protocol));
    if (end.reason === "done") this.#finished?.resolve();
    else this.#finished?.reject(closedError(this.protocol));
    this.#settle(end);
  }

  /** Gives credit back for what the consumer has finished with: when it asks for the next. */
  async *#read(): AsyncGenerator<Batch, void, undefined> {
    for await (const batch of this.#arrived) {
      yield batch;
      if (this.#state !== "ended") this.#port.consumed(batch.bytes);
    }
  }
}

async function* flatten(batches: AsyncIterable<Batch>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { messages } of batches) yield* messages;
}

/** What was lent comes back when the next is asked for: its memory is free at once, and still in the cache. */
async function* lend(batches: AsyncIterable<Batch>): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  for await (const { messages, memory } of batches) {
    yield messages;
    for (const array of memory) giveBack(array);
    for (const message of messages) giveBack(message); // those put together in an array of their own
  }
}

const closedError = (protocol: string): EndpointError =>
  new EndpointError("ERR_CHANNEL_CLOSED", `Cannot send on ${protocol}: the channel is closed`);
