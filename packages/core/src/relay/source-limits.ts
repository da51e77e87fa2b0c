/**
 * How many connections one source may have: an IPv4 address, or the /48 of an IPv6 one (spec/relay.md §6). Never by
 * what a client says of itself.
 *
 * Of this node alone: they are its sockets that are bounded, it knows when they end, and nobody is asked for a stranger
 * who has said nothing. How often a source may log in is the state's to count, for all nodes.
 *
 * Bounded: {@link SOURCES_MAX} sources with connections; a new one is crowded out.
 *
 * @module
 */
import type { Duration } from "../lib/time.ts";
import { RELAY_CONNECTIONS_PER_SOURCE_MAX, RELAY_UNREADY_PER_SOURCE_MAX } from "../wire/relay-limits.ts";

const SOURCES_MAX = 65_536;

interface Source {
  connections: number;
  /** Of them those that are not logged in. */
  unready: number;
}

export interface SourceBounds {
  readonly connectionsPerSource: number;
  readonly unreadyPerSource: number;
}

export const SOURCE_BOUNDS: SourceBounds = {
  connectionsPerSource: RELAY_CONNECTIONS_PER_SOURCE_MAX,
  unreadyPerSource: RELAY_UNREADY_PER_SOURCE_MAX,
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
  connect(name: string): Duration | undefined {
    const source = this.#sources.get(name) ?? this.#add(name);
    if (source === undefined) return CROWDED_WAIT;
    if (source.connections >= this.#bounds.connectionsPerSource) return CROWDED_WAIT;
    if (source.unready >= this.#bounds.unreadyPerSource) return CROWDED_WAIT;
    source.connections += 1;
    source.unready += 1;
    return undefined;
  }

  /** One of its connections is logged in. */
  ready(name: string): void {
    const source = this.#sources.get(name);
    if (source !== undefined) source.unready -= 1;
  }

  closed(name: string, wasReady: boolean): void {
    const source = this.#sources.get(name);
    if (source === undefined) return;
    source.connections -= 1;
    if (!wasReady) source.unready -= 1;
    if (source.connections === 0) this.#sources.delete(name);
  }

  #add(name: string): Source | undefined {
    if (this.#sources.size >= SOURCES_MAX) return undefined;
    const source: Source = { connections: 0, unready: 0 };
    this.#sources.set(name, source);
    return source;
  }
}
