/**
 * How a room looks now, for views: what its log, mesh and door say, put together.
 *
 * @module
 */

import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import { bytesToText } from "../lib/utf8.ts";
import type { JoinRequest } from "../room/join-policy.ts";
import type { RoomCode } from "../room/room-code.ts";
import { roomCodeText } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";
import { roomPolicy } from "../room/room-policy.ts";
import type {
  RoomCodeState,
  RoomGap,
  RoomMapState,
  RoomMemberState,
  RoomPath,
  RoomRequestState,
  RoomState,
} from "./room-output.ts";
import type { RoomSeat } from "./room-seat.ts";

export function roomState(seat: RoomSeat, self: PeerId, requestCount: number, now: Instant): RoomState {
  const { room, about, id } = seat;
  const { name, policy, members } = room.membership;
  const isOnline = (peer: PeerId): boolean => isMemberOnline(seat, self, peer, now);
  return {
    id,
    name,
    state: about.standing,
    role: seat.isIn ? members.get(self)?.role : undefined,
    policy,
    memberCount: members.size,
    onlineCount: seat.isIn ? [...members.keys()].filter(isOnline).length : 0,
    requestCount,
    gapCount: roomGaps(seat).length,
  };
}

/** Of a room that we come into: all that its link says, which is a claim. */
export const joiningState = ({ room, name }: { readonly room: RoomId; readonly name: string }): RoomState => ({
  ...{ id: room, name, state: "joining", role: undefined, policy: roomPolicy() },
  ...{ memberCount: 0, onlineCount: 0, requestCount: 0, gapCount: 0 },
});

export function memberStates(seat: RoomSeat, self: PeerId, now: Instant): readonly RoomMemberState[] {
  return [...seat.room.membership.members.values()].map((member) => {
    const { peer, name, role, admittedBy, how, admittedAt } = member;
    return {
      ...{ peer, name, role, admittedBy, admittedHow: how, admittedAt },
      isOnline: isMemberOnline(seat, self, peer, now),
      isCut: seat.about.cut.has(peer),
      path: pathTo(seat, self, peer),
    };
  });
}

export function pathTo(seat: RoomSeat, self: PeerId, peer: PeerId): RoomPath {
  if (peer === self) return { kind: "self" };
  if (!seat.isIn) return { kind: "none" };
  if (seat.links.isNeighbour(peer)) return { kind: "direct" };
  const { topology } = seat.links.mesh;
  const through = topology.nextHop(peer);
  const hops = topology.hops(peer);
  return through === undefined || hops === undefined ? { kind: "none" } : { kind: "routed", through, hops };
}

export function roomMap(seat: RoomSeat, now: Instant): RoomMapState {
  return seat.isIn ? seat.links.mesh.topology.view(now) : { nodes: [], edges: [] };
}

export function roomGaps(seat: RoomSeat): readonly RoomGap[] {
  if (!seat.isIn) return [];
  const { alarms, members } = seat.room.membership;
  const inLog = alarms.flatMap(({ kind, peer }) => (kind === "invitation-reused" ? [peer] : []));
  const reusers = new Set([...inLog, ...[...seat.about.reusers].filter((peer) => !members.has(peer))]);
  return [
    ...seat.links.mesh.topology.gaps,
    ...[...reusers].map((peer) => ({ kind: "invitation-reused", peer }) as const),
  ];
}

export function requestState({ guest, name, wants, askedAt, shown }: JoinRequest): RoomRequestState {
  const request = { peer: guest, name, wants, askedAt };
  if (shown === undefined || shown.secret.isWiped) return { ...request, code: undefined }; // used up, or over
  const { secret, triesLeft, expiresAt } = shown;
  return { ...request, code: { text: bytesToText(secret.reveal()), triesLeft, expiresAt } };
}

export const codeState = (code: RoomCode): RoomCodeState => ({
  text: roomCodeText(code),
  triesLeft: code.shown.triesLeft,
  expiresAt: code.shown.expiresAt,
});

const isMemberOnline = (seat: RoomSeat, self: PeerId, peer: PeerId, now: Instant): boolean =>
  peer === self || (seat.isIn && seat.links.isPresent(peer, now));
