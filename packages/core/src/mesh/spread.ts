/**
 * How a new broadcast goes on (spec/mesh.md §6). In a small room: along the tree of {@link DirectTree}. In a
 * larger one as in Plumtree (Leitão, Pereira, Rodrigues 2007): at once to eager neighbours, which are a tree of
 * the room; to the others its id, in batches. Who gets an envelope twice makes that link lazy (*prune*); who
 * hears of an id and not of its envelope makes the announcer's link eager and asks for it (*graft*).
 *
 * @module
 */
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { bytesToHex } from "../lib/hex.ts";
import { randomBelow } from "../lib/random.ts";
import { after, type Instant, millis, since, sooner } from "../lib/time.ts";
import {
  ANNOUNCED_MAX,
  BROADCAST_HOPS_MAX,
  GRAFT_PATIENCE,
  GRAFT_PATIENCE_MAX,
  GRAFT_PATIENCE_SPREAD,
  HAVE_DELAY,
  HAVE_IDS_MAX,
  MESH_QUIET,
  PRUNE_AFTER_REPEATS,
  SETTLE_TIME,
  SHORTCUT_FROM_HOPS,
  SHORTCUT_HOPS_MIN,
  SHORTCUT_INTERVAL,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { DirectTree } from "./direct-tree.ts";
import type { Ground } from "./ground.ts";
import type { Announcement, EnvelopeName } from "./mesh-message.ts";
import type { Neighbour } from "./neighbour.ts";
import { type Entry, forwarded } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";
import type { Topology } from "./topology.ts";
import type { View } from "./view.ts";

/** Patience, in usual delays; and of how many envelopes those are the mean. */
const USUAL_DELAYS = 4;
const DELAYS_AVERAGED = 16;

/** An envelope that neighbours say they have, and that did not come. */
interface Announced extends EnvelopeName {
  readonly name: string;
  readonly announcers: Neighbour[];
  readonly since: Instant;
  /** Whom we asked for it last. */
  asked: Neighbour | undefined;
}

export class Spread {
  readonly #ground: Ground;
  readonly #streams: StreamTable;
  readonly #view: View;
  readonly #tree: DirectTree;
  readonly #announced = new Map<string, Announced>();
  readonly #waiting = new Deadlines<Announced>();
  /** How long after its first announcement an envelope came by itself, of late: long where all have much to do. */
  #usualDelay = 0;
  #flushAt: Instant | undefined;
  /** Links that ended a moment ago. */
  readonly #ended = new Map<PeerId, Instant>();
  /** The last broadcast. */
  #spreadAt: Instant;
  /** Not before: each changes the tree for all origins, and what is short for one is long for another. */
  #shortcutAt: Instant;

  constructor(ground: Ground, streams: StreamTable, view: View, topology: Topology, now: Instant) {
    this.#shortcutAt = now;
    this.#spreadAt = now;
    [this.#ground, this.#streams, this.#view] = [ground, streams, view];
    this.#tree = new DirectTree(ground, topology);
  }

  /** Sends what is new here to those that are to have it from us. */
  spread(entry: Entry, now: Instant): void {
    this.#spreadAt = now;
    this.#handleArrived(entry, now);
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
    for (const neighbour of this.#ground.neighbours.values()) {
      if (!neighbour.isGreeted || neighbour === from) continue;
      if (!neighbour.isEager && !this.#view.isFullMesh) continue;
      neighbour.addList(list);
      this.flushSoon(now);
    }
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

  /** A neighbour brought what another had brought. */
  handleRepeat(neighbour: Neighbour): void {
    if (!neighbour.isEager || this.#view.isFullMesh) return;
    neighbour.repeats += 1;
    if (neighbour.repeats < PRUNE_AFTER_REPEATS) return;
    neighbour.isEager = false;
    this.#ground.sending.say(neighbour, { type: "prune" });
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
    for (const { key, sequence } of ids) {
      const entry = this.#streams.find(key)?.entries.get(sequence);
      if (entry !== undefined) this.#push(neighbour, forwarded(entry, MESH_MESSAGE.broadcast, now), entry, now);
    }
  }

  handleHave(neighbour: Neighbour, ids: readonly Announcement[], now: Instant): void {
    for (const id of ids) {
      const stream = this.#streams.find(id.key);
      if (stream?.has(id.sequence) === true)
        this.#handleKnown(neighbour, stream.entries.get(id.sequence), id.hops, now);
      else if (stream !== undefined || this.#mayBe(neighbour, id.key)) this.#await(neighbour, id, now);
    }
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
    this.#askForAnnounced(now);
  }

  nextTimeout(): Instant | undefined {
    return sooner(this.#flushAt, this.#waiting.next());
  }

  flushSoon(now: Instant): void {
    this.#flushAt ??= after(now, HAVE_DELAY);
  }

  // --- inside ---------------------------------------------------------------------------------

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

  /** Whether an unknown stream can be one of a member. */
  #mayBe(neighbour: Neighbour, key: Uint8Array): boolean {
    if (this.#streams.isRetired(key)) return false;
    const isMember = this.#view.isMember(peerIdFromBytes(key.subarray(0, PEER_ID_BYTES)));
    if (!isMember) neighbour.broughtStranger = true;
    return isMember;
  }

  #await(neighbour: Neighbour, { key, sequence }: EnvelopeName, now: Instant): void {
    const name = nameOf(key, sequence);
    const known = this.#announced.get(name);
    if (known !== undefined) {
      if (!known.announcers.includes(neighbour)) known.announcers.push(neighbour);
      return;
    }
    if (this.#announced.size >= ANNOUNCED_MAX) {
      neighbour.isSyncDue = true;
      return;
    }
    const announced = { name, key: key.slice(), sequence, announcers: [neighbour], since: now, asked: undefined };
    this.#announced.set(name, announced);
    this.#waiting.set(announced, this.#soon(now));
  }

  #askForAnnounced(now: Instant): void {
    const ripe = this.#waiting.take(now);
    if (ripe.length === 0) return;
    const questions = new Map<Neighbour, EnvelopeName[]>();
    for (const announced of ripe) {
      const announcer = this.#streams.find(announced.key)?.has(announced.sequence)
        ? undefined
        : takeLinked(announced.announcers);
      if (announcer === undefined) {
        this.#announced.delete(announced.name);
        continue;
      }
      const ids = questions.get(announcer) ?? [];
      ids.push(announced);
      questions.set(announcer, ids);
      announced.asked = announcer;
      this.#waiting.set(announced, this.#soon(now));
    }
    for (const [neighbour, ids] of questions) {
      neighbour.isEager = true;
      for (let at = 0; at < ids.length; at += HAVE_IDS_MAX)
        this.#ground.sending.say(neighbour, { type: "graft", ids: ids.slice(at, at + HAVE_IDS_MAX) });
    }
  }

  /**
   * Not all at once: what one asked for goes on to the others behind the same cut. And not before what is late
   * for all: in a room that is busy, asking would make it busier.
   */
  #soon(now: Instant): Instant {
    const usual = Math.min(GRAFT_PATIENCE_MAX, USUAL_DELAYS * this.#usualDelay);
    const patience = Math.max(GRAFT_PATIENCE, Math.floor(usual));
    return after(now, millis(patience + randomBelow(this.#ground.random, GRAFT_PATIENCE_SPREAD)));
  }

  #handleArrived(entry: Entry, now: Instant): void {
    const name = this.#announced.size === 0 ? undefined : nameOf(entry.stream.key, entry.sequence);
    const announced = name === undefined ? undefined : this.#announced.get(name);
    if (announced !== undefined) {
      this.#announced.delete(announced.name);
      this.#waiting.set(announced, undefined);
      if (announced.asked?.peer === entry.from) return; // it came because we asked
    }
    const delay = announced === undefined ? 0 : since(announced.since, now);
    this.#usualDelay += (delay - this.#usualDelay) / DELAYS_AVERAGED;
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

const nameOf = (key: Uint8Array, sequence: number): string => `${bytesToHex(key)}${sequence}`;

function takeLinked(announcers: Neighbour[]): Neighbour | undefined {
  for (let next = announcers.shift(); next !== undefined; next = announcers.shift()) if (!next.isOver) return next;
  return undefined;
}
