/**
 * What a member asks its rooms while somebody comes in, and what it wants of them. A joining knows nothing of
 * logs: whether an invitation is open, who may admit and who is a member is what the room says at that moment.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";
import type { ShownCode } from "../trust/shown-code.ts";
import type { JoinRefusalWord, JoinWait, PresentedInvitation } from "./join-message.ts";
import type { RoomCode } from "./room-code.ts";
import type { RoomId } from "./room-id.ts";

/** One use of an invitation, as the room's log has it now. */
export interface HeldInvitation {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** `void`: whoever made it may not invite, or not any more. */
  readonly state: "open" | "used" | "revoked" | "void";
  readonly usedBy?: PeerId;
  readonly expires: WallTime;
}

/**
 * A guest, as the room's log and we ourselves have it. `unconsented`: a member whose challenge of ours is not
 * answered; `cut`: a member that we cut off.
 */
export type GuestStanding = "stranger" | "member" | "unconsented" | "cut";

export type JoinVerdict =
  | { readonly answer: "admit" }
  | { readonly answer: "wait"; readonly wants: JoinWait }
  | { readonly answer: "refuse"; readonly why: JoinRefusalWord };

/** Answers at once, without side effects. */
export interface JoinPolicy {
  /** Rooms that we are a member of. */
  rooms(): Iterable<RoomId>;
  /** Cleaned. */
  nameOf(room: RoomId): string;
  /** Open ones first; those beyond `JOIN_INVITATIONS_MAX` are not looked at. */
  invitations(room: RoomId): Iterable<HeldInvitation>;
  /** A code that we show under that number, for a room that we may invite to. */
  code(number: number): { readonly room: RoomId; readonly code: RoomCode } | undefined;
  /** What becomes of a stranger that came with this invitation (which is open, and its own), or with a knock. */
  verdict(room: RoomId, guest: PeerId, way: "knock" | HeldInvitation): JoinVerdict;
  /** Whether we may let somebody in by these means. */
  mayAdmit(room: RoomId, by: "code" | "challenge" | "approval"): boolean;
  standing(room: RoomId, guest: PeerId): GuestStanding;
  isBlocked(guest: PeerId): boolean;
  /** Whether our clock is far behind what was already seen: then no invitation counts. */
  isClockBehind(wall: WallTime): boolean;
}

/** What an admission needs, for the log and for the keys. */
export interface AdmitWish {
  readonly room: RoomId;
  readonly guest: PeerId;
  /** What it calls itself: a claim. Clean. */
  readonly name: string;
  /** Its prekey, as it sent it: opaque here, at most `JOIN_PREKEY_BYTES_MAX`. */
  readonly prekey: Uint8Array;
  readonly how:
    | { readonly by: "invitation"; readonly publicKey: Uint8Array /** For the log. */; readonly signature: Uint8Array }
    | { readonly by: "code" | "challenge" | "approval" };
}

/** Somebody who waits for a person. */
export interface JoinRequest {
  readonly room: RoomId;
  readonly guest: PeerId;
  readonly name: string;
  readonly prekey: Uint8Array;
  readonly wants: JoinWait;
  /** What it came with, where that does not suffice. */
  readonly invitation?: PresentedInvitation;
  readonly askedAt: WallTime;
  /** The code to tell that person, once there is one. */
  readonly shown?: ShownCode;
}
