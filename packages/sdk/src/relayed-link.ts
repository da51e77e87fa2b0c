/**
 * A link over a relay: a flow of a {@link RelayConnection}. What the relay's window or the socket cannot take waits,
 * and {@link Link.room} says so. Holds no protocol rule.
 *
 * @module
 */
import { RELAYED_PACKET_BYTES_MAX } from "@kith/core";
import type { Clock } from "./clock.ts";
import { PacketLink } from "./packet-link.ts";
import type { Link } from "./transport.ts";

export interface RelayedLinkPort {
  readonly clock: Clock;
  /** Bytes that the relay and the socket take now. */
  room(): number;
  send(parts: readonly Uint8Array[]): void;
  close(): void;
}

export class RelayedLink extends PacketLink implements Link {
  readonly kind = "relayed";
  readonly ordered = false;
  readonly hint: undefined;
  readonly recordBytesMax: number = RELAYED_PACKET_BYTES_MAX;
  readonly isOutgoing: boolean;
  /** The relay, and the first digits of the key that the other end has there: all that is known of where it is. */
  readonly remote: string;
  readonly #port: RelayedLinkPort;

  constructor(remote: string, isOutgoing: boolean, port: RelayedLinkPort) {
    super(port.clock);
    this.remote = remote;
    this.isOutgoing = isOutgoing;
    this.#port = port;
  }

  get room(): number {
    if (this.end !== undefined) return 0;
    const room = this.#port.room();
    return room < RELAYED_PACKET_BYTES_MAX ? 0 : room; // a record that is cut to the room would cut messages
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.end === undefined) this.#port.send(parts);
  }

  close(): void {
    this.#leave("us");
  }

  // --- from the connection ------------------------------------------------------------------------

  /** Nothing stops a relay from sending more than we read: what is over the bound is lost, and sent again. */
  handlePacket(packet: Uint8Array): void {
    this.inbox.take(packet);
  }

  handleRoom(): void {
    this.announceRoom();
  }

  handleDown(by: "peer" | "network"): void {
    this.finish({ by });
  }

  // --- inside -----------------------------------------------------------------------------------

  protected override break(): void {
    this.#leave("violation");
  }

  #leave(by: "us" | "violation"): void {
    if (this.end !== undefined) return;
    this.#port.close();
    this.finish({ by });
  }
}

/** What a link over a relay is called; people see it. */
export const relayedName = (host: string, key: string): string => `relay ${host} ${key}`;
/** The host, of such a name. */
export const relayHostOf = (name = ""): string | undefined => /^relay (\S+) \S+$/.exec(name)?.[1];
