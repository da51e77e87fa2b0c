/**
 * What a program asks of the rooms of an endpoint (`endpoint.rooms`). Every command answers at once; what
 * takes longer is told by a {@link RoomOutput}. What was done is durable once {@link RoomCommands.keptThrough}
 * has reached the number that {@link RoomCommands.mark} gave after it (`roomChanged` tells when to look).
 *
 * @module
 */
import type { ChannelClass } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { Duration, WallTime } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import type { TicketRelay } from "../room/ticket.ts";
import type { Role } from "../trust/roles.ts";
import type {
  RoomCodeState,
  RoomGap,
  RoomMapState,
  RoomMemberState,
  RoomRefusal,
  RoomRequestState,
  RoomState,
  RoomTerms,
} from "./room-output.ts";
import type { SessionId } from "./session-table.ts";

/** `undefined`: done. */
export type RoomAnswer = RoomRefusal | undefined;

export interface RoomInvitation {
  /** One for each use, as `kith://join#…`. */
  readonly links: readonly string[];
  readonly role: Role;
  readonly expiresAt: WallTime;
}

/** How links of ours lead to us: own addresses, and relays that we use, best first. */
export interface LinkWays {
  readonly hints: readonly string[];
  readonly relays: readonly TicketRelay[];
}

export interface RoomCommands {
  // --- read -----------------------------------------------------------------------------------
  readonly all: readonly RoomState[];
  stateOf(room: RoomId): RoomState | undefined;
  membersOf(room: RoomId): readonly RoomMemberState[];
  requestsOf(room: RoomId): readonly RoomRequestState[];
  mapOf(room: RoomId): RoomMapState;
  gapsOf(room: RoomId): readonly RoomGap[];
  shownCodeOf(room: RoomId): RoomCodeState | undefined;
  /** Members whose challenge we have to answer. */
  challengesOf(room: RoomId): readonly PeerId[];
  mark(): number;
  readonly keptThrough: number;

  // --- come in --------------------------------------------------------------------------------
  create(name: string, policy: Partial<RoomTerms>, at: Moment): { readonly room: RoomId } | RoomRefusal;
  /**
   * By link or room code; answered by `roomJoinStep`, then `roomJoined` or `roomJoinFailed` with `request`.
   * `nearby`: endpoints that may be members, each by its addresses, best first; tried for a code, and after a link's own.
   */
  join(ticket: string, nearby: readonly (readonly string[])[], request: number, at: Moment): void;
  cancelJoin(request: number, at: Moment): void;
  /** Answers `roomChallengeAnswered`. */
  answerChallenge(room: RoomId, member: PeerId, code: string, at: Moment): RoomAnswer;

  // --- let others in ----------------------------------------------------------------------------
  invite(
    room: RoomId,
    terms: {
      readonly uses: number;
      readonly lifetime: Duration;
      readonly role: Role;
    } & LinkWays,
    at: Moment,
  ): RoomInvitation | RoomRefusal;
  revokeInvitations(room: RoomId, at: Moment): RoomAnswer;
  knockLink(room: RoomId, ways: LinkWays, at: Moment): { readonly link: string } | RoomRefusal;
  showCode(room: RoomId, at: Moment): RoomCodeState | RoomRefusal;
  approve(room: RoomId, peer: PeerId, at: Moment): RoomAnswer;
  refuse(room: RoomId, peer: PeerId, at: Moment): RoomAnswer;
  challenge(room: RoomId, peer: PeerId, at: Moment): RoomAnswer;

  // --- govern -----------------------------------------------------------------------------------
  setRole(room: RoomId, peer: PeerId, role: Role, at: Moment): RoomAnswer;
  expel(room: RoomId, peer: PeerId, at: Moment): RoomAnswer;
  cut(room: RoomId, peer: PeerId, isCut: boolean, at: Moment): RoomAnswer;
  setPolicy(room: RoomId, policy: RoomTerms, at: Moment): RoomAnswer;
  rename(room: RoomId, name: string, at: Moment): RoomAnswer;
  leave(room: RoomId, at: Moment): RoomAnswer;
  /** Only what we are not in any more. */
  forget(room: RoomId, at: Moment): RoomAnswer;

  /** Where we can be dialled now: the members are told. */
  setAddresses(addresses: readonly string[], at: Moment): void;

  // --- speak ------------------------------------------------------------------------------------
  /** Takes a copy into this turn's batch. False: the room takes no more until `roomWritable`, or is over. */
  broadcast(room: RoomId, protocol: string, message: Uint8Array, at: Moment): boolean;
  /** A session with the member, directly or through others: answers `connected` or `connectFailed` with `request`. */
  reach(room: RoomId, member: PeerId, request: number, at: Moment): void;
  /** A channel of the room on a session with a member; `undefined`: it is over, or has too many. */
  openChannel(session: SessionId, room: RoomId, protocol: string, channelClass: ChannelClass): number | undefined;
  /** Protocols that members may open channels for; served from then on. */
  serve(room: RoomId, protocol: string, isServed: boolean): void;

  // --- routed links -----------------------------------------------------------------------------
  /** Sends a packet on a flow; a full way drops it, as networks do. */
  sendFlow(flow: number, packet: Uint8Array, at: Moment): void;
  closeFlow(flow: number, at: Moment): void;
}
