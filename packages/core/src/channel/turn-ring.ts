/**
 * Whose turn it is to send, among the channels of one class: each in the ring puts {@link TURN_BYTES} into records
 * and goes to the end (deficit round robin, Shreedhar and Varghese 1995; simpler here, because a
 * stream can be cut anywhere). Alone in the ring, a channel goes on.
 *
 * @module
 */
import type { RecordBuilder } from "../session/record-builder.ts";
import { dataFrameOverhead } from "../wire/channel-frame.ts";
import type { Channel } from "./channel.ts";

/** Bytes of one turn. Small beside a record of 64 KiB, so that several channels share one. */
export const TURN_BYTES = 16_384;

export class TurnRing {
  readonly #channels: Channel[] = [];

  get isEmpty(): boolean {
    return this.#channels.length === 0;
  }

  /** Enters `channel` at the end if it has something that may be sent; harmless if it stands there already. */
  enter(channel: Channel): void {
    if (channel.isReady || channel.outgoing.pieceLength === 0) return;
    channel.isReady = true;
    channel.turnBytes = 0;
    this.#channels.push(channel);
  }

  /**
   * Fills `record` with data, at most `budget` bytes of it; returns how many. Those who ran dry leave the ring
   * and are appended to `drained`.
   */
  fill(record: RecordBuilder, budget: number, drained: Channel[]): number {
    let spent = 0;
    for (let channel = this.#channels[0]; channel !== undefined; channel = this.#channels[0]) {
      const stream = channel.outgoing;
      const ready = stream.pieceLength;
      if (ready === 0) {
        this.#channels.shift();
        channel.isReady = false;
        drained.push(channel);
        continue;
      }
      if (channel.turnBytes <= 0) channel.turnBytes = TURN_BYTES;
      let length = Math.min(ready, budget - spent);
      if (this.#channels.length > 1) length = Math.min(length, channel.turnBytes);
      const offset = stream.pieceOffset;
      const room = record.room - dataFrameOverhead(channel.id, offset, length);
      const isCut = length > room;
      // A message that is to be whole, and does not fit what others left, is first in the next record.
      if (isCut) length = stream.wholeLength(room) || (spent > 0 ? 0 : room);
      if (length <= 0) break;
      record.data(channel.id, offset, ...stream.pieceParts(length));
      stream.pieceSent(length);
      spent += length;
      channel.turnBytes -= length;
      if (isCut) break;
      if (channel.turnBytes <= 0 && this.#channels.length > 1) {
        this.#channels.shift();
        this.#channels.push(channel);
      }
    }
    return spent;
  }
}
