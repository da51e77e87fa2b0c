/**
 * Cards between one contact and us over a `mail/1` channel (spec/sealed-items.md §2): ours is given until the contact
 * says that it holds it; the last that it gave counts. What it holds of ours is remembered as long as the process runs.
 *
 *     card  0x01 · card
 *     held  0x02 · 32 B SHA-256 of the card
 *     hints 0x03 · u8 count · (text hint)*
 *
 * Hints are addresses of whoever tells them, said while a relay alone carries the session, so that a straight way is found.
 *
 * @module
 */
import { streamBytes } from "../channel/message-assembler.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import { Reader } from "../lib/reader.ts";
import type { Instant } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { isPrekeyGenuine } from "../trust/prekey.ts";
import { HINT_BYTES_MAX } from "../wire/limits.ts";
import {
  CARDS_BURST_MAX,
  CARDS_PER_HOUR_MAX,
  MAIL_HINTS_BURST_MAX,
  MAIL_HINTS_MAX,
  MAIL_HINTS_PER_HOUR_MAX,
} from "../wire/mail-limits.ts";
import { MAIL_MESSAGE } from "../wire/registry.ts";
import { decodeCard, type RelayCard } from "./relay-card.ts";
import { MAIL_PREKEYS } from "./sealed-item.ts";

const HASH_BYTES = 32;

/** A card with its encoding. */
export interface CardBytes {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export type CardExchangeOutput =
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many bytes of `handleMessages`, prefixes included, are done with. */
  | { readonly type: "consumed"; readonly bytes: number }
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. */
  | { readonly type: "violation"; readonly code: WireErrorCode }
  /** The peer's card, in place of the one before. */
  | { readonly type: "card"; readonly card: RelayCard; readonly bytes: Uint8Array }
  /** Where the peer says that it can be reached straight, in place of what it said before. */
  | { readonly type: "hints"; readonly hints: readonly string[] };

export class CardExchange {
  readonly #provider: CryptoProvider;
  readonly #peer: PeerId;
  readonly #cards: TokenBucket;
  readonly #outputs: CardExchangeOutput[] = [];
  readonly #hints: TokenBucket;
  #channel: "none" | "open" | "full" = "none";
  #own: CardBytes | undefined;
  /** Hashes: of ours that it holds, of ours that was sent on this channel, of its that we are to confirm. */
  #held: Uint8Array | undefined;
  #sent: Uint8Array | undefined;
  #toConfirm: Uint8Array | undefined;
  #toTell: readonly string[] | undefined;
  #told: string | undefined; // on this channel

  constructor(provider: CryptoProvider, peer: PeerId, now: Instant) {
    [this.#provider, this.#peer] = [provider, peer];
    this.#cards = new TokenBucket({ capacity: CARDS_BURST_MAX, perSecond: CARDS_PER_HOUR_MAX / 3_600, now });
    this.#hints = new TokenBucket({ capacity: MAIL_HINTS_BURST_MAX, perSecond: MAIL_HINTS_PER_HOUR_MAX / 3_600, now });
  }

  /** Whether a channel would be of use now. */
  get wantsChannel(): boolean {
    if (this.#channel !== "none") return false;
    return this.#toTell !== undefined || (this.#own !== undefined && !isSame(this.#held, this.#own.hash));
  }

  /** Our addresses, while they are of use to the peer; else `undefined`. The same are told once in a channel. */
  tell(hints: readonly string[] | undefined): void {
    this.#toTell = hints?.join() === this.#told ? undefined : hints;
  }

  /** Ours from now on. */
  give(own: CardBytes): void {
    this.#own = own;
  }

  handleChannelOpened(_now: Instant): void {
    this.#close();
    this.#channel = "open";
  }

  handleChannelClosed(_now: Instant): void {
    this.#close();
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(_now: Instant): void {
    if (this.#channel === "open") this.#channel = "full";
  }

  handleWritable(_now: Instant): void {
    if (this.#channel === "full") this.#channel = "open";
  }

  /** Messages of the open channel, in order. Keeps no reference to them. */
  handleMessages(messages: readonly Uint8Array[], now: Instant): void {
    for (const bytes of messages) {
      if (this.#channel === "none") return;
      try {
        this.#receive(bytes, now);
        this.#outputs.push({ type: "consumed", bytes: streamBytes(bytes.length) });
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#close();
        this.#outputs.push({ type: "violation", code: error.code });
      }
    }
  }

  poll(): CardExchangeOutput | undefined {
    if (this.#outputs.length === 0 && this.#channel === "open") this.#fill();
    return this.#outputs.shift();
  }

  /** One message, so that a channel that does not take it gets no second one. */
  #fill(): void {
    if (this.#toConfirm !== undefined) {
      this.#outputs.push({ type: "transmit", bytes: concatBytes(Uint8Array.of(MAIL_MESSAGE.held), this.#toConfirm) });
      this.#toConfirm = undefined;
    } else if (this.#toTell !== undefined) {
      const writer = new Writer().u8(MAIL_MESSAGE.hints).u8(this.#toTell.length);
      for (const hint of this.#toTell) writer.text(hint);
      this.#told = this.#toTell.join();
      this.#toTell = undefined;
      this.#outputs.push({ type: "transmit", bytes: writer.take() });
    } else if (this.#own !== undefined && ![this.#held, this.#sent].some((each) => isSame(each, this.#own?.hash))) {
      this.#sent = this.#own.hash;
      this.#outputs.push({ type: "transmit", bytes: concatBytes(Uint8Array.of(MAIL_MESSAGE.card), this.#own.bytes) });
    }
  }

  #receive(bytes: Uint8Array, now: Instant): void {
    const reader = new Reader(bytes);
    const type = reader.u8();
    if (type === MAIL_MESSAGE.held) {
      const hash = reader.bytes(HASH_BYTES);
      reader.end();
      if (isSame(hash, this.#own?.hash)) this.#held = hash.slice();
    } else if (type === MAIL_MESSAGE.card) {
      // One too many is not confirmed: it comes again in another session.
      if (this.#cards.take(1, now)) this.#receiveCard(bytes.slice(1));
    } else if (type === MAIL_MESSAGE.hints) {
      const count = reader.u8();
      if (count > MAIL_HINTS_MAX) throw new WireError("ERR_LIMIT", `${count} hints`);
      const hints = Array.from({ length: count }, () => reader.text(HINT_BYTES_MAX));
      reader.end();
      if (this.#hints.take(1, now)) this.#outputs.push({ type: "hints", hints });
    } else throw new WireError("ERR_UNKNOWN_TYPE", `mail message 0x${type.toString(16)}`);
  }

  #receiveCard(bytes: Uint8Array): void {
    const card = decodeCard(this.#provider, bytes);
    const { prekey } = card;
    if (prekey !== undefined) {
      const isTheirs = prekey.member === this.#peer && isPrekeyGenuine(this.#provider, MAIL_PREKEYS, prekey);
      if (!isTheirs) throw new WireError("ERR_CRYPTO", "Cannot take card: not signed by whoever gave it");
    }
    this.#toConfirm = this.#provider.sha256(bytes);
    this.#outputs.push({ type: "card", card, bytes });
  }

  #close(): void {
    // What was meant for a channel that is gone.
    const kept = this.#outputs.filter(({ type }) => type === "card" || type === "hints");
    this.#outputs.splice(0, this.#outputs.length, ...kept);
    this.#channel = "none";
    this.#sent = undefined;
    this.#toConfirm = undefined;
    this.#told = undefined;
  }
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && bytesEqual(a, b);
