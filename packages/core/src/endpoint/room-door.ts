/**
 * The doors of our rooms: guests that come to us, codes that let them in, and those that wait for a person. What a
 * guest needs to become a member is done here, in the log of its room; the other members are told.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner } from "../lib/time.ts";
import type { AdmitWish } from "../room/join-policy.ts";
import { JoinRequests } from "../room/join-requests.ts";
import { isAtLeast } from "../room/membership.ts";
import type { Admission } from "../room/operation-body.ts";
import type { RoomId } from "../room/room-id.ts";
import type { AttemptLimits } from "../trust/attempt-limits.ts";
import type { AuditRecord } from "../trust/audit-event.ts";
import type { Role } from "../trust/roles.ts";
import { JoinHosts, type JoinHostsOutput } from "./join-hosts.ts";
import { noteReuser } from "./room-about.ts";
import { type CodeChange, RoomCodes } from "./room-codes.ts";
import type { RoomCodeState, RoomRefusal, RoomRequestState } from "./room-output.ts";
import type { RoomSeat } from "./room-seat.ts";
import { codeState, requestState } from "./room-views.ts";
import { RoomWays } from "./room-ways.ts";
import { encodeRoomWord, type RoomWord } from "./room-word.ts";
import type { SessionId } from "./session-table.ts";
import { ToldRequests } from "./told-requests.ts";

/** What happens once everything said so far is durable. */
export type DoorEffect =
  | { readonly of: "host"; readonly session: SessionId; readonly token: number }
  | { readonly of: "admitted"; readonly session: SessionId; readonly guest: Guest };

interface Guest {
  readonly room: RoomId;
  readonly peer: PeerId;
  readonly prekey: Uint8Array;
}

export type RoomDoorOutput =
  | { readonly type: "changed"; readonly room: RoomId }
  | { readonly type: "store"; readonly puts: readonly StoreEntry[]; readonly deletes: readonly string[] }
  /** When all that was said before is durable. */
  | { readonly type: "then"; readonly effect: DoorEffect }
  | { readonly type: "audit"; readonly record: AuditRecord }
  | { readonly type: "note"; readonly code: string; readonly peer: PeerId };

export interface RoomDoorOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly seats: ReadonlyMap<RoomId, RoomSeat>;
  readonly attempts: AttemptLimits;
  readonly restored: readonly StoreEntry[];
  readonly isKnown: (peer: PeerId) => boolean;
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly isClockBehind: (wall: Moment["wall"]) => boolean;
}

export class RoomDoor {
  readonly hosts: JoinHosts;
  readonly #seats: ReadonlyMap<RoomId, RoomSeat>;
  readonly #self: PeerId;
  readonly #codes: RoomCodes;
  readonly #ways: RoomWays;
  readonly #told = new ToldRequests();
  readonly #outputs: RoomDoorOutput[] = [];

  constructor(options: RoomDoorOptions, at: Moment) {
    const { seats, identity, random, isBlocked, isClockBehind, restored } = options;
    [this.#seats, this.#self, this.#codes] = [seats, identity.peerId, new RoomCodes(random)];
    const code = (number: number): ReturnType<RoomCodes["byNumber"]> => this.#codes.byNumber(number);
    this.#ways = new RoomWays({ self: identity.peerId, seats, code, isBlocked, isClockBehind });
    const requests = new JoinRequests(restored, at.now, at.wall);
    this.hosts = new JoinHosts({ ...options, requests, policy: this.#ways });
  }

  /** Whether somebody who has no invitation may come: a code is shown, or a knock awaited. */
  expectsGuests({ now, wall }: Moment): boolean {
    if (this.#codes.isAnyUsable(now)) return true;
    for (const { isIn, about } of this.#seats.values()) if (isIn && about.knocksUntil > wall) return true;
    return false;
  }

  /** Those at our own door first. */
  requestsOf(room: RoomId): readonly RoomRequestState[] {
    const own = this.hosts.requestsOf(room).map(requestState);
    const told = this.#told.of(room).filter(({ guest }) => !own.some(({ peer }) => peer === guest));
    return [
      ...own,
      ...told.map(({ guest, name, wants, askedAt }) => ({ peer: guest, name, wants, askedAt, code: undefined })),
    ];
  }

  shownCodeOf(room: RoomId, now: Instant): RoomCodeState | undefined {
    const code = this.#codes.of(room, now);
    return code && codeState(code);
  }

  // --- commands -------------------------------------------------------------------------------

  showCode(seat: RoomSeat, at: Moment): RoomCodeState | RoomRefusal {
    if (!this.#ways.mayAdmit(seat.id, "code")) return "notAllowed";
    const { code, change } = this.#codes.show(seat.id, at);
    this.#tellCode(seat, change);
    return codeState(code);
  }

  approve(seat: RoomSeat, guest: PeerId, at: Moment): RoomRefusal | undefined {
    if (!this.#ways.mayAdmit(seat.id, "approval")) return "notAllowed";
    const isOurs = this.hosts.approve(seat.id, guest, at);
    this.drain(at);
    if (isOurs) return undefined;
    const told = this.#told.get(seat.id, guest);
    const awaiting = seat.room.membership.awaiting.get(guest);
    const name = told?.name ?? awaiting?.name;
    if (name === undefined) return "notMember";
    this.#told.remove(seat.id, guest);
    return seat.act({ kind: "admit", subject: guest, name, role: "member", how: { by: "approval" } }, at);
  }

  refuse(seat: RoomSeat, guest: PeerId, at: Moment): RoomRefusal | undefined {
    const isOurs = this.hosts.refuse(seat.id, guest, at);
    this.drain(at);
    if (isOurs) return undefined;
    if (!this.#ways.mayAdmit(seat.id, "approval")) return "notAllowed";
    if (!this.#told.remove(seat.id, guest)) return "notMember";
    this.#say(seat, { word: "refused", guest });
    this.#outputs.push({ type: "changed", room: seat.id });
    return undefined;
  }

  challenge(seat: RoomSeat, guest: PeerId, at: Moment): RoomRefusal | undefined {
    const isMade = this.hosts.challenge(seat.id, guest, at);
    this.drain(at);
    if (isMade) return undefined;
    return this.hosts.requestsOf(seat.id).some((request) => request.guest === guest) ? "tryLater" : "notMember";
  }

  // --- what the world did ---------------------------------------------------------------------

  /** What another member's endpoint says. */
  handleWord(seat: RoomSeat, from: PeerId, said: RoomWord, at: Moment): void {
    const { membership } = seat.room;
    switch (said.word) {
      case "code":
        if (membership.may(from, "showCode") && this.#ways.mayAdmit(seat.id, "code"))
          this.#codes.take(seat.id, said.news, at);
        break;
      case "request": {
        const { guest, name, wants } = said;
        if (membership.isMember(guest)) return;
        this.#told.add(seat.id, { guest, name, wants, askedAt: at.wall }, at.now);
        break;
      }
      case "gone":
        this.#told.remove(seat.id, said.guest);
        break;
      case "refused":
        if (!membership.may(from, "approve")) return;
        this.hosts.refuse(seat.id, said.guest, at);
        this.#told.remove(seat.id, said.guest);
        this.drain(at);
        break;
      case "cut":
        return;
    }
    this.#outputs.push({ type: "changed", room: seat.id });
  }

  /** Somebody may have been let in by another's word; codes end with what they were shown by. */
  handleMembership(seat: RoomSeat, at: Moment): void {
    for (const { guest } of this.#told.of(seat.id))
      if (!seat.isIn || seat.room.membership.isMember(guest)) this.#told.remove(seat.id, guest);
    for (const { guest } of this.hosts.requestsOf(seat.id))
      if (seat.room.membership.isMember(guest)) this.#serve(seat, guest, at);
    if (seat.isIn && this.#ways.mayAdmit(seat.id, "code")) return;
    const deletes = this.#codes.forget(seat.id);
    if (deletes.length > 0) this.#outputs.push({ type: "store", puts: [], deletes });
  }

  /** What was said before it is durable. */
  handleKept(effect: DoorEffect, at: Moment): void {
    if (effect.of === "host") this.hosts.handleStored(effect.session, effect.token, at);
    else this.#give(effect.session, effect.guest, at);
    this.drain(at);
  }

  handleTimeout(at: Moment): void {
    this.hosts.handleTimeout(at);
    for (const room of [...this.#codes.handleTimeout(at.now), ...this.#told.handleTimeout(at.now)])
      this.#outputs.push({ type: "changed", room });
    this.drain(at);
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.hosts.nextTimeout(), sooner(this.#codes.nextTimeout(), this.#told.nextTimeout()));
  }

  poll(): RoomDoorOutput | undefined {
    return this.#outputs.shift();
  }

  /** Carries out what guests' machines want. */
  drain(at: Moment): void {
    for (let output = this.hosts.poll(); output !== undefined; output = this.hosts.poll()) this.#carryOut(output, at);
  }

  // --- inside ---------------------------------------------------------------------------------

  #carryOut({ session, output }: JoinHostsOutput, at: Moment): void {
    switch (output.type) {
      case "store":
        this.#outputs.push({ type: "store", puts: output.puts, deletes: output.deletes });
        if (output.token > 0) this.#then({ of: "host", session, token: output.token });
        break;
      case "audit":
        this.#outputs.push(output);
        break;
      case "admit":
        this.#admit(session, output.wish, at);
        break;
      case "serve": {
        const { room, guest: peer, prekey } = output;
        this.#then({ of: "admitted", session, guest: { room, peer, prekey } });
        break;
      }
      case "consented":
        this.#seats.get(output.room)?.agree(output.guest, at.now);
        this.hosts.admitted(session, [], at);
        break;
      case "request":
        this.#tellRequest(output);
        break;
      case "reused":
        this.#handleReused(output);
        break;
      case "codeTried":
        this.#tellCode(
          this.#seats.get(output.room),
          this.#codes.tried(output.room, output.code, output.how === "right"),
        );
        this.#outputs.push({ type: "changed", room: output.room });
    }
  }

  #admit(session: SessionId, wish: AdmitWish, at: Moment): void {
    const { room, guest: peer, name, prekey } = wish;
    const seat = this.#seats.get(room);
    if (seat === undefined) return this.hosts.notAdmitted(session, "tryLater", at);
    const how = admissionOf(wish);
    const refusal = seat.act({ kind: "admit", subject: peer, name, role: this.#roleFor(seat, how), how }, at);
    if (refusal !== undefined) return this.hosts.notAdmitted(session, refusal === "limit" ? "full" : "policy", at);
    if (!seat.room.membership.isMember(peer)) return this.hosts.notAdmitted(session, "policy", at);
    seat.agree(peer, at.now);
    this.#outputs.push({ type: "changed", room });
    this.#then({ of: "admitted", session, guest: { room, peer, prekey } });
  }

  #roleFor({ room }: RoomSeat, how: Admission): Role {
    const own = room.membership.roleOf(this.#self) ?? "guest";
    const given =
      how.by === "invitation" ? (room.membership.invitations.get(how.publicKey)?.role ?? "guest") : "member";
    return isAtLeast(own, given) ? given : own;
  }

  /** A guest that waits here was let in by another member. */
  #serve(seat: RoomSeat, guest: PeerId, at: Moment): void {
    const { hosts } = this;
    const request = hosts.requestsOf(seat.id).find((each) => each.guest === guest);
    const session = hosts.sessionOf(seat.id, guest);
    if (request === undefined || session === undefined || seat.isUnagreed(guest)) return;
    this.#give(session, { room: seat.id, peer: guest, prekey: request.prekey }, at);
  }

  #give(session: SessionId, { room, peer, prekey }: Guest, at: Moment): void {
    const parts = this.#seats.get(room)?.packageFor(peer, prekey, at);
    if (parts === undefined) this.hosts.notAdmitted(session, "tryLater", at);
    else this.hosts.admitted(session, parts, at);
  }

  #handleReused({ room, guest }: Extract<JoinHostsOutput["output"], { type: "reused" }>): void {
    const seat = this.#seats.get(room);
    if (seat !== undefined) noteReuser(seat.about, guest);
    this.#outputs.push({ type: "note", code: "invitation-reused", peer: guest }, { type: "changed", room });
  }

  #tellRequest({ change, request }: Extract<JoinHostsOutput["output"], { type: "request" }>): void {
    const { room, guest, name, wants } = request;
    const seat = this.#seats.get(room);
    this.#outputs.push({ type: "changed", room });
    if (seat === undefined || wants !== "approval") return; // a challenge is between the two
    if (change === "listed") this.#say(seat, { word: "request", guest, wants, name });
    else if (change === "gone") this.#say(seat, { word: "gone", guest });
  }

  #tellCode(seat: RoomSeat | undefined, change: CodeChange | undefined): void {
    if (seat === undefined || change === undefined) return;
    const { puts, deletes, news } = change;
    if (puts.length + deletes.length > 0) this.#outputs.push({ type: "store", puts, deletes });
    for (const each of news) this.#say(seat, { word: "code", news: each });
    this.#outputs.push({ type: "changed", room: seat.id });
  }

  #say(seat: RoomSeat, said: RoomWord): void {
    seat.sayWord(said.word, encodeRoomWord(said));
  }

  #then(effect: DoorEffect): void {
    this.#outputs.push({ type: "then", effect });
  }
}

const admissionOf = ({ how }: AdmitWish): Admission =>
  how.by === "invitation"
    ? { by: "invitation", publicKey: bytesToHex(how.publicKey), signature: how.signature }
    : { by: how.by };
