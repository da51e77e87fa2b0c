/**
 * What rooms tell the program around an endpoint, as data: what happens in them, and how they look now.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant, WallTime } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import type { RoomPolicy } from "../room/room-policy.ts";
import type { Role } from "../trust/roles.ts";

/** How somebody may come in, and who decides (spec/rooms.md §5). */
export type RoomTerms = RoomPolicy;

/** How far a join has come. */
export type RoomJoinStep = "looking" | "proving" | "waiting" | "challenged" | "receiving";

/** Why a join came to nothing. */
export type RoomJoinFailure =
  | "ticket" //       not one of ours
  | "unreachable" //  no member answered
  | "unknown" //      whoever answered knows no such room, invitation or code
  | "used"
  | "expired"
  | "revoked"
  | "full"
  | "tryLater"
  | "wrongCode"
  | "clock" //        one of the two clocks is far off
  | "denied" //       a member said no
  | "cancelled" //    we gave up
  | "protocol" //     it broke the protocol, or showed a room that is not what it should be
  | "limit"; //       we are in as many rooms as we may

/** Why a command about a room was not carried out. */
export type RoomRefusal =
  | "unknown" //     no such room
  | "over" //        we are not in it, or not any more
  | "notAllowed" //  our role does not permit it
  | "notMember" //   whom it is about is no member, or asks for nothing
  | "argument"
  | "lastOwner"
  | "tryLater" //    limits on codes
  | "limit"; //      as many as are kept

export type RoomOutput =
  /** Views of the room are out of date; `undefined`: the list of rooms itself. At most once a turn for each. */
  | { readonly type: "roomChanged"; readonly room: RoomId | undefined }
  | {
      readonly type: "roomMessage";
      readonly room: RoomId;
      readonly protocol: string;
      readonly from: PeerId;
      readonly bytes: Uint8Array;
      /** Members that passed it on; 0: straight from its writer. */
      readonly hops: number;
      /** By our clock, and the time that it says it was on its way. */
      readonly sentAt: WallTime;
    }
  /** So many batches of `from` were missed for good. */
  | { readonly type: "roomMissed"; readonly room: RoomId; readonly from: PeerId; readonly count: number }
  /** `broadcast` may be called again after it said no. */
  | { readonly type: "roomWritable"; readonly room: RoomId }
  /** `room`: known from here on; the view says that we are joining. */
  | {
      readonly type: "roomJoinStep";
      readonly request: number;
      readonly step: RoomJoinStep;
      readonly room: RoomId | undefined;
    }
  | { readonly type: "roomJoined"; readonly request: number; readonly room: RoomId }
  | { readonly type: "roomJoinFailed"; readonly request: number; readonly reason: RoomJoinFailure }
  /** A member says that it cut another off, or does so no more. Advice: whoever hears it decides for itself (R42). */
  | {
      readonly type: "roomAdvice";
      readonly room: RoomId;
      readonly from: PeerId;
      readonly peer: PeerId;
      readonly isCut: boolean;
    }
  /** Our answer to the challenge of a member: taken, or not. */
  | {
      readonly type: "roomChallengeAnswered";
      readonly room: RoomId;
      readonly member: PeerId;
      readonly result: "right" | "wrong" | "tryLater";
    }
  /** We are not in it any more. What is kept of it stays until `forget`. */
  | { readonly type: "roomOver"; readonly room: RoomId; readonly reason: "left" | "expelled" }
  /** A routed link between a member and us begins: make a link of it (kind `routed`), for our dial or for theirs. */
  | {
      readonly type: "flowUp";
      readonly flow: number;
      readonly peer: PeerId;
      /** Our dial that it answers; `undefined`: the member began it. */
      readonly dial: number | undefined;
    }
  | { readonly type: "flowPacket"; readonly flow: number; readonly packet: Uint8Array }
  | { readonly type: "flowDown"; readonly flow: number };

/** The room that a channel of an application belongs to, and the protocol's name within it. */
export interface RoomChannel {
  readonly room: RoomId;
  readonly protocol: string;
}

// --- how things are now -----------------------------------------------------------------------

export interface RoomState {
  readonly id: RoomId;
  readonly name: string;
  readonly state: "joining" | "in" | "left" | "expelled";
  /** `undefined` while we are no member. */
  readonly role: Role | undefined;
  readonly policy: RoomTerms;
  readonly memberCount: number;
  readonly onlineCount: number;
  readonly requestCount: number;
  readonly gapCount: number;
}

export interface RoomMemberState {
  readonly peer: PeerId;
  /** What it calls itself: a claim. */
  readonly name: string;
  readonly role: Role;
  /** `undefined`: the founder. */
  readonly admittedBy: PeerId | undefined;
  readonly admittedHow: "founded" | "invitation" | "code" | "challenge" | "approval";
  readonly admittedAt: WallTime;
  readonly isOnline: boolean;
  readonly isCut: boolean;
  readonly path: RoomPath;
}

export type RoomPath =
  | { readonly kind: "self" | "none" | "direct" }
  /** `through`: the first member on the way. */
  | { readonly kind: "routed"; readonly through: PeerId; readonly hops: number };

/** Somebody who asks to come in. */
export interface RoomRequestState {
  readonly peer: PeerId;
  /** A claim. */
  readonly name: string;
  readonly wants: "approval" | "challenge";
  readonly askedAt: WallTime;
  readonly code: RoomCodeState | undefined;
}

export interface RoomCodeState {
  /** As `7-acorn-canyon`. */
  readonly text: string;
  readonly triesLeft: number;
  readonly expiresAt: Instant;
}

export interface RoomMapState {
  readonly nodes: readonly { readonly peer: PeerId; readonly state: "online" | "stale" | "offline" }[];
  /** Each once, the smaller PeerId first. `claimed`: who says so. */
  readonly edges: readonly { readonly a: PeerId; readonly b: PeerId; readonly claimed: "both" | "a" | "b" }[];
}

export type RoomGap =
  | { readonly kind: "not-connected"; readonly a: PeerId; readonly b: PeerId }
  | { readonly kind: "hangs-on"; readonly peer: PeerId; readonly neighbour: PeerId }
  | { readonly kind: "cut-vertex"; readonly peer: PeerId }
  | { readonly kind: "one-sided"; readonly peer: PeerId; readonly other: PeerId }
  | { readonly kind: "outsider"; readonly peer: PeerId; readonly other: PeerId }
  | { readonly kind: "roster-differs"; readonly peer: PeerId }
  | { readonly kind: "contradiction"; readonly peer: PeerId }
  | { readonly kind: "invitation-reused"; readonly peer: PeerId };
