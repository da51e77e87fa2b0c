/**
 * Ties one exchange of `credential/1` to the channel that it is, and to the clock. Has no rule of its own.
 *
 * @module
 */
import type { Duration } from "@kith/core";
import { type CredentialExchange, type ExchangeEnd, type ExchangeOutput, isBroken } from "@kith/core/credential";
import type { Channel } from "../channel-api.ts";
import type { Clock } from "../clock.ts";
import { momentOf } from "./fact-ground.ts";

/** What an exchange tells its owner, last of all how it ended. */
export type RunEvent<Told> = Told | { readonly type: "ended"; readonly end: ExchangeEnd };

export class FactRun<Told> {
  readonly #exchange: CredentialExchange<Told>;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #handle: (event: RunEvent<Told>) => void;
  readonly #delivered = Promise.withResolvers<void>();
  #isSending = false;
  #isFinished = false;
  #cancelTimer: () => void = () => {};

  /** `messages`: of the channel, where the first was read already. */
  constructor(
    exchange: CredentialExchange<Told>,
    { channel, messages }: { readonly channel: Channel; readonly messages?: AsyncIterator<Uint8Array> },
    clock: Clock,
    handle: (event: RunEvent<Told>) => void,
  ) {
    [this.#exchange, this.#channel, this.#clock, this.#handle] = [exchange, channel, clock, handle];
    this.#delivered.promise.catch(() => {}); // not everybody wants to know
    void this.#read(messages ?? channel.messages[Symbol.asyncIterator]());
  }

  /** Fulfils when the other side has all that was sent; rejects if it will not. */
  get delivered(): Promise<void> {
    return this.#delivered.promise;
  }

  /** The first message, if somebody read it. */
  begin(first: Uint8Array): void {
    this.#exchange.handleMessages([first], momentOf(this.#clock));
    this.settle();
  }

  /** After each command to the exchange. */
  settle(): void {
    this.#exchange.handleTimeout(momentOf(this.#clock));
    for (let output = this.#exchange.poll(); output !== undefined; output = this.#exchange.poll()) this.#take(output);
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    const due = this.#exchange.nextTimeout();
    if (due !== undefined) {
      const wait = Math.max(0, due - this.#clock.now()) as Duration;
      this.#cancelTimer = this.#clock.schedule(wait, () => this.settle());
    }
    if (this.#exchange.end !== undefined && !this.#isSending) this.#finish(this.#exchange.end);
  }

  /** The endpoint closes: the session with it. */
  end(): void {
    this.#cancelTimer();
  }

  #take(output: ExchangeOutput<Told>): void {
    if (output.type === "transmit") this.#send(output.bytes);
    else if (output.type === "told") this.#handle(output.told);
    else if (output.type === "ended") this.#handle(output);
  }

  #send(bytes: Uint8Array): void {
    this.#isSending = true;
    this.#exchange.handleFull();
    const sent = (): void => {
      this.#isSending = false;
      this.#exchange.handleWritable();
      this.settle();
    };
    this.#channel.send(bytes).then(sent, () => {}); // that the channel is over is told where it is read
  }

  #finish(end: ExchangeEnd): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (isBroken(end)) this.#channel.reset();
    this.#channel.finish().then(this.#delivered.resolve, this.#delivered.reject);
  }

  async #read(messages: AsyncIterator<Uint8Array>): Promise<void> {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      this.#exchange.handleMessages([next.value], momentOf(this.#clock));
      this.settle();
    }
    if (this.#exchange.end === undefined) this.#isSending = false;
    this.#exchange.handleChannelClosed();
    this.settle();
  }
}
