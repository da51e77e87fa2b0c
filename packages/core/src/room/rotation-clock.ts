/**
 * When we begin a new epoch (spec/room-keys.md §6): only ever for a reason, and where others have the same reason,
 * after a random wait, so that one of us is first and the others see it.
 *
 * @module
 */
import { type RandomSource, randomBelow } from "../lib/random.ts";
import { after, type Duration, type Instant, millis, minutes } from "../lib/time.ts";
import { EPOCH_AGE_JITTER, EPOCH_AGE_MAX, ROTATION_AFTER_LEAVE, ROTATION_WAIT_MAX } from "../wire/room-key-limits.ts";

export type RotationReason =
  | "removal" //   we expelled somebody, or founded the room: at once
  | "starving" //  we want to send and have no epoch for it: within two seconds
  | "age" //       we sent in an epoch that is nearly a day old: likewise
  | "leave"; //    somebody has left: some time within the ten minutes

export class RotationClock {
  readonly #random: RandomSource;
  #wish: { readonly reason: RotationReason; readonly at: Instant } | undefined;
  /** At which age of an epoch this process would have another: not all at once. */
  readonly ageLimit: Duration;

  constructor(random: RandomSource) {
    this.#random = random;
    this.ageLimit = millis(EPOCH_AGE_MAX - randomBelow(random, EPOCH_AGE_JITTER));
  }

  get at(): Instant | undefined {
    return this.#wish?.at;
  }

  get reason(): RotationReason | undefined {
    return this.#wish?.reason;
  }

  /** There is this reason now, or none. A reason that goes on keeps its time. `isAlone`: nobody else could be first. */
  set(reason: RotationReason | undefined, now: Instant, isAlone: boolean): void {
    if (reason === this.#wish?.reason) return;
    this.#wish = reason && { reason, at: after(now, isAlone ? millis(0) : this.#wait(reason)) };
  }

  postpone(until: Instant): void {
    if (this.#wish !== undefined) this.#wish = { reason: this.#wish.reason, at: until };
  }

  #wait(reason: RotationReason): Duration {
    const upTo = (most: number): number => randomBelow(this.#random, most + 1);
    switch (reason) {
      case "removal":
        return millis(0);
      case "starving":
      case "age":
        return millis(upTo(ROTATION_WAIT_MAX));
      case "leave":
        // Not in the first minute: more may leave. Not in the last: it takes a moment to arrive.
        return millis(minutes(1) + upTo(ROTATION_AFTER_LEAVE - minutes(2)));
    }
  }
}
