/**
 * By which links we meet at relays whom we do not know yet (spec/relay-meeting.md §1): at our own doors, invitations and
 * knocks that we made, whoever comes by one; at others' doors, while we join, the member who made the link.
 *
 *     ours: watched until it is used, taken back or over        theirs: watched until the joining is
 *
 * Only the maker of a link watches for it. Were all members to, a relay would see a group under one tag; and a guest,
 * who dials nobody there but the maker, could not tell the others from a stranger before it has said who it is.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { doorSecret, knockSecret } from "../identity/door.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { hexToBytes } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import { invitationPublicKey } from "../room/invitation.ts";
import { roomIdToBytes } from "../room/room-id.ts";
import type { Ticket } from "../room/ticket.ts";
import { DOORS_MET_MAX } from "../wire/limits.ts";
import type { RoomSeat } from "./room-seat.ts";

/** `join`: the number of our joining; `undefined`: the door is ours. */
export interface LinkSecret {
  readonly secret: Secret;
  readonly join: number | undefined;
}

type SeatDoors = Pick<RoomSeat, "id" | "isIn" | "about"> & {
  readonly room: { readonly membership: Pick<RoomSeat["room"]["membership"], "invitationsOf"> };
};

export class RoomMeetings {
  readonly #provider: CryptoProvider;
  readonly #self: PeerId;
  #doors: ReadonlyMap<string, Secret> = new Map(); // by room or invitation; at most DOORS_MET_MAX
  readonly #joins = new Map<number, Secret>(); // at most JOINS_MAX
  #version = 0;

  constructor(provider: CryptoProvider, self: PeerId) {
    [this.#provider, this.#self] = [provider, self];
  }

  /** Another after each change of {@link secrets}. */
  get version(): number {
    return this.#version;
  }

  /** Ways in that we wait for, then our doors. */
  *secrets(): Iterable<LinkSecret> {
    for (const [join, secret] of this.#joins) yield { secret, join };
    for (const secret of this.#doors.values()) yield { secret, join: undefined };
  }

  /** Takes the doors as they are now. Of more than {@link DOORS_MET_MAX} those that end last are left out. */
  setDoors(seats: Iterable<SeatDoors>, wall: WallTime): void {
    const knocks: string[] = [];
    const invitations: { readonly publicKey: string; readonly expires: WallTime }[] = [];
    for (const { id, isIn, about, room } of seats) {
      if (!isIn) continue;
      if (about.knocksUntil >= wall) knocks.push(id);
      for (const invitation of room.membership.invitationsOf(this.#self))
        if (invitation.state === "open" && wall <= invitation.expires) invitations.push(invitation);
    }
    invitations.sort((a, b) => a.expires - b.expires);
    const make = {
      knock: (room: string) => knockSecret(this.#provider, hexToBytes(room), this.#self),
      invitation: (key: string) => doorSecret(this.#provider, hexToBytes(key)),
    };
    const doors = new Map<string, Secret>();
    for (const [kind, names] of [
      ["knock", knocks],
      ["invitation", invitations.map(({ publicKey }) => publicKey)],
    ] as const)
      for (const name of names) {
        if (doors.size >= DOORS_MET_MAX) break;
        doors.set(`${kind} ${name}`, this.#doors.get(`${kind} ${name}`) ?? make[kind](name));
      }
    if (doors.size === this.#doors.size && [...doors.keys()].every((name) => this.#doors.has(name))) return;
    for (const [name, secret] of this.#doors) if (!doors.has(name)) secret.wipe();
    this.#doors = doors;
    this.#version += 1;
  }

  /** We join by this link: its maker is looked for. One that names no relay was made where there was none. */
  begin(join: number, ticket: Ticket): void {
    if (ticket.relays.length === 0) return;
    const secret =
      ticket.kind === "knock"
        ? knockSecret(this.#provider, roomIdToBytes(ticket.room), ticket.member)
        : doorSecret(this.#provider, invitationPublicKey(this.#provider, ticket.seed));
    this.#joins.set(join, secret);
    this.#version += 1;
  }

  end(join: number): void {
    this.#joins.get(join)?.wipe();
    if (this.#joins.delete(join)) this.#version += 1;
  }
}
