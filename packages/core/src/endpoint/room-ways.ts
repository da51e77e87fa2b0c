/**
 * Who may come into our rooms, asked at our door: what each room's log says, as a {@link JoinPolicy}.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import type { GuestStanding, HeldInvitation, JoinPolicy, JoinVerdict } from "../room/join-policy.ts";
import { isAtLeast, type RoomInvitation } from "../room/membership.ts";
import type { RoomCode } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";
import type { RoomSeat } from "./room-seat.ts";

export interface RoomWaysOptions {
  readonly self: PeerId;
  readonly seats: ReadonlyMap<RoomId, RoomSeat>;
  readonly code: (number: number) => { readonly room: RoomId; readonly code: RoomCode } | undefined;
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly isClockBehind: (wall: WallTime) => boolean;
}

export class RoomWays implements JoinPolicy {
  readonly #options: RoomWaysOptions;

  constructor(options: RoomWaysOptions) {
    this.#options = options;
  }

  *rooms(): Iterable<RoomId> {
    for (const [room, seat] of this.#options.seats) if (seat.isIn) yield room;
  }

  nameOf(room: RoomId): string {
    return this.#membership(room)?.name ?? "";
  }

  *invitations(room: RoomId): Iterable<HeldInvitation> {
    const all = [...(this.#membership(room)?.invitations.values() ?? [])];
    for (const isOpen of [true, false])
      for (const invitation of all) if ((invitation.state === "open") === isOpen) yield held(invitation);
  }

  code(number: number): { readonly room: RoomId; readonly code: RoomCode } | undefined {
    const found = this.#options.code(number);
    return found !== undefined && this.mayAdmit(found.room, "code") ? found : undefined;
  }

  verdict(room: RoomId, _guest: PeerId, way: "knock" | HeldInvitation): JoinVerdict {
    const membership = this.#membership(room);
    const role = membership?.roleOf(this.#options.self);
    if (membership === undefined || role === undefined || role === "guest") return { answer: "refuse", why: "policy" };
    const { ways } = membership.policy;
    if (ways === "challenge" || (ways === "peers" && way === "knock")) {
      return this.mayAdmit(room, "challenge") ? { answer: "wait", wants: "challenge" } : REFUSED;
    }
    if (ways === "approval" || way === "knock") return { answer: "wait", wants: "approval" };
    return ways === "strict" && !this.#mayComplete(room, way) ? REFUSED : { answer: "admit" };
  }

  mayAdmit(room: RoomId, by: "code" | "challenge" | "approval"): boolean {
    const membership = this.#membership(room);
    const { self } = this.#options;
    const role = membership?.roleOf(self);
    if (membership === undefined || role === undefined) return false;
    if (by === "code") return membership.may(self, "showCode");
    if (by === "approval") return membership.may(self, "approve");
    const { ways, challengedBy } = membership.policy;
    if (ways !== "challenge" && ways !== "peers") return false;
    return isAtLeast(role, challengedBy === "admin" ? "admin" : "member");
  }

  standing(room: RoomId, guest: PeerId): GuestStanding {
    const seat = this.#options.seats.get(room);
    if (seat?.isIn !== true || !seat.room.membership.isMember(guest)) return "stranger";
    if (seat.about.cut.has(guest)) return "cut";
    return seat.isUnagreed(guest) ? "unconsented" : "member";
  }

  isBlocked(guest: PeerId): boolean {
    return this.#options.isBlocked(guest);
  }

  isClockBehind(wall: WallTime): boolean {
    return this.#options.isClockBehind(wall);
  }

  /** In `strict` only the inviter counts its guests; an owner does for one that is gone. */
  #mayComplete(room: RoomId, { publicKey }: HeldInvitation): boolean {
    const membership = this.#membership(room);
    const { self } = this.#options;
    for (const invitation of membership?.invitations.values() ?? []) {
      if (invitation.publicKey !== bytesToHex(publicKey)) continue;
      if (invitation.inviter === self) return true;
      return membership?.roleOf(self) === "owner" && !membership.isMember(invitation.inviter);
    }
    return false;
  }

  #membership(room: RoomId) {
    const seat = this.#options.seats.get(room);
    return seat?.isIn === true ? seat.room.membership : undefined;
  }
}

/** Another member may say yes. */
const REFUSED: JoinVerdict = { answer: "refuse", why: "policy" };

const held = ({ publicKey, state, usedBy, expires }: RoomInvitation): HeldInvitation => ({
  publicKey: hexToBytes(publicKey),
  state,
  ...(usedBy !== undefined && { usedBy }),
  expires,
});
