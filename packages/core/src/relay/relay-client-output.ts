/**
 * What a {@link RelayClient} wants done, and what it tells.
 *
 * @module
 */
import { type WallTime, wallTime } from "../lib/time.ts";
import type { ProvenRelay } from "./relay-entry.ts";
import type { RelayFlowOutput } from "./relay-flows.ts";
import { READY_FLAG, type RelayReason, type ServerMessage } from "./relay-message.ts";

/** `disconnected`: the answer, if there was one, was lost with the connection. `crowded` may be our own word. */
export type RelayFailure = RelayReason | "disconnected";

/** Why a client that was ready, or was on its way there, is not. */
export type RelayLoss =
  | "unreachable" //   no connection came up
  | "ended" //         it ended
  | "silent" //        nothing was heard for too long
  | "misbehaved" //    the relay broke the protocol
  | "expensive" //     it asked for a toll that nobody should pay
  | "asked" //         we were told to begin anew
  | RelayReason; //    it said no

export type RelayClientOutput =
  /** Begin a connection; what comes of it is {@link RelayClient.handleUp} or {@link RelayClient.handleDown}. */
  | { readonly type: "connect" }
  /** End the connection, or the attempt, with this WebSocket code; nothing of it is heard any more. */
  | { readonly type: "close"; readonly code: number }
  /** Search a counter that pays, then {@link RelayClient.handleSolved}; whatever was being searched is moot. */
  | { readonly type: "solve"; readonly challenge: Uint8Array; readonly bits: number }
  /**
   * The relay's key, to be kept: whoever answers at this address from now on must have it, or succeed it. `firstKey`:
   * the one that it had when we first met, to be kept with it: our key there is made of it.
   */
  | { readonly type: "pin"; readonly relayKey: Uint8Array; readonly firstKey: Uint8Array }
  /** Loud: another key than the pinned one. The client is over. */
  | { readonly type: "keyChanged"; readonly expected: Uint8Array; readonly found: Uint8Array }
  /** Logged in, as `key`. Tags are watched again; who is there will be told. */
  | {
      readonly type: "ready";
      readonly key: Uint8Array;
      readonly wall: WallTime;
      readonly isOwner: boolean;
      readonly isClaimed: boolean;
      readonly isInvitedOnly: boolean;
      /** Seconds for which it keeps an item at most. */
      readonly keptMax: number;
    }
  /** Not logged in (any more): whoever had arrived is gone. `retryIn`: milliseconds. */
  | { readonly type: "lost"; readonly why: RelayLoss; readonly retryIn: number }
  | { readonly type: "arrived" | "left"; readonly tag: Uint8Array; readonly key: Uint8Array }
  | { readonly type: "opened"; readonly request: number; readonly mailbox: number; readonly lifetime: number }
  | { readonly type: "met"; readonly mailbox: number; readonly key: Uint8Array }
  | {
      readonly type: "item";
      readonly from: Uint8Array;
      readonly id: Uint8Array;
      readonly wall: WallTime;
      readonly sealed: Uint8Array;
    }
  | { readonly type: "done"; readonly request: number; readonly answer: Uint8Array }
  | { readonly type: "failed"; readonly request: number; readonly reason: RelayFailure; readonly wait: number }
  /** It ends in `left` milliseconds; `other`: where to go, or empty. */
  | { readonly type: "draining"; readonly left: number; readonly other: string }
  | RelayFlowOutput;

export type ReadyMessage = Extract<ServerMessage, { type: "ready" }>;

export function readyOf(key: Uint8Array, { flags, wall, keptMax }: ReadyMessage): RelayClientOutput {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    ...{ type: "ready", key, wall: wallTime(wall), keptMax },
    ...{ isOwner: has(READY_FLAG.owner), isClaimed: has(READY_FLAG.claimed) },
    isInvitedOnly: has(READY_FLAG.invitedOnly),
  };
}

export const pinOf = ({ relayKey, firstKey }: ProvenRelay): RelayClientOutput => ({ type: "pin", relayKey, firstKey });
