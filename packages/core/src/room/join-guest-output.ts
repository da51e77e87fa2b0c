/**
 * What the guest's side of a joining tells its owner, and why one comes to nothing.
 *
 * @module
 */
import type { Duration } from "../lib/time.ts";
import type { PairingFailure } from "../trust/proof.ts";
import type { JoinPart, JoinRefusalWord, JoinWait } from "./join-message.ts";
import type { RoomId } from "./room-id.ts";

export type JoinFailure =
  | JoinRefusalWord
  | "unknown" //   this member has no such room, invitation or code: try another
  | "impostor" //  it could not show that it knows it: it is no member, or somebody is in between
  | "wrongCode"
  | "mismatch" //  it could not show that it has the code: somebody may be in between
  | "badRoom" //   what it sent is not the room, or we are no member by it
  | "timeout"
  | "cancelled"
  | "closed"
  | "protocol";

export type JoinGuestStep =
  | { readonly at: "proving" }
  | { readonly at: "waiting"; readonly wants: JoinWait }
  /** A code was made for us: our person asks the member for it. Fewer tries: the last answer was wrong. */
  | { readonly at: "challenged"; readonly triesLeft: number }
  | { readonly at: "receiving" };

export type JoinGuestOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "step"; readonly step: JoinGuestStep }
  /** A room code was right: this is the room. A ticket's is known before. */
  | { readonly type: "room"; readonly room: RoomId; readonly name: string }
  | { readonly type: "part"; readonly part: JoinPart }
  /** That was all. Verify, then `accept` or `reject`. No parts: the member links to us. */
  | { readonly type: "received"; readonly room: RoomId; readonly parts: number }
  /** `wait`: after so long another try makes sense; 0: unknown, or never. */
  | { readonly type: "failed"; readonly reason: JoinFailure; readonly wait: Duration };

/** What the failure of a code means here. */
export function failureOf(failure: PairingFailure): JoinFailure {
  switch (failure) {
    case "wrong-code":
      return "wrongCode";
    case "expired":
      return "timeout";
    case "paused":
    case "blocked":
      return "tryLater";
    case "unavailable":
      return "unknown";
    default:
      return failure;
  }
}
