/**
 * A link over a WebRTC data channel, which keeps message boundaries itself: one message is one packet. The channel is
 * reliable and ordered; measured against an unordered one there is no difference, and the session then needs not guess
 * which records are lost.
 *
 * @module
 */
import { PACKET_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "../clock.ts";
import { giveBack } from "../give-back.ts";
import { PacketLink } from "../packet-link.ts";
import { LINK_WRITE_BYTES_MAX, type Link, type LinkEnd } from "../transport.ts";
import type { RtcDataChannel } from "./rtc-api.ts";

/** What every implementation takes in one message. */
const PORTABLE_BYTES = 16_384;
/** The platform says that the buffer has emptied down to this: three quarters of the room are there again. */
const LOW_BYTES: number = LINK_WRITE_BYTES_MAX / 4;
/** What was written has so long to leave after close. */
const FLUSH_MAX_MS = 2_000;

export interface RtcLinkOptions {
  readonly channel: RtcDataChannel;
  readonly clock: Clock;
  readonly isOutgoing: boolean;
  readonly remote: string;
  /** Largest message that both ends take; `undefined`: the platform does not say. */
  readonly messageBytesMax: number | undefined;
  /** What handshakes on it are bound to. */
  readonly binding?: Uint8Array | undefined;
  /** The channel is done with: the connection can be closed. */
  readonly released: () => void;
}

export class RtcLink extends PacketLink implements Link {
  readonly kind = "webrtc";
  readonly ordered = true;
  readonly hint: undefined;
  readonly binding: Uint8Array | undefined;
  readonly isOutgoing: boolean;
  readonly remote: string;
  readonly recordBytesMax: number;
  readonly #options: RtcLinkOptions;
  #packet = new Uint8Array(0); // parts are put together in it: an array for each would cost more than the copy
  #isFull = false; // room was refused, and is announced when it is back
  #cancelFlush: (() => void) | undefined;

  /** `channel` is open. */
  constructor(options: RtcLinkOptions) {
    const { channel, clock, messageBytesMax = PORTABLE_BYTES } = options;
    super(clock);
    this.#options = options;
    this.isOutgoing = options.isOutgoing;
    this.remote = options.remote;
    this.binding = options.binding;
    // 64 KiB that a program sends fit one whole; in a record a little smaller they would be cut in two, each sealed and sent.
    this.recordBytesMax = Math.max(PREAUTH_PACKET_BYTES_MAX, Math.min(PACKET_BYTES_MAX, messageBytesMax));
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = LOW_BYTES;
    channel.addEventListener("message", (event) => this.#take(event));
    channel.addEventListener("bufferedamountlow", () => this.#handleLow());
    channel.addEventListener("close", () => this.#handleClosed());
  }

  get room(): number {
    if (this.end !== undefined) return 0;
    const room = Math.max(0, LINK_WRITE_BYTES_MAX - this.#options.channel.bufferedAmount);
    if (room < LOW_BYTES) this.#isFull = true;
    return room;
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.end !== undefined) return;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > this.#packet.length) this.#packet = new Uint8Array(Math.max(bytes, this.recordBytesMax));
    let at = 0;
    for (const part of parts) {
      this.#packet.set(part, at);
      at += part.length;
      giveBack(part);
    }
    try {
      this.#options.channel.send(this.#packet.subarray(0, bytes)); // which copies it
    } catch (cause) {
      this.finish({ by: "network", cause }); // closed under our hands, or it takes less than it said
    }
  }

  close(): void {
    this.finish({ by: "us" });
  }

  // --- from the connection ------------------------------------------------------------------------

  /** We closed it, and what it has may still be leaving. */
  get isClosing(): boolean {
    return this.end?.by === "us";
  }

  /** The platform gave it up, or the peer has let go of what we closed. */
  handleDown(): void {
    if (this.end === undefined) this.finish({ by: "network" });
    else this.#release();
  }

  // --- inside -----------------------------------------------------------------------------------

  protected override break(): void {
    this.finish({ by: "violation" });
  }

  #take(event: Event): void {
    const { data } = event as MessageEvent<unknown>;
    if (this.end !== undefined) return;
    const isKept = data instanceof ArrayBuffer && this.inbox.take(new Uint8Array(data));
    if (!isKept) this.break(); // text, which nobody of ours sends, or more than may wait while nobody reads
  }

  #handleLow(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.announceRoom();
  }

  #handleClosed(): void {
    if (this.end === undefined) this.finish({ by: "peer" });
    else if (!this.isClosing) this.#release();
  }

  /**
   * Closing a channel sends what is in it first. That it then says to be closed is no reason to close the connection too:
   * node-datachannel says so at once, and throws away what it received of a connection that ends. That the peer has let
   * go is one, or that this takes too long.
   */
  protected override finish(end: LinkEnd): boolean {
    if (!super.finish(end)) return false;
    const { channel, clock } = this.#options;
    if (end.by === "us" && channel.readyState === "open") {
      this.#cancelFlush = clock.schedule(FLUSH_MAX_MS as Parameters<Clock["schedule"]>[0], () => this.#release());
      channel.close();
    } else this.#release();
    return true;
  }

  #release(): void {
    this.#cancelFlush?.();
    this.#options.released();
  }
}
