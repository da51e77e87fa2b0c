/**
 * What the ends of a `credential/1` channel have in common (spec/credential.md §9): messages out one at a time, as the
 * channel takes them; messages in, judged in one place; a deadline; an end that comes once. A channel is one exchange.
 *
 * @module
 */
import type { Moment } from "../../lib/moment.ts";
import { after, type Duration, type Instant } from "../../lib/time.ts";
import { WireError, type WireErrorCode } from "../../lib/wire-error.ts";
import {
  type CredentialMessage,
  type CredentialRefusal,
  decodeCredentialMessage,
  encodeCredentialMessage,
} from "./credential-message.ts";

/** How an exchange ended. */
export type ExchangeEnd =
  | "done" //       shown and checked, or issued
  | "declined" //   a person said no
  | "cancelled" //  ours gave up
  | "timeout"
  | "lost" //       the channel went away
  | "violation" //  the peer broke the protocol
  | CredentialRefusal;

export type ExchangeOutput<Told> =
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** The peer broke the protocol: reset the channel. `ended` follows. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  /** The last output but for what is still to be transmitted. Then finish the channel, or reset it if {@link isBroken}. */
  | { readonly type: "ended"; readonly end: ExchangeEnd }
  /** What this side's owner should know. */
  | { readonly type: "told"; readonly told: Told };

/** Whether the other side can only learn of this end by a reset. */
export const isBroken = (end: ExchangeEnd): boolean => end === "cancelled" || end === "timeout" || end === "violation";

export abstract class CredentialExchange<Told> {
  readonly #outputs: ExchangeOutput<Told>[] = [];
  readonly #toSend: CredentialMessage[] = [];
  #isFull = false;
  #deadline: Instant;
  #end: ExchangeEnd | undefined;

  constructor(wait: Duration, { now }: Moment) {
    this.#deadline = after(now, wait);
  }

  /** `undefined` while it goes on. */
  get end(): ExchangeEnd | undefined {
    return this.#end;
  }

  nextTimeout(): Instant | undefined {
    return this.#end === undefined ? this.#deadline : undefined;
  }

  handleTimeout({ now }: Moment): void {
    if (this.#end === undefined && now >= this.#deadline) this.finish("timeout");
  }

  handleChannelClosed(): void {
    this.#toSend.length = 0;
    this.finish("lost");
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(): void {
    this.#isFull = true;
  }

  handleWritable(): void {
    this.#isFull = false;
  }

  /** Messages of the channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[], moment: Moment): void {
    for (const bytes of messages) {
      if (this.#end !== undefined) return; // crossed with our own end
      try {
        this.receive(decodeCredentialMessage(bytes), moment);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#toSend.length = 0;
        this.#outputs.push({ type: "violation", code: error.code });
        this.finish("violation");
      }
    }
  }

  poll(): ExchangeOutput<Told> | undefined {
    const next = this.#isFull ? undefined : this.#toSend.shift();
    return next === undefined ? this.#outputs.shift() : { type: "transmit", bytes: encodeCredentialMessage(next) };
  }

  /** Our person, or our program, gives up. */
  cancel(): void {
    this.#toSend.length = 0;
    this.finish("cancelled");
  }

  /** @throws {WireError} for what breaks the protocol */
  protected abstract receive(message: CredentialMessage, moment: Moment): void;

  protected wait(time: Duration, { now }: Moment): void {
    this.#deadline = after(now, time);
  }

  protected send(message: CredentialMessage): void {
    this.#toSend.push(message);
  }

  protected tell(told: Told): void {
    this.#outputs.push({ type: "told", told });
  }

  /** What waits to be sent is still sent, where the channel is there. */
  protected finish(end: ExchangeEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#outputs.push({ type: "ended", end });
  }
}

export const unexpected = (message: CredentialMessage): WireError =>
  new WireError("ERR_UNEXPECTED", `${message.type} of a credential out of turn`);

/** Who we are in an exchange that a peer begins with these bytes; `undefined`: none of them. */
export function exchangeRole(bytes: Uint8Array): "holder" | "issuer" | "verifier" | undefined {
  try {
    const { type } = decodeCredentialMessage(bytes);
    if (type === "ask" || type === "statement") return "holder";
    return type === "apply" ? "issuer" : type === "present" ? "verifier" : undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
