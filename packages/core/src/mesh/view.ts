/**
 * Which members we want to be linked with (spec/mesh.md §4). Up to {@link FULL_MESH_MEMBERS_MAX} members: all of
 * them. Above: a random few, replaced when they go, and one of them now and then by itself, so that islands
 * find each other (after HyParView, whose passive view is here the room's roster).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, seconds, sooner } from "../lib/time.ts";
import {
  FULL_MESH_MEMBERS_MAX,
  MESH_BAN,
  MESH_DIAL_TIMEOUT,
  MESH_DIALS_ALONE_MAX,
  MESH_DIALS_MAX,
  MESH_LINKS_MAX,
  MESH_LINKS_TARGET,
  MESH_RETRY_MAX,
  MESH_RETRY_MIN,
  MESH_SHUFFLE,
  MESH_SUGGESTIONS_MAX,
} from "../wire/mesh-limits.ts";
import type { Ground } from "./ground.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Topology } from "./topology.ts";

/** Random members looked at before any will do. */
const DRAWS = 12;
/** Pause before what changed makes us look again, so that changes at once are one. */
const SETTLE: Duration = millis(50);
/** A member that has no room for us, or that we had none for, is let alone so long. */
const FULL_REST: Duration = seconds(20);
/** Rosters of which each member can be looked at, each time. */
const SMALL_ROSTER = 64;

export type ViewOutput = { readonly type: "want" | "unwant"; readonly peer: PeerId };

export class View {
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #neighbours: ReadonlyMap<PeerId, Neighbour>;
  readonly #topology: Topology;
  readonly #outputs: ViewOutput[] = [];
  /** Without ourselves; and where each lies in it. */
  #members: PeerId[] = [];
  #isMember: ReadonlySet<PeerId> = new Set();
  readonly #unlinkable = new Set<PeerId>();
  /** Dials under way, and when we give each up. */
  readonly #dials = new Deadlines<PeerId>();
  readonly #dialling = new Set<PeerId>();
  /** Not to be tried before; which of these broke a rule; and of those tried in vain, how often. */
  readonly #resting = new Deadlines<PeerId>();
  readonly #restingSet = new Set<PeerId>();
  readonly #banned = new Set<PeerId>();
  readonly #failures = new Map<PeerId, number>();
  /** Named by members that had no room for us: likely to be online. */
  #suggested: PeerId[] = [];
  #lookAt: Instant | undefined;
  #shuffleAt: Instant;
  #shuffling: PeerId | undefined;

  constructor(ground: Ground, topology: Topology, now: Instant) {
    [this.#self, this.#random, this.#neighbours] = [ground.self, ground.random, ground.neighbours];
    this.#topology = topology;
    this.#shuffleAt = this.#nextShuffle(now);
  }

  /** Whether everybody is linked with everybody. */
  get isFullMesh(): boolean {
    return this.#members.length < FULL_MESH_MEMBERS_MAX;
  }

  get linksMax(): number {
    return this.isFullMesh ? FULL_MESH_MEMBERS_MAX : MESH_LINKS_MAX;
  }

  get members(): readonly PeerId[] {
    return this.#members;
  }

  isMember(peer: PeerId): boolean {
    return this.#isMember.has(peer);
  }

  mayLink(peer: PeerId): boolean {
    return this.#isMember.has(peer) && peer !== this.#self && !this.#unlinkable.has(peer);
  }

  /** It broke a rule, or reads nothing, not long ago. */
  isBanned(peer: PeerId): boolean {
    return this.#banned.has(peer);
  }

  // --- commands -------------------------------------------------------------------------------

  /** `members` with or without ourselves. */
  setRoster(members: ReadonlySet<PeerId>, now: Instant): void {
    for (const peer of members) if (!this.#isMember.has(peer)) this.#endRest(peer);
    this.#isMember = members;
    this.#members = [...members].filter((peer) => peer !== this.#self);
    for (const peer of [...this.#dialling]) if (!members.has(peer)) this.#unwant(peer);
    for (const peer of [...this.#failures.keys()]) if (!members.has(peer)) this.#failures.delete(peer);
    this.lookSoon(now);
  }

  setLinkable(peer: PeerId, isLinkable: boolean, now: Instant): void {
    if (!isLinkable) this.#unlinkable.add(peer);
    else if (this.#unlinkable.delete(peer)) this.#endRest(peer);
    if (!isLinkable && this.#dialling.has(peer)) this.#unwant(peer);
    this.lookSoon(now);
  }

  /** Lets a member alone for a while. */
  rest(peer: PeerId, why: "full" | "banned", now: Instant): void {
    this.#endDial(peer);
    if (why === "banned") this.#banned.add(peer);
    this.#restUntil(peer, after(now, why === "banned" ? MESH_BAN : FULL_REST));
    this.lookSoon(now);
  }

  suggest(members: readonly PeerId[], now: Instant): void {
    for (const peer of members) if (this.mayLink(peer) && !this.#neighbours.has(peer)) this.#suggested.push(peer);
    this.#suggested = this.#suggested.slice(-2 * MESH_SUGGESTIONS_MAX);
    this.lookSoon(now);
  }

  /** Some neighbours, for one that we have no room for. */
  suggestions(): PeerId[] {
    const peers = [...this.#neighbours.values()].filter(({ isGreeted }) => isGreeted).map(({ peer }) => peer);
    return peers.slice(0, MESH_SUGGESTIONS_MAX);
  }

  lookSoon(now: Instant): void {
    this.#lookAt = sooner(this.#lookAt, after(now, SETTLE));
  }

  // --- what the world did ---------------------------------------------------------------------

  handleUp(peer: PeerId, now: Instant): void {
    this.#endDial(peer);
    this.lookSoon(now);
  }

  /** A neighbour greeted us: it is there for good. Whom to give up for it, if there are too many. */
  handleGreeted(neighbour: Neighbour, now: Instant): Neighbour | undefined {
    const { peer } = neighbour;
    this.#failures.delete(peer);
    const greeted = [...this.#neighbours.values()].filter(({ isGreeted }) => isGreeted);
    const isShuffled = this.#shuffling === peer;
    if (isShuffled) this.#shuffling = undefined;
    const others = greeted.filter((other) => other !== neighbour);
    this.lookSoon(now);
    if (this.isFullMesh) return undefined;
    if (greeted.length > MESH_LINKS_MAX) {
      // The newest yields, unless it has nobody else.
      return neighbour.links > 0 && !isShuffled ? neighbour : this.#bestLinked(others);
    }
    return isShuffled && greeted.length > MESH_LINKS_TARGET ? this.#bestLinked(others) : undefined;
  }

  /** One that never greeted turned us away: as good as unreachable, or it would be asked in each turn. */
  handleDown({ peer, isGreeted }: Neighbour, now: Instant): void {
    this.#endDial(peer);
    if (isGreeted) this.lookSoon(now);
    else this.#fail(peer, now);
  }

  handleUnreachable(peer: PeerId, now: Instant): void {
    if (!this.#dialling.has(peer)) return;
    this.#endDial(peer);
    this.#fail(peer, now);
  }

  /**
   * It rests no longer than one that was tried in vain once. Whether it is wanted is the same question as before. Who says
   * all the time that it is somewhere else, as a relay can, has it tried every second at most.
   */
  handleSighted(peer: PeerId, now: Instant): void {
    if (!this.#restingSet.has(peer) || this.#banned.has(peer) || !this.#failures.delete(peer)) return;
    this.#restUntil(peer, after(now, MESH_RETRY_MIN));
  }

  #fail(peer: PeerId, now: Instant): void {
    const failures = (this.#failures.get(peer) ?? 0) + 1;
    this.#failures.set(peer, failures);
    const max = MESH_RETRY_MAX * Math.max(1, this.#members.length / SMALL_ROSTER); // most of a large room is away
    const wait = Math.floor(Math.min(max, MESH_RETRY_MIN * 2 ** Math.min(failures - 1, 10)));
    this.#restUntil(peer, after(now, millis(Math.floor(wait * 0.75) + randomBelow(this.#random, Math.ceil(wait / 2)))));
    this.lookSoon(now);
  }

  handleTimeout(now: Instant): void {
    for (const peer of this.#dials.take(now)) {
      this.#outputs.push({ type: "unwant", peer });
      this.handleUnreachable(peer, now);
    }
    const rested = this.#resting.take(now);
    for (const peer of rested) this.#endRest(peer);
    if (rested.length > 0) this.lookSoon(now);
    if (now >= this.#shuffleAt) {
      this.#shuffleAt = this.#nextShuffle(now);
      this.#shuffle(now);
    }
    if (this.#lookAt === undefined || now < this.#lookAt) return;
    this.#lookAt = undefined;
    this.#look(now);
  }

  nextTimeout(): Instant | undefined {
    return sooner(sooner(this.#dials.next(), this.#resting.next()), sooner(this.#lookAt, this.#shuffleAt));
  }

  poll(): ViewOutput | undefined {
    return this.#outputs.shift();
  }

  // --- choosing -------------------------------------------------------------------------------

  #look(now: Instant): void {
    if (this.isFullMesh) {
      for (const peer of this.#members) if (this.#isFree(peer)) this.#want(peer, now);
      return;
    }
    const links = this.#neighbours.size;
    const dialsMax = links === 0 ? MESH_DIALS_ALONE_MAX : MESH_DIALS_MAX;
    if (this.#topology.heardCount <= FULL_MESH_MEMBERS_MAX && this.#members.length <= SMALL_ROSTER) {
      // A few of many are there: each missing link among those would be a gap.
      for (const peer of this.#members)
        if (this.#isFree(peer) && this.#topology.stateOf(peer, now) === "online") this.#want(peer, now);
    }
    while (links + this.#dialling.size < MESH_LINKS_TARGET && this.#dialling.size < dialsMax) {
      const peer = this.#choose(now);
      if (peer === undefined) break;
      this.#want(peer, now);
    }
  }

  /** Somebody said to be online, else anybody. */
  #choose(now: Instant): PeerId | undefined {
    for (let peer = this.#suggested.pop(); peer !== undefined; peer = this.#suggested.pop())
      if (this.#isFree(peer)) return peer;
    let anybody: PeerId | undefined;
    for (let draw = 0; draw < DRAWS; draw++) {
      const peer = this.#members[randomBelow(this.#random, this.#members.length)];
      if (peer === undefined || !this.#isFree(peer)) continue;
      if (this.#topology.isHeard(peer, now)) return peer;
      anybody ??= peer;
    }
    return anybody ?? this.#members.find((peer) => this.#isFree(peer));
  }

  #shuffle(now: Instant): void {
    if (this.isFullMesh || this.#neighbours.size < MESH_LINKS_TARGET) return;
    const peer = this.#members[randomBelow(this.#random, this.#members.length)];
    if (peer === undefined || !this.#isFree(peer)) return;
    this.#shuffling = peer;
    this.#want(peer, now);
  }

  #isFree(peer: PeerId): boolean {
    return (
      this.mayLink(peer) && !this.#neighbours.has(peer) && !this.#dialling.has(peer) && !this.#restingSet.has(peer)
    );
  }

  #bestLinked(neighbours: readonly Neighbour[]): Neighbour | undefined {
    let best: Neighbour | undefined;
    const start = neighbours.length === 0 ? 0 : randomBelow(this.#random, neighbours.length);
    for (let i = 0; i < neighbours.length; i++) {
      const neighbour = neighbours[(start + i) % neighbours.length];
      if (neighbour !== undefined && (best === undefined || neighbour.links > best.links)) best = neighbour;
    }
    return best;
  }

  #want(peer: PeerId, now: Instant): void {
    this.#dialling.add(peer);
    this.#dials.set(peer, after(now, MESH_DIAL_TIMEOUT));
    this.#outputs.push({ type: "want", peer });
  }

  #unwant(peer: PeerId): void {
    this.#endDial(peer);
    this.#outputs.push({ type: "unwant", peer });
  }

  #endDial(peer: PeerId): void {
    this.#dialling.delete(peer);
    this.#dials.set(peer, undefined);
  }

  #endRest(peer: PeerId): void {
    this.#resting.set(peer, undefined);
    this.#restingSet.delete(peer);
    this.#banned.delete(peer);
  }

  #restUntil(peer: PeerId, until: Instant): void {
    this.#restingSet.add(peer);
    this.#resting.set(peer, until);
  }

  #nextShuffle(now: Instant): Instant {
    return after(now, millis(MESH_SHUFFLE / 2 + randomBelow(this.#random, MESH_SHUFFLE)));
  }
}
