/**
 * One stream of broadcasts: what came of it, what of that was delivered, and where its holes are. Holds
 * those envelopes that the room's history holds; delivery is in order of sequence, and a hole is waited
 * for until it is filled or given up.
 *
 * @module
 */
import { PEER_ID_BYTES, type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { type Instant, since } from "../lib/time.ts";
import { BROADCAST_HOPS_MAX, GAP_LOST, SETTLE_TIME } from "../wire/mesh-limits.ts";
import { readdressed, STREAM_KEY_BYTES, u32 } from "./envelope.ts";

/** An envelope of which the signature holds, in history. */
export interface Entry {
  readonly stream: Stream;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** When its origin sent it, by our clock. */
  readonly originAt: Instant;
  readonly addedAt: Instant;
  readonly hops: number;
  /** Whom it came from; ourselves for our own. */
  readonly from: PeerId;
}

/** What goes to a neighbour for it: one hop more, as old as it is at `now`. */
export const forwarded = (entry: Entry, type: number, now: Instant): Uint8Array =>
  readdressed(entry.bytes, type, Math.max(0, BROADCAST_HOPS_MAX - entry.hops - 1), since(entry.originAt, now));

/** Sequences `from` to `to - 1`. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

export interface OpenHole {
  readonly since: Instant;
  readonly asked: Set<PeerId>;
  /** Those that said they will not have it either. */
  readonly denied: Set<PeerId>;
}

export class Stream {
  readonly origin: PeerId;
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Origin and stream as they lie in an envelope; a copy of our own. */
  readonly key: Uint8Array;
  /** What announcements call it. */
  readonly name: Uint8Array;
  readonly hash: number;
  /** Another stream with the same hash. */
  nextInChain: Stream | undefined;
  /** In the room's history, by sequence. */
  readonly entries: Map<number, Entry> = new Map();
  /** Everything below was delivered, or counts as missed. */
  next = 0;
  /** One past the highest that came. */
  end = 0;
  /** Something was delivered. */
  isStarted = false;
  /** What is known of the hole at `next`, while there is one. */
  hole: OpenHole | undefined;
  /** What it contributes to the table's digest, in two halves. */
  printHigh = 0;
  printLow = 0;
  #held = 0;

  constructor(key: Uint8Array, name: Uint8Array) {
    this.origin = peerIdFromBytes(key.subarray(0, PEER_ID_BYTES));
    this.id = bytesToHex(key.subarray(PEER_ID_BYTES, STREAM_KEY_BYTES));
    this.key = key.slice();
    this.name = name;
    this.hash = streamHash(key);
  }

  /** Everything below counts as delivered. Of a stream to which nothing was added. */
  resumeAt(sequence: number): void {
    [this.next, this.end, this.isStarted] = [sequence, sequence, sequence > 0];
  }

  /** How many came that wait for an earlier one. */
  get held(): number {
    return this.#held;
  }

  /** Whether this one came, or counts as missed. */
  has(sequence: number): boolean {
    return sequence < this.next || this.entries.has(sequence);
  }

  /** Call for what {@link has} does not know. */
  add(entry: Entry): void {
    this.entries.set(entry.sequence, entry);
    if (entry.sequence >= this.end) this.end = entry.sequence + 1;
    this.#held += 1;
  }

  /** The next one to deliver, if it came. */
  takeNext(): Entry | undefined {
    const entry = this.entries.get(this.next);
    if (entry === undefined) return undefined;
    this.next += 1;
    this.#held -= 1;
    this.isStarted = true;
    this.hole = undefined;
    return entry;
  }

  /** Gives up what is missing before the lowest that waits. */
  skipHole(): Hole | undefined {
    const from = this.next;
    const to = this.#lowestHeld();
    if (to === undefined || to <= from) return undefined;
    this.next = to;
    this.hole = undefined;
    return { from, to };
  }

  /** What did not come, from `from` (or `next`) to `to`; at most `max` holes. */
  holes(from: number, to: number, max: number): Hole[] {
    const start = Math.max(from, this.next);
    if (start >= to) return [];
    const present: number[] = [];
    for (const sequence of this.entries.keys()) if (sequence >= start && sequence < to) present.push(sequence);
    present.sort((a, b) => a - b);
    const holes: Hole[] = [];
    let at = start;
    for (const sequence of present) {
      if (sequence > at) holes.push({ from: at, to: sequence });
      if (holes.length === max) return holes;
      at = sequence + 1;
    }
    if (at < to) holes.push({ from: at, to });
    return holes;
  }

  /** Lowest in history, and one past the highest; without what may still be on its way to others by itself. */
  settled(now: Instant): Hole | undefined {
    let [from, to] = [Number.POSITIVE_INFINITY, 0];
    for (const { sequence, addedAt } of this.entries.values()) {
      if (since(addedAt, now) < SETTLE_TIME) continue;
      if (sequence < from) from = sequence;
      if (sequence >= to) to = sequence + 1;
    }
    return from < to ? { from, to } : undefined;
  }

  isHoleLost(now: Instant): boolean {
    return this.hole !== undefined && since(this.hole.since, now) >= GAP_LOST;
  }

  #lowestHeld(): number | undefined {
    if (this.#held === 0) return undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const sequence of this.entries.keys()) if (sequence >= this.next && sequence < lowest) lowest = sequence;
    return Number.isFinite(lowest) ? lowest : undefined;
  }
}

/** Of the stream key that lies at `at`: 32 bits that members choose, so a chain follows them. */
export const streamHash = (bytes: Uint8Array, at = 0): number =>
  (u32(bytes, at) ^ Math.imul(u32(bytes, at + 32), 0x9e3779b1)) >>> 0;
