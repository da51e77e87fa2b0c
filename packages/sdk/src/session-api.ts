/**
 * The public face of a session with one peer.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Channel, Waiting } from "./channel-api.ts";
import type { Observable } from "./observable.ts";

/** How records travel now; `undefined` while no link is up and the session waits for one. */
export interface PathView {
  readonly kind: "tcp" | "webrtc" | "websocket" | "relayed" | "routed" | "memory";
  /** `host:port` where we dialled it, else the address alone. */
  readonly remote: string;
  /** Smoothed, in milliseconds; up to 20 of them are the other side waiting before it acknowledges. */
  readonly roundTripMs?: number;
}

export interface PeerSession extends AsyncDisposable {
  readonly peer: PeerId;
  /** Who we are in this session: our identity, or a one-time one. */
  readonly self: PeerId;
  /**
   * 32 bytes that both ends of this session have and no other session has, to bind to it what one signs or proves.
   * Not secret. Another handshake that renews the session changes them; coming back after a lost link does not.
   */
  readonly transcript: Uint8Array;
  readonly path: Observable<PathView | undefined>;
  /**
   * Opens a channel of `protocol` (at most 64 bytes, as `game/1`), once the other side accepted it.
   * @throws {EndpointError} `ERR_NOT_AUTHORIZED`, `ERR_CHANNEL_REFUSED`, `ERR_SESSION_CLOSED`
   */
  open(protocol: string, options?: Waiting & { readonly class?: "interactive" | "bulk" }): Promise<Channel>;
  /** Channels that the peer opens for protocols named in `EndpointOptions.protocols`. One consumer. */
  readonly channels: AsyncIterable<Channel>;
  /** Fulfils when the session has ended for good, whoever ended it; never rejects. A lost link is no end. */
  readonly closed: Promise<SessionEnd>;
  close(): Promise<void>;
}

export interface SessionEnd {
  readonly by: "us" | "peer" | "network";
  readonly reason:
    | "done"
    | "going-away"
    | "replaced"
    | "revoked"
    | "protocol-error"
    | "idle"
    | "overloaded"
    | "key-changed"
    | "lost";
}
