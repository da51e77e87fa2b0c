/**
 * What happened on the channels of one session, as data and in order, until the application asks.
 *
 * @module
 */
export type ChannelClass = 0 | 1;

export type ChannelOutput =
  /** The peer offers a channel: `accept` or `refuse` it. */
  | { readonly type: "opened"; readonly channel: number; readonly protocol: string; readonly class: ChannelClass }
  /** The peer took a channel of ours. */
  | { readonly type: "accepted"; readonly channel: number }
  | MessagesOutput
  /** After a refused `send`: half of the space is free again. */
  | { readonly type: "writable"; readonly channel: number }
  /** The peer will send no more; all its messages were given out. */
  | { readonly type: "finished"; readonly channel: number }
  /** The peer ended the channel, both directions; the id is dead. */
  | { readonly type: "reset"; readonly channel: number; readonly code: number }
  /** The peer has all that we sent, and knows that there is no more. It may go on sending. */
  | { readonly type: "delivered"; readonly channel: number }
  /** Both directions are finished and the peer has everything; the id is dead. */
  | { readonly type: "closed"; readonly channel: number };

/**
 * Whole messages in order. They may be views of one array that all of them keep alive: copy what is kept for
 * long. When done with them, give `bytes` to `consumed`; whoever keeps none of them may free `memory`.
 */
export interface MessagesOutput {
  readonly type: "messages";
  readonly channel: number;
  readonly messages: Uint8Array[];
  /** Arrays of which these messages, and no others, are views. */
  readonly memory: Uint8Array[];
  bytes: number;
}

/** A queue. Credit bounds the messages in it, and the limit of channels everything else. */
export class ChannelOutputs {
  #queue: ChannelOutput[] = [];
  #polled = 0;
  #last: MessagesOutput | undefined; // of #queue, if it can still grow

  push(output: ChannelOutput): void {
    this.#last = output.type === "messages" ? output : undefined;
    this.#queue.push(output);
  }

  /** The batch at the end of the queue if it is of `channel`, else a new one which is not in the queue yet. */
  batch(channel: number): MessagesOutput {
    if (this.#last?.channel === channel) return this.#last;
    return { type: "messages", channel, messages: [], memory: [], bytes: 0 };
  }

  /** Queues `batch` unless it is there, or empty. */
  pushBatch(batch: MessagesOutput): void {
    if (batch !== this.#last && batch.messages.length > 0) this.push(batch);
  }

  poll(): ChannelOutput | undefined {
    const output = this.#queue[this.#polled];
    if (output === undefined) {
      if (this.#polled > 0) this.#queue = [];
      this.#polled = 0;
      return undefined;
    }
    this.#polled++;
    if (output === this.#last) this.#last = undefined;
    return output;
  }
}
