/**
 * What came of the messages in a room of mesh machines, and what they cost.
 *
 * @module
 */
import type { Duration } from "@kith/core";

/** First bytes of mesh messages that carry a broadcast (spec/mesh.md §2). */
const BROADCASTS: ReadonlySet<number> = new Set([0x30, 0x31]);
const LISTS = 0x33;
const IDS: ReadonlySet<number> = new Set([0x36, 0x37, 0x38]);

export interface MeshReport {
  readonly members: number;
  readonly messages: number;
  /** Of all pairs of a message and a member that was there for 30 s around it: those that it came to. */
  readonly delivered: number;
  readonly pairs: number;
  /** Copies that came in vain, for each delivery. */
  readonly duplicates: number;
  readonly hops: { readonly mean: number; readonly p99: number; readonly max: number };
  readonly delayMs: { readonly p50: number; readonly p99: number };
  /** Sent by each member that is there, a second: all, and what of it are broadcasts, ids, neighbour lists, the rest. */
  readonly bytesPerSecond: {
    readonly all: number;
    readonly broadcasts: number;
    readonly ids: number;
    readonly lists: number;
    readonly links: number;
  };
  readonly links: { readonly mean: number; readonly max: number };
  /** Parts without a link between them: mean over samples, and most. */
  readonly islands: { readonly mean: number; readonly max: number };
  /** Broadcasts that machines gave up, and neighbours that they thought misbehaved. */
  readonly missed: number;
  readonly misbehaved: number;
}

export class MeshLedger {
  readonly #members: number;
  readonly #from: number;
  /** By message: a bit for each member that has it. */
  readonly #has: (Uint8Array | undefined)[] = [];
  readonly #origins: number[] = [];
  readonly #sentAt: number[] = [];
  #pairs = 0;
  #delivered = 0;
  #deliveries = 0;
  #copies = 0;
  readonly #hops: number[] = [];
  readonly #delays: number[] = [];
  readonly #bytes = { all: 0, broadcasts: 0, ids: 0, lists: 0 };
  readonly #degrees: number[] = [];
  readonly #islands: number[] = [];
  #missed = 0;
  #misbehaved = 0;

  constructor(members: number, from: number) {
    [this.#members, this.#from] = [members, from];
  }

  /** The number of a new message. */
  sent(origin: number, at: number): number {
    this.#origins.push(origin);
    this.#sentAt.push(at);
    return this.#has.push(new Uint8Array(Math.ceil(this.#members / 8))) - 1;
  }

  /** @throws when one process gets a message twice: the one thing that must never happen. */
  delivered(number: number, member: number, hops: number, presentSince: number, at: number): void {
    if (at < this.#from) return;
    this.#deliveries += 1;
    const sentAt = this.#sentAt[number] ?? 0;
    if (presentSince <= sentAt) {
      // Who was away gets it when it is back: that says nothing of ways.
      this.#hops[hops] = (this.#hops[hops] ?? 0) + 1;
      const bucket = Math.floor((at - sentAt) / 10);
      this.#delays[bucket] = (this.#delays[bucket] ?? 0) + 1;
    }
    const has = this.#has[number];
    if (has === undefined) return; // judged
    const [byte, bit] = [member >> 3, 1 << (member & 7)];
    if (((has[byte] ?? 0) & bit) !== 0) throw new Error(`message ${number} came to member ${member} twice`);
    has[byte] = (has[byte] ?? 0) | bit;
  }

  /** A new process of a member has nothing yet. */
  forget(member: number): void {
    for (const has of this.#has)
      if (has !== undefined) has[member >> 3] = (has[member >> 3] ?? 0) & ~(1 << (member & 7));
  }

  judge(number: number, wasThere: (member: number) => boolean): void {
    const has = this.#has[number];
    if (has === undefined) return;
    for (let member = 0; member < this.#members; member++) {
      if (member === this.#origins[number] || !wasThere(member)) continue;
      this.#pairs += 1;
      if (((has[member >> 3] ?? 0) & (1 << (member & 7))) !== 0) this.#delivered += 1;
    }
    this.#has[number] = undefined;
  }

  carried(bytes: Uint8Array, at: number): void {
    if (at < this.#from) return;
    const type = bytes[0] ?? 0;
    this.#bytes.all += bytes.length;
    if (BROADCASTS.has(type)) this.#bytes.broadcasts += bytes.length;
    else if (IDS.has(type)) this.#bytes.ids += bytes.length;
    else if (type === LISTS) this.#bytes.lists += bytes.length;
  }

  arrived(bytes: Uint8Array, at: number): void {
    if (at >= this.#from && BROADCASTS.has(bytes[0] ?? 0)) this.#copies += 1;
  }

  missed(count: number): void {
    this.#missed += count;
  }

  misbehaved(_reason: string): void {
    this.#misbehaved += 1;
  }

  sample(degrees: readonly number[], islands: number): void {
    for (const degree of degrees) this.#degrees.push(degree);
    this.#islands.push(islands);
  }

  report(duration: Duration): MeshReport {
    const present = this.#degrees.length / this.#islands.length;
    const rate = (bytes: number): number => Math.round(bytes / present / (duration / 1_000));
    const { all, broadcasts, ids, lists } = this.#bytes;
    return {
      members: this.#members,
      messages: this.#origins.length,
      delivered: this.#pairs === 0 ? 1 : this.#delivered / this.#pairs,
      pairs: this.#pairs,
      duplicates: rounded(this.#copies / this.#deliveries - 1),
      hops: {
        mean: rounded(weightedMean(this.#hops)),
        p99: quantile(this.#hops, 0.99),
        max: this.#hops.length - 1,
      },
      delayMs: { p50: 10 * quantile(this.#delays, 0.5), p99: 10 * quantile(this.#delays, 0.99) },
      bytesPerSecond: {
        ...{ all: rate(all), broadcasts: rate(broadcasts), ids: rate(ids), lists: rate(lists) },
        links: rate(all - broadcasts - ids - lists),
      },
      links: { mean: rounded(mean(this.#degrees)), max: this.#degrees.reduce((a, b) => Math.max(a, b), 0) },
      islands: { mean: rounded(mean(this.#islands)), max: Math.max(...this.#islands) },
      missed: this.#missed,
      misbehaved: this.#misbehaved,
    };
  }
}

/** The first index up to which a part of all counts lies. */
function quantile(counts: readonly number[], part: number): number {
  let left = part * counts.reduce((sum, count) => sum + (count ?? 0), 0);
  for (let index = 0; index < counts.length; index++) {
    left -= counts[index] ?? 0;
    if (left <= 0) return index;
  }
  return 0;
}

function weightedMean(counts: readonly number[]): number {
  let [sum, total] = [0, 0];
  for (const [index, count] of counts.entries()) [sum, total] = [sum + (count ?? 0) * index, total + (count ?? 0)];
  return sum / total;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
