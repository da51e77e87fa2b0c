/**
 * What the member's side of a joining is made with, and what it tells its owner.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import type { AttemptLimits } from "../trust/attempt-limits.ts";
import type { PairingFailure } from "../trust/proof.ts";
import type { AuditOutput, StoreOutput } from "../trust/stored.ts";
import type { AdmitWish, JoinPolicy, JoinRequest } from "./join-policy.ts";
import type { JoinRequests } from "./join-requests.ts";
import type { RoomCode } from "./room-code.ts";
import type { RoomId } from "./room-id.ts";

export interface JoinHostOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** The identities that the session runs under: ours, and the guest's. */
  readonly self: PeerId;
  readonly peer: PeerId;
  /** Of the session's newest handshake, 32 bytes. */
  readonly transcript: Uint8Array;
  /** Where the guest comes from, as limits see it; and whether it is in the trust book. */
  readonly source: string;
  readonly isKnown: boolean;
  readonly attempts: AttemptLimits;
  readonly requests: JoinRequests;
  readonly policy: JoinPolicy;
  readonly now: Instant;
}

/** How a joining ended on this side. */
export type JoinHostEnd =
  | "joined" //    the guest says that it is in
  | "unknown" //   it has no business here
  | "refused"
  | "wrongCode" // no tries are left
  | "mismatch"
  | "cancelled"
  | "timeout"
  | "closed"
  | "protocol"; //  reset the channel

export type JoinHostOutput =
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`. */
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | StoreOutput
  | AuditOutput
  /** Put an admission into the log, then `admitted`; or `notAdmitted`. */
  | { readonly type: "admit"; readonly wish: AdmitWish }
  /** It is a member already: `admitted`, with what it needs. */
  | { readonly type: "serve"; readonly room: RoomId; readonly guest: PeerId; readonly prekey: Uint8Array }
  /** A member answered our challenge: from now on we link to it. `admitted`, with nothing. */
  | { readonly type: "consented"; readonly room: RoomId; readonly guest: PeerId }
  | { readonly type: "request"; readonly change: "listed" | "changed" | "gone"; readonly request: JoinRequest }
  /** Somebody came with an invitation that was used already: tell our person (R14). */
  | { readonly type: "reused"; readonly room: RoomId; readonly publicKey: Uint8Array; readonly guest: PeerId }
  /** A room code has fewer tries; none: it is over, tell the room. */
  | { readonly type: "codeTried"; readonly room: RoomId; readonly code: RoomCode; readonly how: "right" | "wrong" }
  | { readonly type: "over"; readonly end: JoinHostEnd };

/** What the failure of a code means here. */
export function endOf(failure: PairingFailure): JoinHostEnd {
  switch (failure) {
    case "wrong-code":
      return "wrongCode";
    case "expired":
      return "timeout";
    case "mismatch":
    case "closed":
    case "protocol":
      return failure;
    case "paused":
    case "blocked":
    case "denied":
    case "unavailable":
      return "refused";
    case "cancelled":
      return "cancelled";
  }
}
