/**
 * What every way to reach a peer looks like: a transport dials and listens, a link is one live pipe
 * of packets. Callbacks inside, promises at the edge (one callback per packet, nothing else, is
 * what speed needs). Holds no protocol rule.
 *
 * @module
 */

import { PREAUTH_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";

export type LinkKind = "tcp" | "webrtc" | "websocket" | "relayed" | "routed" | "memory";

/**
 * One live pipe that keeps message boundaries. Nothing is received before {@link Link.start}.
 *
 * While a link is not {@link Link.authenticated}, at most one packet is delivered per turn of the
 * event loop, so that whoever handles it can say so before the next one is looked at; a packet over
 * PREAUTH_PACKET_BYTES_MAX, more than PREAUTH_BYTES_MAX in all, or HANDSHAKE_TIMEOUT without it
 * ends the link as a `violation`.
 */
export interface Link {
  readonly kind: LinkKind;
  /** Who dialled. */
  readonly isOutgoing: boolean;
  /** The other end's address without port, for limits and for people: `192.168.1.2`, `fe80::1%eth0`. */
  readonly remote: string;
  /** What both sides know of it otherwise: a handshake on it fails unless it is the same there. */
  readonly binding?: Uint8Array | undefined;
  /** Where it listens, if we dialled it: a hint that worked. */
  readonly hint: Hint | undefined;
  /** Largest packet it takes, in bytes. */
  readonly recordBytesMax: number;
  /** Whether packets arrive in the order of writing, without gaps. */
  readonly ordered: boolean;
  /** Bytes that may be written now; 0 means wait for `onRoom`. The last packet may exceed it. */
  readonly room: number;

  /** Begins to deliver. Call once. */
  start(handlers: LinkHandlers): void;
  /**
   * Sends one packet, `parts` put together. The link takes the arrays over: nobody else uses them
   * afterwards, and large ones are emptied once they have left. Everything written in one turn of the event loop leaves in one system call.
   * After the end of the link it does nothing.
   */
  write(parts: readonly Uint8Array[]): void;
  /** Lifts the limits for strangers. */
  authenticated(): void;
  /** Stops delivering (and reading, so that the sender feels it) until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Sends what is written and ends the link; `onClosed` follows, later. Repeating it is harmless. */
  close(): void;
}

export interface LinkHandlers {
  /** One packet. The array is the link's: it changes after the call. */
  onPacket(packet: Uint8Array): void;
  /** More may be written, after {@link Link.room} said that less than a quarter was free. */
  onRoom(): void;
  /** The link has ended. Once, last, and never inside a call of ours. */
  onClosed(end: LinkEnd): void;
}

export interface LinkEnd {
  readonly by:
    | "us" //        close()
    | "peer" //      it ended the pipe in good order
    | "network" //   reset, unreachable, cable pulled
    | "violation"; // it broke the framing or the limits for strangers
  readonly cause?: unknown;
}

/** An address worth trying, as {@link formatHint} writes it. */
export interface Hint {
  /** IPv4, IPv6 (with `%scope` if link-local) or a name. */
  readonly host: string;
  readonly port: number;
}

export interface Transport {
  readonly kind: LinkKind;
  /**
   * Tries all hints, best first, the next one soon after the one before, and keeps the first link that comes up.
   * @throws {EndpointError} `ERR_PEER_UNREACHABLE`; `signal.reason` on abort
   */
  dial(hints: readonly Hint[], options?: { readonly signal?: AbortSignal }): Promise<Link>;
  /** Takes links from others; `onLink` must start or close each. Rejects with `ERR_ADDRESS` if it cannot. */
  listen(onLink: (link: Link) => void): Promise<Listener>;
}

export interface Listener extends AsyncDisposable {
  /** Where it listens; every address of this machine as it is now, best first. */
  addresses(): readonly Hint[];
  readonly port: number;
  /** Calls when {@link addresses} gives something else, where that happens by itself; returns how to stop that. */
  watch?(changed: () => void): () => void;
  /** Takes no more links; those that are up stay. */
  close(): Promise<void>;
}

/** Bytes that a link queues: its {@link Link.room} when nothing waits. */
export const LINK_WRITE_BYTES_MAX = 1_048_576;

/** What a stranger may send before its handshake is done. For links; nobody else needs it. */
export class StrangerLimit {
  #bytes = 0;
  #isLifted = false;

  get isLifted(): boolean {
    return this.#isLifted;
  }

  lift(): void {
    this.#isLifted = true;
  }

  /** Counts a packet; false says that it must not be delivered and the link must end. */
  admit(packetBytes: number): boolean {
    if (this.#isLifted) return true;
    this.#bytes += packetBytes;
    return packetBytes <= PREAUTH_PACKET_BYTES_MAX && this.#bytes <= PREAUTH_BYTES_MAX;
  }
}

/** `host:port`, with an IPv6 host in brackets. */
export function formatHint(hint: Hint): string {
  return hint.host.includes(":") ? `[${hint.host}]:${hint.port}` : `${hint.host}:${hint.port}`;
}

/** Reads what {@link formatHint} writes; `undefined` for anything else. At most 255 characters of host. */
export function parseHint(text: string): Hint | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45}(?:%[\w.-]{1,15})?)\]|([A-Za-z0-9_.-]{1,255})):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}
