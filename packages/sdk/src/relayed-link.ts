/**
 * A link over a relay: a flow of a {@link RelayConnection}. What the relay's window or the socket cannot take waits,
 * and {@link Link.room} says so. Holds no protocol rule.
 *
 * @module
 */
import { HANDSHAKE_TIMEOUT, RELAYED_PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "./clock.ts";
import { LINK_WRITE_BYTES_MAX, type Link, type LinkEnd, type LinkHandlers, StrangerLimit } from "./transport.ts";

export interface RelayedLinkPort {
  readonly clock: Clock;
  /** Bytes that the relay and the socket take now. */
  room(): number;
  send(parts: readonly Uint8Array[]): void;
  close(): void;
}

export class RelayedLink implements Link {
  readonly kind = "relayed";
  readonly ordered = false;
  readonly hint: undefined;
  readonly recordBytesMax: number = RELAYED_PACKET_BYTES_MAX;
  readonly isOutgoing: boolean;
  /** The relay, and the first digits of the key that the other end has there: all that is known of where it is. */
  readonly remote: string;
  readonly #port: RelayedLinkPort;
  readonly #limit = new StrangerLimit();
  readonly #cancelDeadline: () => void;
  readonly #inbox: Uint8Array[] = []; // what came and was not yet delivered; at most LINK_WRITE_BYTES_MAX
  #inboxBytes = 0;
  #handlers: LinkHandlers | undefined;
  #isPaused = false;
  #isScheduled = false;
  #end: LinkEnd | undefined;

  constructor(remote: string, isOutgoing: boolean, port: RelayedLinkPort) {
    this.remote = remote;
    this.isOutgoing = isOutgoing;
    this.#port = port;
    this.#cancelDeadline = port.clock.schedule(HANDSHAKE_TIMEOUT, () => this.#break());
  }

  get room(): number {
    if (this.#end !== undefined) return 0;
    const room = this.#port.room();
    return room < RELAYED_PACKET_BYTES_MAX ? 0 : room; // a record that is cut to the room would cut messages
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#end !== undefined) this.#tell(this.#end);
    else this.#deliver();
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#end === undefined) this.#port.send(parts);
  }

  authenticated(): void {
    this.#cancelDeadline();
    this.#limit.lift();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  close(): void {
    if (this.#end !== undefined) return;
    this.#port.close();
    this.#finish({ by: "us" });
  }

  // --- from the connection ------------------------------------------------------------------------

  /** Nothing stops a relay from sending more than we read: what is over the bound is lost, and sent again. */
  handlePacket(packet: Uint8Array): void {
    if (this.#end !== undefined || this.#inboxBytes + packet.length > LINK_WRITE_BYTES_MAX) return;
    const isDirect = this.#limit.isLifted && !this.#isPaused && this.#inbox.length === 0;
    if (isDirect && this.#handlers !== undefined) return this.#handlers.onPacket(packet);
    this.#inbox.push(packet);
    this.#inboxBytes += packet.length;
    this.#deliver();
  }

  handleRoom(): void {
    if (this.#end === undefined) this.#handlers?.onRoom();
  }

  handleDown(by: "peer" | "network"): void {
    this.#finish({ by });
  }

  // --- inside -----------------------------------------------------------------------------------

  /** A stranger's packets one a turn, so that who handles one can say so before the next is looked at. */
  #deliver(): void {
    if (this.#isScheduled) return;
    while (this.#end === undefined && !this.#isPaused && this.#handlers !== undefined) {
      const packet = this.#inbox.shift();
      if (packet === undefined) return;
      this.#inboxBytes -= packet.length;
      if (!this.#limit.admit(packet.length)) return this.#break();
      this.#handlers.onPacket(packet);
      if (this.#limit.isLifted) continue;
      this.#isScheduled = true;
      setTimeout(() => {
        this.#isScheduled = false;
        this.#deliver();
      }, 0);
      return;
    }
  }

  #break(): void {
    if (this.#end !== undefined) return;
    this.#port.close();
    this.#finish({ by: "violation" });
  }

  #finish(end: LinkEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#cancelDeadline();
    this.#inbox.length = this.#inboxBytes = 0;
    this.#tell(end);
  }

  #tell(end: LinkEnd): void {
    const handlers = this.#handlers;
    if (handlers !== undefined) queueMicrotask(() => handlers.onClosed(end));
  }
}

/** What a link over a relay is called; people see it. */
export const relayedName = (host: string, key: string): string => `relay ${host} ${key}`;
/** The host, of such a name. */
export const relayHostOf = (name = ""): string | undefined => /^relay (\S+) \S+$/.exec(name)?.[1];
