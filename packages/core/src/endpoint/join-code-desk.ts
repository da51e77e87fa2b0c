/**
 * What the device's own endpoint has to do with join codes (spec/relay-meeting.md §3): their words, how many were
 * guessed at, and who comes of them. Each code is served by an endpoint of its own, under a one-time identity,
 * that ends with it: nothing of that one leads to ours before the code was right.
 *
 * @module
 */
import { randomWords } from "../identity/words.ts";
import type { Moment } from "../lib/moment.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { BurntCodes } from "../relay/burnt-codes.ts";
import type { Introduces } from "./endpoint-options.ts";
import type { TrustDesk } from "./trust-desk.ts";

export class JoinCodeDesk {
  /** Who we are where a code leads to trust in each other. */
  readonly introduces: Introduces;
  readonly #random: RandomSource;
  readonly #trust: TrustDesk;
  readonly #burnt: BurntCodes;

  constructor(
    options: {
      readonly random: RandomSource;
      readonly introduces: Introduces;
      readonly trust: TrustDesk;
      readonly restored: readonly StoreEntry[];
    },
    { wall }: Moment,
  ) {
    this.introduces = options.introduces;
    this.#random = options.random;
    this.#trust = options.trust;
    this.#burnt = new BurntCodes(options.restored, wall);
  }

  /** Of a new code: two, or three after too many were guessed at. */
  newWords({ wall }: Moment): readonly string[] {
    return randomWords(this.#random, this.#burnt.words(wall));
  }

  /** A code of ours was tried wrongly, and is over. */
  handleBurnt(at: Moment): void {
    this.#trust.keep([this.#burnt.burn(at.wall)], []);
    this.#trust.audit({ event: "authFailed", detail: "join code" }, at);
  }
}
