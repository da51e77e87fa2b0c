/**
 * One channel as an application machine of ours uses it: a message that the channel does not take
 * now waits here, one at most, because the machine is told; and credit goes back by the message.
 *
 * @module
 */
import { streamBytes } from "../channel/message-assembler.ts";
import type { SessionStack } from "./session-stack.ts";

export class AppChannel {
  readonly stack: SessionStack;
  readonly channel: number;
  #waiting: Uint8Array[] = [];
  /** What each delivered message took of the credit, oldest first; bounded by that credit. */
  readonly #owed: number[] = [];

  constructor(stack: SessionStack, channel: number) {
    this.stack = stack;
    this.channel = channel;
  }

  get isFull(): boolean {
    return this.#waiting.length > 0;
  }

  /** False: it was kept, and nothing more should come until {@link handleWritable} is true. */
  send(message: Uint8Array): boolean {
    if (this.#waiting.length === 0 && this.stack.send(this.channel, message)) return true;
    this.#waiting.push(message);
    return false;
  }

  /** True when everything kept has left. */
  handleWritable(): boolean {
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (first === undefined || !this.stack.send(this.channel, first)) return false;
      this.#waiting.shift();
    }
    return true;
  }

  /** Messages came in: their credit is owed until {@link consumed}. */
  noteReceived(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.#owed.push(streamBytes(message.length));
  }

  /** So many messages are done with. */
  consumed(count: number): void {
    let bytes = 0;
    for (const size of this.#owed.splice(0, count)) bytes += size;
    if (bytes > 0) this.stack.consumed(this.channel, bytes);
  }
}
