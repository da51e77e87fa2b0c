/**
 * Who watches which tag at a relay (spec/relay-meeting.md §1).
 *
 * A key keeps its place for a minute after it has gone, so that who comes back is not a departure and an arrival.
 * Who watches once more over the same connection is told again who is there, and nobody else of it: otherwise
 * one message would make a thousand.
 *
 * Bounded: tags of a key, watchers of a tag, watches in all; how fast one key may watch; how many are told.
 *
 * @module
 */
import { bytesToHex } from "../lib/hex.ts";
import { randomBelow } from "../lib/random.ts";
import { after, type Instant, since } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { RELAY_LEFT_AFTER, RELAY_TAGS_MAX, RELAY_WATCHERS_MAX, RELAY_WATCHERS_TOLD_MAX } from "../wire/relay-limits.ts";
import type { RelayConnection } from "./relay-connection.ts";
import { encodeServerMessage } from "./relay-message.ts";
import type { Switchboard } from "./switchboard.ts";

/** Tags that one key may watch at once, and how many more each second. */
const WATCH_RATE = { capacity: 2 * RELAY_TAGS_MAX, perSecond: 64 } as const;
const CROWDED_WAIT_MS = 10_000;

export interface RendezvousLimits {
  /** Watches of all keys together, and of those from one source. */
  readonly watchesMax: number;
  readonly watchesPerSourceMax: number;
}

interface Tag {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly watches: Watch[];
}

/** That a key watches a tag. */
interface Watch {
  readonly presence: Presence;
  readonly tag: Tag;
  /** Among the watches of its tag. */
  index: number;
  /** Where it watches; undefined since `goneAt`. */
  connection: RelayConnection | undefined;
  goneAt: Instant | undefined;
}

/** A key that watches something, or did a minute ago. */
interface Presence {
  readonly key: Uint8Array;
  readonly name: string;
  readonly source: string;
  readonly watches: Map<string, Watch>;
  /** Those of them that are not gone. */
  live: number;
  readonly rate: TokenBucket;
}

export class RendezvousTable {
  readonly #board: Switchboard;
  readonly #limits: RendezvousLimits;
  readonly #tags = new Map<string, Tag>();
  readonly #presences = new Map<string, Presence>();
  readonly #perSource = new Map<string, number>();
  /** In order of time: whose minute ends first. Those that came back are skipped. */
  #gone: { readonly watch: Watch; readonly at: Instant }[] = [];
  #goneHead = 0;
  #watches = 0;

  constructor(board: Switchboard, limits: RendezvousLimits) {
    this.#board = board;
    this.#limits = limits;
  }

  get watches(): number {
    return this.#watches;
  }

  get tags(): number {
    return this.#tags.size;
  }

  watch(connection: RelayConnection, key: Uint8Array, tags: readonly Uint8Array[]): void {
    const { now } = this.#board.at;
    const presence = this.#presenceOf(connection, key);
    if (!presence.rate.take(tags.length, now)) {
      const wait = since(now, presence.rate.availableAt(tags.length, now));
      this.#crowdOut(connection, wait);
    } else if (!this.#watchAll(presence, connection, tags)) {
      this.#crowdOut(connection, CROWDED_WAIT_MS);
    }
    if (presence.watches.size === 0) this.#presences.delete(presence.name);
  }

  unwatch(connection: RelayConnection, key: Uint8Array, tags: readonly Uint8Array[]): void {
    const presence = this.#presences.get(bytesToHex(key));
    for (const tag of tags) {
      const watch = presence?.watches.get(bytesToHex(tag));
      if (watch?.goneAt === undefined && watch?.connection === connection) this.#go(watch);
    }
  }

  leave(connection: RelayConnection): void {
    if (connection.key === undefined) return;
    const presence = this.#presences.get(bytesToHex(connection.key));
    for (const watch of presence?.watches.values() ?? []) {
      if (watch.connection !== connection) continue;
      if (watch.goneAt === undefined) this.#go(watch);
      watch.connection = undefined;
    }
  }

  nextTimeout(): Instant | undefined {
    const first = this.#gone[this.#goneHead];
    return first === undefined ? undefined : after(first.at, RELAY_LEFT_AFTER);
  }

  handleTimeout(): void {
    const { now } = this.#board.at;
    for (let first = this.#gone[this.#goneHead]; first !== undefined; first = this.#gone[this.#goneHead]) {
      if (now < after(first.at, RELAY_LEFT_AFTER)) break;
      this.#goneHead += 1;
      if (first.watch.goneAt === first.at) this.#remove(first.watch);
    }
    if (2 * this.#goneHead < this.#gone.length) return;
    this.#gone = this.#gone.slice(this.#goneHead);
    this.#goneHead = 0;
  }

  /** False: not all of them, there are too many. */
  #watchAll(presence: Presence, connection: RelayConnection, tags: readonly Uint8Array[]): boolean {
    let isWhole = true;
    for (const bytes of tags) {
      const name = bytesToHex(bytes);
      const watch = presence.watches.get(name);
      if (watch !== undefined) {
        const isNew = watch.connection !== connection;
        watch.connection = connection;
        if (watch.goneAt !== undefined) presence.live += 1;
        watch.goneAt = undefined;
        this.#introduce(watch.tag, connection, presence, isNew);
      } else if (!this.#add(presence, connection, name, bytes)) isWhole = false;
    }
    return isWhole;
  }

  #crowdOut(connection: RelayConnection, wait: number): void {
    this.#board.refuse(connection, "crowded", wait);
    this.#board.end(connection, "policy");
  }

  #add(presence: Presence, connection: RelayConnection, name: string, bytes: Uint8Array): boolean {
    const ofSource = this.#perSource.get(presence.source) ?? 0;
    if (presence.live >= RELAY_TAGS_MAX || this.#watches >= this.#limits.watchesMax) return false;
    if (ofSource >= this.#limits.watchesPerSourceMax) return false;
    const tag = this.#tags.get(name) ?? { bytes: bytes.slice(), name, watches: [] };
    this.#introduce(tag, connection, presence, true);
    if (tag.watches.length >= RELAY_WATCHERS_MAX) return true;
    const watch: Watch = { presence, tag, index: tag.watches.length, connection, goneAt: undefined };
    tag.watches.push(watch);
    presence.watches.set(name, watch);
    this.#tags.set(name, tag);
    this.#watches += 1;
    presence.live += 1;
    this.#perSource.set(presence.source, ofSource + 1);
    return true;
  }

  /** The newcomer and some of those who are there, to each other. */
  #introduce(tag: Tag, connection: RelayConnection, presence: Presence, isNew: boolean): void {
    const arrived = isNew ? encodeServerMessage({ type: "arrived", tag: tag.bytes, key: presence.key }) : undefined;
    for (const other of this.#someOf(tag, presence)) {
      this.#board.counters.arrivals += 1;
      this.#board.send(connection, { type: "arrived", tag: tag.bytes, key: other.presence.key });
      if (arrived !== undefined && other.connection !== undefined) this.#board.sendBytes(other.connection, arrived);
    }
  }

  /** At most {@link RELAY_WATCHERS_TOLD_MAX} of those who are there, at random. */
  #someOf(tag: Tag, except: Presence): Watch[] {
    const { watches } = tag;
    const some: Watch[] = [];
    for (let i = 0; i < watches.length && some.length < RELAY_WATCHERS_TOLD_MAX; i++) {
      if (watches.length > RELAY_WATCHERS_TOLD_MAX) swap(watches, i, i + this.#below(watches.length - i));
      const watch = watches[i];
      if (watch !== undefined && watch.goneAt === undefined && watch.presence !== except) some.push(watch);
    }
    return some;
  }

  #below(bound: number): number {
    return randomBelow(this.#board.random, bound);
  }

  #go(watch: Watch): void {
    watch.goneAt = this.#board.at.now;
    watch.presence.live -= 1;
    this.#gone.push({ watch, at: watch.goneAt });
  }

  #remove(watch: Watch): void {
    const { presence, tag } = watch;
    const last = tag.watches.pop();
    if (last !== undefined && last !== watch) {
      tag.watches[watch.index] = last;
      last.index = watch.index;
    }
    if (tag.watches.length === 0) this.#tags.delete(tag.name);
    presence.watches.delete(tag.name);
    if (presence.watches.size === 0) this.#presences.delete(presence.name);
    this.#watches -= 1;
    const left = (this.#perSource.get(presence.source) ?? 1) - 1;
    if (left === 0) this.#perSource.delete(presence.source);
    else this.#perSource.set(presence.source, left);
    if (tag.watches.length === 0) return;
    const message = encodeServerMessage({ type: "left", tag: tag.bytes, key: presence.key });
    for (const { connection } of this.#someOf(tag, presence))
      if (connection !== undefined) this.#board.sendBytes(connection, message);
  }

  #presenceOf(connection: RelayConnection, key: Uint8Array): Presence {
    const name = bytesToHex(key);
    const found = this.#presences.get(name);
    if (found !== undefined) return found;
    const rate = new TokenBucket({ ...WATCH_RATE, now: this.#board.at.now });
    const presence = { key, name, source: connection.source, watches: new Map<string, Watch>(), live: 0, rate };
    this.#presences.set(name, presence);
    return presence;
  }
}

function swap(watches: Watch[], a: number, b: number): void {
  const [first, second] = [watches[a], watches[b]];
  if (first === undefined || second === undefined) return;
  watches[a] = second;
  watches[b] = first;
  first.index = b;
  second.index = a;
}
