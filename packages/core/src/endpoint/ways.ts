/**
 * The ways to a peer that we look for ourselves, each with tries and pauses of its own: straight, at its addresses, and
 * over the relays where it has arrived. Both begin at once. While a straight link is up nobody is dialled over a relay;
 * while only a relay carries the session, the straight way goes on being tried. A third leads from a session to a
 * better link of it: a connection that the two ends negotiate, wanted while there is no straight one and both can. It
 * is worth more than a relay, and less than a straight link, which goes on being tried beside it too.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Instant, sooner } from "../lib/time.ts";
import { NEGOTIATED_HINT } from "./hint.ts";
import { type DialOrder, Reach, type Want } from "./reach.ts";

export class Ways {
  /** At addresses. */
  readonly straight: Reach;
  /** At relays: the hints are {@link relayHint}s. */
  readonly relayed: Reach;
  /** Inside a session that others carry: no way to begin with. */
  readonly negotiated: Reach;

  constructor(options: {
    self: PeerId;
    random: RandomSource;
    nextDial: () => number;
    pinned: (peer: PeerId) => readonly string[];
    isAwaited?: (peer: PeerId) => boolean;
  }) {
    this.straight = new Reach(options);
    this.relayed = new Reach({ ...options, pinned: () => [], takesTurns: true });
    this.negotiated = new Reach({ ...options, pinned: () => [NEGOTIATED_HINT], isPatient: true });
  }

  get size(): number {
    return Math.max(this.straight.size, this.relayed.size);
  }

  /** Whether there is anywhere to dial. */
  canReach(peer: PeerId): boolean {
    return this.straight.hintsOf(peer).length > 0 || this.relayed.hintsOf(peer).length > 0;
  }

  want(peer: PeerId, why: Want, now: Instant): void {
    for (const way of this.#both) way.want(peer, why, now);
  }

  unwant(peer: PeerId, why: Want): void {
    for (const way of this.#both) way.unwant(peer, why);
  }

  setWanted(peer: PeerId, why: Want, isWanted: boolean, now: Instant): void {
    for (const way of this.#both) way.setWanted(peer, why, isWanted, now);
  }

  /** Which links the peer's session has now, those through meshes left out. */
  handleLinks(peer: PeerId, has: { straight: boolean; negotiated: boolean; relayed: boolean }, now: Instant): void {
    if (has.straight) {
      for (const way of this.#both) way.handleUp(peer, now);
      return this.straight.unwant(peer, "better");
    }
    this.straight.handleCut(peer, now);
    if (!has.relayed && !has.negotiated) return this.relayed.handleCut(peer, now);
    this.relayed.handleUp(peer, now);
    this.straight.want(peer, "better", now);
  }

  /** What the session has, if it has links, and whether both ends can negotiate another. */
  handleNegotiable(peer: PeerId, can: boolean, has: "direct" | "lesser" | "none", now: Instant): void {
    const { negotiated } = this;
    if (has === "direct") negotiated.handleUp(peer, now);
    else negotiated.handleCut(peer, now);
    negotiated.setWanted(peer, "better", can && has === "lesser", now);
    if (has === "none") negotiated.release(peer);
  }

  /** Its session could do with one more negotiated link. */
  handleStripeWanted(peer: PeerId): void {
    this.negotiated.dialBeside(peer);
  }

  /** Its session is over. */
  handleOver(peer: PeerId): void {
    this.unwant(peer, "session");
    this.straight.unwant(peer, "better");
    this.negotiated.forget(peer);
  }

  handleDown(peer: PeerId, now: Instant): void {
    for (const way of this.#both) way.handleDown(peer, now);
  }

  handleTurnedAway(peer: PeerId, now: Instant): void {
    for (const way of this.#both) way.handleTurnedAway(peer, now);
  }

  handleDialFailed(dial: number, now: Instant): void {
    for (const way of this.#all) way.handleDialFailed(dial, now);
  }

  /** False: it was left alone already. */
  goPassive(peer: PeerId, now: Instant): boolean {
    return this.#both.map((way) => way.goPassive(peer, now)).includes(true);
  }

  endPassive(peer: PeerId, now: Instant): void {
    for (const way of this.#both) way.endPassive(peer, now);
  }

  hurry(now: Instant): void {
    for (const way of this.#all) way.hurry(now);
  }

  release(peer: PeerId): void {
    for (const way of this.#all) way.release(peer);
  }

  forget(peer: PeerId): void {
    for (const way of this.#all) way.forget(peer);
  }

  handleTimeout(now: Instant): void {
    for (const way of this.#all) way.handleTimeout(now);
  }

  nextTimeout(): Instant | undefined {
    return this.#all.reduce<Instant | undefined>((next, way) => sooner(next, way.nextTimeout()), undefined);
  }

  poll(): DialOrder | undefined {
    return this.straight.poll() ?? this.relayed.poll() ?? this.negotiated.poll();
  }

  get #all(): readonly Reach[] {
    return [...this.#both, this.negotiated];
  }

  get #both(): readonly [Reach, Reach] {
    return [this.straight, this.relayed];
  }
}
