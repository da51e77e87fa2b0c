/**
 * How a new broadcast goes on (spec/mesh.md §6). In a small room: along the tree of {@link DirectTree}. In a
 * larger one as in Plumtree (Leitão, Pereira, Rodrigues 2007): at once to eager neighbours, which are a tree of
 * the room; to the others its id, in batches. Who gets an envelope twice makes that link lazy (*prune*); who
 * hears of an id and not of its envelope makes the announcer's link eager and asks for it (*graft*).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { after, type Instant, since, sooner } from "../lib/time.ts";
import {
  BROADCAST_HOPS_MAX,
  HAVE_DELAY,
  HAVE_IDS_MAX,
  LISTS_DELAY_LARGE,
  LISTS_WAIT_MEMBERS,
  MESH_QUIET,
  PRUNE_AFTER_REPEATS,
  SETTLE_TIME,
  SHORTCUT_FROM_HOPS,
  SHORTCUT_HOPS_MIN,
  SHORTCUT_INTERVAL,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { AwaitedEnvelopes } from "./awaited-envelopes.ts";
import { DirectTree } from "./direct-tree.ts";
import type { Ground } from "./ground.ts";
import type { Announcement, EnvelopeName } from "./mesh-message.ts";
import type { Neighbour } from "./neighbour.ts";
import { type Entry, forwarded } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";
import type { Topology } from "./topology.ts";
import type { View } from "./view.ts";

export class Spread {
  readonly #ground: Ground;
  readonly #streams: StreamTable;
  readonly #view: View;
  readonly #tree: DirectTree;
  readonly #awaited: AwaitedEnvelopes;
  #flushAt: Instant | undefined;
  /** Links that ended a moment ago. */
  readonly #ended = new Map<PeerId, Instant>();
  /** The last broadcast. */
  #spreadAt: Instant;
  /** Not before: each changes the tree for all origins, and what is short for one is long for another. */
  #shortcutAt: Instant;

  readonly #topology: Topology;

  constructor(ground: Ground, streams: StreamTable, view: View, topology: Topology, now: Instant) {
    this.#shortcutAt = now;
    this.#spreadAt = now;
    [this.#ground, this.#streams, this.#view] = [ground, streams, view];
    this.#topology = topology;
    this.#tree = new DirectTree(ground, topology);
    this.#awaited = new AwaitedEnvelopes(ground.random);
  }

  /** Sends what is new here to those that are to have it from us. */
  spread(entry: Entry, now: Instant): void {
    this.#spreadAt = now;
    this.#awaited.handleArrived(entry, now);
    let bytes: Uint8Array | undefined; // one copy for all
    const { neighbours } = this.#ground;
    if (this.#view.isFullMesh) {
      const { push, doubt } = this.#tree.childrenOf(entry.stream.origin);
      for (const peer of push) {
        const neighbour = neighbours.get(peer);
        if (neighbour === undefined || peer === entry.from) continue;
        bytes ??= forwarded(entry, MESH_MESSAGE.broadcast, now);
        this.#push(neighbour, bytes, entry, now);
      }
      for (const peer of doubt) {
        const neighbour = neighbours.get(peer);
        if (neighbour !== undefined && peer !== entry.from) this.#announce(neighbour, entry, now);
      }
      return;
    }
    const isAtEnd = entry.hops >= BROADCAST_HOPS_MAX;
    for (const neighbour of neighbours.values()) {
      if (!neighbour.isGreeted || neighbour.peer === entry.from || neighbour.peer === entry.stream.origin) continue;
      if (isAtEnd || !neighbour.isEager) {
        this.#announce(neighbour, entry, now);
        continue;
      }
      bytes ??= forwarded(entry, MESH_MESSAGE.broadcast, now);
      this.#push(neighbour, bytes, entry, now);
    }
  }

  /** A neighbour list goes to eager neighbours, and is not kept (spec/topology.md §3). */
  spreadList(list: Uint8Array, from: Neighbour | undefined, now: Instant): void {
    if (from !== undefined && this.#isQuiet(now)) this.handleNew(from);
    let [isWanted, isFull] = [false, false];
    for (const neighbour of this.#ground.neighbours.values()) {
      if (!neighbour.isGreeted || neighbour === from) continue;
      if (!neighbour.isEager && !this.#view.isFullMesh) continue;
      if (neighbour.addList(list)) isFull = true;
      isWanted = true;
    }
    if (!isWanted) return;
    if (isFull) return this.flushSoon(now);
    // In a large room they come all the time, none is urgent, and what goes out with announcements costs no turn.
    const isLarge = this.#topology.heardCount > LISTS_WAIT_MEMBERS;
    this.#flushBy(after(now, isLarge ? LISTS_DELAY_LARGE : HAVE_DELAY));
  }

  // --- what the world did ---------------------------------------------------------------------

  /** Links or lists changed. */
  handleTopology(): void {
    this.#tree.clear();
  }

  /**
   * A neighbour brought a list that we have. Lists wait for each other at every hop, so who brings one first is no
   * shorter way: they make a tree only where no broadcasts do.
   */
  handleOldList(list: Uint8Array, neighbour: Neighbour, now: Instant): void {
    neighbour.removeList(list);
    if (this.#isQuiet(now)) this.handleRepeat(neighbour);
  }

  /** A neighbour brought something first: it is our way to it. */
  handleNew(neighbour: Neighbour): void {
    neighbour.isEager = true;
    neighbour.repeats = 0;
  }

  /** A neighbour brought what another had brought. Whether that is usual: it was not told to stop. */
  handleRepeat(neighbour: Neighbour): boolean {
    if (!neighbour.isEager || this.#view.isFullMesh) return false;
    neighbour.repeats += 1;
    if (neighbour.repeats < PRUNE_AFTER_REPEATS) return true;
    neighbour.isEager = false;
    this.#ground.sending.say(neighbour, { type: "prune" });
    return true;
  }

  /** A link more: what was said a moment ago went out without it, and version vectors leave it out as well. */
  handleUp(neighbour: Neighbour, now: Instant): void {
    for (const [peer, at] of this.#ended) if (since(at, now) >= SETTLE_TIME) this.#ended.delete(peer);
    const mayHaveIt = this.#ended.has(neighbour.peer); // by the link before this one
    for (const entry of [...this.#streams.young(now)].reverse()) {
      if (mayHaveIt || entry.from !== this.#ground.self) this.#announce(neighbour, entry, now);
      else this.#push(neighbour, forwarded(entry, MESH_MESSAGE.broadcast, now), entry, now);
    }
  }

  handlePrune(neighbour: Neighbour): void {
    neighbour.isEager = false;
  }

  handleGraft(neighbour: Neighbour, ids: readonly EnvelopeName[], now: Instant): void {
    neighbour.isEager = true;
    for (const { stream, sequence } of ids) {
      const entry = this.#streams.findByName(bytesToHex(stream))?.entries.get(sequence);
      if (entry !== undefined) this.#push(neighbour, forwarded(entry, MESH_MESSAGE.broadcast, now), entry, now);
    }
  }

  handleHave(neighbour: Neighbour, ids: readonly Announcement[], now: Instant): void {
    for (const id of ids) {
      const name = bytesToHex(id.stream);
      const stream = this.#streams.findByName(name);
      const refusal = stream === undefined ? this.#streams.refusal(name) : undefined;
      if (stream?.has(id.sequence) === true)
        this.#handleKnown(neighbour, stream.entries.get(id.sequence), id.hops, now);
      else if (refusal === "strange") neighbour.broughtStranger = true;
      else if (refusal === undefined && !this.#awaited.add(neighbour, name, id, now)) neighbour.isSyncDue = true;
    }
  }

  /** An envelope came of somebody who is no member: this one, and others of its stream, are not waited for. */
  handleStranger(key: Uint8Array, sequence: number): void {
    this.#awaited.forget(this.#streams.noteStranger(key), sequence);
  }

  /** The tree may be cut where it was: for a moment all links are eager, until repeats prune them. */
  handleNeighbourDown(neighbour: Neighbour, now: Instant): void {
    this.#ended.set(neighbour.peer, now);
    if (!neighbour.isEager || this.#view.isFullMesh) return;
    for (const other of this.#ground.neighbours.values()) {
      if (other.isEager || !other.isGreeted) continue;
      other.isEager = true;
      this.#ground.sending.say(other, { type: "graft", ids: [] });
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#flushAt !== undefined && now >= this.#flushAt) {
      this.#flushAt = undefined;
      for (const neighbour of this.#ground.neighbours.values()) {
        if (!neighbour.hasBatch) continue;
        neighbour.flush();
        this.#ground.sending.mark(neighbour);
      }
    }
    this.#askForAwaited(now);
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#flushAt, this.#awaited.nextTimeout());
  }

  flushSoon(now: Instant): void {
    this.#flushBy(after(now, HAVE_DELAY));
  }

  // --- inside ---------------------------------------------------------------------------------

  #flushBy(at: Instant): void {
    this.#flushAt = sooner(this.#flushAt, at);
  }

  #isQuiet(now: Instant): boolean {
    return since(this.#spreadAt, now) >= MESH_QUIET;
  }

  #push(neighbour: Neighbour, bytes: Uint8Array, entry: Entry, now: Instant): void {
    if (neighbour.push(bytes)) this.#ground.sending.mark(neighbour);
    else this.#announce(neighbour, entry, now); // no room: it may ask once there is
  }

  #announce(neighbour: Neighbour, entry: Entry, now: Instant): void {
    neighbour.announce(entry);
    this.flushSoon(now);
  }

  #askForAwaited(now: Instant): void {
    const has = (name: string, sequence: number) => this.#streams.findByName(name)?.has(sequence) === true;
    for (const [neighbour, ids] of this.#awaited.take(has, now)) {
      neighbour.isEager = true;
      for (let at = 0; at < ids.length; at += HAVE_IDS_MAX)
        this.#ground.sending.say(neighbour, { type: "graft", ids: ids.slice(at, at + HAVE_IDS_MAX) });
    }
  }

  #handleKnown(neighbour: Neighbour, entry: Entry | undefined, hops: number, now: Instant): void {
    if (entry === undefined) return;
    neighbour.unannounce(entry);
    this.#shorten(neighbour, entry, hops, now);
  }

  /** Plumtree §3.8: who announces what came over many hops, and has it over few, is the better way. */
  #shorten(neighbour: Neighbour, entry: Entry, hops: number, now: Instant): void {
    if (entry.hops < SHORTCUT_FROM_HOPS || entry.hops - hops < SHORTCUT_HOPS_MIN || neighbour.isEager) return;
    if (this.#shortcutAt > now) return;
    const way = this.#ground.neighbours.get(entry.from);
    if (way === undefined || !way.isEager || this.#view.isFullMesh) return;
    this.#shortcutAt = after(now, SHORTCUT_INTERVAL);
    neighbour.isEager = true;
    this.#ground.sending.say(neighbour, { type: "graft", ids: [] });
    way.isEager = false;
    this.#ground.sending.say(way, { type: "prune" });
  }
}
