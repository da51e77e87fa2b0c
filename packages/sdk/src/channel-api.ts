/**
 * The public face of a channel: messages to one peer, and from it.
 *
 * @module
 */
import type { PeerId } from "@kith/core";

export interface Waiting {
  /** Gives up waiting; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

export interface Channel extends AsyncDisposable {
  readonly protocol: string;
  readonly peer: PeerId;
  /**
   * Takes a copy of `message` (0 to 524,288 bytes). Resolves when the session will take more:
   * awaiting it is the backpressure, and costs nothing while there is room.
   * @throws {EndpointError} `ERR_CHANNEL_CLOSED`
   */
  send(message: Uint8Array): Promise<void>;
  /** Messages as they come, one at a time. One consumer, of either this or {@link batches}. */
  readonly messages: AsyncIterable<Uint8Array>;
  /**
   * The same, all that one turn of the event loop brought at once, lent until the next batch is asked for:
   * then its memory is taken back, so copy what is kept. For many messages, small or large.
   */
  readonly batches: AsyncIterable<readonly Uint8Array[]>;
  /** Says that we send no more; resolves when the other side has everything. */
  finish(): Promise<void>;
  /** Ends both directions now; unread messages are dropped. */
  reset(): void;
  readonly closed: Promise<{ readonly by: "us" | "peer" | "session"; readonly reason: string }>;
}
