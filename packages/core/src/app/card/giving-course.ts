/**
 * The ways to give a card, one after the other (spec/app-card.md §11): nearby, code, link, Wallet pass, join code, by hand.
 * A way that did not answer is tried again, with growing pauses; one that cannot work leads to an offer of the next. A
 * person takes an offer, or does not: no way is begun by itself. Where the other person said no, or ours gave up, nothing
 * is offered: another way would be a way around a no.
 *
 *     offering ──take()──▶ trying ──failed──▶ pausing ──▶ trying …
 *                              │──given──▶ given          └──▶ offering the next, or exhausted
 *
 * @module
 */
import { assert } from "../../lib/assert.ts";
import { type RandomSource, randomBelow } from "../../lib/random.ts";
import { after, type Instant, millis } from "../../lib/time.ts";
import { CARD_RETRY, CARD_TRIES_MAX } from "../../wire/card-limits.ts";

/** In the order in which they are offered. */
export const GIVING_WAYS = ["nearby", "code", "link", "wallet", "join-code", "manual"] as const;
export type GivingWay = (typeof GIVING_WAYS)[number];

export type GivingFailure =
  | "timeout" //      no answer: worth another try
  | "unreachable" //  no link to them, no relay
  | "too-large" //    it does not fit this way
  | "failed" //       anything else that another try will not mend
  | "declined" //     their person said no
  | "cancelled"; //   ours did

export type GivingOutput =
  /** Do it; then say `handleGiven` or `handleFailed`. */
  | { readonly type: "try"; readonly way: GivingWay; readonly attempt: number }
  /** Ask our person; `after` and `because` are missing for the first. */
  | { readonly type: "offer"; readonly way: GivingWay; readonly after?: GivingWay; readonly because?: GivingFailure }
  | { readonly type: "given"; readonly way: GivingWay }
  | { readonly type: "stopped"; readonly because: "declined" | "cancelled" }
  /** No way is left. */
  | { readonly type: "exhausted"; readonly because: GivingFailure };

type Phase =
  | { readonly at: "offering"; readonly way: GivingWay }
  | { readonly at: "trying"; readonly way: GivingWay; readonly attempt: number }
  | { readonly at: "pausing"; readonly way: GivingWay; readonly attempt: number; readonly until: Instant }
  | { readonly at: "ended" };

export class GivingCourse {
  readonly #random: RandomSource;
  readonly #ways: readonly GivingWay[];
  readonly #outputs: GivingOutput[] = [];
  #phase: Phase;

  /** `ways`: those that exist here and now, one at least. A person who began with another than the first says `choose`. */
  constructor(ways: ReadonlySet<GivingWay>, random: RandomSource) {
    this.#random = random;
    this.#ways = GIVING_WAYS.filter((way) => ways.has(way));
    const [first] = this.#ways;
    assert(first !== undefined, "a way to give a card");
    this.#phase = { at: "offering", way: first };
    this.#outputs.push({ type: "offer", way: first });
  }

  get phase(): Phase["at"] {
    return this.#phase.at;
  }

  /** Our person takes what is offered. */
  take(): void {
    if (this.#phase.at === "offering") this.#try(this.#phase.way, 1);
  }

  /** Our person wants this way now, whatever is going on. */
  choose(way: GivingWay): void {
    assert(this.#ways.includes(way), "a way that exists");
    if (this.#phase.at !== "ended") this.#try(way, 1);
  }

  cancel(): void {
    if (this.#phase.at !== "ended") this.#stop("cancelled");
  }

  /** Of a way that is not tried any more: nothing. */
  handleGiven(way: GivingWay): void {
    if (this.#phase.at !== "trying" || this.#phase.way !== way) return;
    this.#phase = { at: "ended" };
    this.#outputs.push({ type: "given", way });
  }

  handleFailed(way: GivingWay, because: GivingFailure, now: Instant): void {
    const phase = this.#phase;
    if (phase.at !== "trying" || phase.way !== way) return;
    if (because === "declined" || because === "cancelled") return this.#stop(because);
    if (because === "timeout" && phase.attempt < CARD_TRIES_MAX) {
      const pause = CARD_RETRY * 2 ** (phase.attempt - 1);
      // Half as long to one and a half times, so that two who wait for each other do not always miss.
      const until = after(now, millis(pause / 2 + randomBelow(this.#random, pause + 1)));
      this.#phase = { at: "pausing", way, attempt: phase.attempt, until };
      return;
    }
    const next = this.#ways[this.#ways.indexOf(way) + 1];
    this.#phase = next === undefined ? { at: "ended" } : { at: "offering", way: next };
    this.#outputs.push(
      next === undefined ? { type: "exhausted", because } : { type: "offer", way: next, after: way, because },
    );
  }

  nextTimeout(): Instant | undefined {
    return this.#phase.at === "pausing" ? this.#phase.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const phase = this.#phase;
    if (phase.at === "pausing" && now >= phase.until) this.#try(phase.way, phase.attempt + 1);
  }

  poll(): GivingOutput | undefined {
    return this.#outputs.shift();
  }

  #try(way: GivingWay, attempt: number): void {
    this.#phase = { at: "trying", way, attempt };
    this.#outputs.push({ type: "try", way, attempt });
  }

  #stop(because: "declined" | "cancelled"): void {
    this.#phase = { at: "ended" };
    this.#outputs.push({ type: "stopped", because });
  }
}
