/**
 * Which chunk of one file to ask of whom (spec/app-swarm.md §5): of those that a partner has the one that the
 * fewest partners have, and near the end one that a slower partner was asked for already.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import type { Duration, Instant } from "../../lib/time.ts";
import { seconds, since } from "../../lib/time.ts";
import { ChunkSet, commonChunks } from "./chunk-set.ts";

/** Chunks looked at for the rarest: of files up to 512 MiB, all. */
const LOOK_MAX = 2_048;
/** A chunk is asked for twice only after so long, */
const TWICE_AFTER: Duration = seconds(4);
/** and if the second partner is likely to be so many times as fast; one that is not known, after three times as long. */
const TWICE_FACTOR = 3;

export class FileFetch {
  readonly #random: RandomSource;
  /** Neither here, nor asked for, nor being written. */
  readonly #open: ChunkSet;
  /** Asked for: of whom, and since when. */
  readonly #asked = new Map<number, Map<PeerId, Instant>>();
  /** Partners that have each chunk, or show it. */
  readonly #counts: Uint16Array;
  #writing = 0;

  constructor(here: ChunkSet, random: RandomSource) {
    this.#random = random;
    this.#open = new ChunkSet(here.size);
    this.#open.addAll();
    for (const chunk of here) this.#open.delete(chunk);
    this.#counts = new Uint16Array(here.size);
  }

  /** Nothing is missing, and nothing under way. */
  get isDone(): boolean {
    return this.#open.count === 0 && this.#asked.size === 0 && this.#writing === 0;
  }

  /** Chunks being written. */
  get writing(): number {
    return this.#writing;
  }

  handleOffered(chunk: number): void {
    this.#counts[chunk] = (this.#counts[chunk] ?? 0) + 1;
  }

  handleWithdrawn(offers: ChunkSet): void {
    for (const chunk of offers) this.#counts[chunk] = (this.#counts[chunk] ?? 0) - 1;
  }

  /** Whether this partner has, or shows, a chunk that nobody was asked for. */
  hasUse(offers: ChunkSet): boolean {
    return commonChunks(this.#open, offers, 0).next().done !== true;
  }

  /** The chunk to ask of a partner that has `offers` and took `latency` for its chunks of late, if it gave any. */
  next(peer: PeerId, offers: ChunkSet, latency: Duration | undefined, now: Instant): number | undefined {
    return this.#rarest(offers) ?? this.#second(peer, offers, latency, now);
  }

  handleAsked(chunk: number, peer: PeerId, now: Instant): void {
    this.#open.delete(chunk);
    const partners = this.#asked.get(chunk) ?? new Map<PeerId, Instant>();
    partners.set(peer, now);
    this.#asked.set(chunk, partners);
  }

  /** This partner will not give it. */
  release(chunk: number, peer: PeerId): void {
    const partners = this.#asked.get(chunk);
    if (partners === undefined || !partners.delete(peer) || partners.size > 0) return;
    this.#asked.delete(chunk);
    this.#open.add(chunk);
  }

  /** Whether the chunk, which somebody gave, is one that we lack. If so it counts as being written; `others` were asked too. */
  take(chunk: number): { readonly others: readonly PeerId[] } | undefined {
    const partners = this.#asked.get(chunk);
    if (partners === undefined && !this.#open.delete(chunk)) return undefined;
    this.#asked.delete(chunk);
    this.#writing += 1;
    return { others: [...(partners?.keys() ?? [])] };
  }

  handleWritten(): void {
    this.#writing -= 1;
  }

  #rarest(offers: ChunkSet): number | undefined {
    const words = this.#open.words.length;
    if (words === 0) return undefined;
    let [best, fewest, looked] = [-1, Number.POSITIVE_INFINITY, 0];
    for (const chunk of commonChunks(this.#open, offers, randomBelow(this.#random, words))) {
      const count = this.#counts[chunk] ?? 0;
      if (count < fewest) [best, fewest] = [chunk, count];
      looked += 1;
      if (looked === LOOK_MAX || fewest <= 1) break;
    }
    return best < 0 ? undefined : best;
  }

  #second(peer: PeerId, offers: ChunkSet, latency: Duration | undefined, now: Instant): number | undefined {
    if (this.#open.count > 0) return undefined;
    const patience = latency === undefined ? 3 * TWICE_AFTER : Math.max(TWICE_AFTER, TWICE_FACTOR * latency);
    for (const [chunk, partners] of this.#asked) {
      const [first] = partners.values();
      if (first === undefined || since(first, now) < patience) continue;
      if (partners.size === 1 && !partners.has(peer) && offers.has(chunk)) return chunk;
    }
    return undefined;
  }
}
