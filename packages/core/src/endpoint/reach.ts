/**
 * Whom to dial, where and when. A contact is dialled while something wants it (a person waits,
 * messages wait, a session lost its links, it was seen nearby) and an address is known, with a
 * growing pause after each failure. Of two contacts who see each other at the same moment, the one
 * with the smaller PeerId dials at once and the other a little later, so that mostly one link comes
 * up; if two do, the glare rule decides (DESIGN §4.2).
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, seconds, sooner } from "../lib/time.ts";
import { CONTACTS_MAX } from "../wire/limits.ts";

/** How long the larger PeerId lets the smaller one go first. */
const POLITE_WAIT: Duration = millis(400);
const RETRY_MIN: Duration = millis(500);
const RETRY_MAX: Duration = seconds(60);
/** Addresses tried for one contact, freshest first. */
export const HINTS_PER_PEER_MAX = 8;

/** Why a peer should be reached. Any one is enough. */
export type Want = "asked" | "outbox" | "session" | "nearby";

export interface DialOrder {
  readonly type: "dial";
  readonly dial: number;
  readonly peer: PeerId;
  readonly hints: readonly string[];
}

type Phase =
  | { readonly at: "idle" }
  | { readonly at: "waiting"; readonly until: Instant }
  | { readonly at: "dialling"; readonly dial: number }
  | { readonly at: "up" };

interface Target {
  phase: Phase;
  readonly wants: Set<Want>;
  /** Seen on the network now. */
  nearby: readonly string[];
  /** Worked before, or given by the other side when pairing. */
  remembered: readonly string[];
  failures: number;
}

export class Reach {
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #nextDial: () => number;
  readonly #pinned: (peer: PeerId) => readonly string[];
  readonly #targets = new Map<PeerId, Target>();
  readonly #outputs: DialOrder[] = [];

  /** `nextDial` gives each dial its number, shared with whoever else dials; `pinned`: addresses in the trust book. */
  constructor(options: {
    self: PeerId;
    random: RandomSource;
    nextDial: () => number;
    pinned: (peer: PeerId) => readonly string[];
  }) {
    this.#self = options.self;
    this.#random = options.random;
    this.#nextDial = options.nextDial;
    this.#pinned = options.pinned;
  }

  /** Addresses that may work, best first; they replace what was remembered. */
  remember(peer: PeerId, hints: readonly string[]): void {
    const target = this.#target(peer);
    if (target !== undefined) target.remembered = hints.slice(0, HINTS_PER_PEER_MAX);
  }

  /** Where each contact is seen now. Whoever is missing is no longer nearby. */
  setNearby(sightings: ReadonlyMap<PeerId, readonly string[]>, now: Instant): void {
    for (const [peer, hints] of sightings) {
      const target = this.#target(peer);
      if (target === undefined) continue;
      const isNews = target.nearby.join() !== hints.join();
      target.nearby = hints.slice(0, HINTS_PER_PEER_MAX);
      target.wants.add("nearby");
      if (isNews) this.#freshNews(peer, target, now);
    }
    for (const [peer, target] of this.#targets) {
      if (sightings.has(peer)) continue;
      target.nearby = [];
      target.wants.delete("nearby");
    }
  }

  want(peer: PeerId, why: Want, now: Instant): void {
    const target = this.#target(peer);
    if (target === undefined) return;
    target.wants.add(why);
    if (target.phase.at === "waiting" && why === "asked") target.phase = { at: "waiting", until: now };
    if (target.phase.at === "idle") target.phase = { at: "waiting", until: now };
  }

  unwant(peer: PeerId, why: Want): void {
    this.#targets.get(peer)?.wants.delete(why);
  }

  /** A link to `peer` carries its session. */
  handleUp(peer: PeerId): void {
    const target = this.#target(peer);
    if (target === undefined) return;
    target.phase = { at: "up" };
    target.failures = 0;
  }

  /** Its last link is gone. */
  handleDown(peer: PeerId, now: Instant): void {
    const target = this.#targets.get(peer);
    if (target === undefined) return;
    target.phase = { at: "waiting", until: after(now, this.#firstWait(peer)) };
  }

  /** A dial of ours came to nothing. One that succeeded shows as {@link handleUp}. */
  handleDialFailed(dial: number, now: Instant): void {
    for (const target of this.#targets.values()) {
      if (target.phase.at !== "dialling" || target.phase.dial !== dial) continue;
      target.failures += 1;
      target.phase = { at: "waiting", until: after(now, this.#retryWait(target.failures)) };
    }
  }

  forget(peer: PeerId): void {
    this.#targets.delete(peer);
  }

  /** Addresses known for `peer`, freshest first. */
  hintsOf(peer: PeerId): readonly string[] {
    const { nearby = [], remembered = [] } = this.#targets.get(peer) ?? {};
    return [...new Set([...nearby, ...remembered, ...this.#pinned(peer)])].slice(0, HINTS_PER_PEER_MAX);
  }

  handleTimeout(now: Instant): void {
    for (const [peer, target] of this.#targets) {
      if (target.phase.at !== "waiting" || now < target.phase.until) continue;
      if (target.wants.size === 0) {
        target.phase = { at: "idle" };
        continue;
      }
      const hints = this.hintsOf(peer);
      if (hints.length === 0) {
        target.phase = { at: "idle" }; // a sighting or an address wakes it
        continue;
      }
      const dial = this.#nextDial();
      target.phase = { at: "dialling", dial };
      this.#outputs.push({ type: "dial", dial, peer, hints });
    }
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { phase } of this.#targets.values()) if (phase.at === "waiting") next = sooner(next, phase.until);
    return next;
  }

  poll(): DialOrder | undefined {
    return this.#outputs.shift();
  }

  /** A full table takes nobody new: contacts are bounded by the same number. */
  #target(peer: PeerId): Target | undefined {
    assert(peer !== this.#self, "cannot reach ourselves");
    let target = this.#targets.get(peer);
    if (target === undefined && this.#targets.size < CONTACTS_MAX) {
      target = { phase: { at: "idle" }, wants: new Set(), nearby: [], remembered: [], failures: 0 };
      this.#targets.set(peer, target);
    }
    return target;
  }

  #freshNews(peer: PeerId, target: Target, now: Instant): void {
    target.failures = 0;
    if (target.phase.at === "idle" || target.phase.at === "waiting") {
      target.phase = { at: "waiting", until: after(now, this.#firstWait(peer)) };
    }
  }

  #firstWait(peer: PeerId): Duration {
    return this.#self < peer ? millis(0) : POLITE_WAIT;
  }

  /** Doubling, with up to half of it taken off at random, so that two do not retry in step for ever. */
  #retryWait(failures: number): Duration {
    const whole = Math.min(RETRY_MAX, RETRY_MIN * 2 ** Math.min(failures - 1, 16));
    return millis(whole - randomBelow(this.#random, Math.max(1, Math.floor(whole / 2))));
  }
}
