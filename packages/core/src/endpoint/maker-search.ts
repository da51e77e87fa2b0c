/**
 * The search at relays for the member that made a link: whoever arrives under the link's tag may be it. Keys are dialled
 * one at a time, for two sessions with one member would end each other, and each once in a round; what a relay makes up
 * costs so many dials, and ends with the time for it.
 *
 * @module
 */
import { after, type Instant } from "../lib/time.ts";
import type { Ticket } from "../room/ticket.ts";
import { JOIN_CANDIDATES_MAX, JOIN_MEET_TIMEOUT } from "../wire/limits.ts";

export class MakerSearch {
  readonly #tried = new Set<string>(); // in this round; at most JOIN_CANDIDATES_MAX
  #met: readonly string[] = []; //        the likeliest first
  #until: Instant | undefined;
  #isDialling = false;

  /** Where a link names no relay there is nothing to search. */
  begin(ticket: Pick<Ticket, "relays">, now: Instant): void {
    if (ticket.relays.length > 0) this.#until = after(now, JOIN_MEET_TIMEOUT);
  }

  /** It may come yet. */
  get isOn(): boolean {
    return this.#until !== undefined;
  }

  get isDialling(): boolean {
    return this.#isDialling;
  }

  /** Where to dial now; to be answered by {@link handleDialled}. */
  next(): string | undefined {
    if (!this.isOn || this.#isDialling || this.#tried.size >= JOIN_CANDIDATES_MAX) return undefined;
    const hint = this.#met.find((each) => !this.#tried.has(each));
    if (hint === undefined) return undefined;
    this.#tried.add(hint);
    this.#isDialling = true;
    return hint;
  }

  /** All are asked once more. */
  beginRound(): void {
    this.#tried.clear();
  }

  handleMet(hints: readonly string[]): void {
    this.#met = hints;
  }

  handleDialled(): void {
    this.#isDialling = false;
  }

  /** True: it ended just now. */
  handleTimeout(now: Instant): boolean {
    if (this.#until === undefined || now < this.#until) return false;
    this.#until = undefined;
    return true;
  }

  nextTimeout(): Instant | undefined {
    return this.#until;
  }
}
