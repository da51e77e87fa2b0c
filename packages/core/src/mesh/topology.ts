/**
 * Who is linked to whom in a room, as its members say (spec/topology.md): our own list for the others, theirs
 * for us, ways to everybody, who is online, and what is missing. Knows no channel: the mesh carries lists.
 *
 * A link is there when both ends say so; one of ours, when we see it. Lists are claims about their own member
 * alone, so that a liar can hide its links or invent one-sided ones, and nothing else.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { bytesEqual } from "../lib/bytes.ts";
import { after, type Duration, type Instant, millis, since, sooner, type WallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import {
  CLOCK_SKEW,
  GAP_AFTER,
  GAPS_INTERVAL_MIN,
  GAPS_INTERVAL_PER_MEMBER,
  LIST_NEIGHBOURS_MAX,
  LIST_SPACING_MIN,
  LIST_STALE_PERIODS,
} from "../wire/limits.ts";
import { findGaps, type Gap, GapWatch } from "./gaps.ts";
import { ListTable } from "./list-table.ts";
import { MemberSlots, NO_SLOT } from "./member-slots.ts";
import { decodeNeighbourList, LIST_MEMBER_AT, listCheck, type NeighbourList } from "./neighbour-list.ts";
import { CLAIM, NetGraph } from "./net-graph.ts";
import { listSpacing, OwnList } from "./own-list.ts";

/**
 * `new`: pass it on. `contradiction`: its member said something else under the same number; pass it on too, once,
 * so that all learn of it. `old`: known, or overtaken. `ignored`: not to be passed on, and nobody's fault: not a
 * member here, a clock that is off, too many. `refused`: malformed or forged: whoever handed it over did wrong.
 */
export type ListVerdict = "new" | "contradiction" | "old" | "ignored" | "refused";

/** `stale`: not heard of for three of its periods. */
export type MemberState = "online" | "stale" | "offline";

export interface NetView {
  readonly nodes: readonly { readonly peer: PeerId; readonly state: MemberState }[];
  /** Each once, the smaller PeerId first. `claimed`: who of the two says so. */
  readonly edges: readonly { readonly a: PeerId; readonly b: PeerId; readonly claimed: "both" | "a" | "b" }[];
}

export type TopologyOutput =
  /** Links, states, hints or digests are not what they were. */
  | { readonly type: "changed" }
  /** {@link Topology.gaps} are not what they were. */
  | { readonly type: "gaps" }
  /** Said once for each member. */
  | { readonly type: "contradiction"; readonly peer: PeerId };

export interface TopologyOptions {
  readonly provider: CryptoProvider;
  readonly identity: LocalIdentity;
  /** 16 bytes that name the room to its members. */
  readonly roomTag: Uint8Array;
  /** 16 random bytes of this process. */
  readonly incarnation: Uint8Array;
  /** Lists kept as they came, for {@link Topology.lists}: each takes some 400 bytes. As many as members unless told. */
  readonly keptListsMax?: number;
  /** Whether anybody asks for {@link Topology.gaps}; yes unless told. */
  readonly watchesGaps?: boolean;
}

export class Topology {
  readonly #isGenuine: (list: NeighbourList) => boolean;
  readonly #roomTag: Uint8Array;
  readonly #keptListsMax: number;
  readonly #slots = new MemberSlots();
  readonly #table = new ListTable(this.#slots);
  readonly #own: OwnList;
  readonly #selfPeer: PeerId;
  #self = NO_SLOT;
  readonly #kept = new Map<number, Uint8Array>();
  readonly #contradictory = new Set<number>();
  readonly #outputs: TopologyOutput[] = [];
  #graph: NetGraph | undefined;
  #roster: { readonly digest: Uint8Array; readonly version: number } | undefined;
  /** No list is stale or forgotten before. */
  #sweepAt: Instant | undefined;
  /** When somebody who was just heard of, but is linked to nobody, is offline. */
  #settleAt: Instant | undefined;
  readonly #watch: GapWatch | undefined;
  #gapsAt: Instant | undefined;
  #gapsDue: Instant | undefined;

  constructor(options: TopologyOptions) {
    const { provider, identity, roomTag, incarnation, keptListsMax, watchesGaps } = options;
    this.#isGenuine = listCheck(provider);
    this.#roomTag = roomTag;
    this.#keptListsMax = keptListsMax ?? Number.POSITIVE_INFINITY;
    this.#selfPeer = identity.peerId;
    this.#own = new OwnList({ provider, identity, roomTag, incarnation });
    this.#watch = (watchesGaps ?? true) ? new GapWatch() : undefined;
    this.#slots.replace([identity.peerId]);
    this.#self = this.#slots.slotOf(identity.peerId);
    this.#table.reconcile([]);
  }

  // --- commands -------------------------------------------------------------------------------

  /** All members, with or without us. Lists of others are ignored, whoever is named and is none is an outsider. */
  setRoster(members: Iterable<PeerId>, now: Instant): void {
    const { added, removed } = this.#slots.replace([this.#selfPeer, ...members]);
    if (added.length + removed.length === 0) return;
    for (const { slot } of removed) {
      this.#kept.delete(slot);
      this.#contradictory.delete(slot);
    }
    this.#table.reconcile(removed);
    this.#linkSelf();
    this.#changed(now);
  }

  /** What our next list says of the roster: `Membership.digest`, 32 bytes. Others' are compared with it. */
  setRosterDigest(digest: Uint8Array, now: Instant): void {
    if (this.#roster !== undefined && bytesEqual(this.#roster.digest, digest)) return;
    this.#roster = { digest: digest.slice(), version: (this.#roster?.version ?? 0) + 1 };
    this.#own.setDigest(digest, now);
    this.#changed(now);
  }

  /** Members with an open mesh channel, all of them; at most {@link LIST_NEIGHBOURS_MAX}. */
  setNeighbours(peers: Iterable<PeerId>, now: Instant): void {
    const neighbours = [...peers].sort();
    assert(neighbours.length <= LIST_NEIGHBOURS_MAX, `${neighbours.length} neighbours`);
    this.#own.setNeighbours(neighbours, now);
    if (this.#linkSelf()) this.#changed(now);
  }

  /** Where we may be dialed, for other members to try: the first four that a list may carry. */
  setHints(hints: readonly string[], now: Instant): void {
    this.#own.setHints(hints, now);
  }

  /** Our next list, if one is due: to be handed to all neighbours, for all. */
  ownList(now: Instant, wall: WallTime): Uint8Array | undefined {
    return this.#own.take(now, wall, this.#table.roomSize);
  }

  /** Our last list: says that we are gone. Nothing is due afterwards. */
  goodbye(now: Instant, wall: WallTime): Uint8Array {
    return this.#own.goodbye(now, wall);
  }

  /** Two statements of `peer` contradict each other elsewhere: in the log. */
  reportContradiction(peer: PeerId, now: Instant): void {
    const slot = this.#slots.slotOf(peer);
    if (slot !== NO_SLOT) this.#contradict(slot, peer, now);
  }

  // --- what the world did ---------------------------------------------------------------------

  /** A list from wherever. May keep a copy of `bytes`, never a reference. */
  handleList(bytes: Uint8Array, now: Instant, wall: WallTime): ListVerdict {
    const slot = this.#slots.slotAt(bytes, LIST_MEMBER_AT);
    if (this.#table.isKnown(slot, bytes)) return "old";
    let list: NeighbourList;
    try {
      list = decodeNeighbourList(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return "refused";
    }
    if (!bytesEqual(list.roomTag, this.#roomTag)) return "refused";
    const peer = this.#slots.peerOf(slot);
    if (peer === undefined || slot === this.#self) return "ignored";
    const oldest = wall - CLOCK_SKEW - LIST_STALE_PERIODS * list.period;
    if (list.date > wall + CLOCK_SKEW || list.date < oldest) return "ignored";
    const order = this.#table.order(slot, list);
    if (order === "older" || order === "same") return "old";
    if (order === "contradiction" && this.#contradictory.has(slot)) return "old";
    if (!this.#isGenuine(list)) return "refused";
    if (!this.#table.take(slot, now)) return "ignored";
    if (order === "contradiction") {
      this.#contradict(slot, peer, now);
      return "contradiction";
    }
    this.#adopt(slot, list, now);
    return "new";
  }

  handleTimeout(now: Instant): void {
    if (this.#sweepAt !== undefined && this.#sweepAt <= now) this.#sweep(now);
    if (this.#settleAt !== undefined && this.#settleAt <= now) {
      this.#settleAt = undefined;
      this.#output("changed");
      if (this.#watch !== undefined) this.#gapsDue ??= now;
    }
    if (this.#gapsDue !== undefined && this.#gapsDue <= now) this.#lookForGaps(now);
  }

  /** Of {@link handleTimeout} or {@link ownList}: call both. */
  nextTimeout(): Instant | undefined {
    const own = this.#own.nextDue(this.#table.roomSize);
    return sooner(sooner(own, this.#gapsDue), sooner(this.#sweepAt, this.#settleAt));
  }

  poll(): TopologyOutput | undefined {
    return this.#outputs.shift();
  }

  // --- what is known --------------------------------------------------------------------------

  /** Members that are heard of, ourselves among them. */
  get heardCount(): number {
    return this.#table.count + 1;
  }

  /** The neighbour of ours over which `peer` is reached; a neighbour itself; `undefined`: no way is known. */
  nextHop(peer: PeerId): PeerId | undefined {
    const slot = this.#slots.slotOf(peer);
    return slot === NO_SLOT ? undefined : this.#slots.peerOf(this.#net().first(slot));
  }

  /** Links on the way there: 1 for a neighbour, 0 for ourselves. */
  hops(peer: PeerId): number | undefined {
    const slot = this.#slots.slotOf(peer);
    return slot === NO_SLOT ? undefined : this.#net().hops(slot);
  }

  /** Members on the way to `peer`, itself last; `undefined`: none is known. */
  path(peer: PeerId): readonly PeerId[] | undefined {
    const net = this.#net();
    const path: PeerId[] = [];
    for (let slot = this.#slots.slotOf(peer); slot !== this.#self; slot = net.before(slot)) {
      const passed = this.#slots.peerOf(slot);
      if (passed === undefined) return undefined;
      path.push(passed);
    }
    return path.reverse();
  }

  /** Whom `peer` names, members only; of ourselves, our neighbours. */
  neighboursOf(peer: PeerId): readonly PeerId[] {
    const slot = this.#slots.slotOf(peer);
    const peers: PeerId[] = [];
    if (slot === NO_SLOT) return peers;
    for (let i = 0; i < this.#table.degree(slot); i++) {
      const other = this.#slots.peerOf(this.#table.link(slot, i));
      if (other !== undefined) peers.push(other);
    }
    return peers;
  }

  /** Whether `peer` says that it is linked to `other`. */
  names(peer: PeerId, other: PeerId): boolean {
    const [slot, otherSlot] = [this.#slots.slotOf(peer), this.#slots.slotOf(other)];
    return slot !== NO_SLOT && otherSlot !== NO_SLOT && this.#table.names(slot, otherSlot);
  }

  stateOf(peer: PeerId, now: Instant): MemberState {
    const slot = this.#slots.slotOf(peer);
    return slot === NO_SLOT ? "offline" : this.#stateAt(slot, now);
  }

  /** Whether a list of `peer` is there that is not stale, whoever is linked to it. Cheap, where {@link stateOf} is exact. */
  isHeard(peer: PeerId, now: Instant): boolean {
    const slot = this.#slots.slotOf(peer);
    if (slot === NO_SLOT || !this.#table.has(slot)) return false;
    return !this.#table.isLeaving(slot) && this.#table.dueAt(slot, LIST_STALE_PERIODS) > now;
  }

  /** Where `peer` says it may be dialed: claims. */
  hintsOf(peer: PeerId): readonly string[] {
    return this.#table.hints(this.#slots.slotOf(peer));
  }

  /** Newest lists of others as they came, at most `keptListsMax`: for somebody who has heard none. */
  lists(): Iterable<Uint8Array> {
    return this.#kept.values();
  }

  view(now: Instant): NetView {
    const net = this.#net();
    const nodes: { peer: PeerId; state: MemberState }[] = [];
    const edges: { a: PeerId; b: PeerId; claimed: "both" | "a" | "b" }[] = [];
    for (let slot = 0; slot < net.size; slot++) {
      const peer = this.#slots.peerOf(slot);
      if (peer === undefined) continue;
      nodes.push({ peer, state: this.#stateAt(slot, now) });
      for (let edge = net.from(slot); edge < net.to(slot); edge++) {
        const other = this.#slots.peerOf(net.end(edge));
        if (other === undefined || other < peer) continue;
        const claim = net.claim(edge);
        edges.push({ a: peer, b: other, claimed: claim === CLAIM.both ? "both" : claim === CLAIM.ours ? "a" : "b" });
      }
    }
    return { nodes, edges };
  }

  /** What is missing, once it has lasted; as of the last {@link handleTimeout}. */
  get gaps(): readonly Gap[] {
    return this.#watch?.gaps ?? [];
  }

  // --- inside ---------------------------------------------------------------------------------

  #net(): NetGraph {
    this.#graph ??= new NetGraph(this.#table, this.#slots.capacity, this.#self);
    return this.#graph;
  }

  #linkSelf(): boolean {
    const links = this.#own.neighbours.map((peer) => this.#slots.slotOf(peer)).filter((slot) => slot !== NO_SLOT);
    return this.#table.setLinks(this.#self, links);
  }

  #adopt(slot: number, list: NeighbourList, now: Instant): void {
    const isChanged = this.#table.adopt(slot, list, now);
    if (this.#kept.has(slot) || this.#kept.size < this.#keptListsMax) this.#kept.set(slot, list.bytes.slice());
    const stale = this.#table.dueAt(slot, LIST_STALE_PERIODS);
    if (this.#sweepAt === undefined || stale < this.#sweepAt) this.#sweepAt = stale;
    if (isChanged) this.#changed(now);
  }

  #contradict(slot: number, peer: PeerId, now: Instant): void {
    if (this.#contradictory.has(slot)) return;
    this.#contradictory.add(slot);
    this.#outputs.push({ type: "contradiction", peer });
    this.#changed(now);
  }

  #stateAt(slot: number, now: Instant): MemberState {
    if (slot === this.#self) return "online";
    if (!this.#table.has(slot)) return this.#isVouchedFor(slot) ? "online" : "offline";
    if (this.#table.isLeaving(slot)) return "offline";
    if (this.#table.dueAt(slot, LIST_STALE_PERIODS) <= now) return "stale";
    if (this.#net().isWithin(slot)) return "online";
    // Who is new is heard of before those are that it is linked to.
    return since(this.#table.heardAt(slot), now) < GAP_AFTER ? "online" : "offline";
  }

  /** Its list has not come yet: we see it ourselves, or two others do. One alone could be making it up. */
  #isVouchedFor(slot: number): boolean {
    if (this.#table.names(this.#self, slot)) return true;
    if (this.#table.wasHeard(slot)) return false;
    const net = this.#net();
    let namers = 0;
    for (let edge = net.from(slot); edge < net.to(slot); edge++) if (net.isWithin(net.end(edge))) namers += 1;
    return namers > 1;
  }

  #changed(now: Instant): void {
    this.#graph = undefined;
    this.#settleAt ??= after(now, GAP_AFTER);
    this.#output("changed");
    if (this.#watch === undefined) return;
    const interval = Math.max(GAPS_INTERVAL_MIN, GAPS_INTERVAL_PER_MEMBER * this.heardCount) as Duration;
    const due = this.#gapsAt === undefined ? now : after(this.#gapsAt, interval);
    this.#gapsDue = sooner(this.#gapsDue, due);
  }

  /** Forgets who has been silent for long. Others that were stale stay so. */
  #sweep(now: Instant): void {
    const { forgotten, next } = this.#table.sweep(now);
    for (const slot of forgotten) this.#kept.delete(slot);
    this.#changed(now);
    this.#sweepAt = next;
  }

  #lookForGaps(now: Instant): void {
    if (this.#watch === undefined) return;
    this.#gapsAt = now;
    const graph = this.#net();
    const online = new Uint8Array(graph.size);
    for (let slot = 0; slot < graph.size; slot++) {
      const isHeard = slot === this.#self || this.#table.has(slot) || this.#table.names(this.#self, slot);
      if (isHeard && graph.isWithin(slot) && this.#stateAt(slot, now) === "online") online[slot] = 1;
    }
    const wait = millis(GAP_AFTER + listSpacing(this.#table.roomSize) - LIST_SPACING_MIN);
    const found = findGaps({
      ...{ slots: this.#slots, table: this.#table, graph, self: this.#self, online, wait },
      contradictory: this.#contradictory,
      roster: this.#roster,
      listWait: (slot) => millis(GAP_AFTER + since(this.#table.heardAt(slot), this.#table.dueAt(slot, 1))),
    });
    if (this.#watch.update(found, now)) this.#output("gaps");
    this.#gapsDue = this.#watch.nextDue(now);
  }

  /** One of each waits at a time. */
  #output(type: "changed" | "gaps"): void {
    if (!this.#outputs.some((output) => output.type === type)) this.#outputs.push({ type });
  }
}
