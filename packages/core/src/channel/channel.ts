/**
 * One channel as the mux keeps it: what it is, how far it is, and which control frames it owes the peer.
 *
 *     opening ──accepted──▶ open ──both finishes done──▶ over
 *     offered ──accept────▶ open
 *     any ──reset here──▶ resetting ──acknowledged──▶ over
 *     any ──reset there─▶ over
 *
 * @module
 */
import type { ChannelControlFrame } from "../wire/channel-frame.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { SendStream } from "./send-stream.ts";
import type { SlabPool } from "./slab-pool.ts";

/** Control frames that a channel may owe, in the order in which they leave. */
export const OWED = { open: 1, accept: 2, credit: 4, finish: 8, reset: 16 } as const;

export interface ChannelOptions {
  readonly id: number;
  readonly isLocal: boolean;
  readonly class: 0 | 1;
  readonly protocol: string;
}

export class Channel {
  readonly id: number;
  /** Whether we opened it. */
  readonly isLocal: boolean;
  readonly class: 0 | 1;
  readonly protocol: string;
  readonly outgoing: SendStream;
  readonly incoming: ReceiveStream = new ReceiveStream();

  phase: "opening" | "offered" | "open" | "resetting" | "over";
  /** Of our direction. */
  finish: "none" | "asked" | "sent" | "acked" = "none";
  resetCode = 0;
  /** The application was told that the peer has everything. */
  isDelivered = false;
  /** A send was refused, so the application waits for room. */
  isRoomWanted = false;
  /** Bytes left of its turn among the channels of its class. */
  turnBytes = 0;
  /** Whether it stands in its class's ring. */
  isReady = false;
  /** Whether it stands in the queue of those that owe a control frame. */
  isQueued = false;
  #owed = 0;

  constructor(options: ChannelOptions, pool: SlabPool) {
    this.id = options.id;
    this.isLocal = options.isLocal;
    this.class = options.class;
    this.protocol = options.protocol;
    this.phase = options.isLocal ? "opening" : "offered";
    this.outgoing = new SendStream(pool);
  }

  /** Our direction is finished, and the peer has all of it. */
  get isSent(): boolean {
    return this.finish === "acked" && this.outgoing.buffered === 0;
  }

  /** Everything was sent, so the finish may follow. */
  get isFinishDue(): boolean {
    return this.finish === "asked" && this.phase === "open" && this.outgoing.isSent;
  }

  owe(frame: keyof typeof OWED): void {
    this.#owed |= OWED[frame];
  }

  /** The first frame owed, as it stands now; `undefined` if none. */
  owedFrame(): ChannelControlFrame | undefined {
    const channel = this.id;
    if (this.#owed & OWED.open) {
      const credit = this.incoming.grant();
      return { type: "open", channel, class: this.class, protocol: this.protocol, credit };
    }
    if (this.#owed & OWED.accept) return { type: "accept", channel, credit: this.incoming.grant() };
    if (this.#owed & OWED.credit) return { type: "credit", channel, limit: this.incoming.grant() };
    if (this.#owed & OWED.finish) return { type: "finish", channel, offset: this.outgoing.end };
    if (this.#owed & OWED.reset) return { type: "reset", channel, code: this.resetCode };
    return undefined;
  }

  /** The first frame owed is in a record. */
  paid(): void {
    this.#owed &= this.#owed - 1;
  }

  /** Nothing is owed or sent any more, except a reset if `code` is given. */
  stop(code?: number): void {
    this.#owed = 0;
    this.outgoing.discard();
    this.phase = "over";
    if (code === undefined) return;
    this.phase = "resetting";
    this.resetCode = code;
    this.owe("reset");
  }
}
