/**
 * Who passes a broadcast on in a small room (spec/mesh.md §6.1): the tree of shortest ways from its origin over
 * links that both ends name. Of several parents, the one with the smallest PeerId. In a full mesh nobody passes
 * anything on, and everything comes once.
 *
 * All members compute the same from the same lists; while lists are on their way they may not, so where the
 * lists do not say enough, the envelope is announced instead.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { Ground } from "./ground.ts";
import type { Topology } from "./topology.ts";

/** Neighbours to push to, and those to announce it to. */
export interface Children {
  readonly push: readonly PeerId[];
  readonly doubt: readonly PeerId[];
}

export class DirectTree {
  readonly #ground: Ground;
  readonly #topology: Topology;
  readonly #byOrigin = new Map<PeerId, Children>();

  constructor(ground: Ground, topology: Topology) {
    [this.#ground, this.#topology] = [ground, topology];
  }

  /** Call when links or lists changed. */
  clear(): void {
    if (this.#byOrigin.size > 0) this.#byOrigin.clear();
  }

  childrenOf(origin: PeerId): Children {
    let children = this.#byOrigin.get(origin);
    if (children === undefined) {
      children = this.#compute(origin);
      this.#byOrigin.set(origin, children);
    }
    return children;
  }

  #compute(origin: PeerId): Children {
    const { self, neighbours } = this.#ground;
    const greeted = [...neighbours.values()].filter(({ isGreeted }) => isGreeted).map(({ peer }) => peer);
    if (origin === self) return { push: greeted, doubt: [] };
    const distances = this.#distances(origin);
    const own = distances.get(self);
    const push: PeerId[] = [];
    const doubt: PeerId[] = [];
    for (const peer of greeted) {
      if (peer === origin) continue;
      const distance = distances.get(peer);
      const isKnown = this.#isKnown(origin) && this.#isKnown(peer) && own !== undefined && distance !== undefined;
      if (!isKnown) doubt.push(peer);
      else if (distance === own + 1 && this.#parentOf(peer, distance, distances) === self) push.push(peer);
    }
    return { push, doubt };
  }

  #distances(origin: PeerId): ReadonlyMap<PeerId, number> {
    const distances = new Map([[origin, 0]]);
    for (const [peer, distance] of distances) {
      for (const next of this.#linkedTo(peer)) if (!distances.has(next)) distances.set(next, distance + 1);
    }
    return distances;
  }

  #parentOf(peer: PeerId, distance: number, distances: ReadonlyMap<PeerId, number>): PeerId | undefined {
    let parent: PeerId | undefined;
    for (const other of this.#linkedTo(peer))
      if (distances.get(other) === distance - 1 && (parent === undefined || other < parent)) parent = other;
    return parent;
  }

  /** A link of ours is one that we see; others' are those that both name. */
  #linkedTo(peer: PeerId): PeerId[] {
    const { self, neighbours } = this.#ground;
    const linked = this.#topology
      .neighboursOf(peer)
      .filter((other) => other !== self && peer !== self && this.#topology.names(other, peer));
    if (peer === self) for (const [other, { isGreeted }] of neighbours) isGreeted && linked.push(other);
    else if (neighbours.get(peer)?.isGreeted === true) linked.push(self);
    return linked;
  }

  #isKnown(peer: PeerId): boolean {
    return this.#topology.neighboursOf(peer).length > 0;
  }
}
