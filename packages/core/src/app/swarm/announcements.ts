/**
 * When files are announced, and when somebody is looked for who has one (spec/app-swarm.md §2).
 *
 * Who has a file announces it again, after a moment of chance, when a member comes who may not know of it,
 * unless another did meanwhile. Whoever fetches says so at once, then ever more seldom while it gets nowhere.
 *
 * @module
 */
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { after, sooner } from "../../lib/time.ts";
import { SWARM_SEEK_INTERVAL, SWARM_SEEK_INTERVAL_MAX } from "../../wire/room-app-limits.ts";
import type { SwarmFileId } from "./swarm-message.ts";

const ANNOUNCE_AFTER_MS = 1_000;
const ANNOUNCE_SPREAD_MS = 4_000;
/** Members that answer the first `seek`, about; each further one asks twice as many. */
const ANSWERS = 8;
const ATTEMPT_MAX = 20;

interface Seek {
  attempt: number;
  at: Instant;
}

export class Announcements {
  readonly #random: RandomSource;
  readonly #seeks = new Map<SwarmFileId, Seek>();
  /** Files that somebody announced while we waited to do so. */
  readonly #heard = new Set<SwarmFileId>();
  #announceAt: Instant | undefined;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** A member came online: what was announced before it did not hear. */
  handleNewcomer(now: Instant): void {
    this.#heard.clear();
    this.#announceAt ??= after(now, (ANNOUNCE_AFTER_MS + randomBelow(this.#random, ANNOUNCE_SPREAD_MS)) as Duration);
  }

  handleOffer(file: SwarmFileId): void {
    if (this.#announceAt !== undefined) this.#heard.add(file);
  }

  /** Whether it is time; then `isDue` says of which files. */
  takeAnnounce(now: Instant): boolean {
    if (this.#announceAt === undefined || now < this.#announceAt) return false;
    this.#announceAt = undefined;
    return true;
  }

  isDue(file: SwarmFileId): boolean {
    return !this.#heard.has(file);
  }

  startSeek(file: SwarmFileId, now: Instant): void {
    this.#seeks.set(file, { attempt: 0, at: now });
  }

  stopSeek(file: SwarmFileId): void {
    this.#seeks.delete(file);
  }

  /** The number of the next `seek`, if it is due. `isNeeded`: the fetch gets nowhere. */
  takeSeek(file: SwarmFileId, isNeeded: boolean, now: Instant): number | undefined {
    const seek = this.#seeks.get(file);
    if (seek === undefined || now < seek.at) return undefined;
    const pause = Math.min(SWARM_SEEK_INTERVAL_MAX, SWARM_SEEK_INTERVAL * 2 ** seek.attempt);
    seek.at = after(now, pause as Duration);
    if (seek.attempt > 0 && !isNeeded) return undefined;
    const { attempt } = seek;
    seek.attempt = Math.min(ATTEMPT_MAX, attempt + 1);
    return attempt;
  }

  /** Whether we are one of those who answer this `seek`. */
  isAnswered(attempt: number, members: number): boolean {
    const chance = (ANSWERS * 2 ** Math.min(attempt, ATTEMPT_MAX)) / Math.max(1, members);
    return chance >= 1 || randomBelow(this.#random, 2 ** 16) < chance * 2 ** 16;
  }

  /** Seeks are looked at with the machine's own tick. */
  nextTimeout(): Instant | undefined {
    let next = this.#announceAt;
    for (const { at } of this.#seeks.values()) next = sooner(next, at);
    return next;
  }
}
