/**
 * What one contact lets us do there, as it told us (spec/grants.md §4). It permits nothing here: it
 * is what a person sees, what may be shown elsewhere and what a narrower grant is derived from.
 *
 *     "in/<id>" = the grant as received
 *
 * @module
 */
import { type Instant, sooner, type WallTime } from "../lib/time.ts";
import { GRANTS_PER_PEER_MAX } from "../wire/limits.ts";
import { type Grant, grantEndsAt } from "./grant.ts";

interface Received {
  readonly grant: Grant;
  readonly endsAt: Instant | undefined;
}

export class ReceivedGrants {
  readonly #received = new Map<string, Received>();

  get all(): readonly Grant[] {
    return [...this.#received.values()].map(({ grant }) => grant);
  }

  has(id: string): boolean {
    return this.#received.has(id);
  }

  /** False at {@link GRANTS_PER_PEER_MAX}: what is here stays. */
  add(grant: Grant, now: Instant, wall: WallTime): boolean {
    if (this.#received.size >= GRANTS_PER_PEER_MAX) return false;
    this.#received.set(grant.id, { grant, endsAt: grantEndsAt(grant, now, wall) });
    return true;
  }

  remove(id: string): boolean {
    return this.#received.delete(id);
  }

  /** Removes and gives those whose time has run out. */
  expire(now: Instant): readonly Grant[] {
    const over = [...this.#received.values()].filter(({ endsAt }) => endsAt !== undefined && endsAt <= now);
    for (const { grant } of over) this.#received.delete(grant.id);
    return over.map(({ grant }) => grant);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { endsAt } of this.#received.values()) next = sooner(next, endsAt);
    return next;
  }
}
