/**
 * The rooms of an endpoint, towards the world: a seat in each, the door for guests, our own ways in, and what goes
 * through a mesh to one member alone. What a program asks of them is in `rooms.ts`.
 *
 * @module
 */
import { type StoreEntry, StoreQueue } from "../app/store-queue.ts";
import type { ChannelClass } from "../channel/channel-output.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import { after, type Instant, sooner } from "../lib/time.ts";
import { channelName, channelTag } from "../room/channel-name.ts";
import { Room } from "../room/room.ts";
import type { RoomId } from "../room/room-id.ts";
import { ROOM_SWEEP } from "../wire/limits.ts";
import type { DialOutput } from "./dial-book.ts";
import { roomOfHint } from "./hint.ts";
import type { RoomDraft } from "./join-run-output.ts";
import { newAbout, type RoomAbout } from "./room-about.ts";
import { RoomCalls } from "./room-calls.ts";
import { RoomChannels } from "./room-channels.ts";
import { type DoorEffect, RoomDoor } from "./room-door.ts";
import { RoomFlows } from "./room-flows.ts";
import type { RoomGround } from "./room-ground.ts";
import { RoomIdle } from "./room-idle.ts";
import { RoomJoins } from "./room-joins.ts";
import { RoomKeeper } from "./room-keeper.ts";
import { RoomMeetings } from "./room-meetings.ts";
import { type RoomDeskOutput, RoomNews } from "./room-news.ts";
import type { RoomJoinFailure } from "./room-output.ts";
import { RoomReach } from "./room-reach.ts";
import { tellRecognition } from "./room-recognition.ts";
import { RoomSeat } from "./room-seat.ts";
import { SeatOutputs } from "./seat-outputs.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";
import { storedRooms } from "./stored-rooms.ts";
import type { TrustDesk } from "./trust-desk.ts";

export interface RoomDeskOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  /** What we call ourselves. */
  readonly name: string;
  readonly trust: TrustDesk;
  readonly restored: readonly StoreEntry[];
  readonly ground: RoomGround;
}

type Effect = DoorEffect | { readonly of: "mark"; readonly mark: number };

export class RoomDesk {
  readonly seats: Map<RoomId, RoomSeat> = new Map(); // at most ROOMS_MAX
  readonly door: RoomDoor;
  readonly joins: RoomJoins;
  readonly channels: RoomChannels;
  readonly meetings: RoomMeetings;
  readonly flows: RoomFlows;
  readonly reach: RoomReach;
  readonly served: Map<RoomId, Set<string>> = new Map();
  /** Of the last thing that happened: for views. */
  at: Moment;
  readonly #options: RoomDeskOptions;
  readonly #self: PeerId;
  readonly #calls: RoomCalls;
  readonly #keeper: RoomKeeper;
  readonly #store: StoreQueue<Effect>;
  readonly #news = new RoomNews();
  readonly #idle: RoomIdle;
  readonly #seatOutputs: SeatOutputs;
  #marks = 0;
  #keptThrough = 0;
  #addresses: readonly string[] = [];
  #sweepAt: Instant | undefined;

  constructor(options: RoomDeskOptions, at: Moment) {
    [this.#options, this.at] = [options, at];
    const { provider, random, identity, name, trust, restored, ground } = options;
    this.#self = identity.peerId;
    this.#store = new StoreQueue({ isPersistent: !identity.isOneTime });
    this.#calls = new RoomCalls(ground);
    this.#idle = new RoomIdle(ground);
    this.flows = new RoomFlows(random);
    this.reach = new RoomReach(this.#calls);
    this.#keeper = new RoomKeeper({
      ...{ calls: this.#calls, ground },
      isMember: (peer) => this.isMember(peer),
      wayTo: (peer) => this.wayTo(peer),
    });
    for (const { room, about, entries } of storedRooms(restored)) this.#restore(room, about, entries, at);
    this.door = new RoomDoor(
      {
        ...{ provider, random, identity, restored, seats: this.seats, attempts: trust.limits },
        isKnown: (peer) => trust.isContact(peer),
        isBlocked: (peer) => trust.blocked.has(peer),
        isClockBehind: (wall) => trust.isClockBehind({ now: at.now, wall }),
      },
      at,
    );
    this.meetings = new RoomMeetings(provider, this.#self);
    this.joins = new RoomJoins({
      ...{ provider, random, identity, name, calls: this.#calls, meetings: this.meetings },
      draft: (room, now) => new Room({ provider, random, identity, id: room, restored: [] }, now),
    });
    const { seats, door, joins, served, flows } = this;
    this.#seatOutputs = new SeatOutputs({
      ...{ self: this.#self, door, joins, flows, ground, calls: this.#calls, news: this.#news },
      audit: (record, at) => record && trust.audit(record, at),
      keep: (puts, deletes) => this.#keep(puts, deletes),
      part: (room, peer, now) => this.part(room, peer, now),
    });
    this.channels = new RoomChannels({ provider, ground, seats, door, joins, served, self: identity.peerId });
  }

  // --- read -----------------------------------------------------------------------------------

  get keptThrough(): number {
    return this.#keptThrough;
  }

  /** Whether a room of ours counts the peer as a member, and we have not cut it off there. */
  isMember(peer: PeerId): boolean {
    for (const seat of this.seats.values()) if (seat.counts(peer)) return true;
    return false;
  }

  /** Whether the peer is a neighbour in a room, or is to become one. */
  isNeighbour(peer: PeerId): boolean {
    for (const { links } of this.seats.values()) if (links.has(peer)) return true;
    return false;
  }

  /** A room of ours whose mesh leads to the peer. */
  wayTo(peer: PeerId): RoomId | undefined {
    for (const { id, isIn, links } of this.seats.values())
      if (isIn && links.isLinkable(peer) && links.mesh.topology.nextHop(peer) !== undefined) return id;
    return undefined;
  }

  // --- commands -------------------------------------------------------------------------------

  /** A new room of ours, or one that let us in. */
  add(room: Room, about: RoomAbout, at: Moment): RoomSeat {
    const seat = this.#seat(room, about, [], at);
    seat.begin();
    this.#news.touchList();
    return seat;
  }

  /** Removes all that is kept of it. */
  forget(room: RoomId): void {
    this.seats.delete(room);
    this.served.delete(room);
    this.#news.touchList();
    this.#news.push({ type: "deletePrefix", prefix: `room/${room}/` });
  }

  setAddresses(addresses: readonly string[], now: Instant): void {
    this.#addresses = addresses;
    for (const seat of this.seats.values()) seat.setAddresses(addresses, now);
  }

  /** A joining that needs no network. */
  finishJoin(request: number, room: RoomId): void {
    this.#news.push({ type: "roomJoined", request, room });
  }

  failJoin(request: number, reason: RoomJoinFailure): void {
    this.#news.push({ type: "roomJoinFailed", request, reason });
  }

  /** A program's channel on a session with a member; `undefined`: it is over, or has too many. */
  openChannel(session: SessionId, room: RoomId, protocol: string, channelClass: ChannelClass): number | undefined {
    const { ground, provider } = this.#options;
    const entry = ground.session(session);
    if (entry === undefined || this.seats.get(room)?.counts(entry.stack.peer) !== true) return undefined;
    const tag = channelTag(provider, room, this.#self, entry.stack.peer);
    return ground.open(entry, channelName({ tag, protocol }), channelClass, { room, protocol });
  }

  mark(): number {
    this.#marks += 1;
    this.#store.whenStored({ of: "mark", mark: this.#marks });
    return this.#marks;
  }

  touch(room: RoomId): void {
    this.#news.touch(room);
    this.#news.touchRecognition();
  }

  close(at: Moment): void {
    for (const seat of this.seats.values()) seat.close(at);
  }

  /** We deal with the member in this room no more. */
  part(room: RoomId, peer: PeerId, now: Instant): void {
    this.flows.endWith(room, peer);
    this.#options.ground.endChannels(peer, room);
    this.#idle.part(peer);
    this.#release(peer, now);
  }

  // --- routed links ---------------------------------------------------------------------------

  /** A dial with this hint goes through a mesh. `no`: it is none of ours to make. */
  dialThrough(hint: string | undefined, peer: PeerId, dial: number): "no" | "begun" | "failed" {
    const room = hint === undefined ? undefined : roomOfHint(hint);
    if (room === undefined) return "no";
    return this.flows.open(room, peer, dial) ? "begun" : "failed";
  }

  // --- what the world did ---------------------------------------------------------------------

  /** To a call of ours. */
  handleAnswer(answer: Extract<DialOutput, { type: "connected" | "connectFailed" }>, at: Moment): void {
    const call = this.#calls.take(answer.request);
    const session = answer.type === "connected" ? answer.session : undefined;
    switch (call?.for) {
      case "mesh":
        this.seats.get(call.room)?.links.handleDialled(call.peer, session !== undefined, at.now);
        if (session === undefined) this.#release(call.peer, at.now);
        break;
      case "join":
        if (session !== undefined) this.joins.handleConnected(call, session, at);
        else this.joins.handleDialFailed(call, at);
        break;
      case "reach":
        if (answer.type === "connected") this.reach.handleConnected(call.request, answer.session);
        else this.reach.handleFailed(call.request, call.peer, answer.reason);
        break;
      default: // a session that goes on by itself
    }
  }

  /** Its path changed, came or went. */
  handlePath(session: SessionEntry, at: Moment): void {
    for (const { links } of this.seats.values()) links.handlePath(session, at.now);
    this.#keeper.handlePath(session, at.now);
  }

  /** They were seen where they were not before. */
  handleSighted(peers: readonly PeerId[], now: Instant): void {
    for (const { links } of this.seats.values()) for (const peer of peers) links.mesh.handleSighted(peer, now);
  }

  handleBlocked(peer: PeerId, now: Instant): void {
    for (const seat of this.seats.values()) seat.handleBlocked(peer, now);
  }

  handleStored(token: number, isStored: boolean, at: Moment): void {
    if (isStored) this.#store.stored(token);
    else this.#store.failed(token, at.now);
  }

  handleTimeout(at: Moment): void {
    for (const each of [...this.seats.values(), this.door, this.joins]) each.handleTimeout(at);
    for (const each of [this.#store, this.#keeper]) each.handleTimeout(at.now);
    if (this.#sweepAt !== undefined && at.now >= this.#sweepAt) this.#sweep(at.now);
  }

  nextTimeout(): Instant | undefined {
    let next = sooner(sooner(this.door.nextTimeout(), this.joins.nextTimeout()), this.#keeper.nextTimeout());
    next = sooner(next, sooner(this.#store.nextTimeout(), this.#sweepAt));
    for (const seat of this.seats.values()) next = sooner(next, seat.nextTimeout());
    return next;
  }

  settle(at: Moment): void {
    this.at = at;
    const { provider, trust } = this.#options;
    for (const effect of this.#store.takeDone()) this.#handleKept(effect, at);
    this.#drainDoor(at);
    this.#drainJoins(at);
    for (const seat of this.seats.values()) this.#settleSeat(seat, at);
    this.#drainDoor(at);
    this.#drainFlows(at);
    for (const seat of this.seats.values()) this.#settleSeat(seat, at);
    if (this.#news.takeRecognition())
      tellRecognition(trust.recognition, this.meetings, provider, this.#self, [...this.seats.values()], at.wall);
    for (let output = this.reach.poll(); output !== undefined; output = this.reach.poll()) this.#news.push(output);
    this.#news.tellChanges();
    if (this.#sweepAt === undefined && (this.seats.size > 0 || this.#idle.isDue))
      this.#sweepAt = after(at.now, ROOM_SWEEP);
    const transaction = this.#store.next();
    if (transaction !== undefined) this.#news.push(transaction);
  }

  poll(): RoomDeskOutput | undefined {
    return this.#news.poll();
  }

  // --- seats ----------------------------------------------------------------------------------

  #restore(id: RoomId, about: RoomAbout, restored: readonly StoreEntry[], at: Moment): void {
    const { provider, random, identity, trust } = this.#options;
    const room = new Room({ provider, random, identity, id, restored }, at);
    if (room.isFounded) this.#seat(room, about, restored, at);
    else trust.audit({ event: "damaged", detail: "room" }, at);
  }

  #seat(room: Room, about: RoomAbout, restored: readonly StoreEntry[], at: Moment): RoomSeat {
    const { provider, random, identity, ground } = this.#options;
    const seat = new RoomSeat({ provider, random, identity, ground, room, about, restored }, at);
    seat.setAddresses(this.#addresses, at.now);
    this.seats.set(room.id, seat);
    this.#news.touch(room.id);
    return seat;
  }

  #settleSeat(seat: RoomSeat, at: Moment): void {
    seat.settle(at);
    for (let output = seat.poll(); output !== undefined; output = seat.poll())
      this.#seatOutputs.carryOut(seat, output, at);
  }

  // --- guests and our own joinings --------------------------------------------------------------

  #drainDoor(at: Moment): void {
    this.door.drain(at);
    for (let output = this.door.poll(); output !== undefined; output = this.door.poll()) {
      switch (output.type) {
        case "changed":
          this.#news.touch(output.room);
          break;
        case "store":
          this.#keep(output.puts, output.deletes);
          break;
        case "then":
          for (const seat of this.seats.values()) this.#settleSeat(seat, at); // so that what it waits for is said
          this.#store.whenStored(output.effect);
          break;
        case "audit":
          this.#options.trust.audit(output.record, at);
          break;
        case "note":
          this.#news.push(output);
      }
    }
  }

  #drainJoins(at: Moment): void {
    for (let each = this.joins.poll(); each !== undefined; each = this.joins.poll()) {
      const { request, room, output } = each;
      if (room !== undefined) this.#news.touch(room);
      if (output.type === "answered") {
        const { member, result } = output;
        if (room !== undefined) this.#news.push({ type: "roomChallengeAnswered", room, member, result });
        continue;
      }
      if (request < 0) continue; // as a member we only knock
      if (output.type === "step")
        this.#news.push({ type: "roomJoinStep", request, step: output.step, room: output.room });
      else if (output.type === "failed") this.#news.push({ type: "roomJoinFailed", request, reason: output.reason });
      else this.#handleJoined(request, output.draft, at);
    }
  }

  #handleJoined(request: number, draft: RoomDraft, at: Moment): void {
    if (!(draft instanceof Room)) return;
    if (this.seats.get(draft.id)?.isIn !== true) this.add(draft, newAbout(), at);
    this.#news.push({ type: "roomJoined", request, room: draft.id });
  }

  #handleKept(effect: Effect, at: Moment): void {
    if (effect.of !== "mark") return this.door.handleKept(effect, at);
    this.#keptThrough = effect.mark;
    this.#news.touchList();
  }

  // --- for all ------------------------------------------------------------------------------------

  #drainFlows({ now }: Moment): void {
    for (let output = this.flows.poll(); output !== undefined; output = this.flows.poll()) {
      if (output.type !== "send") this.#news.push(output);
      else this.seats.get(output.room)?.links.mesh.sendTo(output.peer, output.payload, now);
    }
  }

  #keep(puts: readonly StoreEntry[], deletes: readonly string[]): void {
    for (const { key, value } of puts) this.#store.put(key, value);
    for (const key of deletes) this.#store.delete(key);
  }

  #release(peer: PeerId, now: Instant): void {
    if (!this.isNeighbour(peer)) this.#options.ground.release(peer, now);
  }

  /** Sessions that nothing uses any more; and what only time changes. */
  #sweep(now: Instant): void {
    this.#sweepAt = undefined;
    this.#news.touchRecognition(); // invitations expire
    const isMember = (peer: PeerId): boolean => this.isMember(peer);
    this.#idle.sweep(now, isMember, (peer) => this.#release(peer, now));
  }
}
