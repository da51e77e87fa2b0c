/**
 * A pipe of packets between two stations, as the weather lets them through.
 *
 * *Ordered* is TCP without its bytes: nothing is lost or overtaken until the pipe breaks, then all of
 * the rest is; the two ends may hear of that at different times, or never. *Unordered* is a
 * DataChannel without reliability: packets are lost, repeated and overtake each other.
 *
 * @module
 */
import type { EventQueue } from "./event-queue.ts";
import type { SimRandom } from "./sim-random.ts";
import type { Weather } from "./weather.ts";

export type EndNumber = 0 | 1;

/** What a station is told of its end. */
export interface CableListener {
  onPacket(bytes: Uint8Array): void;
  /** It may write again. */
  onRoom(): void;
  /** No more will come, and nothing written from now on arrives. */
  onClosed(): void;
}

export interface CableWorld {
  readonly now: number;
  readonly events: EventQueue;
  readonly weather: Weather;
  readonly random: SimRandom;
  /** Sees every packet as it leaves. */
  tap(bytes: Uint8Array, from: string, to: string): void;
}

/** Bytes under way in one direction before the writer has to wait. */
const BUFFER_BYTES = 1_048_576;

interface Direction {
  listener: CableListener | undefined; // of the receiving end
  buffered: number;
  wasFull: boolean;
  busyUntil: number;
  lastArrival: number;
  isPaused: boolean;
  readonly held: Uint8Array[];
}

export class Cable {
  readonly isOrdered: boolean;
  readonly #world: CableWorld;
  readonly #names: readonly [string, string];
  readonly #isReliable: boolean;
  /** By the end that writes. */
  readonly #directions: readonly [Direction, Direction];
  #isDead = false;
  readonly #isClosed: [boolean, boolean] = [false, false];

  constructor(
    world: CableWorld,
    options: { isOrdered: boolean; isReliable?: boolean; names: readonly [string, string] },
  ) {
    this.#world = world;
    this.isOrdered = options.isOrdered;
    this.#names = options.names;
    this.#isReliable = options.isReliable ?? false;
    this.#directions = [direction(), direction()];
  }

  /** Whether either end could still send something. */
  get isUp(): boolean {
    return !this.#isDead && !this.#isClosed[0] && !this.#isClosed[1];
  }

  nameOf(end: EndNumber): string {
    return this.#names[end];
  }

  listen(end: EndNumber, listener: CableListener): void {
    this.#directions[other(end)].listener = listener;
  }

  /** Bytes that `end` may write now. */
  room(end: EndNumber): number {
    return this.#isClosed[end] ? 0 : Math.max(0, BUFFER_BYTES - this.#directions[end].buffered);
  }

  /** Takes `bytes` over. */
  write(end: EndNumber, bytes: Uint8Array): void {
    if (this.#isClosed[end]) return;
    const { weather, now } = this.#world;
    const way = this.#directions[end];
    this.#world.tap(bytes, this.#names[end], this.#names[other(end)]);
    way.busyUntil = Math.max(now, way.busyUntil) + bytes.length / weather.bandwidth(now);
    way.buffered += bytes.length;
    if (way.buffered >= BUFFER_BYTES) way.wasFull = true;
    const damaged = !this.#isReliable && weather.flips(now) ? flipped(bytes, this.#world.random) : bytes;
    if (this.isOrdered) this.#writeOrdered(end, way, damaged);
    else this.#writeUnordered(end, way, damaged);
  }

  /** This end is done: what it wrote arrives, then the other end hears of it. */
  close(end: EndNumber): void {
    if (this.#isClosed[end]) return;
    this.#isClosed[end] = true;
    this.#directions[other(end)].listener = undefined;
    const way = this.#directions[end];
    const arrives = this.#arrival(end, way);
    this.#world.events.plan(arrives, () => this.#hearClosed(other(end)));
  }

  /** Nothing passes any more. Each end hears of it after so many milliseconds, or never. */
  break(afterMs: readonly [number | undefined, number | undefined]): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const end of [0, 1] as const) {
      const wait = afterMs[end];
      if (wait !== undefined) this.#world.events.plan(this.#world.now + wait, () => this.#hearClosed(end));
    }
  }

  /** The station at `end` reads nothing for now. */
  pause(end: EndNumber): void {
    this.#directions[other(end)].isPaused = true;
  }

  resume(end: EndNumber): void {
    const way = this.#directions[other(end)];
    way.isPaused = false;
    for (const bytes of way.held.splice(0)) this.#deliver(way, bytes);
  }

  #writeOrdered(end: EndNumber, way: Direction, bytes: Uint8Array): void {
    const { weather, random, events, now } = this.#world;
    const [from, to] = end === 0 ? this.#names : [this.#names[1], this.#names[0]];
    if (weather.cutUntil(from, to, now) !== undefined && weather.breaks(now)) {
      const wait = (): number | undefined => random.pick([0, random.between(1, 30_000), undefined]);
      this.break([wait(), wait()]);
      return;
    }
    way.lastArrival = this.#arrival(end, way);
    events.plan(way.lastArrival, () => this.#arrive(way, bytes));
  }

  #writeUnordered(end: EndNumber, way: Direction, bytes: Uint8Array): void {
    const { weather, events, now } = this.#world;
    const [from, to] = end === 0 ? this.#names : [this.#names[1], this.#names[0]];
    events.plan(way.busyUntil, () => this.#freed(way, bytes.length));
    if (weather.loses(now) || weather.cutUntil(from, to, now) !== undefined) return;
    for (let copies = weather.repeats(now) ? 2 : 1; copies > 0; copies--) {
      events.plan(way.busyUntil + weather.latency(now), () => {
        if (!this.#isDead) this.#hand(way, bytes);
      });
    }
  }

  /** When what leaves now arrives, behind everything before it and after any cut. */
  #arrival(end: EndNumber, way: Direction): number {
    const { weather, now } = this.#world;
    const until = weather.cutUntil(this.#names[end], this.#names[other(end)], now) ?? now;
    return Math.max(way.lastArrival, Math.max(way.busyUntil, until) + weather.latency(now));
  }

  #arrive(way: Direction, bytes: Uint8Array): void {
    if (this.#isDead) return;
    if (way.isPaused) way.held.push(bytes);
    else this.#deliver(way, bytes);
  }

  #deliver(way: Direction, bytes: Uint8Array): void {
    this.#freed(way, bytes.length);
    this.#hand(way, bytes);
  }

  #hand(way: Direction, bytes: Uint8Array): void {
    // A driver that keeps a view of what it was given would see this: packets are views of a read buffer.
    const borrowed = bytes.slice();
    way.listener?.onPacket(borrowed);
    borrowed.fill(0xaa);
  }

  #freed(way: Direction, bytes: number): void {
    way.buffered -= bytes;
    if (!way.wasFull || way.buffered > BUFFER_BYTES / 2) return;
    way.wasFull = false;
    const end = way === this.#directions[0] ? 0 : 1;
    this.#directions[other(end)].listener?.onRoom();
  }

  #hearClosed(end: EndNumber): void {
    if (this.#isClosed[end]) return;
    this.#isClosed[end] = true;
    const way = this.#directions[other(end)];
    const { listener } = way;
    way.listener = undefined;
    listener?.onClosed();
  }
}

const other = (end: EndNumber): EndNumber => (end === 0 ? 1 : 0);

const direction = (): Direction => ({
  listener: undefined,
  buffered: 0,
  wasFull: false,
  busyUntil: 0,
  lastArrival: 0,
  isPaused: false,
  held: [],
});

function flipped(bytes: Uint8Array, random: SimRandom): Uint8Array {
  const damaged = bytes.slice();
  const at = random.below(damaged.length);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
  return damaged;
}
