/**
 * Dials under way, and who waits for them: requests of our person, and what {@link Ways} wants by
 * itself. Every request is answered once.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import { CONNECT_REQUESTS_MAX } from "../wire/limits.ts";
import type { DoorFailure } from "./doorway.ts";
import { roomOfHint } from "./hint.ts";
import type { Calling } from "./persona.ts";
import type { SessionEntry } from "./session-table.ts";
import { Ways } from "./ways.ts";

export type ConnectFailure = DoorFailure | "unreachable" | "unwelcome";

export type DialOutput =
  /** `peer`: who must answer. */
  | {
      readonly type: "dial";
      readonly dial: number;
      readonly hints: readonly string[];
      readonly peer: PeerId | undefined;
    }
  | { readonly type: "connected"; readonly request: number; readonly session: SessionEntry }
  | {
      readonly type: "connectFailed";
      readonly request: number;
      readonly reason: ConnectFailure;
      readonly peer: PeerId | undefined;
    };

export interface DialTarget {
  readonly peer: PeerId | undefined;
  readonly hints: readonly string[];
  readonly calling?: Calling;
  /** A session that runs through others alone is not enough. */
  readonly isDirect?: boolean;
}

interface Dial {
  /** Who must answer; `undefined`: whoever does. */
  readonly expected: PeerId | undefined;
  readonly calling: Calling | undefined;
  /** Whichever of the peer's dials succeeds answers its requests, and they fail with the last. */
  readonly isShared: boolean;
  readonly requests: number[];
  /** What somebody gave; empty if we look for the peer ourselves. */
  readonly given: readonly string[];
}

export class DialBook {
  readonly reach: Ways;
  readonly #dials = new Map<number, Dial>(); // at most one a target of reach, and one a request
  /** Peers that may yet show at a relay, so that whoever waits for one has not failed; with why its dials did. */
  readonly #hopes = new Map<PeerId, ConnectFailure | undefined>(); // at most PAIRINGS_MAX
  /** Requests that wait for a contact to be reached, whoever dials. */
  readonly #waiting = new Map<PeerId, number[]>();
  readonly #outputs: DialOutput[] = [];
  #requests = 0;
  #nextDial = 1;

  constructor(options: { self: PeerId; random: RandomSource; pinned: (peer: PeerId) => readonly string[] }) {
    const isAwaited = (peer: PeerId): boolean => this.#sharedWith(peer).some(({ requests }) => requests.length > 0);
    this.reach = new Ways({ ...options, nextDial: () => this.#nextDial++, isAwaited });
  }

  get size(): number {
    return this.#dials.size;
  }

  /** Requests that have no answer yet; at most {@link CONNECT_REQUESTS_MAX}. */
  get requests(): number {
    return this.#requests;
  }

  isDialling(peer: PeerId): boolean {
    for (const { expected } of this.#dials.values()) if (expected === peer) return true;
    return false;
  }

  /** Whether `dial` goes on, and whom it is for. */
  get(dial: number): Pick<Dial, "expected" | "calling"> | undefined {
    return this.#dials.get(dial);
  }

  /** `open`: the peer's session, if its links are enough; `isUp`: it has some, so that {@link Ways} would leave it. */
  connect(target: DialTarget, open: SessionEntry | undefined, request: number, now: Instant, isUp = false): void {
    const { peer, calling } = target;
    if (peer !== undefined) this.reach.endPassive(peer, now);
    const isAgain = isUp && target.hints.length === 0 && peer !== undefined;
    const hints = isAgain ? this.reach.straight.hintsOf(peer) : target.hints;
    if (open !== undefined) {
      this.#outputs.push({ type: "connected", request, session: open });
      return;
    }
    if (this.#requests >= CONNECT_REQUESTS_MAX) return this.#fail([request], "crowded", peer);
    const mayCome = peer !== undefined && (this.#hopes.has(peer) || this.reach.canReach(peer));
    const isKnown = mayCome && hints.length === 0;
    if (!isKnown && hints.length === 0) return this.#fail([request], "unreachable", peer);
    this.#requests += 1;
    if (isKnown) {
      this.#waiting.set(peer, [...(this.#waiting.get(peer) ?? []), request]);
      this.reach.want(peer, "asked", now);
      return;
    }
    const isShared = peer !== undefined && calling === undefined && roomOfHint(hints[0] ?? "") === undefined;
    // Addresses that somebody gives are tried beside the relay, not instead of it.
    const mayBeMet = isShared && (this.#hopes.has(peer) || this.reach.relayed.hintsOf(peer).length > 0);
    if (mayBeMet) this.reach.relayed.want(peer, "asked", now);
    const dial = this.#nextDial++;
    this.#dials.set(dial, { expected: peer, calling, isShared, requests: [request], given: hints });
    this.#outputs.push({ type: "dial", dial, hints, peer });
  }

  /** While `peer` may yet show at a relay no request for it fails; then those wait on that have a dial under way. */
  setHope(peer: PeerId, isHoped: boolean): void {
    if (isHoped) this.#hopes.set(peer, undefined);
    else this.#endHope(peer);
  }

  /** The session has a link, which this dial of ours brought, or somebody else's. `isThrough`: it runs through others of a mesh. */
  handleConnected(dial: number | undefined, session: SessionEntry, isThrough: boolean, now: Instant): void {
    const { peer } = session.stack;
    const requests = [...(this.#waiting.get(peer) ?? [])];
    this.#waiting.delete(peer);
    this.#hopes.delete(peer);
    if (!isThrough) for (const other of this.#sharedWith(peer)) requests.push(...other.requests.splice(0));
    if (dial !== undefined) requests.push(...(this.#dials.get(dial)?.requests ?? []));
    if (dial !== undefined) {
      this.#dials.delete(dial);
      // It brought nothing, if another link overtook it: that way is tried again, unless it is up.
      this.reach.handleDialFailed(dial, now);
    }
    this.#requests -= requests.length;
    for (const request of requests) this.#outputs.push({ type: "connected", request, session });
    this.reach.unwant(peer, "asked");
  }

  /**
   * Another way has answered all who waited for this dial, which is given up though somebody answers there: a straight
   * way is tried again beside a relay. False if it goes on, for it is to another peer, or somebody waits for it alone.
   */
  handleOvertaken(dial: number, peer: PeerId, now: Instant): boolean {
    const going = this.#dials.get(dial);
    if (going?.isShared !== true || going.expected !== peer || going.requests.length > 0) return false;
    const [{ given }, { straight }] = [going, this.reach];
    if (given.length > 0 && straight.hintsOf(peer).length === 0) straight.remember(peer, given, now);
    this.handleFailed(dial, "unreachable", undefined, now);
    return true;
  }

  /** `found`: who was there instead. */
  handleFailed(dial: number, reason: ConnectFailure, found: PeerId | undefined, now: Instant): void {
    const ended = this.#dials.get(dial);
    if (ended === undefined) return;
    this.#dials.delete(dial);
    this.reach.handleDialFailed(dial, now);
    const [other] = ended.isShared ? this.#sharedWith(ended.expected) : [];
    if (other !== undefined) {
      other.requests.push(...ended.requests); // as long as one way is tried, nobody has failed
      return;
    }
    if (ended.isShared && ended.expected !== undefined && this.#hopes.has(ended.expected))
      return this.#hopeOn(ended.expected, ended.requests, reason);
    this.#requests -= ended.requests.length;
    this.#fail(ended.requests, reason, found ?? ended.expected);
    if (ended.expected !== undefined) this.reach.unwant(ended.expected, "asked");
  }

  /** Once a turn: what reach has decided becomes dials. */
  settle(): void {
    for (let order = this.reach.poll(); order !== undefined; order = this.reach.poll()) {
      const { dial, peer, hints } = order;
      const requests = [...(this.#waiting.get(peer) ?? [])];
      this.#waiting.delete(peer);
      this.#dials.set(dial, { expected: peer, calling: undefined, isShared: true, requests, given: [] });
      this.#outputs.push({ type: "dial", dial, hints, peer });
    }
  }

  poll(): DialOutput | undefined {
    return this.#outputs.shift();
  }

  #endHope(peer: PeerId): void {
    const reason = this.#hopes.get(peer) ?? "unreachable";
    if (!this.#hopes.delete(peer)) return;
    const requests = this.#waiting.get(peer) ?? [];
    this.#waiting.delete(peer);
    const [going] = this.#sharedWith(peer);
    if (going !== undefined) return void going.requests.push(...requests);
    this.#requests -= requests.length;
    this.#fail(requests, reason, peer);
    this.reach.unwant(peer, "asked");
    this.reach.relayed.release(peer);
    if (this.reach.straight.hintsOf(peer).length === 0) this.reach.straight.release(peer);
  }

  /** What is told at the end is what was found, rather than that nobody was there. */
  #hopeOn(peer: PeerId, requests: readonly number[], reason: ConnectFailure): void {
    if (reason !== "unreachable") this.#hopes.set(peer, reason);
    if (requests.length === 0) return;
    this.#waiting.set(peer, [...(this.#waiting.get(peer) ?? []), ...requests]);
  }

  /** Dials to the peer of which any may answer for all. */
  #sharedWith(peer: PeerId | undefined): Dial[] {
    return [...this.#dials.values()].filter(({ expected, isShared }) => isShared && expected === peer);
  }

  #fail(requests: readonly number[], reason: ConnectFailure, peer: PeerId | undefined): void {
    for (const request of requests) this.#outputs.push({ type: "connectFailed", request, reason, peer });
  }
}
