/** What a relay's machine asks of whoever runs it. What is about a connection that was closed meanwhile is ignored. */
import type { Instant } from "../lib/time.ts";
import type { RelayReason } from "./relay-message.ts";
import type { RelayQuestion } from "./relay-state.ts";

/** Why a WebSocket is closed (RFC 6455 §7.4.1). */
export const RELAY_CLOSE = { goingAway: 1001, violation: 1002, policy: 1008 } as const;

export type RelayOutput =
  /** Answer with `handleAnswer`, at once or later. */
  | { readonly type: "ask"; readonly ask: number; readonly question: RelayQuestion }
  /** Something waits: call `pollTransmit` while the socket has room and whenever it has room again, until nothing is left. */
  | { readonly type: "writable"; readonly connection: number }
  /** Call `pollTransmit` until nothing is left, send that, close; then `handleClosed`. What it still says is ignored. */
  | { readonly type: "close"; readonly connection: number; readonly code: number }
  /** Read nothing from it before then: it sent more than its share. */
  | { readonly type: "pause"; readonly connection: number; readonly until: Instant }
  /** All have gone, or the time to go is up. */
  | { readonly type: "drained" }
  | { readonly type: "event"; readonly event: RelayEvent };

/** For logs and metrics: kinds and numbers, never a key, a tag or an address. */
export type RelayEvent =
  | { readonly type: "ready"; readonly connection: number; readonly known: boolean }
  | { readonly type: "refused"; readonly connection: number; readonly reason: RelayReason }
  | { readonly type: "violation"; readonly connection: number; readonly message: number }
  | { readonly type: "stalled"; readonly connection: number; readonly bytes: number }
  | { readonly type: "timedOut"; readonly connection: number }
  | { readonly type: "trouble"; readonly question: RelayQuestion["type"] }
  | { readonly type: "claimed" }
  | { readonly type: "draining" };

/** What has been done since the start. */
export class RelayCounters {
  connections = 0;
  logins = 0;
  forwards = 0;
  forwardedBytes = 0;
  spreads = 0;
  aways = 0;
  refusals = 0;
  violations = 0;
  tolls = 0;
  meetings = 0;
  arrivals = 0;
  deposits = 0;
}

/** What there is now. */
export interface RelayGauges {
  readonly connections: number;
  /** Connections that are not logged in. */
  readonly unready: number;
  /** Pairs of keys of which one forwards to the other. */
  readonly flows: number;
  /** Of forwarded messages that wait. */
  readonly waitingBytes: number;
  /** Keys that watch a tag, each tag counted, and those tags. */
  readonly watches: number;
  readonly tags: number;
}
