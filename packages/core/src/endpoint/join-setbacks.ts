/**
 * What it means for a way into a room when one member did not let us in.
 *
 * @module
 */
import type { JoinFailure } from "../room/join-guest-output.ts";
import type { RoomJoinFailure } from "./room-output.ts";

/** What each failure with one member means: whether another could still say yes, and what it is called. */
export const SETBACKS: Readonly<Record<JoinFailure, { readonly isFinal: boolean; readonly failure: RoomJoinFailure }>> =
  {
    used: { isFinal: true, failure: "used" },
    expired: { isFinal: true, failure: "expired" },
    revoked: { isFinal: true, failure: "revoked" },
    denied: { isFinal: true, failure: "denied" },
    full: { isFinal: true, failure: "full" },
    wrongCode: { isFinal: true, failure: "wrongCode" },
    mismatch: { isFinal: true, failure: "wrongCode" },
    cancelled: { isFinal: true, failure: "cancelled" },
    clock: { isFinal: false, failure: "clock" },
    policy: { isFinal: false, failure: "tryLater" },
    tryLater: { isFinal: false, failure: "tryLater" },
    notYetKnown: { isFinal: false, failure: "unknown" },
    unknown: { isFinal: false, failure: "unknown" },
    impostor: { isFinal: false, failure: "unknown" },
    badRoom: { isFinal: false, failure: "protocol" },
    protocol: { isFinal: false, failure: "protocol" },
    timeout: { isFinal: false, failure: "unreachable" },
    closed: { isFinal: false, failure: "unreachable" },
  };

/** The most telling last. */
export const WEIGHT: readonly RoomJoinFailure[] = ["unreachable", "protocol", "unknown", "clock", "tryLater"];
