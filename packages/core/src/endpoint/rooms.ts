/**
 * The rooms of an endpoint as a program uses them: every command checks, does what it can at once, and says why not.
 *
 * @module
 */
import type { ChannelClass } from "../channel/channel-output.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Duration, days, wallAfter } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { isRoomProtocol } from "../room/channel-name.ts";
import { newInvitationKey } from "../room/invitation.ts";
import { isAtLeast, type Membership } from "../room/membership.ts";
import type { OperationBody } from "../room/operation-body.ts";
import { Room } from "../room/room.ts";
import { parseRoomCode, type TypedRoomCode } from "../room/room-code.ts";
import type { RoomId } from "../room/room-id.ts";
import { roomPolicy } from "../room/room-policy.ts";
import { decodeTicket, encodeTicket, isTicketExpired, type Ticket } from "../room/ticket.ts";
import { cleanName } from "../trust/display-name.ts";
import type { Role } from "../trust/roles.ts";
import { INVITATION_KEYS_MAX, INVITATION_LIFETIME_MAX, ROOMS_MAX } from "../wire/limits.ts";
import { ROOM_MESSAGE_BYTES_MAX } from "../wire/room-key-limits.ts";
import { newAbout } from "./room-about.ts";
import type { LinkWays, RoomAnswer, RoomCommands, RoomInvitation } from "./room-commands.ts";
import type { RoomDesk } from "./room-desk.ts";
import type {
  RoomCodeState,
  RoomGap,
  RoomJoinFailure,
  RoomMapState,
  RoomMemberState,
  RoomRefusal,
  RoomRequestState,
  RoomState,
  RoomTerms,
} from "./room-output.ts";
import type { RoomSeat } from "./room-seat.ts";
import { joiningState, memberStates, roomGaps, roomMap, roomState } from "./room-views.ts";
import { encodeRoomWord } from "./room-word.ts";
import type { SessionId } from "./session-table.ts";

/** How long a link that lets nobody in by itself is good for. */
const KNOCK_LIFETIME: Duration = days(1);

export interface RoomsOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly desk: RoomDesk;
}

export class Rooms implements RoomCommands {
  readonly #options: RoomsOptions;
  readonly #desk: RoomDesk;
  readonly #self: PeerId;

  constructor(options: RoomsOptions) {
    [this.#options, this.#desk, this.#self] = [options, options.desk, options.identity.peerId];
  }

  // --- read -----------------------------------------------------------------------------------

  get all(): readonly RoomState[] {
    const { seats, joins } = this.#desk;
    const coming = joins.rooms.filter(({ room }) => !seats.has(room));
    return [...[...seats.values()].map((seat) => this.#state(seat)), ...coming.map(joiningState)];
  }

  stateOf(room: RoomId): RoomState | undefined {
    const seat = this.#desk.seats.get(room);
    if (seat !== undefined) return this.#state(seat);
    const coming = this.#desk.joins.rooms.find((each) => each.room === room);
    return coming && joiningState(coming);
  }

  membersOf(room: RoomId): readonly RoomMemberState[] {
    const seat = this.#desk.seats.get(room);
    return seat === undefined ? [] : memberStates(seat, this.#self, this.#desk.at.now);
  }

  requestsOf(room: RoomId): readonly RoomRequestState[] {
    return this.#desk.door.requestsOf(room);
  }

  mapOf(room: RoomId): RoomMapState {
    const seat = this.#desk.seats.get(room);
    return seat === undefined ? { nodes: [], edges: [] } : roomMap(seat, this.#desk.at.now);
  }

  gapsOf(room: RoomId): readonly RoomGap[] {
    const seat = this.#desk.seats.get(room);
    return seat === undefined ? [] : roomGaps(seat);
  }

  shownCodeOf(room: RoomId): RoomCodeState | undefined {
    return this.#desk.door.shownCodeOf(room, this.#desk.at.now);
  }

  challengesOf(room: RoomId): readonly PeerId[] {
    return this.#desk.joins.challenges.flatMap((each) => (each.room === room ? each.member : []));
  }

  /** What the room's log comes down to; for who wants to know more than views tell. */
  membershipOf(room: RoomId): Membership | undefined {
    return this.#desk.seats.get(room)?.room.membership;
  }

  mark(): number {
    return this.#desk.mark();
  }

  get keptThrough(): number {
    return this.#desk.keptThrough;
  }

  // --- come in --------------------------------------------------------------------------------

  create(name: string, terms: Partial<RoomTerms>, at: Moment): { readonly room: RoomId } | RoomRefusal {
    const clean = cleanName(name);
    if (clean === "") return "argument";
    if (this.#desk.seats.size >= ROOMS_MAX) return "limit";
    const { provider, random, identity, name: founder } = this.#options;
    const founding = { name: clean, policy: roomPolicy(terms), founder: cleanName(founder) };
    const room = Room.found({ provider, random, identity }, founding, at);
    this.#desk.add(room, newAbout(), at);
    return { room: room.id };
  }

  join(text: string, nearby: readonly (readonly string[])[], request: number, at: Moment): void {
    const ticket = readTicket(text);
    const fail = (reason: RoomJoinFailure): void => this.#desk.failJoin(request, reason);
    if (ticket === undefined) return fail("ticket");
    if ("number" in ticket) return this.#startJoin(ticket, nearby, request, at);
    if (isTicketExpired(ticket, at.wall)) return fail("expired");
    if (this.#desk.seats.get(ticket.room)?.isIn === true) return this.#desk.finishJoin(request, ticket.room);
    if (ticket.member === this.#self) return fail("ticket");
    this.#startJoin(ticket, nearby, request, at);
  }

  cancelJoin(request: number, at: Moment): void {
    this.#desk.joins.cancel(request, at);
  }

  answerChallenge(room: RoomId, member: PeerId, code: string, at: Moment): RoomAnswer {
    const asked = this.#desk.joins.challenges.find((each) => each.room === room && each.member === member);
    if (asked === undefined) return "notMember";
    return this.#desk.joins.answer(asked.request, code, at) ? undefined : "argument";
  }

  // --- let others in ----------------------------------------------------------------------------

  invite(
    room: RoomId,
    terms: {
      readonly uses: number;
      readonly lifetime: Duration;
      readonly role: Role;
    } & LinkWays,
    at: Moment,
  ): RoomInvitation | RoomRefusal {
    const { uses, lifetime, role, hints, relays } = terms;
    const seat = this.#desk.seats.get(room);
    if (seat === undefined) return "unknown";
    if (!Number.isInteger(uses) || uses < 1 || uses > INVITATION_KEYS_MAX) return "argument";
    if (!(lifetime > 0 && lifetime <= INVITATION_LIFETIME_MAX)) return "argument";
    const { membership } = seat.room;
    const own = membership.roleOf(this.#self);
    if (own === undefined || !membership.may(this.#self, "invite") || !isAtLeast(own, role)) return "notAllowed";
    const { provider, random } = this.#options;
    const keys = Array.from({ length: uses }, () => newInvitationKey(provider, random));
    const expires = wallAfter(at.wall, lifetime);
    const refusal = seat.act(
      {
        kind: "invite",
        invitation: bytesToHex(random(16)),
        keys: keys.map(({ publicKey }) => bytesToHex(publicKey)).sort(),
        role,
        expires,
      },
      at,
    );
    if (refusal !== undefined) return refusal;
    const place = { room, member: this.#self, expires, name: membership.name, hints, relays };
    const links = keys.map(({ seed }) => encodeTicket({ kind: "invitation", seed, ...place }));
    for (const { seed } of keys) seed.wipe();
    return { links, role, expiresAt: expires };
  }

  revokeInvitations(room: RoomId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => {
      const open = seat.room.membership.invitationsOf(this.#self).filter(({ state }) => state === "open");
      for (const invitation of new Set(open.map(({ id }) => id))) {
        const refusal = seat.act({ kind: "revoke", invitation }, at);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    });
  }

  knockLink(room: RoomId, ways: LinkWays, at: Moment): { readonly link: string } | RoomRefusal {
    const seat = this.#desk.seats.get(room);
    if (seat === undefined) return "unknown";
    if (!seat.isIn) return "over";
    const expires = wallAfter(at.wall, KNOCK_LIFETIME);
    seat.setKnocksUntil(expires);
    this.#desk.touch(room);
    const { name } = seat.room.membership;
    return { link: encodeTicket({ kind: "knock", room, member: this.#self, expires, name, ...ways }) };
  }

  showCode(room: RoomId, at: Moment): RoomCodeState | RoomRefusal {
    const seat = this.#desk.seats.get(room);
    if (seat === undefined) return "unknown";
    return seat.isIn ? this.#desk.door.showCode(seat, at) : "over";
  }

  approve(room: RoomId, peer: PeerId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => this.#desk.door.approve(seat, peer, at));
  }

  refuse(room: RoomId, peer: PeerId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => this.#desk.door.refuse(seat, peer, at));
  }

  challenge(room: RoomId, peer: PeerId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => this.#desk.door.challenge(seat, peer, at));
  }

  // --- govern -----------------------------------------------------------------------------------

  setRole(room: RoomId, peer: PeerId, role: Role, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => {
      const { membership } = seat.room;
      if (!membership.isMember(peer)) return "notMember";
      if (membership.roleOf(peer) === role) return undefined;
      if (isLastOwner(membership, peer) && role !== "owner") return "lastOwner";
      if (!membership.maySetRole(this.#self, peer, role)) return "notAllowed";
      return seat.act({ kind: "role", subject: peer, role }, at);
    });
  }

  expel(room: RoomId, peer: PeerId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => {
      const { membership } = seat.room;
      if (!membership.isMember(peer)) return "notMember";
      if (!membership.mayExpel(this.#self, peer)) return "notAllowed";
      return seat.act({ kind: "expel", subject: peer }, at);
    });
  }

  cut(room: RoomId, peer: PeerId, isCut: boolean, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => {
      if (peer === this.#self) return "argument";
      if (!seat.room.membership.isMember(peer)) return "notMember";
      if (seat.about.cut.has(peer) === isCut) return undefined;
      seat.setCut(peer, isCut, at.now);
      seat.sayWord("cut", encodeRoomWord({ word: "cut", peer, isCut }));
      if (isCut) this.#desk.part(room, peer, at.now);
      this.#desk.touch(room);
      return undefined;
    });
  }

  setPolicy(room: RoomId, terms: RoomTerms, at: Moment): RoomAnswer {
    return this.#govern(
      room,
      (seat) => ({
        kind: "policy",
        policy: roomPolicy(terms),
        name: seat.room.membership.name,
      }),
      at,
    );
  }

  rename(room: RoomId, name: string, at: Moment): RoomAnswer {
    const clean = cleanName(name);
    if (clean === "") return "argument";
    return this.#govern(room, (seat) => ({ kind: "policy", policy: seat.room.membership.policy, name: clean }), at);
  }

  leave(room: RoomId, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) => seat.act({ kind: "leave" }, at));
  }

  forget(room: RoomId, _at: Moment): RoomAnswer {
    const seat = this.#desk.seats.get(room);
    if (seat === undefined) return "unknown";
    if (seat.isIn) return "notAllowed";
    this.#desk.forget(room);
    return undefined;
  }

  // --- speak ------------------------------------------------------------------------------------

  setAddresses(addresses: readonly string[], at: Moment): void {
    this.#desk.setAddresses(addresses, at.now);
  }

  broadcast(room: RoomId, protocol: string, message: Uint8Array, _at: Moment): boolean {
    const seat = this.#desk.seats.get(room);
    if (seat === undefined || !isRoomProtocol(protocol) || message.length > ROOM_MESSAGE_BYTES_MAX) return false;
    return seat.say(protocol, message);
  }

  reach(room: RoomId, member: PeerId, request: number, at: Moment): void {
    const seat = this.#desk.seats.get(room);
    if (member === this.#self || seat?.counts(member) !== true) return this.#desk.reach.fail(request, member);
    seat.hints.tell(member, at.now);
    const through = seat.links.mesh.topology.nextHop(member) === undefined ? undefined : room;
    this.#desk.reach.begin(request, member, through, at.now);
  }

  openChannel(session: SessionId, room: RoomId, protocol: string, channelClass: ChannelClass): number | undefined {
    return isRoomProtocol(protocol) ? this.#desk.openChannel(session, room, protocol, channelClass) : undefined;
  }

  serve(room: RoomId, protocol: string, isServed: boolean): void {
    const served = this.#desk.served.get(room) ?? new Set<string>();
    this.#desk.served.set(room, served);
    if (isServed) served.add(protocol);
    else served.delete(protocol);
  }

  sendFlow(flow: number, packet: Uint8Array, _at: Moment): void {
    this.#desk.flows.send(flow, packet);
  }

  closeFlow(flow: number, _at: Moment): void {
    this.#desk.flows.close(flow);
  }

  // --- inside -----------------------------------------------------------------------------------

  #state(seat: RoomSeat): RoomState {
    return roomState(seat, this.#self, this.requestsOf(seat.id).length, this.#desk.at.now);
  }

  #inside(room: RoomId, run: (seat: RoomSeat) => RoomAnswer): RoomAnswer {
    const seat = this.#desk.seats.get(room);
    if (seat === undefined) return "unknown";
    return seat.isIn ? run(seat) : "over";
  }

  #govern(room: RoomId, body: (seat: RoomSeat) => OperationBody, at: Moment): RoomAnswer {
    return this.#inside(room, (seat) =>
      seat.room.membership.may(this.#self, "setPolicy") ? seat.act(body(seat), at) : "notAllowed",
    );
  }

  #startJoin(
    ticket: Ticket | TypedRoomCode,
    nearby: readonly (readonly string[])[],
    request: number,
    at: Moment,
  ): void {
    if (this.#desk.seats.size >= ROOMS_MAX || !this.#desk.joins.start(request, ticket, nearby, at))
      this.#desk.failJoin(request, "limit");
  }
}

function isLastOwner({ members }: Membership, peer: PeerId): boolean {
  const owners = [...members.values()].filter(({ role }) => role === "owner");
  return owners.length === 1 && owners[0]?.peer === peer;
}

function readTicket(text: string): Ticket | TypedRoomCode | undefined {
  const code = parseRoomCode(text);
  if (code !== undefined) return code;
  try {
    return decodeTicket(text);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
