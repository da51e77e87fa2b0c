/**
 * Channels of one protocol of a room, one with each of some members, as a machine uses them: opened by us or
 * by them, each with one message at most that it did not take yet.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Channel } from "./api.ts";
import type { Room } from "./rooms-api.ts";

/** What happens on them. */
export interface PartnerEvents {
  /** A channel is open; one that was there with this member is over. */
  up(peer: PeerId, isOurs: boolean): void;
  /** It is over, or could not be opened. */
  down(peer: PeerId): void;
  message(peer: PeerId, bytes: Uint8Array): void;
  /** What was sent last waits for room, */
  full(peer: PeerId): void;
  /** and has left now. */
  writable(peer: PeerId): void;
}

interface Partner {
  readonly channel: Channel;
  readonly isOurs: boolean;
}

/** How long a member may take to answer. */
const OPEN_TIMEOUT_MS = 15_000;

export class PartnerChannels {
  readonly #room: Pick<Room, "open" | "channels">;
  readonly #protocol: string;
  readonly #self: PeerId;
  readonly #events: PartnerEvents;
  readonly #partners = new Map<PeerId, Partner>();
  readonly #abort = new AbortController();

  constructor(options: {
    readonly room: Pick<Room, "open" | "channels">;
    readonly protocol: string;
    readonly self: PeerId;
    readonly events: PartnerEvents;
  }) {
    [this.#room, this.#protocol] = [options.room, options.protocol];
    [this.#self, this.#events] = [options.self, options.events];
    void this.#accept();
  }

  /** Ends with `up` or `down`. */
  open(peer: PeerId): void {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
    this.#room.open(this.#protocol, peer, { signal }).then(
      (channel) => this.#attach(peer, channel, true),
      () => {
        if (!this.#partners.has(peer) && !this.#abort.signal.aborted) this.#events.down(peer);
      },
    );
  }

  /** `sent` is called when the channel has the message, or is over. */
  send(peer: PeerId, message: Uint8Array, sent: () => void): void {
    const partner = this.#partners.get(peer);
    if (partner === undefined) return sent();
    this.#events.full(peer);
    partner.channel.send(message).then(
      () => {
        sent();
        if (this.#partners.get(peer) === partner) this.#events.writable(peer);
      },
      sent, // its end is told by the messages
    );
  }

  /** We send no more. What was sent still arrives. */
  finish(peer: PeerId): void {
    const partner = this.#partners.get(peer);
    this.#partners.delete(peer);
    void partner?.channel[Symbol.asyncDispose]();
  }

  reset(peer: PeerId): void {
    const partner = this.#partners.get(peer);
    this.#partners.delete(peer);
    partner?.channel.reset();
  }

  /** Ends them all; nothing happens afterwards. */
  close(): void {
    this.#abort.abort();
    for (const peer of [...this.#partners.keys()]) this.finish(peer);
  }

  async #accept(): Promise<void> {
    for await (const channel of this.#room.channels(this.#protocol)) {
      if (this.#abort.signal.aborted) channel.reset();
      else this.#attach(channel.peer, channel, false);
    }
  }

  /** Of two that were opened at once, the one that the smaller PeerId opened stays, as at the other end. */
  #attach(peer: PeerId, channel: Channel, isOurs: boolean): void {
    const known = this.#partners.get(peer);
    const isToStay = known === undefined || known.isOurs === isOurs || isOurs === this.#self < peer;
    if (!isToStay || this.#abort.signal.aborted) return channel.reset();
    const partner = { channel, isOurs };
    this.#partners.set(peer, partner);
    known?.channel.reset();
    this.#events.up(peer, isOurs);
    void this.#read(peer, partner);
  }

  async #read(peer: PeerId, partner: Partner): Promise<void> {
    for await (const message of partner.channel.messages) {
      if (this.#partners.get(peer) !== partner) continue; // finished by us: let it run dry
      this.#events.message(peer, message);
    }
    if (this.#partners.get(peer) !== partner) return;
    this.#partners.delete(peer);
    void partner.channel[Symbol.asyncDispose]();
    if (!this.#abort.signal.aborted) this.#events.down(peer);
  }
}
