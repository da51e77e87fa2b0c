/**
 * Whom to dial, where and when. A contact is dialled while something wants it (a person waits,
 * messages wait, a session lost its links, it was seen nearby) and an address is known, with a
 * growing pause after each failure, and after each link but the first that died young. Of two contacts who see each other at the same moment, the one
 * with the smaller PeerId dials at once and the other a little later, so that mostly one link comes
 * up; if two do, the glare rule decides (SES-27).
 *
 * Whoever is turned away, because one of the two has more direct sessions than it takes, does not
 * come back for being nearby alone, and comes back the later the sooner that happens again.
 *
 * Where one of the two runs twice (SES-28), each further dial would only throw somebody out: the peer
 * is left alone until somebody asks, or for ten minutes.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { assert } from "../lib/assert.ts";
import { Deadlines } from "../lib/deadlines.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, minutes, seconds, since } from "../lib/time.ts";
import { CONTACTS_MAX, PASSIVE_FOR } from "../wire/limits.ts";

/** How long the larger PeerId lets the smaller one go first. */
const POLITE_WAIT: Duration = millis(400);
const RETRY_MIN: Duration = millis(500);
const RETRY_MAX: Duration = seconds(60);
/** A session whose links lived so long is dialled again at once when they end. */
const STEADY_AFTER: Duration = seconds(2);
/** A link that lived so long led somewhere: one that carries nothing is given up sooner (PATH_DEAD_AFTER). */
const GOOD_AFTER: Duration = minutes(1);
/** A session that lived so long was no mistake: being turned away afterwards counts as the first time. */
const TURN_MEMORY: Duration = minutes(1);
/** Addresses tried for one contact, freshest first. */
export const HINTS_PER_PEER_MAX = 8;

/** Why a peer should be reached. Any one is enough. */
/** `better`: its session has only a relay. */
export type Want = "asked" | "outbox" | "session" | "nearby" | "better";

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
  /** Told by the members of a room. */
  told: readonly string[];
  /** In a row: dials that led nowhere, links that died young, sessions that were ended for want of room. */
  failures: number;
  shortLived: number;
  turnedAway: number;
  upSince: Instant | undefined;
  /** Until then it is dialled only because somebody asks. */
  passiveUntil: Instant | undefined;
  /** Dials that led nowhere, or to links that died soon, since ever: where hints take turns, the next one's is this. */
  turn: number;
}

export class Reach {
  readonly #self: PeerId;
  readonly #random: RandomSource;
  readonly #nextDial: () => number;
  readonly #pinned: (peer: PeerId) => readonly string[];
  readonly #takesTurns: boolean;
  readonly #isPatient: boolean;
  readonly #isAwaited: (peer: PeerId) => boolean;
  readonly #targets = new Map<PeerId, Target>();
  readonly #dialling = new Map<number, PeerId>(); // at most one a target
  readonly #seen = new Set<PeerId>(); // targets that are nearby
  readonly #passing = new Set<PeerId>(); // of these, those that are forgotten when they are not
  readonly #waits = new Deadlines<PeerId>();
  readonly #outputs: DialOrder[] = [];

  /**
   * `nextDial` gives each dial its number, shared with whoever else dials; `pinned`: addresses in the trust book.
   * `takesTurns`: whoever dials tries but the first hint, so that after a failure another one is first.
   * `isPatient`: both sides wish at the same moment, so that the larger PeerId lets the other go first at every wish.
   * `isAwaited`: somebody waits for a dial to the peer that goes on by another way.
   */
  constructor(options: {
    self: PeerId;
    random: RandomSource;
    nextDial: () => number;
    pinned: (peer: PeerId) => readonly string[];
    takesTurns?: boolean;
    isPatient?: boolean;
    isAwaited?: (peer: PeerId) => boolean;
  }) {
    this.#isAwaited = options.isAwaited ?? (() => false);
    this.#isPatient = options.isPatient ?? false;
    this.#takesTurns = options.takesTurns ?? false;
    this.#self = options.self;
    this.#random = options.random;
    this.#nextDial = options.nextDial;
    this.#pinned = options.pinned;
  }

  get size(): number {
    return this.#targets.size;
  }

  /** Addresses that may work, best first; they replace what was remembered. */
  remember(peer: PeerId, hints: readonly string[], now: Instant): void {
    const target = this.#target(peer);
    if (target === undefined) return;
    target.remembered = hints.slice(0, HINTS_PER_PEER_MAX);
    if (target.phase.at === "idle" && target.wants.size > 0) this.#wait(peer, target, millis(0), now);
  }

  /** Addresses that a room's members tell of one of them; they replace those told before. */
  tell(peer: PeerId, hints: readonly string[], now: Instant): void {
    const target = this.#target(peer);
    if (target === undefined || target.told.join() === hints.join()) return;
    target.told = hints.slice(0, HINTS_PER_PEER_MAX);
    if (target.phase.at === "idle" && target.wants.size > 0) this.#wait(peer, target, millis(0), now);
  }

  /**
   * Where each one is seen now. Whoever is missing is no longer nearby. Contacts among them are wanted for that alone,
   * others if somebody waits for them already. Returns whose sighting is news.
   */
  setNearby(
    sightings: ReadonlyMap<PeerId, readonly string[]>,
    now: Instant,
    isContact: (peer: PeerId) => boolean = () => true,
  ): readonly PeerId[] {
    const news: PeerId[] = [];
    for (const peer of this.#seen) if (!sightings.has(peer)) this.#leave(peer);
    for (const [peer, all] of sightings) {
      const target = this.#target(peer, isContact(peer));
      const hints = all.slice(0, HINTS_PER_PEER_MAX);
      if (target === undefined || target.nearby.join() === hints.join()) continue;
      target.nearby = hints;
      // For news alone: who was turned away since is left in peace.
      if (isContact(peer)) target.wants.add("nearby");
      else if (this.#isAwaited(peer)) target.wants.add("asked");
      news.push(peer);
      target.failures = 0;
      this.#seen.add(peer);
      if (target.phase.at === "idle" || target.phase.at === "waiting")
        this.#wait(peer, target, this.#firstWait(peer), now);
    }
    return news;
  }

  want(peer: PeerId, why: Want, now: Instant): void {
    const target = this.#target(peer);
    if (target === undefined) return;
    target.wants.add(why);
    if (target.phase.at === "idle" || (target.phase.at === "waiting" && why === "asked")) {
      this.#wait(peer, target, this.#isPatient ? this.#firstWait(peer) : millis(0), now);
    }
  }

  setWanted(peer: PeerId, why: Want, isWanted: boolean, now: Instant): void {
    if (isWanted) this.want(peer, why, now);
    else this.unwant(peer, why);
  }

  unwant(peer: PeerId, why: Want): void {
    this.#targets.get(peer)?.wants.delete(why);
  }

  /** A link to `peer` carries its session. */
  handleUp(peer: PeerId, now: Instant): void {
    const target = this.#target(peer);
    if (target === undefined) return;
    if (target.phase.at !== "up") target.upSince = now;
    this.#enter(peer, target, { at: "up" });
    target.failures = 0;
  }

  /** Its session is over. */
  handleDown(peer: PeerId, now: Instant): void {
    const target = this.#targets.get(peer);
    if (target?.phase.at === "up") this.#wait(peer, target, this.#firstWait(peer), now);
  }

  /** The last link of its session is gone, and the session waits for another. */
  handleCut(peer: PeerId, now: Instant): void {
    const target = this.#targets.get(peer);
    if (target?.phase.at !== "up") return;
    const wasSteady = target.upSince !== undefined && since(target.upSince, now) >= STEADY_AFTER;
    target.shortLived = wasSteady ? 0 : target.shortLived + 1;
    if (target.upSince === undefined || since(target.upSince, now) < GOOD_AFTER) target.turn += 1;
    // One may be chance; where each dies at once, something on the way lets nobody stay.
    const wait = target.shortLived < 2 ? this.#firstWait(peer) : this.#retryWait(target.shortLived - 1);
    this.#wait(peer, target, wait, now);
  }

  /** Its session ended in a way that another at once would end too: one of the two had too many, broke the protocol, or takes no more of the other. */
  handleTurnedAway(peer: PeerId, now: Instant): void {
    const target = this.#targets.get(peer);
    if (target === undefined) return;
    target.wants.delete("nearby");
    if (target.upSince !== undefined && since(target.upSince, now) > TURN_MEMORY) target.turnedAway = 0;
    target.turnedAway += 1;
    this.#wait(peer, target, this.#retryWait(target.turnedAway), now);
  }

  /** The peer's identity, or ours, runs twice. False: it was left alone already, and is for longer now. */
  goPassive(peer: PeerId, now: Instant): boolean {
    const target = this.#target(peer);
    if (target === undefined) return false;
    const isNews = passiveUntil(target, now) === undefined;
    target.passiveUntil = after(now, PASSIVE_FOR);
    return isNews;
  }

  /** Somebody asks for the peer: whatever else wants it follows soon. */
  endPassive(peer: PeerId, now: Instant): void {
    const target = this.#targets.get(peer);
    if (target === undefined || passiveUntil(target, now) === undefined) return;
    target.passiveUntil = undefined;
    if (target.phase.at === "waiting") this.#wait(peer, target, RETRY_MIN, now);
  }

  /** Another link beside those that are up. Nobody waits for it, and it is not tried again. */
  dialBeside(peer: PeerId): void {
    this.#outputs.push({ type: "dial", dial: this.#nextDial(), peer, hints: this.hintsOf(peer) });
  }

  /** A dial of ours came to nothing. One that succeeded shows as {@link handleUp}. */
  handleDialFailed(dial: number, now: Instant): void {
    const peer = this.#dialling.get(dial);
    const target = peer === undefined ? undefined : this.#targets.get(peer);
    if (peer === undefined || target === undefined) return;
    target.failures += 1;
    target.turn += 1;
    this.#wait(peer, target, this.#retryWait(target.failures), now);
  }

  /** The network may be another than a moment ago: whoever waits for a next try is tried now. */
  hurry(now: Instant): void {
    for (const [peer, target] of this.#targets) {
      target.failures = 0;
      target.shortLived = 0;
      const isHopeful = target.phase.at === "waiting" || (target.phase.at === "idle" && target.wants.size > 0);
      if (isHopeful) this.#wait(peer, target, millis(0), now);
    }
  }

  /** Forgets the peer unless something wants it, or it is up; one that is nearby, when it no longer is. */
  release(peer: PeerId): void {
    const target = this.#targets.get(peer);
    if (target === undefined || target.wants.size > 0 || target.phase.at === "up") return;
    if (!this.#seen.has(peer)) return this.forget(peer);
    this.#enter(peer, target, { at: "idle" });
    this.#passing.add(peer);
  }

  forget(peer: PeerId): void {
    const target = this.#targets.get(peer);
    if (target === undefined) return;
    this.#enter(peer, target, { at: "idle" });
    this.#targets.delete(peer);
    this.#seen.delete(peer);
    this.#passing.delete(peer);
  }

  /** Addresses known for `peer`, freshest first. */
  hintsOf(peer: PeerId): readonly string[] {
    const { nearby = [], remembered = [], told = [] } = this.#targets.get(peer) ?? {};
    return [...new Set([...nearby, ...remembered, ...told, ...this.#pinned(peer)])].slice(0, HINTS_PER_PEER_MAX);
  }

  handleTimeout(now: Instant): void {
    for (const peer of this.#waits.take(now)) {
      const target = this.#targets.get(peer);
      if (target?.phase.at !== "waiting") continue;
      const until = passiveUntil(target, now);
      if (until !== undefined && !target.wants.has("asked")) {
        this.#enter(peer, target, { at: "waiting", until });
        continue;
      }
      const hints = target.wants.size === 0 ? [] : this.hintsOf(peer);
      if (hints.length === 0) {
        this.#enter(peer, target, { at: "idle" }); // a wish, a sighting or an address wakes it
        continue;
      }
      const dial = this.#nextDial();
      this.#enter(peer, target, { at: "dialling", dial });
      const first = this.#takesTurns ? target.turn % hints.length : 0;
      this.#outputs.push({ type: "dial", dial, peer, hints: [...hints.slice(first), ...hints.slice(0, first)] });
    }
  }

  nextTimeout(): Instant | undefined {
    return this.#waits.next();
  }

  poll(): DialOrder | undefined {
    return this.#outputs.shift();
  }

  /** A full table takes nobody new: contacts are bounded by the same number. `isKept`: also when it is nearby no longer. */
  #target(peer: PeerId, isKept = true): Target | undefined {
    assert(peer !== this.#self, "cannot reach ourselves");
    if (isKept) this.#passing.delete(peer);
    let target = this.#targets.get(peer);
    if (target === undefined && this.#targets.size < CONTACTS_MAX) {
      target = {
        phase: { at: "idle" },
        wants: new Set(),
        nearby: [],
        remembered: [],
        told: [],
        failures: 0,
        shortLived: 0,
        turnedAway: 0,
        upSince: undefined,
        passiveUntil: undefined,
        turn: 0,
      };
      this.#targets.set(peer, target);
      if (!isKept) this.#passing.add(peer);
    }
    return target;
  }

  #leave(peer: PeerId): void {
    this.#seen.delete(peer);
    const target = this.#targets.get(peer);
    if (target === undefined) return;
    target.nearby = [];
    target.wants.delete("nearby");
    if (this.#passing.delete(peer)) this.release(peer);
  }

  #wait(peer: PeerId, target: Target, wait: Duration, now: Instant): void {
    this.#enter(peer, target, { at: "waiting", until: after(now, wait) });
  }

  /** The one way into a phase, so that timers and dials never outlive theirs. */
  #enter(peer: PeerId, target: Target, phase: Phase): void {
    if (target.phase.at === "dialling") this.#dialling.delete(target.phase.dial);
    target.phase = phase;
    this.#waits.set(peer, phase.at === "waiting" ? phase.until : undefined);
    if (phase.at === "dialling") this.#dialling.set(phase.dial, peer);
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

/** `undefined`: it is not passive. */
const passiveUntil = (target: Target, now: Instant): Instant | undefined =>
  target.passiveUntil !== undefined && now < target.passiveUntil ? target.passiveUntil : undefined;
