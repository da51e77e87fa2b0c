/**
 * What one path has received: each record once, and when to acknowledge (spec/session.md §5;
 * RFC 9000 §13.2). At once for a gap, a ping or enough bytes; else with the next record that
 * leaves, or after a short wait.
 *
 * @module
 */
import { IntervalSet } from "../lib/interval-set.ts";
import { ReplayWindow } from "../lib/replay-window.ts";
import { after, type Instant } from "../lib/time.ts";
import { ACK_BYTES, ACK_DELAY, ACK_RANGES_MAX, REPLAY_WINDOW } from "../wire/limits.ts";
import type { AckRange } from "../wire/session-frame.ts";

/** What of the acknowledgements is still owed. */
type Owed =
  | { readonly at: "nothing" }
  /** It may ride along with something else until `due`. */
  | { readonly at: "later"; readonly due: Instant }
  | { readonly at: "now" };

export class ReceivedRecords {
  readonly #window = new ReplayWindow(REPLAY_WINDOW);
  readonly #counters = new IntervalSet(ACK_RANGES_MAX);
  #owed: Owed = { at: "nothing" };
  #bytes = 0; // received since the last acknowledgement

  /** Whether an acknowledgement should leave even alone. */
  isDue(now: Instant): boolean {
    return this.#owed.at === "now" || (this.#owed.at === "later" && now >= this.#owed.due);
  }

  /** Whether there is anything to acknowledge at all. */
  get isOwed(): boolean {
    return this.#owed.at !== "nothing";
  }

  nextTimeout(): Instant | undefined {
    return this.#owed.at === "later" ? this.#owed.due : undefined;
  }

  handleTimeout(now: Instant): void {
    if (this.#owed.at === "later" && now >= this.#owed.due) this.#owed = { at: "now" };
  }

  /** Whether a record with this counter may be opened. */
  isNew(counter: number): boolean {
    return this.#window.isNew(counter);
  }

  /** Takes note of an opened record; false if it came before. */
  admit(counter: number): boolean {
    return this.#window.add(counter);
  }

  /** The frames of an admitted record were handled: from now on it is acknowledged. */
  note(record: { counter: number; bytes: number; isEliciting: boolean; isUrgent: boolean }, now: Instant): void {
    const { counter } = record;
    const highest = this.#counters.rangeCount === 0 ? -1 : this.#counters.end(this.#counters.rangeCount - 1) - 1;
    this.#counters.add(counter, counter + 1);
    if (!record.isEliciting) return; // an answer to an acknowledgement alone would never end (RFC 9000 §13.2.1)
    this.#bytes += record.bytes;
    if (record.isUrgent || this.#bytes >= ACK_BYTES || counter !== highest + 1) this.#owed = { at: "now" };
    else if (this.#owed.at === "nothing") this.#owed = { at: "later", due: after(now, ACK_DELAY) };
  }

  /** What to acknowledge, highest range first; never empty once something is owed. */
  ranges(): AckRange[] {
    const counters = this.#counters;
    counters.dropBelow(this.#window.highest - REPLAY_WINDOW);
    const ranges: AckRange[] = [];
    for (let i = counters.rangeCount - 1; i >= 0; i--)
      ranges.push({ first: counters.start(i), last: counters.end(i) - 1 });
    return ranges;
  }

  /** An acknowledgement of {@link ranges} was put into a record. */
  handleAckSent(): void {
    this.#owed = { at: "nothing" };
    this.#bytes = 0;
  }
}
