/**
 * Messages of one protocol to all members of a room: `send` makes the caller wait while the room takes
 * no more, what arrives waits in a bounded queue whose oldest go when nobody reads it.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import { EndpointError } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import type { RoomBroadcast, RoomMessage } from "./rooms-api.ts";

export const ROOM_MESSAGE_BYTES_MAX = 16_384;
/** Messages that wait for their reader. A reader that is slower than the room loses the oldest, and is told. */
const UNREAD_MAX = 4_096;
/** Messages that one caller may push ahead without awaiting any. */
const WAITING_MAX = 1_024;

export interface BroadcastPort {
  /** Queues a copy for the batch of this turn; false if the room takes no more now. */
  send(protocol: string, message: Uint8Array): boolean;
  /** Nobody uses the protocol here any more. */
  closed(protocol: string): void;
}

interface WaitingMessage {
  readonly message: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class RoomBroadcastHandle implements RoomBroadcast {
  readonly protocol: string;
  readonly #port: BroadcastPort;
  readonly #arrived = new AsyncQueue<RoomMessage>({ max: UNREAD_MAX });
  readonly #missed = new Subject<ReadonlyMap<PeerId, number>>(new Map());
  #waiting: WaitingMessage[] = [];
  #isOpen = true;

  constructor(protocol: string, port: BroadcastPort) {
    this.protocol = protocol;
    this.#port = port;
  }

  get messages(): AsyncIterable<RoomMessage> {
    return this.#arrived;
  }

  get missed(): Observable<ReadonlyMap<PeerId, number>> {
    return this.#missed;
  }

  async send(message: Uint8Array): Promise<void> {
    if (!this.#isOpen) throw roomLeft();
    if (message.length > ROOM_MESSAGE_BYTES_MAX) {
      throw new EndpointError(
        "ERR_TOO_LARGE",
        `Cannot send ${message.length} bytes to a room: at most ${ROOM_MESSAGE_BYTES_MAX} are possible`,
      );
    }
    if (this.#waiting.length === 0 && this.#port.send(this.protocol, message)) return;
    if (this.#waiting.length >= WAITING_MAX) throw new RangeError("await send(): too many messages wait for room");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ message: message.slice(), resolve, reject });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.end();
    this.#port.closed(this.protocol);
  }

  // --- from the room --------------------------------------------------------------------------

  handleMessage(message: RoomMessage): void {
    if (this.#arrived.isFull) {
      const oldest = this.#arrived.take();
      if (oldest !== undefined) this.handleMissed(oldest.from, 1);
    }
    this.#arrived.push(message);
  }

  handleMissed(from: PeerId, count: number): void {
    const before = this.#missed.get();
    this.#missed.set(new Map(before).set(from, (before.get(from) ?? 0) + count));
  }

  handleWritable(): void {
    let taken = 0;
    for (const { message, resolve } of this.#waiting) {
      if (!this.#port.send(this.protocol, message)) break;
      taken += 1;
      resolve();
    }
    this.#waiting.splice(0, taken);
  }

  /** We are no longer in the room. */
  end(): void {
    this.#isOpen = false;
    this.#arrived.end();
    for (const { reject } of this.#waiting.splice(0)) reject(roomLeft());
  }
}

const roomLeft = (): EndpointError => new EndpointError("ERR_ROOM_LEFT", "Cannot send: we are no longer in this room");
