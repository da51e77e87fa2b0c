/**
 * Our own neighbour list: when it is due, and what it says (spec/topology.md §3). On change, gathered for a
 * moment and not too often; renewed before it becomes stale; the more members, the more rarely, so that a room
 * spends no more on lists the larger it is.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Duration, type Instant, millis, seconds, sooner, type WallTime } from "../lib/time.ts";
import {
  LIST_GATHER,
  LIST_HINTS_MAX,
  LIST_PERIOD_LARGE,
  LIST_PERIOD_MAX,
  LIST_PERIOD_MIN,
  LIST_PERIOD_PER_MEMBER,
  LIST_SMALL_ROOM,
  LIST_SPACING_MEMBERS,
  LIST_SPACING_MIN,
  LIST_SPACING_PER_MEMBER,
} from "../wire/limits.ts";
import { isHint, ROSTER_DIGEST_BYTES, signNeighbourList } from "./neighbour-list.ts";

/** How often a list is renewed where so many are online; whole seconds. */
export function listPeriod(online: number): Duration {
  if (online <= LIST_SMALL_ROOM) return LIST_PERIOD_MIN;
  const stretched = seconds(Math.ceil((online * LIST_PERIOD_PER_MEMBER) / 1_000));
  return Math.min(LIST_PERIOD_MAX, Math.max(LIST_PERIOD_LARGE, stretched)) as Duration;
}

/** The least time from one list to the next; above {@link LIST_SPACING_MEMBERS} it grows with the square. */
export function listSpacing(online: number): Duration {
  const stretched = online * LIST_SPACING_PER_MEMBER * Math.max(1, online / LIST_SPACING_MEMBERS);
  return Math.max(LIST_SPACING_MIN, Math.min(listPeriod(online), Math.floor(stretched))) as Duration;
}

export interface OwnListOptions {
  readonly provider: CryptoProvider;
  readonly identity: LocalIdentity;
  readonly roomTag: Uint8Array;
  readonly incarnation: Uint8Array;
}

export class OwnList {
  readonly #options: OwnListOptions;
  /** Of a period, when ours is renewed: not all members at once. */
  readonly #phase: number;
  #neighbours: readonly PeerId[] = [];
  #hints: readonly string[] = [];
  #digest: Uint8Array = new Uint8Array(ROSTER_DIGEST_BYTES);
  #sequence = 0;
  #changedAt: Instant | undefined;
  /** `renew`: the shorter of the periods that the last two lists promised. */
  #said: { readonly at: Instant; readonly period: Duration; readonly renew: Duration } | undefined;
  #isOver = false;

  constructor(options: OwnListOptions) {
    this.#options = options;
    this.#phase = 0.8 + Number.parseInt(options.identity.peerId.slice(0, 2), 16) / 1_280;
  }

  get neighbours(): readonly PeerId[] {
    return this.#neighbours;
  }

  /** Ascending. */
  setNeighbours(neighbours: readonly PeerId[], now: Instant): void {
    const isSame = sameTexts(neighbours, this.#neighbours);
    this.#neighbours = neighbours;
    if (!isSame) this.#changedAt ??= now;
  }

  /** As many of them as a list may carry: a machine can have more addresses. */
  setHints(all: readonly string[], now: Instant): void {
    const hints = all.filter(isHint).slice(0, LIST_HINTS_MAX);
    if (sameTexts(hints, this.#hints)) return;
    this.#hints = hints;
    this.#changedAt ??= now;
  }

  setDigest(digest: Uint8Array, now: Instant): void {
    this.#digest = digest.slice();
    this.#changedAt ??= now;
  }

  /** `undefined` while there is nobody to tell. */
  nextDue(online: number): Instant | undefined {
    if (this.#isOver || this.#neighbours.length === 0) return undefined;
    const [said, changedAt] = [this.#said, this.#changedAt];
    // Others believe a list for as long as it promised, however many there are by now, and one may be lost.
    const renewed = said && after(said.at, millis(Math.floor(this.#phase * Math.min(said.renew, listPeriod(online)))));
    if (changedAt === undefined) return renewed;
    const gathered = after(changedAt, LIST_GATHER);
    const spaced = said === undefined ? gathered : after(said.at, this.#spacing(online));
    return sooner(renewed, gathered < spaced ? spaced : gathered);
  }

  take(now: Instant, wall: WallTime, online: number): Uint8Array | undefined {
    const due = this.nextDue(online);
    if (due === undefined || due > now) return undefined;
    return this.#sign(now, wall, listPeriod(online));
  }

  goodbye(now: Instant, wall: WallTime): Uint8Array {
    this.#isOver = true;
    this.#neighbours = [];
    this.#hints = [];
    return this.#sign(now, wall, LIST_PERIOD_MIN);
  }

  /** The first one of a process names its first link; the second one follows soon, with the others. */
  #spacing(online: number): Duration {
    return this.#sequence === 1 ? LIST_SPACING_MIN : listSpacing(online);
  }

  #sign(now: Instant, wall: WallTime, period: Duration): Uint8Array {
    const { provider, identity, roomTag, incarnation } = this.#options;
    this.#said = { at: now, period, renew: Math.min(period, this.#said?.period ?? period) as Duration };
    this.#changedAt = undefined;
    return signNeighbourList(provider, identity, {
      ...{ roomTag, incarnation, period },
      sequence: this.#sequence++,
      date: wall,
      isLeaving: this.#isOver,
      rosterDigest: this.#digest,
      neighbours: this.#neighbours,
      hints: this.#hints,
    });
  }
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);
