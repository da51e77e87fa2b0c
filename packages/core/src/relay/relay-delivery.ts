/**
 * How what is for a key finds it, and how those who watch one tag find each other (spec/relay.md §5,
 * spec/relay-meeting.md §1).
 *
 * What somebody is to be told is polled, and each machine is told of its own seats alone. So where a key is matters to
 * nothing but what is forwarded to it.
 *
 * {@link RelayDelivery} is what the relay's machine needs of it; {@link EmbeddedDelivery} is the whole of it for one
 * relay that stands alone. One that shares its clients with others answers with the seat of the line to the other, and
 * has seats told of keys that are at another: `RelayServer.handleDelivery` when there is such news.
 *
 * One suite says what every implementation must do: `relay-delivery-suite.ts`.
 *
 * @module
 */
import type { RandomSource } from "../lib/random.ts";
import type { Duration, Instant } from "../lib/time.ts";
import { KeyTable } from "./key-table.ts";
import { type TagLimits, TagTable, type TagTold, type Watcher } from "./tag-table.ts";

/** Something that concerns a key: an item is kept for it, or somebody entered its mailbox. */
export type News =
  | { readonly type: "kept" }
  | { readonly type: "met"; readonly mailbox: number; readonly key: Uint8Array };

/** What a seat is to be told; `replaced`: its key is logged in elsewhere now. */
export type Told<Seat> = TagTold<Seat> | ((News | { readonly type: "replaced" }) & { readonly seat: Seat });

/** Brings what is for a key to where it is logged in, and tells those who watch a tag of each other. */
export interface RelayDelivery<Seat> {
  /** From now on `key` is at `seat`; where it was before is told so. Copies `key`. */
  attach(key: Uint8Array, seat: Seat): void;
  /** `key` is nowhere any more, if `seat` is where it was; what it watched there it does not any more. */
  detach(key: Uint8Array, seat: Seat, now: Instant): void;
  /** Where the key of the 32 bytes from `offset` on is logged in. Asked for each message: it waits for nothing. */
  seatAt(bytes: Uint8Array, offset: number): Seat | undefined;
  /** `key` is to hear that, if it is logged in anywhere. */
  notify(key: Uint8Array, news: News): void;
  /**
   * It watches these tags from now on, or still: the watchers of each and it are told of each other, at once or when
   * they are known. Who says it again at the same seat is told again, nobody else is. Copies key and tags. Returns how
   * long to wait: there are too many, and some of them are not watched.
   */
  watch(watcher: Watcher<Seat>, tags: readonly Uint8Array[], now: Instant): Duration | undefined;
  /** It does not any more. Who does not come back within a minute, at whatever seat, has left. */
  unwatch(key: Uint8Array, seat: Seat, tags: readonly Uint8Array[], now: Instant): void;
  /** Who is to be told next: in order for each seat, and of seats that were given here alone. */
  poll(now: Instant): Told<Seat> | undefined;
  /** When there may be more to tell. */
  nextTimeout(): Instant | undefined;
  /** For metrics: watches held here, and the tags of them. */
  readonly watches: number;
  readonly tags: number;
}

export class EmbeddedDelivery<Seat> implements RelayDelivery<Seat> {
  readonly #keys: KeyTable<Seat>;
  readonly #tags: TagTable<Seat>;
  readonly #told: Told<Seat>[] = [];

  constructor(random: RandomSource, limits: TagLimits) {
    this.#keys = new KeyTable(random);
    this.#tags = new TagTable(random, limits);
  }

  get watches(): number {
    return this.#tags.watches;
  }

  get tags(): number {
    return this.#tags.tags;
  }

  attach(key: Uint8Array, seat: Seat): void {
    const before = this.#keys.attach(key, seat);
    if (before !== undefined && before !== seat) this.#told.push({ type: "replaced", seat: before });
  }

  detach(key: Uint8Array, seat: Seat, now: Instant): void {
    this.#keys.detach(key, seat);
    this.#tags.leave(key, seat, now);
  }

  seatAt(bytes: Uint8Array, offset: number): Seat | undefined {
    return this.#keys.seatAt(bytes, offset);
  }

  notify(key: Uint8Array, news: News): void {
    const seat = this.#keys.seatAt(key, 0);
    if (seat !== undefined) this.#told.push({ ...news, seat });
  }

  watch(watcher: Watcher<Seat>, tags: readonly Uint8Array[], now: Instant): Duration | undefined {
    return this.#tags.watch(watcher, tags, now);
  }

  unwatch(key: Uint8Array, seat: Seat, tags: readonly Uint8Array[], now: Instant): void {
    this.#tags.unwatch(key, seat, tags, now);
  }

  poll(now: Instant): Told<Seat> | undefined {
    return this.#told.shift() ?? this.#tags.poll(now);
  }

  nextTimeout(): Instant | undefined {
    return this.#tags.nextTimeout();
  }
}
