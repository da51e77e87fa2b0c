/**
 * Channels that have to do with rooms, to whoever serves them: the mesh channel of a seat, a guest, a joining of ours,
 * or a program. Here a peer's wish to open one is judged.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import { channelTag, parseChannelName } from "../room/channel-name.ts";
import type { RoomId } from "../room/room-id.ts";
import { PROTOCOL, RESET } from "../wire/registry.ts";
import type { RoomDoor } from "./room-door.ts";
import type { RoomGround } from "./room-ground.ts";
import type { RoomJoins } from "./room-joins.ts";
import type { RoomChannel } from "./room-output.ts";
import type { RoomSeat } from "./room-seat.ts";
import type { SessionEntry } from "./session-table.ts";

export interface RoomChannelParts {
  readonly provider: CryptoProvider;
  readonly self: PeerId;
  readonly ground: RoomGround;
  readonly seats: ReadonlyMap<RoomId, RoomSeat>;
  readonly door: RoomDoor;
  readonly joins: RoomJoins;
  /** Protocols that programs serve in each room. */
  readonly served: ReadonlyMap<RoomId, ReadonlySet<string>>;
}

export class RoomChannels {
  readonly #parts: RoomChannelParts;

  constructor(parts: RoomChannelParts) {
    this.#parts = parts;
  }

  /** A peer that is not blocked opened a channel with a room's name, or to join one. Returns what a program takes. */
  handleOffered(session: SessionEntry, channel: number, name: string, at: Moment): RoomChannel | undefined {
    const { stack } = session;
    if (name === PROTOCOL.join) this.#handleGuest(session, channel, at);
    else {
      const parsed = parseChannelName(name);
      const seat = parsed === undefined ? undefined : this.#seatOfTag(parsed.tag, stack.peer);
      if (parsed === undefined || seat === undefined) stack.reset(channel, RESET.refused);
      else if (parsed.protocol === undefined) seat.links.handleOffered(session, channel, at.now);
      else if (!seat.counts(stack.peer)) stack.reset(channel, RESET.notAuthorized);
      else if (this.#parts.served.get(seat.id)?.has(parsed.protocol) !== true) stack.reset(channel, RESET.refused);
      else return { room: seat.id, protocol: parsed.protocol };
    }
    return undefined;
  }

  handleAccepted(session: SessionEntry, channel: number, at: Moment): boolean {
    return (
      this.#anySeat((seat) => seat.links.handleAccepted(session, channel, at.now)) ||
      this.#parts.joins.handleAccepted(session, channel, at)
    );
  }

  handleMessages(
    session: SessionEntry,
    channel: number,
    batch: { readonly messages: readonly Uint8Array[]; readonly bytes: number },
    at: Moment,
  ): boolean {
    if (this.#anySeat((seat) => seat.links.handleMessages(session, channel, batch, at))) return true;
    return (
      this.#parts.door.hosts.handleMessages(session, channel, batch, at) ||
      this.#parts.joins.handleMessages(session, channel, batch, at)
    );
  }

  handleWritable(session: SessionEntry, channel: number, at: Moment): boolean {
    if (this.#anySeat((seat) => seat.links.handleWritable(session, channel, at.now))) return true;
    return (
      this.#parts.door.hosts.handleWritable(session, channel, at) ||
      this.#parts.joins.handleWritable(session, channel, at)
    );
  }

  /** `code`: why the peer reset it, if it did. */
  handleEnded(session: SessionEntry, channel: number, isOver: boolean, code: number | undefined, at: Moment): boolean {
    if (this.#anySeat((seat) => seat.links.handleEnded(session, channel, isOver, code, at.now))) return true;
    return (
      this.#parts.door.hosts.handleEnded(session, channel, at) || this.#parts.joins.handleEnded(session, channel, at)
    );
  }

  handleSessionOver(session: SessionEntry, at: Moment): void {
    for (const { links } of this.#parts.seats.values()) links.handleSessionOver(session, at.now);
    this.handleReshaken(session, at);
  }

  /** What was proven to each other was bound to the handshake before. */
  handleReshaken(session: SessionEntry, at: Moment): void {
    this.#parts.door.hosts.handleSessionOver(session, at);
    this.#parts.joins.handleSessionOver(session, at);
  }

  // --- inside ---------------------------------------------------------------------------------

  #handleGuest(session: SessionEntry, channel: number, at: Moment): void {
    // A guest comes to who we are in rooms; under another identity nobody could be let in.
    const isOurs = this.#parts.ground.sessionOf(session.stack.peer) === session;
    if (isOurs) this.#parts.door.hosts.handleOffered(session, channel, at);
    else session.stack.reset(channel, RESET.refused);
  }

  #seatOfTag(tag: string, opener: PeerId): RoomSeat | undefined {
    for (const seat of this.#parts.seats.values()) {
      if (!seat.isIn || !seat.knows(opener)) continue; // of others no hash is made
      if (channelTag(this.#parts.provider, seat.id, opener, this.#parts.self) === tag) return seat;
    }
    return undefined;
  }

  #anySeat(takes: (seat: RoomSeat) => boolean): boolean {
    for (const seat of this.#parts.seats.values()) if (takes(seat)) return true;
    return false;
  }
}
