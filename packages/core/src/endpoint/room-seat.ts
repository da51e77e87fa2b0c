/**
 * Our seat in one room: its log and keys, its mesh, and what goes between them. What members said comes out opened
 * and by protocol; what we say leaves once a turn, sealed.
 *
 *     neighbours' channels ─▶ RoomMesh ─batches─▶ Room ─▶ messages
 *              ▲                 └─log, keys─────▶  │
 *              └────────────────────────────────────┘ operations, bundles, rosters
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Moment } from "../lib/moment.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, sooner, type WallTime, wallTime } from "../lib/time.ts";
import type { JoinPart } from "../room/join-message.ts";
import type { OperationBody } from "../room/operation-body.ts";
import type { Room, RoomEffect } from "../room/room.ts";
import type { RoomId } from "../room/room-id.ts";
import { BATCH_OVERHEAD_BYTES } from "../room/room-stream.ts";
import { ROOM_BATCH_BYTES_MAX } from "../wire/room-key-limits.ts";
import { encodeAbout, type RoomAbout, type RoomStanding } from "./room-about.ts";
import { RoomHints } from "./room-hints.ts";
import { RoomMesh, type RoomMeshOptions, type RoomMeshOutput } from "./room-mesh.ts";
import { RoomOutbox } from "./room-outbox.ts";
import type { RoomRefusal } from "./room-output.ts";
import type { SeatOutput } from "./seat-output.ts";

/** A message that members' endpoints say to each other, not their programs. */
const OWN_PREFIX = "kith.";
/** Rounds of giving each other work in one turn: neither side answers itself more often. */
const ROUNDS_MAX = 64;

export interface RoomSeatOptions extends Omit<RoomMeshOptions, "room" | "now" | "incarnation" | "stream" | "farewell"> {
  readonly room: Room;
  readonly about: RoomAbout;
  readonly restored: readonly StoreEntry[];
}

export class RoomSeat {
  readonly id: RoomId;
  readonly room: Room;
  readonly about: RoomAbout;
  readonly links: RoomMesh;
  readonly hints: RoomHints;
  readonly #self: PeerId;
  readonly #options: RoomSeatOptions;
  readonly #outbox = new RoomOutbox();
  readonly #outputs: SeatOutput[] = [];
  #addresses: readonly string[] = [];
  #contactsVersion = 0;
  #members: ReadonlySet<PeerId> = new Set();
  /** When the mesh takes the next batch, if one waits for that. */
  #sendAt: Instant | undefined;

  constructor(options: RoomSeatOptions, at: Moment) {
    const { room, about, identity } = options;
    [this.id, this.room, this.about, this.#options] = [room.id, room, about, options];
    this.#self = identity.peerId;
    const { incarnation, stream } = room;
    const farewell = (peer: PeerId): readonly Uint8Array[] => room.farewellFor(peer);
    this.links = new RoomMesh({ ...options, incarnation, stream, farewell, room: room.id, now: at.now });
    const { ground, restored } = options;
    this.hints = new RoomHints(room.id, { ground, restored, topology: this.links.mesh.topology });
    if (this.isIn) this.#takeMembership(at);
  }

  get isIn(): boolean {
    return this.about.standing === "in";
  }

  /** Whether it counts the peer among those that we deal with: a member, and not cut off. */
  counts(peer: PeerId): boolean {
    return this.isIn && this.room.membership.isMember(peer) && !this.about.cut.has(peer);
  }

  /** Whether it is or was a member. */
  knows(peer: PeerId): boolean {
    const { members, removed, awaiting } = this.room.membership;
    return members.has(peer) || removed.has(peer) || awaiting.has(peer);
  }

  /** Whether we link to this member: not cut off, not blocked, and it answered our challenge where one is asked. */
  mayLink(peer: PeerId): boolean {
    if (!this.counts(peer) || this.#options.ground.isBlocked(peer)) return false;
    return !this.isUnagreed(peer);
  }

  /** A member that came after us by other members' word alone, where everybody is asked (R45, R46). */
  isUnagreed(peer: PeerId): boolean {
    const { policy, members } = this.room.membership;
    if (policy.challengedBy !== "every" || this.about.agreed.has(peer)) return false;
    const [own, other] = [members.get(this.#self), members.get(peer)];
    return own !== undefined && other !== undefined && other.seniority > own.seniority;
  }

  // --- commands -------------------------------------------------------------------------------

  /** Puts an operation of ours into the log. */
  act(body: OperationBody, at: Moment): RoomRefusal | undefined {
    if (!this.isIn) return "over";
    return this.room.act(body, at);
  }

  /** False: no more is taken until `writable`. */
  say(protocol: string, bytes: Uint8Array): boolean {
    return this.isIn && this.#outbox.add({ protocol, bytes: bytes.slice() });
  }

  /** To the other members' endpoints. */
  sayWord(word: string, bytes: Uint8Array): void {
    this.say(OWN_PREFIX + word, bytes);
  }

  setAddresses(addresses: readonly string[], now: Instant): void {
    this.#addresses = addresses;
    if (this.isIn) this.links.mesh.setSelf(this.room.membership.digest, addresses, now);
  }

  setCut(peer: PeerId, isCut: boolean, now: Instant): void {
    if (isCut) this.about.cut.add(peer);
    else this.about.cut.delete(peer);
    this.#relink(peer, now);
    this.#keepAbout();
  }

  agree(peer: PeerId, now: Instant): void {
    this.about.agreed.add(peer);
    this.#relink(peer, now);
    this.#keepAbout();
  }

  /** What the guest needs, which our log counts as a member. */
  packageFor(guest: PeerId, prekey: Uint8Array, at: Moment): readonly JoinPart[] {
    const { hints, links } = this;
    const others = links.mesh.neighbours.map((peer) => [peer, hints.of(peer)] as const);
    return this.room.packageFor(guest, prekey, new Map([[this.#self, this.#addresses], ...others]), at);
  }

  setKnocksUntil(until: WallTime): void {
    this.about.knocksUntil = until;
    this.#keepAbout();
  }

  /** We are not in it any more. Members hear what we said last: it was handed to their channels before. */
  #end(standing: Exclude<RoomStanding, "in">, at: Moment): void {
    this.links.mesh.goodbye(at.now, at.wall);
    this.links.settle(at.now);
    this.about.standing = standing;
    this.links.end(at.now);
    this.#outbox.clear();
    this.room.wipe();
    this.#keepAbout();
    for (const peer of this.#members) if (peer !== this.#self) this.#outputs.push({ type: "parted", peer });
    this.#outputs.push({ type: "over", standing }, { type: "changed" }, { type: "membership" });
  }

  /** Our process ends. */
  close(at: Moment): void {
    if (!this.isIn) return;
    this.links.mesh.goodbye(at.now, at.wall);
    this.links.settle(at.now);
  }

  /** We came in: this is kept from now on, and what we were told of the others is tried. */
  begin(): void {
    this.#keepAbout();
    for (const [peer, hints] of this.room.givenHints) this.#remember(peer, hints);
  }

  // --- time and outputs -----------------------------------------------------------------------

  handleTimeout(at: Moment): void {
    if (!this.isIn) return;
    this.links.handleTimeout(at);
    this.room.handleTimeout(at, (peer) => this.links.isPresent(peer, at.now));
  }

  nextTimeout(): Instant | undefined {
    if (!this.isIn) return undefined;
    return sooner(sooner(this.links.nextTimeout(), this.room.nextTimeout()), this.#sendAt);
  }

  /** Once a turn. */
  settle(at: Moment): void {
    if (!this.isIn) return;
    this.#flow(at);
    this.#send(at);
    this.#flow(at);
    if (this.room.contactsVersion !== this.#contactsVersion) this.#outputs.push({ type: "contacts" });
    this.#contactsVersion = this.room.contactsVersion;
    if (this.#outbox.takeWritable()) this.#outputs.push({ type: "writable" });
  }

  poll(): SeatOutput | undefined {
    return this.#outputs.shift();
  }

  // --- inside ---------------------------------------------------------------------------------

  /** Until neither the room nor its mesh has anything for the other. */
  #flow(at: Moment): void {
    for (let round = 0; round < ROUNDS_MAX && this.isIn; round++) {
      const isQuiet = !this.#drainRoom(at) && !this.#drainLinks(at);
      if (isQuiet) return;
    }
  }

  #drainRoom(at: Moment): boolean {
    let isBusy = false;
    this.room.settle(at);
    for (let effect = this.room.poll(); effect !== undefined; effect = this.room.poll()) {
      isBusy = true;
      switch (effect.type) {
        case "send":
          this.links.send(effect.peer, effect.bytes, at.now);
          break;
        case "misbehaved":
          this.#outputs.push({ type: "note", code: "room-misbehaved", peer: effect.peer });
          this.links.drop(effect.peer, at.now);
          break;
        case "store":
        case "deed":
          this.#outputs.push(effect);
          break;
        case "membership":
          this.#takeMembership(at);
          break;
        case "damaged":
          this.#outputs.push({ type: "note", code: "room-damaged", peer: this.#self });
          break;
        case "ready":
          break; // what waits is sealed at the end of this turn
        case "heard":
          this.#heard(effect);
          break;
        case "unreadable":
          if (effect.reason !== "before") this.#outputs.push({ type: "missed", from: effect.from, count: 1 });
      }
    }
    return isBusy;
  }

  #drainLinks(at: Moment): boolean {
    this.links.settle(at.now);
    let isBusy = false;
    for (let output = this.links.poll(); output !== undefined; output = this.links.poll()) {
      isBusy = true;
      this.#carryOut(output, at);
    }
    return isBusy;
  }

  #carryOut(output: RoomMeshOutput, at: Moment): void {
    switch (output.type) {
      case "message":
        this.room.handleMessage(output.peer, output.bytes, at);
        break;
      case "neighbourUp":
        this.room.handleNeighbourUp(output.peer, at);
        this.#remember(output.peer, this.hints.seen(output.peer));
        this.hints.tell(output.peer, at.now); // it may be that a relay led here
        this.#outputs.push({ type: "changed" });
        break;
      case "neighbourDown":
        this.room.handleNeighbourDown(output.peer, at.now);
        this.#outputs.push({ type: "changed" });
        break;
      case "refused":
        if (this.room.membership.policy.challengedBy === "every") this.#outputs.push(output);
        break;
      case "flow":
        this.room.handleFlow(output.peer, output.isFull);
        break;
      case "deliver":
        this.room.handleBatch({ ...output, sentAt: wallTime(Math.max(0, at.wall - output.ageMs)) }, at.now);
        break;
      case "missed":
        if (output.isStart) break; // from before our time
        this.#outputs.push({ type: "missed", from: output.origin, count: output.to - output.from });
        break;
      case "unicast":
        this.#outputs.push({ type: "unicast", from: output.origin, payload: output.payload });
        break;
      case "misbehaved":
        this.#outputs.push({ type: "note", code: `mesh-${output.reason}`, peer: output.peer });
        break;
      case "contradiction":
        this.#outputs.push({ type: "note", code: "room-contradiction", peer: output.peer }, { type: "changed" });
        break;
      case "dial":
        this.#remember(output.peer, this.hints.seen(output.peer), false);
        this.hints.tell(output.peer, at.now);
        this.#outputs.push(output);
        break;
      case "topologyChanged":
        for (const peer of this.links.mesh.neighbours) {
          this.#remember(peer, this.hints.seen(peer));
          this.hints.tell(peer, at.now);
        }
        this.#outputs.push({ type: "changed" });
        break;
      default:
        this.#outputs.push({ type: "changed" });
    }
  }

  #heard({ arrival, messages }: Extract<RoomEffect, { type: "heard" }>): void {
    const { origin: from, hops, sentAt } = arrival;
    if (from === this.#self) return; // an earlier process of ours
    for (const { protocol, bytes } of messages) {
      if (!protocol.startsWith(OWN_PREFIX))
        this.#outputs.push({ type: "message", protocol, from, bytes, hops, sentAt });
      else this.#outputs.push({ type: "word", protocol: protocol.slice(OWN_PREFIX.length), from, bytes, hops, sentAt });
    }
  }

  /** One batch after the other, while the mesh and the keys let us. */
  #send(at: Moment): void {
    this.#sendAt = undefined;
    const { mesh } = this.links;
    if (this.room.membership.members.size === 1) return this.#outbox.clear(); // nobody hears, and who comes later must not
    while (!this.#outbox.isEmpty) {
      const messages = this.#outbox.next();
      const bytes = Math.min(
        ROOM_BATCH_BYTES_MAX,
        messages.reduce((sum, each) => sum + each.bytes.length + 64, 0),
      );
      if (!mesh.canBroadcast(bytes + BATCH_OVERHEAD_BYTES, at.now)) {
        this.#sendAt = mesh.canBroadcastAt(bytes + BATCH_OVERHEAD_BYTES, at.now);
        return;
      }
      const sealed = this.room.seal(messages, mesh.nextSequence, at);
      if (sealed === undefined) return; // the keys are being changed: `ready` tells
      mesh.broadcast(sealed.bytes, at.now);
      this.#outbox.sent(sealed.count);
    }
  }

  #takeMembership(at: Moment): void {
    const { membership } = this.room;
    if (!membership.isMember(this.#self)) {
      const reason = membership.removed.get(this.#self)?.reason;
      return this.#end(reason === "left" ? "left" : "expelled", at);
    }
    for (const peers of [this.about.cut, this.about.agreed])
      for (const peer of peers) if (!membership.isMember(peer)) peers.delete(peer);
    const members = new Set(membership.members.keys());
    for (const peer of this.#members) if (!members.has(peer)) this.#outputs.push({ type: "parted", peer });
    this.#members = members;
    this.links.setRoster(members, at.now);
    for (const peer of membership.members.keys()) this.#relink(peer, at.now);
    for (const { kind, peer } of membership.alarms)
      if (kind === "contradiction") this.links.mesh.topology.reportContradiction(peer, at.now);
    this.links.mesh.setSelf(membership.digest, this.#addresses, at.now);
    this.#outputs.push({ type: "membership" }, { type: "changed" });
  }

  /** Our person blocked somebody, or does so no more. */
  handleBlocked(peer: PeerId, now: Instant): void {
    if (this.isIn && this.room.membership.isMember(peer)) this.#relink(peer, now);
  }

  /** Whether we link to it may be another answer than before. */
  #relink(peer: PeerId, now: Instant): void {
    const may = peer === this.#self || this.mayLink(peer);
    if (may !== this.links.isLinkable(peer)) this.links.setLinkable(peer, may, now);
  }

  #remember(peer: PeerId, hints: readonly string[], isMet = true): void {
    const change = this.hints.remember(peer, hints, isMet);
    if (change !== undefined) this.#outputs.push({ type: "store", ...change });
  }

  #keepAbout(): void {
    const entry = { key: `room/${this.id}/about`, value: encodeAbout(this.about) };
    this.#outputs.push({ type: "store", puts: [entry], deletes: [] });
  }
}
