/**
 * What a way of ours into a room asks for, and comes to.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { JoinPart } from "../room/join-message.ts";
import type { RoomId } from "../room/room-id.ts";
import type { RoomJoinFailure, RoomJoinStep } from "./room-output.ts";

/** A room that we come into, as far as it is here. */
export interface RoomDraft {
  readonly id: RoomId;
  /** What members seal keys for us to. */
  readonly prekey: Uint8Array;
  /** @throws {WireError} for what is no part of a room */
  takePart(part: JoinPart, at: Moment): void;
  /** Whether it begins with its founding, and both are members by it. @throws {WireError} */
  isWhole(host: PeerId, at: Moment): boolean;
}

export type JoinRunOutput =
  /** `isMet`: at a relay. */
  | {
      readonly type: "dial";
      readonly peer: PeerId | undefined;
      readonly hints: readonly string[];
      readonly isMet: boolean;
    }
  | { readonly type: "step"; readonly step: RoomJoinStep; readonly room: RoomId | undefined }
  /** What became of our answer to a member's challenge. */
  | { readonly type: "answered"; readonly member: PeerId; readonly result: "right" | "wrong" | "tryLater" }
  /** A member let us in. Its session is the first link. */
  | { readonly type: "joined"; readonly draft: RoomDraft; readonly host: PeerId }
  | { readonly type: "failed"; readonly reason: RoomJoinFailure };
