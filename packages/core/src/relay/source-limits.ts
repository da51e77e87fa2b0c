/**
 * How much one source may do: an IPv4 address, or the /48 of an IPv6 one (spec/relay.md §6). Never by what a client
 * says of itself.
 *
 * Bounded: {@link SOURCES_MAX} sources; one with nothing to remember is forgotten, and a new one is crowded out when
 * all of them have.
 *
 * @module
 */
import type { Duration, Instant } from "../lib/time.ts";
import { since } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import {
  RELAY_CONNECTIONS_PER_SOURCE_MAX,
  RELAY_LOGINS_PER_MINUTE,
  RELAY_UNREADY_PER_SOURCE_MAX,
} from "../wire/relay-limits.ts";

const SOURCES_MAX = 65_536;

interface Source {
  connections: number;
  /** Of them those that are not logged in. */
  unready: number;
  readonly logins: TokenBucket;
}

export interface SourceBounds {
  readonly connectionsPerSource: number;
  readonly unreadyPerSource: number;
  readonly loginsPerMinute: number;
}

export const SOURCE_BOUNDS: SourceBounds = {
  connectionsPerSource: RELAY_CONNECTIONS_PER_SOURCE_MAX,
  unreadyPerSource: RELAY_UNREADY_PER_SOURCE_MAX,
  loginsPerMinute: RELAY_LOGINS_PER_MINUTE,
};

/** What a source that has too many connections waits before it tries again. */
const CROWDED_WAIT = 10_000 as Duration;

export class SourceLimits {
  readonly #sources = new Map<string, Source>();
  readonly #bounds: SourceBounds;

  constructor(bounds: SourceBounds = SOURCE_BOUNDS) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Counts a connection, or says how long to wait and does not. */
  connect(name: string, now: Instant): Duration | undefined {
    const source = this.#sources.get(name) ?? this.#add(name, now);
    if (source === undefined) return CROWDED_WAIT;
    if (source.connections >= this.#bounds.connectionsPerSource) return CROWDED_WAIT;
    if (source.unready >= this.#bounds.unreadyPerSource) return CROWDED_WAIT;
    source.connections += 1;
    source.unready += 1;
    return undefined;
  }

  /** Counts a login, or says how long to wait and does not. */
  login(name: string, now: Instant): Duration | undefined {
    const source = this.#sources.get(name);
    if (source === undefined || source.logins.take(1, now)) return undefined;
    return since(now, source.logins.availableAt(1, now));
  }

  /** One of its connections is logged in. */
  ready(name: string): void {
    const source = this.#sources.get(name);
    if (source !== undefined) source.unready -= 1;
  }

  closed(name: string, wasReady: boolean, now: Instant): void {
    const source = this.#sources.get(name);
    if (source === undefined) return;
    source.connections -= 1;
    if (!wasReady) source.unready -= 1;
    if (this.#isForgettable(source, now)) this.#sources.delete(name);
  }

  #add(name: string, now: Instant): Source | undefined {
    if (this.#sources.size >= SOURCES_MAX) this.#sweep(now);
    if (this.#sources.size >= SOURCES_MAX) return undefined;
    const perMinute = this.#bounds.loginsPerMinute;
    const logins = new TokenBucket({ capacity: perMinute, perSecond: perMinute / 60, now });
    const source: Source = { connections: 0, unready: 0, logins };
    this.#sources.set(name, source);
    return source;
  }

  #isForgettable(source: Source, now: Instant): boolean {
    return source.connections === 0 && source.logins.available(now) === this.#bounds.loginsPerMinute;
  }

  #sweep(now: Instant): void {
    for (const [name, source] of this.#sources) if (this.#isForgettable(source, now)) this.#sources.delete(name);
  }
}
