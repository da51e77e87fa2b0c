/**
 * One connection of a relay: how far its login is, what waits for it, and to whom it forwards.
 *
 * Thousands of them are idle: what only some need is made when they do.
 *
 * @module
 */
import type { Instant } from "../lib/time.ts";
import type { TokenBucket } from "../lib/token-bucket.ts";
import type { Flow } from "./outbox.ts";
import { Outbox } from "./outbox.ts";

/** How far a connection is (spec/relay.md §4). */
export type ConnectionPhase =
  | { readonly at: "silent"; readonly deadline: Instant }
  | { readonly at: "greeted"; readonly deadline: Instant; readonly nonce: Uint8Array }
  /** The state is asked whether that key may come in. */
  | { readonly at: "asking"; readonly deadline: Instant }
  | { readonly at: "tolled"; readonly deadline: Instant; readonly login: LoginClaim; readonly toll: Toll }
  | { readonly at: "ready"; readonly key: Uint8Array }
  /** It gets what waits for it, then it is closed. */
  | { readonly at: "ended" };

/** A key that proved itself, and what it showed: the hash of a pass, or for which mailbox alone it comes. */
export interface LoginClaim {
  readonly key: Uint8Array;
  readonly pass: Uint8Array | undefined;
  readonly mailbox: number | undefined;
  readonly nonce: Uint8Array;
}

export interface Toll {
  readonly bits: number;
  readonly challenge: Uint8Array;
}

export type RelayFlow = Flow<RelayConnection>;

export class RelayConnection {
  readonly id: number;
  /** Where it is from, as limits count it. */
  readonly source: string;
  phase: ConnectionPhase;
  readonly outbox: Outbox<RelayConnection> = new Outbox();
  /** Whoever runs the relay knows that something waits, and has not yet been told that nothing does. */
  isAnnounced = false;
  /** Messages that it took, and how many they were at the last look. */
  taken = 0;
  takenBefore = 0;
  /** Since when something waits of which it may have taken nothing. */
  stillSince: Instant | undefined;
  /** Somebody looks whether it takes what waits. */
  isLookedAt = false;
  /** Its source counts it. */
  isCounted = false;
  /** It was logged in, if it is not now. */
  wasReady = false;
  /** It is in a mailbox, or has asked to be: one login is for one. */
  hasEntered = false;
  /** Its login is for this mailbox alone; `other`: whom it met there. */
  only: { readonly mailbox: number; readonly other: Uint8Array | undefined } | undefined;
  /** Questions about it that are not answered. */
  asking = 0;
  /** How fast it may ask and send, if it ever does. */
  requests: TokenBucket | undefined;
  rate: TokenBucket | undefined;
  pausedUntil: Instant | undefined;
  /** By receiver, oldest first. */
  outgoing: Map<RelayConnection, RelayFlow> | undefined;
  /** By sender, oldest first. */
  incoming: Map<RelayConnection, RelayFlow> | undefined;
  /** Where the last forward went: most go to the same. */
  lastFlow: RelayFlow | undefined;

  constructor(id: number, source: string, phase: ConnectionPhase) {
    this.id = id;
    this.source = source;
    this.phase = phase;
  }

  /** The key that is logged in here. */
  get key(): Uint8Array | undefined {
    return this.phase.at === "ready" ? this.phase.key : undefined;
  }
}
