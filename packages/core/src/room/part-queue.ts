/**
 * The package for a new member on its way out: one message after the other, as the channel takes them
 * (spec/room-joining.md §9).
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { JOIN_PART_BYTES_MAX, JOIN_PARTS_MAX } from "../wire/limits.ts";
import type { JoinMessage, JoinPart } from "./join-message.ts";

export class PartQueue {
  /** The channel takes no more for now. */
  isFull = false;
  readonly #parts: readonly JoinPart[];
  #next = 0;

  /** At most `JOIN_PARTS_MAX` parts, each of at most `JOIN_PART_BYTES_MAX`. */
  constructor(parts: readonly JoinPart[]) {
    assert(parts.length <= JOIN_PARTS_MAX, `${parts.length} parts`);
    for (const { bytes } of parts) assert(bytes.length <= JOIN_PART_BYTES_MAX, "a part that fits a message");
    this.#parts = parts;
  }

  /** Whether the end was said. */
  get isSent(): boolean {
    return this.#next > this.#parts.length;
  }

  next(): JoinMessage | undefined {
    if (this.isFull || this.isSent) return undefined;
    const part = this.#parts[this.#next++];
    return part === undefined ? { type: "end", parts: this.#parts.length } : { type: "part", part };
  }
}
