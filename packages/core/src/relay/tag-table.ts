/**
 * Who watches which tag at a relay (spec/relay-meeting.md §1), and who is to be told of it.
 *
 * A key keeps its place for a minute after it has gone, so that who comes back is not a departure and an arrival.
 * Who watches once more at the same seat is told again who is there, and nobody else of it: otherwise one message
 * would make a thousand.
 *
 * Bounded: tags of a key, watchers of a tag, watches of one source and in all; how fast one key may watch; how many are
 * told. What is to be told is polled after each call.
 *
 * @module
 */
import { bytesToHex } from "../lib/hex.ts";
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, seconds, since } from "../lib/time.ts";
import { TokenBucket } from "../lib/token-bucket.ts";
import { RELAY_LEFT_AFTER, RELAY_TAGS_MAX, RELAY_WATCHERS_MAX, RELAY_WATCHERS_TOLD_MAX } from "../wire/relay-limits.ts";

/** Tags that one key may watch at once, and how many more each second. */
const WATCH_RATE = { capacity: 2 * RELAY_TAGS_MAX, perSecond: 64 } as const;
const CROWDED_WAIT: Duration = seconds(10);

export interface TagLimits {
  /** Watches of all keys together, and of those from one source. */
  readonly watchesMax: number;
  readonly watchesPerSourceMax: number;
}

/** A key that watches, where it is logged in and from where it came there. */
export interface Watcher<Seat> {
  readonly key: Uint8Array;
  readonly seat: Seat;
  readonly source: string;
}

/** Each of the seats is to be told of each of the keys. */
export interface TagTold<Seat> {
  readonly type: "arrived" | "left";
  readonly tag: Uint8Array;
  readonly keys: readonly Uint8Array[];
  readonly seats: readonly Seat[];
}

interface Tag<Seat> {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly watches: Watch<Seat>[];
}

/** That a key watches a tag. */
interface Watch<Seat> {
  readonly presence: Presence<Seat>;
  readonly tag: Tag<Seat>;
  /** Among the watches of its tag. */
  index: number;
  /** Where it watches, or did: undefined once its key has left that seat. */
  seat: Seat | undefined;
  /** Since it does not watch any more. */
  gone: Gone<Seat> | undefined;
}

interface Gone<Seat> {
  readonly watch: Watch<Seat>;
  readonly at: Instant;
}

/** A key that watches something, or did a minute ago. */
interface Presence<Seat> {
  readonly key: Uint8Array;
  readonly name: string;
  readonly source: string;
  readonly watches: Map<string, Watch<Seat>>;
  /** Those of them that are not gone. */
  live: number;
  readonly rate: TokenBucket;
}

export class TagTable<Seat> {
  readonly #random: RandomSource;
  readonly #limits: TagLimits;
  readonly #tags = new Map<string, Tag<Seat>>();
  readonly #presences = new Map<string, Presence<Seat>>();
  readonly #perSource = new Map<string, number>();
  /** In order of time: whose minute ends first. Those that came back are skipped. */
  #gone: Gone<Seat>[] = [];
  #goneHead = 0;
  #watches = 0;
  readonly #told: TagTold<Seat>[] = [];

  constructor(random: RandomSource, limits: TagLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  get watches(): number {
    return this.#watches;
  }

  get tags(): number {
    return this.#tags.size;
  }

  watch(watcher: Watcher<Seat>, tags: readonly Uint8Array[], now: Instant): Duration | undefined {
    const presence = this.#presenceOf(watcher, now);
    let wait: Duration | undefined;
    if (!presence.rate.take(tags.length, now)) wait = since(now, presence.rate.availableAt(tags.length, now));
    else if (!this.#watchAll(presence, watcher.seat, tags)) wait = CROWDED_WAIT;
    if (presence.watches.size === 0) this.#presences.delete(presence.name);
    return wait;
  }

  unwatch(key: Uint8Array, seat: Seat, tags: readonly Uint8Array[], now: Instant): void {
    const presence = this.#presences.get(bytesToHex(key));
    for (const tag of tags) {
      const watch = presence?.watches.get(bytesToHex(tag));
      if (watch?.seat === seat) this.#go(watch, now);
    }
  }

  /** It watches nothing at that seat any more. */
  leave(key: Uint8Array, seat: Seat, now: Instant): void {
    const presence = this.#presences.get(bytesToHex(key));
    for (const watch of presence?.watches.values() ?? []) {
      if (watch.seat !== seat) continue;
      this.#go(watch, now);
      watch.seat = undefined;
    }
  }

  nextTimeout(): Instant | undefined {
    const first = this.#gone[this.#goneHead];
    return first === undefined ? undefined : after(first.at, RELAY_LEFT_AFTER);
  }

  poll(now: Instant): TagTold<Seat> | undefined {
    for (;;) {
      const told = this.#told.shift();
      if (told !== undefined || !this.#removeLate(now)) return told;
    }
  }

  /** False: not all of them, there are too many. */
  #watchAll(presence: Presence<Seat>, seat: Seat, tags: readonly Uint8Array[]): boolean {
    let isWhole = true;
    for (const bytes of tags) {
      const name = bytesToHex(bytes);
      const watch = presence.watches.get(name);
      if (watch !== undefined) {
        const isNew = watch.seat !== seat;
        watch.seat = seat;
        if (watch.gone !== undefined) presence.live += 1;
        watch.gone = undefined;
        this.#introduce(watch.tag, presence, seat, isNew);
      } else if (!this.#add(presence, seat, name, bytes)) isWhole = false;
    }
    return isWhole;
  }

  #add(presence: Presence<Seat>, seat: Seat, name: string, bytes: Uint8Array): boolean {
    const ofSource = this.#perSource.get(presence.source) ?? 0;
    if (presence.live >= RELAY_TAGS_MAX || this.#watches >= this.#limits.watchesMax) return false;
    if (ofSource >= this.#limits.watchesPerSourceMax) return false;
    const tag = this.#tags.get(name) ?? { bytes: bytes.slice(), name, watches: [] };
    this.#introduce(tag, presence, seat, true);
    if (tag.watches.length >= RELAY_WATCHERS_MAX) return true;
    const watch: Watch<Seat> = { presence, tag, index: tag.watches.length, seat, gone: undefined };
    tag.watches.push(watch);
    presence.watches.set(name, watch);
    this.#tags.set(name, tag);
    this.#watches += 1;
    presence.live += 1;
    this.#perSource.set(presence.source, ofSource + 1);
    return true;
  }

  /** The newcomer and some of those who are there, to each other. */
  #introduce(tag: Tag<Seat>, presence: Presence<Seat>, seat: Seat, isNew: boolean): void {
    const some = this.#someOf(tag, presence);
    if (some.length === 0) return;
    const keys = some.map((other) => other.presence.key);
    this.#told.push({ type: "arrived", tag: tag.bytes, keys, seats: [seat] });
    if (isNew) this.#told.push({ type: "arrived", tag: tag.bytes, keys: [presence.key], seats: seatsOf(some) });
  }

  /** At most {@link RELAY_WATCHERS_TOLD_MAX} of those who are there, at random. */
  #someOf(tag: Tag<Seat>, except: Presence<Seat>): Watch<Seat>[] {
    const { watches } = tag;
    const some: Watch<Seat>[] = [];
    for (let i = 0; i < watches.length && some.length < RELAY_WATCHERS_TOLD_MAX; i++) {
      if (watches.length > RELAY_WATCHERS_TOLD_MAX) swap(watches, i, i + randomBelow(this.#random, watches.length - i));
      const watch = watches[i];
      if (watch !== undefined && watch.gone === undefined && watch.presence !== except) some.push(watch);
    }
    return some;
  }

  #go(watch: Watch<Seat>, now: Instant): void {
    if (watch.gone !== undefined) return;
    watch.gone = { watch, at: now };
    watch.presence.live -= 1;
    this.#gone.push(watch.gone);
  }

  /** Takes the one whose minute is over first out of everything, unless it came back. False: nobody's is. */
  #removeLate(now: Instant): boolean {
    const first = this.#gone[this.#goneHead];
    if (first === undefined || now < after(first.at, RELAY_LEFT_AFTER)) return false;
    this.#goneHead += 1;
    if (2 * this.#goneHead >= this.#gone.length) {
      this.#gone = this.#gone.slice(this.#goneHead);
      this.#goneHead = 0;
    }
    if (first.watch.gone === first) this.#remove(first.watch);
    return true;
  }

  #remove(watch: Watch<Seat>): void {
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
    const seats = seatsOf(this.#someOf(tag, presence));
    if (seats.length > 0) this.#told.push({ type: "left", tag: tag.bytes, keys: [presence.key], seats });
  }

  #presenceOf({ key, source }: Watcher<Seat>, now: Instant): Presence<Seat> {
    const name = bytesToHex(key);
    const found = this.#presences.get(name);
    if (found !== undefined) return found;
    const rate = new TokenBucket({ ...WATCH_RATE, now });
    const presence = { key: key.slice(), name, source, watches: new Map<string, Watch<Seat>>(), live: 0, rate };
    this.#presences.set(name, presence);
    return presence;
  }
}

const seatsOf = <Seat>(watches: readonly Watch<Seat>[]): Seat[] =>
  watches.flatMap(({ seat }) => (seat === undefined ? [] : [seat]));

function swap<Item extends { index: number }>(items: Item[], a: number, b: number): void {
  const [first, second] = [items[a], items[b]];
  if (first === undefined || second === undefined) return;
  items[a] = second;
  items[b] = first;
  first.index = b;
  second.index = a;
}
