/**
 * One channel as an application machine of ours uses it: a message that the channel does not take
 * now waits here, one at most, because the machine is told.
 *
 * @module
 */
import type { SessionStack } from "./session-stack.ts";

export class AppChannel {
  readonly stack: SessionStack;
  readonly channel: number;
  #waiting: Uint8Array[] = [];

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

  /** So many bytes of messages, prefixes included, are done with: the peer may send as many more. */
  consumed(bytes: number): void {
    this.stack.consumed(this.channel, bytes);
  }
}
