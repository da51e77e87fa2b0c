/**
 * Batches whose key is not here yet: the message outran the log or the bundle (spec/room-keys.md §5). They wait
 * in the order of their stream, and whatever follows in that stream behind them. Bounded in number, bytes and time.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import { after, type Instant, type WallTime } from "../lib/time.ts";
import { HELD_BATCH_PATIENCE, HELD_BATCHES_BYTES_MAX, HELD_BATCHES_MAX } from "../wire/room-key-limits.ts";

/** A batch as the mesh delivered it. */
export interface BatchArrival {
  readonly origin: PeerId;
  /** 32 hexadecimal digits. */
  readonly stream: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** Passed through. */
  readonly hops: number;
  readonly sentAt: WallTime;
}

interface Held {
  readonly arrival: BatchArrival;
  readonly until: Instant;
}

export class HeldBatches {
  /** By origin and stream; in the order in which their oldest came. */
  readonly #streams = new Map<string, Held[]>();
  #count = 0;
  #bytes = 0;

  get size(): number {
    return this.#count;
  }

  /** Something of that stream waits. */
  holdsUp({ origin, stream }: BatchArrival): boolean {
    return this.#streams.has(`${origin} ${stream}`);
  }

  /** Gives back what had to go to make room: the oldest of the stream that has waited longest. */
  add(arrival: BatchArrival, now: Instant): readonly BatchArrival[] {
    const name = `${arrival.origin} ${arrival.stream}`;
    const held = { arrival, until: after(now, HELD_BATCH_PATIENCE) };
    const queue = this.#streams.get(name);
    if (queue === undefined) this.#streams.set(name, [held]);
    else queue.push(held);
    this.#count += 1;
    this.#bytes += arrival.payload.length;
    const dropped: BatchArrival[] = [];
    while (this.#count > HELD_BATCHES_MAX || this.#bytes > HELD_BATCHES_BYTES_MAX) {
      const [oldest] = this.#streams.keys();
      const gone = oldest === undefined ? undefined : this.#shift(oldest);
      if (gone !== undefined) dropped.push(gone);
    }
    return dropped;
  }

  /**
   * Lets go, in the order of each stream, of what `judge` has a verdict on, and of what has waited too long (without
   * one), until the first of its stream that is neither.
   */
  release<Verdict>(
    now: Instant,
    judge: (arrival: BatchArrival) => Verdict | undefined,
  ): readonly { readonly arrival: BatchArrival; readonly verdict: Verdict | undefined }[] {
    const released: { readonly arrival: BatchArrival; readonly verdict: Verdict | undefined }[] = [];
    for (const [name, queue] of this.#streams) {
      for (let first = queue[0]; first !== undefined; first = queue[0]) {
        const verdict = judge(first.arrival);
        if (verdict === undefined && now < first.until) break;
        released.push({ arrival: first.arrival, verdict });
        this.#shift(name);
      }
    }
    return released;
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const [first] of this.#streams.values()) {
      if (first !== undefined && (next === undefined || first.until < next)) next = first.until;
    }
    return next;
  }

  #shift(name: string): BatchArrival | undefined {
    const queue = this.#streams.get(name);
    const held = queue?.shift();
    if (queue?.length === 0) this.#streams.delete(name);
    if (held === undefined) return undefined;
    this.#count -= 1;
    this.#bytes -= held.arrival.payload.length;
    return held.arrival;
  }
}
