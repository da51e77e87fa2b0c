/**
 * What we say to a room and was not sealed yet: everything of one turn leaves as one batch, and more waits while the
 * mesh takes no more or the keys are being changed.
 *
 * @module
 */
import { batchLength, type RoomMessage } from "../room/room-stream.ts";
import { ROOM_UNSENT_BYTES_MAX } from "../wire/limits.ts";

/** What a message costs beside its bytes, so that empty ones cost something. */
const MESSAGE_COST_BYTES = 64;

const costOf = ({ bytes }: RoomMessage): number => bytes.length + MESSAGE_COST_BYTES;

export class RoomOutbox {
  #queue: RoomMessage[] = [];
  #bytes = 0;
  #wasFull = false;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** False: it is full; {@link takeWritable} tells when to try again. */
  add(message: RoomMessage): boolean {
    if (this.#bytes + costOf(message) > ROOM_UNSENT_BYTES_MAX && this.#queue.length > 0) {
      this.#wasFull = true;
      return false;
    }
    this.#queue.push(message);
    this.#bytes += costOf(message);
    return true;
  }

  /** What the next batch would hold. */
  next(): readonly RoomMessage[] {
    return this.#queue.slice(0, batchLength(this.#queue));
  }

  /** So many have left. */
  sent(count: number): void {
    for (const message of this.#queue.slice(0, count)) this.#bytes -= costOf(message);
    this.#queue = this.#queue.slice(count);
  }

  clear(): void {
    this.#queue = [];
    this.#bytes = 0;
  }

  /** Once after it was full, when half of it is free. */
  takeWritable(): boolean {
    if (!this.#wasFull || this.#bytes > ROOM_UNSENT_BYTES_MAX / 2) return false;
    this.#wasFull = false;
    return true;
  }
}
