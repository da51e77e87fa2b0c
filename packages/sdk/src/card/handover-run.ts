/**
 * Ties one handover of a card to the channel that it is (spec/app-card.md §10), and to the clock. Has no rule of its own.
 *
 * @module
 */
import type { Duration } from "@kith/core";
import type { CardGiver, CardHandoverOutput, CardTaker } from "@kith/core/card";
import type { Channel } from "../channel-api.ts";
import type { Clock } from "../clock.ts";

export type HandoverEvent = Exclude<CardHandoverOutput, { type: "transmit" | "consumed" | "violation" }>;

export class HandoverRun {
  readonly #machine: CardGiver | CardTaker;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #handle: (event: HandoverEvent) => void;
  #isSending = false;
  #cancelTimer: () => void = () => {};

  constructor(machine: CardGiver | CardTaker, channel: Channel, clock: Clock, handle: (event: HandoverEvent) => void) {
    [this.#machine, this.#channel, this.#clock, this.#handle] = [machine, channel, clock, handle];
    void this.#read();
  }

  /** After each command to the machine. */
  settle(): void {
    const now = this.#clock.now();
    this.#machine.handleTimeout(now);
    for (let output = this.#machine.poll(now); output !== undefined; output = this.#machine.poll(now)) {
      if (output.type === "transmit") this.#send(output.bytes);
      else if (output.type === "violation") this.#channel.reset();
      else if (output.type !== "consumed") this.#handle(output); // the channel gives credit for what was read
    }
    this.#cancelTimer();
    const due = this.#machine.nextTimeout();
    this.#cancelTimer =
      due === undefined ? () => {} : this.#clock.schedule(Math.max(0, due - now) as Duration, () => this.settle());
    if (this.#machine.end !== undefined && !this.#isSending) void this.#channel[Symbol.asyncDispose]();
  }

  /** The endpoint closes: the session with it. */
  end(): void {
    this.#cancelTimer();
  }

  #send(bytes: Uint8Array): void {
    this.#isSending = true;
    this.#machine.handleFull(this.#clock.now());
    const sent = (): void => {
      this.#isSending = false;
      this.#machine.handleWritable(this.#clock.now());
      this.settle();
    };
    this.#channel.send(bytes).then(sent, () => {}); // that the channel is over is told where it is read
  }

  async #read(): Promise<void> {
    for await (const message of this.#channel.messages) {
      this.#machine.handleMessages([message], this.#clock.now());
      this.settle();
    }
    this.#isSending = false;
    this.#machine.handleChannelClosed(this.#clock.now());
    this.settle();
  }
}
