/**
 * The mesh of one room: who is linked to whom, and what members pass on for each other (spec/mesh.md). It knows
 * members and neighbours and nothing of logs or keys; payloads are opaque.
 *
 * Composed of a view (whom we link with), streams and their history, the spread of what is new, catching up with
 * what is missing, unicasts, and the topology that members tell each other.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { after, type Instant, sooner, type WallTime } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  ENVELOPE_PAYLOAD_BYTES_MAX,
  MESH_LEAVE_GRACE,
  MESH_STALL,
  NEWCOMER_LISTS_MAX,
  OWN_BROADCASTS_BURST,
  OWN_BROADCASTS_PER_SECOND,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { CatchUp } from "./catch-up.ts";
import { encodeBroadcast, envelopeUnits, isOfRoom, roomTagOf, STREAM_ID_BYTES } from "./envelope.ts";
import type { Ground } from "./ground.ts";
import { Inflow } from "./inflow.ts";
import { decodeMeshMessage, type MeshMessage } from "./mesh-message.ts";
import type { MeshOptions, MeshOutput, Misbehaviour } from "./mesh-output.ts";
import { Neighbour, Sending } from "./neighbour.ts";
import { Spread } from "./spread.ts";
import { StreamTable } from "./stream-table.ts";
import { Topology } from "./topology.ts";
import { UnicastPost } from "./unicast-post.ts";
import { View } from "./view.ts";

export class Mesh {
  /** Who is linked to whom, ways, gaps. Read it; the mesh tells it what it needs. */
  readonly topology: Topology;
  readonly #options: MeshOptions;
  readonly #roomTag: Uint8Array;
  readonly #outputs: MeshOutput[] = [];
  readonly #neighbours = new Map<PeerId, Neighbour>();
  readonly #sending = new Sending();
  readonly #streams: StreamTable;
  readonly #view: View;
  readonly #catchUp: CatchUp;
  readonly #spread: Spread;
  readonly #inflow: Inflow;
  readonly #unicasts: UnicastPost;
  readonly #own: TokenBucket;
  /** Neighbours that were told to go, until their channel is closed. */
  readonly #leaving = new Deadlines<PeerId>();
  readonly #stalled = new Deadlines<Neighbour>();
  #now: Instant;

  constructor(options: MeshOptions) {
    const { provider, identity, random, room, incarnation, stream, now } = options;
    assert(stream.length === STREAM_ID_BYTES && incarnation.length === 16, "stream and incarnation have 16 bytes");
    this.#options = options;
    this.#now = now;
    this.#roomTag = roomTagOf(provider, room);
    const ground: Ground = { self: identity.peerId, random, neighbours: this.#neighbours, sending: this.#sending };
    const { keptListsMax, watchesGaps } = options;
    this.topology = new Topology({
      ...{ provider, identity, roomTag: this.#roomTag, incarnation },
      ...(keptListsMax !== undefined && { keptListsMax }),
      ...(watchesGaps !== undefined && { watchesGaps }),
    });
    this.#streams = new StreamTable(provider);
    this.#view = new View(ground, this.topology, now);
    this.#catchUp = new CatchUp(ground, this.#streams, now);
    this.#spread = new Spread(ground, this.#streams, this.#view, this.topology, now);
    const parts = { streams: this.#streams, view: this.#view, catchUp: this.#catchUp, spread: this.#spread };
    this.#inflow = new Inflow(ground, options, parts, this.#outputs);
    const map = { view: this.#view, topology: this.topology };
    this.#unicasts = new UnicastPost(ground, options, this.#roomTag, map, now);
    this.#own = new TokenBucket({ capacity: OWN_BROADCASTS_BURST, perSecond: OWN_BROADCASTS_PER_SECOND, now });
  }

  /** Members with an open mesh channel that greeted us. */
  get neighbours(): readonly PeerId[] {
    return [...this.#neighbours.values()].filter(({ isGreeted }) => isGreeted).map(({ peer }) => peer);
  }

  /** Name of our stream, and the number that our next broadcast will have in it. */
  get stream(): string {
    return this.#inflow.own.id;
  }

  get nextSequence(): number {
    return this.#inflow.own.next;
  }

  // --- commands -------------------------------------------------------------------------------

  /** All members, ourselves among them or not. Those that are none any more lose their link, and what they said. */
  setRoster(members: Iterable<PeerId>, now: Instant): void {
    const before = this.#view.members;
    const roster = new Set(members);
    this.#view.setRoster(roster, now);
    this.#streams.forgetStrangers();
    for (const peer of before) if (!roster.has(peer)) this.#streams.forgetOrigin(peer);
    for (const neighbour of [...this.#neighbours.values()]) {
      if (!this.#view.mayLink(neighbour.peer)) this.#unwant(neighbour, now);
      else if (neighbour.broughtStranger) {
        neighbour.broughtStranger = false;
        this.#catchUp.syncWith(neighbour, now); // what it brought may be a member's now
      }
    }
    this.topology.setRoster(roster, now);
    this.#spread.handleTopology();
  }

  /** What our neighbour list says of us: 32 bytes over roster and vouchers, and where we can be dialed (at most 4). */
  setSelf(rosterDigest: Uint8Array, hints: readonly string[], now: Instant): void {
    this.topology.setRosterDigest(rosterDigest, now);
    this.topology.setHints(hints, now);
  }

  /** Whether a link with this member may be (cut, blocked, no consent yet). All may at first. */
  setLinkable(peer: PeerId, isLinkable: boolean, now: Instant): void {
    this.#view.setLinkable(peer, isLinkable, now);
    const neighbour = this.#neighbours.get(peer);
    if (!isLinkable && neighbour !== undefined) this.#unwant(neighbour, now);
  }

  /** It broke a rule that is not the mesh's: its link is closed, and it rests for as long as one that broke ours (R33). */
  ban(peer: PeerId, now: Instant): void {
    this.#view.rest(peer, "banned", now);
    const neighbour = this.#neighbours.get(peer);
    if (neighbour !== undefined) this.#remove(neighbour, now);
  }

  /** Whether {@link broadcast} would take so many bytes now: ask before a number is used for sealing. */
  canBroadcast(bytes: number, now: Instant): boolean {
    return this.#own.available(now) >= envelopeUnits(bytes);
  }

  /** When {@link canBroadcast} will be true. */
  canBroadcastAt(bytes: number, now: Instant): Instant {
    return this.#own.availableAt(envelopeUnits(bytes), now);
  }

  /**
   * Sends to all members; kept for those who come later. At most {@link ENVELOPE_PAYLOAD_BYTES_MAX}, which are
   * copied. `full`: too many in a short time, see {@link canBroadcast}; no number was used.
   */
  broadcast(payload: Uint8Array, now: Instant): { readonly stream: string; readonly sequence: number } | "full" {
    assert(payload.length <= ENVELOPE_PAYLOAD_BYTES_MAX, `broadcast of ${payload.length} bytes`);
    if (!this.#own.take(envelopeUnits(payload.length), now)) return "full";
    this.#now = now;
    const sequence = this.nextSequence;
    const bytes = encodeBroadcast(this.#options, this.#roomTag, this.#options.stream, sequence, payload);
    this.#inflow.addOwn(bytes, sequence, now);
    return { stream: this.stream, sequence };
  }

  /** Sends to one member, over others where there is no link. May be lost. False: no way there, or no room on it. */
  sendTo(peer: PeerId, payload: Uint8Array, now: Instant): boolean {
    return this.#unicasts.send(peer, payload, now);
  }

  /** Tells the others that we are gone; nothing is to follow but {@link poll}. */
  goodbye(now: Instant, wall: WallTime): void {
    this.#now = now;
    const list = this.topology.goodbye(now, wall);
    for (const neighbour of this.#neighbours.values()) this.#say(neighbour, { type: "lists", lists: [list] });
  }

  // --- what the world did ---------------------------------------------------------------------

  /** The mesh channel with a member is open, whoever opened it. */
  handleNeighbourUp(peer: PeerId, now: Instant): void {
    this.#now = now;
    const before = this.#neighbours.get(peer);
    if (before !== undefined) this.#remove(before, now); // another channel took its place
    this.#leaving.set(peer, undefined);
    if (!this.#view.mayLink(peer) || this.#view.isBanned(peer)) {
      this.#outputs.push({ type: "unwant", peer });
      return;
    }
    const neighbour = new Neighbour(peer, now);
    this.#neighbours.set(peer, neighbour);
    this.#view.handleUp(peer, now);
    this.#catchUp.greet(neighbour, false);
  }

  handleNeighbourDown(peer: PeerId, now: Instant): void {
    this.#leaving.set(peer, undefined);
    const neighbour = this.#neighbours.get(peer);
    if (neighbour !== undefined) this.#remove(neighbour, now);
  }

  /** A `want` came to nothing. */
  handleUnreachable(peer: PeerId, now: Instant): void {
    this.#view.handleUnreachable(peer, now);
  }

  /** Somebody was seen where it was not before: what came to nothing then may work now. */
  handleSighted(peer: PeerId, now: Instant): void {
    this.#view.handleSighted(peer, now);
  }

  /** One message of a mesh channel whose first byte is 0x30 to 0x4f. `bytes` is the mesh's from now on. */
  handleMessage(peer: PeerId, bytes: Uint8Array, now: Instant, wall: WallTime): void {
    this.#now = now;
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return; // told to go
    try {
      const problem = neighbour.mayBring(1, now) ? this.#receive(neighbour, bytes, now, wall) : "flood";
      if (problem !== undefined) this.#misbehaved(neighbour, problem, now);
      else if (neighbour.isOverrun) this.#unwant(neighbour, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#misbehaved(neighbour, "garbage", now);
    }
  }

  /** The channel did not take the last message; the driver keeps it. There is no other until `handleWritable`. */
  handleFull(peer: PeerId, now: Instant): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined || neighbour.fullSince !== undefined) return;
    neighbour.fullSince = now;
    this.#stalled.set(neighbour, after(now, MESH_STALL));
  }

  handleWritable(peer: PeerId, now: Instant): void {
    this.#now = now;
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return;
    neighbour.fullSince = undefined;
    this.#stalled.set(neighbour, undefined);
    if (neighbour.isBehind) this.#catchUp.greet(neighbour, false); // it will ask for what was not announced
    neighbour.isBehind = false;
    this.#sending.mark(neighbour);
  }

  handleTimeout(now: Instant, wall: WallTime): void {
    this.#now = now;
    for (const neighbour of this.#stalled.take(now)) this.#unwant(neighbour, now);
    for (const peer of this.#leaving.take(now)) this.#outputs.push({ type: "unwant", peer });
    this.#spread.handleTimeout(now);
    this.#inflow.giveUp(this.#catchUp.handleTimeout(now), now);
    this.topology.handleTimeout(now);
    const list = this.topology.ownList(now, wall);
    if (list !== undefined) this.#spread.spreadList(list, undefined, now);
    this.#view.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    const parts = sooner(this.#spread.nextTimeout(), this.#catchUp.nextTimeout());
    const links = sooner(this.#view.nextTimeout(), this.topology.nextTimeout());
    return sooner(sooner(parts, links), sooner(this.#stalled.next(), this.#leaving.next()));
  }

  poll(): MeshOutput | undefined {
    const output = this.#outputs.shift() ?? this.#view.poll();
    if (output !== undefined) return output;
    const news = this.topology.poll();
    if (news?.type === "changed") this.#spread.handleTopology();
    if (news?.type === "changed") return { type: "topologyChanged" };
    if (news?.type === "gaps") return { type: "gapsChanged" };
    return news ?? this.#sending.next(this.#now);
  }

  // --- inside ---------------------------------------------------------------------------------

  #receive(neighbour: Neighbour, bytes: Uint8Array, now: Instant, wall: WallTime): Misbehaviour | undefined {
    const type = bytes[0];
    if (type === MESH_MESSAGE.broadcast || type === MESH_MESSAGE.repair || type === MESH_MESSAGE.unicast) {
      if (!isOfRoom(bytes, this.#roomTag)) throw new WireError("ERR_VALUE", "envelope of another room");
      if (type !== MESH_MESSAGE.unicast) return this.#inflow.handle(neighbour, bytes, now);
      const verdict = this.#unicasts.handle(neighbour, bytes, now);
      if (typeof verdict !== "string") this.#outputs.push(verdict);
      else if (verdict === "forged") return "forged";
      else if (verdict === "repeat" && !neighbour.mayBeOdd(1, now)) return "odd";
      return undefined;
    }
    return this.#receiveMessage(neighbour, decodeMeshMessage(bytes), now, wall);
  }

  #receiveMessage(neighbour: Neighbour, message: MeshMessage, now: Instant, wall: WallTime): Misbehaviour | undefined {
    switch (message.type) {
      case "greet":
        if (!neighbour.isGreeted) this.#admit(neighbour, message.links, now);
        neighbour.links = message.links;
        if (!neighbour.isOver) this.#catchUp.handleGreet(neighbour, message.digest, message.wantsAnswer, now);
        return undefined;
      case "full":
        this.#view.suggest(message.members, now);
        this.#view.rest(neighbour.peer, "full", now);
        this.#outputs.push({ type: "unwant", peer: neighbour.peer });
        this.#remove(neighbour, now);
        return undefined;
      case "lists":
        return this.#receiveLists(neighbour, message.lists, now, wall);
      case "have":
        this.#spread.handleHave(neighbour, message.ids, now);
        return undefined;
      case "graft":
        if (!neighbour.mayBring(message.ids.length, now)) return "flood"; // each may be answered
        this.#spread.handleGraft(neighbour, message.ids, now);
        return undefined;
      case "prune":
        this.#spread.handlePrune(neighbour);
        return undefined;
      case "vector":
        this.#catchUp.handleVector(neighbour, message.ranges);
        return undefined;
      case "pull":
        if (!neighbour.mayBring(message.ranges.length, now)) return "flood";
        this.#catchUp.handlePull(neighbour, message.ranges);
        return undefined;
      case "gone":
        this.#catchUp.handleGone(neighbour, message.ranges, now);
        return undefined;
    }
  }

  #receiveLists(
    neighbour: Neighbour,
    lists: readonly Uint8Array[],
    now: Instant,
    wall: WallTime,
  ): Misbehaviour | undefined {
    for (const list of lists) {
      const verdict = this.topology.handleList(list, now, wall);
      if (verdict === "refused") return "garbage";
      if (verdict === "new") this.#spread.handleTopology();
      if (verdict === "new" || verdict === "contradiction") this.#spread.spreadList(list, neighbour, now);
      else if (verdict === "old") this.#spread.handleOldList(list, neighbour, now);
    }
    return undefined;
  }

  /** A channel becomes a link: both sides know that the other is there for the room. */
  #admit(neighbour: Neighbour, links: number, now: Instant): void {
    neighbour.isGreeted = true;
    neighbour.links = links;
    const superfluous = this.#view.handleGreeted(neighbour, now);
    if (superfluous !== undefined) this.#dismiss(superfluous, now);
    this.#tellLinks(now);
    if (neighbour.isOver) return;
    this.#spread.handleUp(neighbour, now);
    if (links > 1) return;
    // Who comes to the room knows nobody's list; a few show it where others are.
    const lists: Uint8Array[] = [];
    for (const list of this.topology.lists()) if (lists.length < NEWCOMER_LISTS_MAX) lists.push(list);
    for (const list of lists) neighbour.addList(list);
    this.#spread.flushSoon(now);
  }

  /** There is no room for it: it hears of others, and closes the channel. */
  #dismiss(neighbour: Neighbour, now: Instant): void {
    const { peer } = neighbour;
    const members = this.#view.suggestions().filter((other) => other !== peer);
    this.#say(neighbour, { type: "full", members });
    for (let bytes = neighbour.next(now); bytes !== undefined; bytes = neighbour.next(now))
      this.#outputs.push({ type: "send", peer, bytes });
    this.#leaving.set(peer, after(now, MESH_LEAVE_GRACE));
    this.#view.rest(peer, "full", now);
    this.#remove(neighbour, now);
  }

  #unwant(neighbour: Neighbour, now: Instant): void {
    this.#outputs.push({ type: "unwant", peer: neighbour.peer });
    this.#view.rest(neighbour.peer, "banned", now);
    this.#remove(neighbour, now);
  }

  #misbehaved(neighbour: Neighbour, reason: Misbehaviour, now: Instant): void {
    const { peer } = neighbour;
    if (neighbour.isOver) return;
    this.#outputs.push({ type: "misbehaved", peer, reason });
    this.#view.rest(peer, "banned", now);
    this.#remove(neighbour, now);
  }

  #remove(neighbour: Neighbour, now: Instant): void {
    if (neighbour.isOver) return;
    neighbour.isOver = true;
    this.#neighbours.delete(neighbour.peer);
    this.#stalled.set(neighbour, undefined);
    this.#catchUp.handleNeighbourDown(neighbour, now);
    this.#spread.handleNeighbourDown(neighbour, now);
    this.#view.handleDown(neighbour, now);
    this.#tellLinks(now);
  }

  #tellLinks(now: Instant): void {
    this.topology.setNeighbours(this.neighbours, now);
    this.#spread.handleTopology();
  }

  #say(neighbour: Neighbour, message: MeshMessage): void {
    this.#sending.say(neighbour, message);
  }
}
