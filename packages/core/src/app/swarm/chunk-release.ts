/**
 * What the sender of a file shows to whom, so that its uplink carries about one copy (spec/app-swarm.md §6).
 *
 * Each partner is shown a few chunks that nobody else has and nobody else was shown; once it has one, and
 * passed it on, it is shown another. A chunk whose only holders went away is shown again, and near the end,
 * when nothing else is left to show, also one that its only holder takes long to pass on. Whoever says that it gets no further (*plea*) puts in doubt every partner that has what it lacks:
 * they count as holders no longer, and what only they have is shown again. The idea is that of the
 * super-seeding of BitTorrent (BEP 16); the pleas replace its guesses about who passes on what it gets.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { seconds, since } from "../../lib/time.ts";
import {
  SWARM_SHOWN_MAX,
  SWARM_SHOWN_TIMEOUT,
  SWARM_STUCK_AFTER,
  SWARM_UNSPREAD_MAX,
} from "../../wire/room-app-limits.ts";
import { ChunkSet } from "./chunk-set.ts";

/** Of how many chunks one may be sent again to help. */
const HELP_SHARE = 8;
/** One that was shown, or sent, and is not there after so long is likely to be stuck. */
const HELP_AFTER: Duration = seconds(10);

interface Viewer {
  /** What it says it has. */
  readonly has: ChunkSet;
  /** Everything it was shown: it may ask for these. */
  readonly mayAsk: ChunkSet;
  /** Shown and not yet there: since when, or `undefined` while it waits for us. */
  readonly shown: Map<number, Instant | undefined>;
  /** It got these from us, and nobody else has them yet. */
  readonly unspread: Set<number>;
  wants: boolean;
  isDoubtful: boolean;
}

export class ChunkRelease {
  readonly #chunks: number;
  readonly #viewers = new Map<PeerId, Viewer>();
  /** Counted holders of each chunk, and how many were shown it and have it not yet. */
  readonly #holders: Uint16Array;
  readonly #shownTo: Uint16Array;
  /** Neither held nor shown. */
  readonly #fresh: ChunkSet;
  /** When somebody last said that it has the chunk, in whole seconds. */
  readonly #heldAt: Uint32Array;
  /** Chunks that may still be sent again because somebody is slow. */
  #helps: number;

  constructor(chunks: number) {
    this.#chunks = chunks;
    this.#holders = new Uint16Array(chunks);
    this.#shownTo = new Uint16Array(chunks);
    this.#heldAt = new Uint32Array(chunks);
    this.#fresh = new ChunkSet(chunks);
    this.#fresh.addAll();
    this.#helps = Math.max(SWARM_UNSPREAD_MAX, Math.floor(chunks / HELP_SHARE));
  }

  handleWant(peer: PeerId, wants: boolean): void {
    this.#viewer(peer).wants = wants;
  }

  handleHas(peer: PeerId, chunk: number, now: Instant): void {
    const viewer = this.#viewer(peer);
    if (!viewer.has.add(chunk)) return;
    if (this.#unshow(viewer, chunk) && this.#holders[chunk] === 0) viewer.unspread.add(chunk);
    this.#heldAt[chunk] = Math.floor(now / 1_000);
    if (viewer.isDoubtful) return;
    this.#count(chunk, 1);
    if (this.#holders[chunk] !== 2) return;
    for (const { unspread } of this.#viewers.values()) unspread.delete(chunk);
  }

  /** It has it no longer, or never had. */
  handleLacks(peer: PeerId, chunk: number): void {
    const viewer = this.#viewers.get(peer);
    if (viewer === undefined || !viewer.has.delete(chunk)) return;
    viewer.unspread.delete(chunk);
    if (!viewer.isDoubtful) this.#count(chunk, -1);
  }

  handleGone(peer: PeerId): void {
    const viewer = this.#viewers.get(peer);
    if (viewer === undefined) return;
    this.#viewers.delete(peer);
    for (const chunk of [...viewer.shown.keys()]) this.#unshow(viewer, chunk);
    if (!viewer.isDoubtful) for (const chunk of viewer.has) this.#count(chunk, -1);
  }

  mayAsk(peer: PeerId, chunk: number): boolean {
    return this.#viewers.get(peer)?.mayAsk.has(chunk) ?? false;
  }

  /** It asked for the chunk: until it is sent, the time is ours. */
  handleAsked(peer: PeerId, chunk: number): void {
    const shown = this.#viewers.get(peer)?.shown;
    if (shown?.has(chunk)) shown.set(chunk, undefined);
  }

  handleSent(peer: PeerId, chunk: number, now: Instant): void {
    const shown = this.#viewers.get(peer)?.shown;
    if (shown?.has(chunk)) shown.set(chunk, now);
  }

  /** It has nothing to ask of anybody. */
  handlePlea(peer: PeerId, now: Instant): void {
    const stuck = this.#viewer(peer);
    for (const viewer of this.#viewers.values()) {
      if (viewer === stuck || viewer.isDoubtful) continue;
      let isUnreached = false;
      for (const chunk of viewer.has) isUnreached ||= !stuck.has.has(chunk) && this.#isOld(chunk, now);
      if (!isUnreached) continue;
      viewer.isDoubtful = true;
      viewer.unspread.clear();
      for (const chunk of viewer.has) this.#count(chunk, -1);
    }
  }

  handleTimeout(now: Instant): void {
    for (const viewer of this.#viewers.values()) {
      for (const [chunk, at] of viewer.shown) {
        if (at !== undefined && since(at, now) >= SWARM_SHOWN_TIMEOUT) this.#unshow(viewer, chunk);
      }
    }
  }

  /** Chunks to show to this partner now. */
  show(peer: PeerId, now: Instant): readonly number[] {
    const viewer = this.#viewers.get(peer);
    if (viewer === undefined || !viewer.wants || !this.#hasRoom(viewer)) return [];
    const chunks: number[] = [];
    const show = (chunk: number): void => {
      viewer.shown.set(chunk, now);
      viewer.mayAsk.add(chunk);
      this.#shownTo[chunk] = (this.#shownTo[chunk] ?? 0) + 1;
      this.#fresh.delete(chunk);
      chunks.push(chunk);
    };
    for (const chunk of this.#fresh) {
      if (!viewer.has.has(chunk)) show(chunk); // else held by a doubtful one: by itself
      if (!this.#hasRoom(viewer)) return chunks;
    }
    if (this.#fresh.count === 0) this.#help(viewer, now, show);
    return chunks;
  }

  /** Shows what one alone has, or was shown, for a while. */
  #help(viewer: Viewer, now: Instant, show: (chunk: number) => void): void {
    for (const holder of this.#viewers.values()) {
      for (const chunk of holder.unspread) {
        if (this.#helps === 0 || !this.#hasRoom(viewer)) return;
        if (viewer.has.has(chunk) || this.#shownTo[chunk] !== 0 || !this.#isOld(chunk, now)) continue;
        this.#helps -= 1;
        show(chunk);
      }
      for (const [chunk, at] of holder.shown) {
        if (this.#helps === 0 || !this.#hasRoom(viewer)) return;
        if (holder === viewer || at === undefined || since(at, now) < HELP_AFTER) continue;
        if (viewer.has.has(chunk) || this.#shownTo[chunk] !== 1) continue;
        this.#helps -= 1;
        show(chunk);
      }
    }
  }

  /** Whoever does not pass on what it gets is not given more, unless there is nobody to pass it to. */
  #hasRoom(viewer: Viewer): boolean {
    if (viewer.shown.size >= SWARM_SHOWN_MAX) return false;
    if (viewer.shown.size + viewer.unspread.size < SWARM_UNSPREAD_MAX) return true;
    for (const other of this.#viewers.values()) if (other !== viewer && other.wants) return false;
    return true;
  }

  #isOld(chunk: number, now: Instant): boolean {
    return 1_000 * (this.#heldAt[chunk] ?? 0) + SWARM_STUCK_AFTER <= now;
  }

  #viewer(peer: PeerId): Viewer {
    let viewer = this.#viewers.get(peer);
    if (viewer === undefined) {
      const [has, mayAsk] = [new ChunkSet(this.#chunks), new ChunkSet(this.#chunks)];
      viewer = { has, mayAsk, shown: new Map(), unspread: new Set(), wants: false, isDoubtful: false };
      this.#viewers.set(peer, viewer);
    }
    return viewer;
  }

  /** False if it was not shown, or is there. */
  #unshow(viewer: Viewer, chunk: number): boolean {
    if (!viewer.shown.delete(chunk)) return false;
    this.#shownTo[chunk] = (this.#shownTo[chunk] ?? 0) - 1;
    this.#refresh(chunk);
    return true;
  }

  #count(chunk: number, by: 1 | -1): void {
    this.#holders[chunk] = (this.#holders[chunk] ?? 0) + by;
    this.#refresh(chunk);
  }

  #refresh(chunk: number): void {
    if (this.#holders[chunk] === 0 && this.#shownTo[chunk] === 0) this.#fresh.add(chunk);
    else this.#fresh.delete(chunk);
  }
}
