/**
 * One link of a page at its node: a link of the LAN on one side, credit in both directions on the other. Packets pass as
 * they are. What the limits for strangers are is the LAN link's: it keeps them until the page says whom it believes.
 *
 * @module
 */
import { LAN_WINDOW_BYTES, type LanEnd, type LanFlow, PACKET_BYTES_MAX, WireError } from "@kith/core";
import type { Link, LinkEnd } from "../transport.ts";

export interface LanRelayPort {
  /** Towards the page. The packet is used again after the call. */
  sendPacket(packet: Uint8Array): void;
  sendCredit(bytes: number): void;
  /** It is over. `undefined`: the page knows. */
  ended(by: LanEnd | undefined): void;
}

/** Credit is given back in parts of this size, so that few messages are about it. */
const CREDIT_BYTES = LAN_WINDOW_BYTES / 4;

const ENDS: Readonly<Record<LinkEnd["by"], LanEnd | undefined>> = {
  us: undefined,
  peer: "closed",
  network: "network",
  violation: "violation",
};

export class LanRelay {
  readonly #link: Link;
  readonly #port: LanRelayPort;
  /** Bytes that the page takes now. */
  #credit = LAN_WINDOW_BYTES;
  /** Bytes that the page may still send, and those of which it is to be told that it may again. */
  #window = LAN_WINDOW_BYTES;
  #owed = 0;
  /** A stranger's packet is with the page, which may be about to say that it is none. */
  #isAwaited = false;
  #isKnown = false;
  #isStalled: boolean;
  #isPaused = false;

  constructor(link: Link, isStalled: boolean, port: LanRelayPort) {
    this.#link = link;
    this.#port = port;
    this.#isStalled = isStalled;
  }

  /** Whether the page believes who is at the other end. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  start(): void {
    this.#settle();
    this.#link.start({
      onPacket: (packet) => {
        this.#credit -= packet.length;
        this.#isAwaited = !this.#isKnown;
        this.#port.sendPacket(packet);
        this.#settle();
      },
      onRoom: () => this.#giveCredit(),
      onClosed: ({ by }) => this.#port.ended(ENDS[by]),
    });
  }

  /** @throws {WireError} more than it may */
  handle(message: Exclude<LanFlow, { type: "end" }>): void {
    if (message.type === "credit") {
      this.#credit += message.bytes;
      if (this.#credit > LAN_WINDOW_BYTES) throw new WireError("ERR_LIMIT", "more credit than the window");
      this.#isAwaited = false;
      return this.#settle();
    }
    const { packet } = message;
    this.#window -= packet.length;
    if (this.#window < 0) throw new WireError("ERR_LIMIT", "more bytes than the credit");
    this.#owed += packet.length;
    this.#link.write([packet]);
    this.#giveCredit();
  }

  authenticated(): void {
    this.#isKnown = true;
    this.#isAwaited = false;
    this.#link.authenticated();
    this.#settle();
  }

  /** The page does not read, or does again. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    this.#settle();
  }

  /** Sends what is written and ends. */
  close(): void {
    this.#link.close();
  }

  /** Reads while the page can take another packet, whatever its size; a stranger's one at a time. */
  #settle(): void {
    const isPaused = this.#isStalled || this.#isAwaited || this.#credit < PACKET_BYTES_MAX;
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#link.pause();
    else this.#link.resume();
  }

  /** As fast as the LAN takes it. */
  #giveCredit(): void {
    if (this.#owed < CREDIT_BYTES || this.#link.room === 0) return;
    this.#port.sendCredit(this.#owed);
    this.#window += this.#owed;
    this.#owed = 0;
  }
}
