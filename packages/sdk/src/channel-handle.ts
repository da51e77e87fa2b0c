/**
 * A channel as the SDK gives it out: a queue of what arrived, bounded by the credit that the peer
 * has, and `send` that makes the caller wait while the channel is full.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Channel } from "./api.ts";
import { EndpointError } from "./endpoint-error.ts";
import { AsyncQueue } from "./queue.ts";

/** What a channel asks of the session below it. The driver is told by each call that there is work. */
export interface ChannelPort {
  /** Whether the channel will take more after this one. */
  send(message: Uint8Array): boolean;
  /** `bytes` of messages were read: the peer may send as many more. */
  consumed(bytes: number): void;
  finish(): void;
  reset(): void;
}

type End = { readonly by: "us" | "peer" | "session"; readonly reason: string };

const READY: Promise<void> = Promise.resolve();
/** More than any channel's window holds, so the queue is never what stops a peer: credit is. */
const QUEUE_BYTES_MAX = 4 * 1_048_576;

const bytesOf = (batch: readonly Uint8Array[]): number => batch.reduce((sum, message) => sum + message.length, 0);

export class ChannelHandle implements Channel {
  readonly protocol: string;
  readonly peer: PeerId;
  readonly closed: Promise<End>;
  readonly #port: ChannelPort;
  readonly #arrived = new AsyncQueue<readonly Uint8Array[]>({ max: QUEUE_BYTES_MAX, weight: bytesOf });
  #drained: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } | undefined;
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
    if (this.#port.send(message)) return READY;
    if (this.#drained === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => {}); // whoever awaits it still sees it; nobody must
      this.#drained = { promise, resolve, reject };
    }
    return this.#drained.promise;
  }

  get batches(): AsyncIterable<readonly Uint8Array[]> {
    return this.#read();
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
      this.#port.finish();
    }
    return this.#finished.promise;
  }

  reset(): void {
    if (this.#state === "ended") return;
    this.#port.reset();
    this.end({ by: "us", reason: "cancelled" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") this.#port.finish();
    if (this.#state !== "ended") this.#state = "finishing";
  }

  // --- from the driver ------------------------------------------------------------------------

  handleMessages(messages: readonly Uint8Array[]): void {
    this.#arrived.push(messages);
  }

  handleWritable(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  /** The peer sends no more. */
  handleFinished(): void {
    this.#arrived.end();
  }

  /** Both directions are over; queued messages can still be read unless it was a reset. */
  end(end: End): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#arrived.end();
    this.#drained?.reject(closedError(this.protocol));
    this.#drained = undefined;
    if (end.reason === "done") this.#finished?.resolve();
    else this.#finished?.reject(closedError(this.protocol));
    this.#settle(end);
  }

  /** Gives credit back for what the consumer has finished with: when it asks for the next. */
  async *#read(): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    for await (const batch of this.#arrived) {
      yield batch;
      if (this.#state !== "ended") this.#port.consumed(bytesOf(batch));
    }
  }
}

async function* flatten(batches: AsyncIterable<readonly Uint8Array[]>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const batch of batches) yield* batch;
}

const closedError = (protocol: string): EndpointError =>
  new EndpointError("ERR_CHANNEL_CLOSED", `Cannot send on ${protocol}: the channel is closed`);
