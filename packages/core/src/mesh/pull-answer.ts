/**
 * The answer to a *pull*: envelopes one by one, as the neighbour's channel takes them, and at the end what
 * of it is not here. Nothing is gathered before it is sent, however much is asked for.
 *
 * @module
 */
import { type Instant, since } from "../lib/time.ts";
import { HISTORY_AGE_MAX, PULL_RANGES_MAX } from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { encodeMeshMessage, type StreamRange } from "./mesh-message.ts";
import { type Entry, forwarded } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";

export class Answer {
  readonly #ranges: readonly StreamRange[];
  readonly #streams: StreamTable;
  readonly #gone: StreamRange[] = [];
  #index = 0;
  /** Of the range in hand, in order; read when its turn comes. */
  #entries: Entry[] | undefined;
  #state: "sending" | "done" = "sending";

  /** Keeps `ranges`. */
  constructor(ranges: readonly StreamRange[], streams: StreamTable) {
    this.#ranges = ranges;
    this.#streams = streams;
  }

  next(now: Instant): Uint8Array | undefined {
    if (this.#state === "done") return undefined;
    for (let range = this.#ranges[this.#index]; range !== undefined; range = this.#ranges[++this.#index]) {
      this.#entries ??= this.#entriesOf(range, now);
      const entry = this.#entries.shift();
      if (entry !== undefined) return forwarded(entry, MESH_MESSAGE.repair, now);
      this.#entries = undefined;
    }
    this.#state = "done";
    return encodeMeshMessage({ type: "gone", ranges: this.#gone });
  }

  #entriesOf({ key, from, to }: StreamRange, now: Instant): Entry[] {
    const stream = this.#streams.find(key);
    const entries: Entry[] = [];
    if (stream === undefined) return entries;
    for (const entry of stream.entries.values()) {
      const isFresh = since(entry.originAt, now) <= HISTORY_AGE_MAX;
      if (entry.sequence >= from && entry.sequence < to && isFresh) entries.push(entry);
    }
    entries.sort((a, b) => a.sequence - b.sequence);
    // What we still hope for ourselves is not gone.
    const end = Math.min(to, stream.next);
    let at = from;
    for (const { sequence } of entries) {
      this.#miss(key, at, Math.min(sequence, end));
      at = sequence + 1;
    }
    this.#miss(key, at, end);
    return entries;
  }

  #miss(key: Uint8Array, from: number, to: number): void {
    if (from < to && this.#gone.length < PULL_RANGES_MAX) this.#gone.push({ key, from, to });
  }
}
