/**
 * What both ends of a `card/1` channel have in common: messages out one at a time, as the channel takes them; messages in,
 * judged in one place; an end that comes once. A channel is one handover.
 *
 * @module
 */
import { streamBytes } from "../../channel/message-assembler.ts";
import type { Instant } from "../../lib/time.ts";
import { WireError, type WireErrorCode } from "../../lib/wire-error.ts";
import {
  type CardMessage,
  type CardOffer,
  type CardStop,
  decodeCardMessage,
  encodeCardMessage,
} from "./card-message.ts";
import type { SignedCard } from "./signed-card.ts";

/** How a handover ended. */
export type CardEnd =
  | "kept" //       the receiver's person kept it
  | "not-kept" //   they saw it, and did not
  | "lost" //       the channel went away
  | "violation" //  the peer broke the protocol
  | CardStop;

export type CardHandoverOutput =
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many bytes of `handleMessages`, prefixes included, are done with. */
  | { readonly type: "consumed"; readonly bytes: number }
  /** The peer broke the protocol: reset the channel. `ended` follows. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  /** Taker: ask the person. The session says who offers; nothing of the card is here yet. */
  | { readonly type: "offered"; readonly offer: CardOffer }
  /** Giver: they said yes; it is on its way. */
  | { readonly type: "accepted" }
  /** Taker: show it, with what is verified and why; `keep` or `discard` follows. */
  | { readonly type: "received"; readonly card: SignedCard; readonly photo: Uint8Array | undefined }
  /** The last output but for what is still to be transmitted; then finish the channel. */
  | { readonly type: "ended"; readonly end: CardEnd };

export abstract class CardHandover {
  readonly #outputs: CardHandoverOutput[] = [];
  readonly #toSend: CardMessage[] = [];
  #isFull = false;
  #end: CardEnd | undefined;

  /** `undefined` while it goes on. */
  get end(): CardEnd | undefined {
    return this.#end;
  }

  handleChannelClosed(_now: Instant): void {
    this.#toSend.length = 0;
    this.finish("lost");
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(_now: Instant): void {
    this.#isFull = true;
  }

  handleWritable(_now: Instant): void {
    this.#isFull = false;
  }

  /** Messages of the channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[], now: Instant): void {
    for (const bytes of messages) {
      this.#outputs.push({ type: "consumed", bytes: streamBytes(bytes.length) });
      if (this.#end !== undefined) continue; // crossed with our own end
      try {
        const message = decodeCardMessage(bytes);
        if (message.type === "stop") this.finish(message.reason);
        else this.receive(message, now);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#toSend.length = 0;
        this.#outputs.push({ type: "violation", code: error.code });
        this.finish("violation");
      }
    }
  }

  poll(now: Instant): CardHandoverOutput | undefined {
    const next = this.#isFull ? undefined : this.#toSend.shift();
    if (next === undefined) return this.#outputs.shift();
    if (next.type === "card" || next.type === "photo") this.sent(this.#toSend.length === 0, now);
    return { type: "transmit", bytes: encodeCardMessage(next) };
  }

  protected abstract receive(message: CardMessage, now: Instant): void;

  /** A piece of what was accepted left; the last, if nothing waits. */
  protected sent(_isLast: boolean, _now: Instant): void {}

  protected send(message: CardMessage): void {
    this.#toSend.push(message);
  }

  protected tell(output: CardHandoverOutput): void {
    this.#outputs.push(output);
  }

  /** Ends it and says so to the peer. What waited is not sent any more. */
  protected stop(reason: CardStop): void {
    if (this.#end !== undefined) return;
    this.#toSend.splice(0, this.#toSend.length, { type: "stop", reason });
    this.finish(reason);
  }

  protected finish(end: CardEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#outputs.push({ type: "ended", end });
  }
}

export const unexpected = (message: CardMessage): WireError =>
  new WireError("ERR_UNEXPECTED", `${message.type} of a card out of turn`);
