/**
 * The clocks of one simulated device: one that only goes forward, and may stand still while the
 * device sleeps, and one on the wall that is wrong by as much as it is.
 *
 * @module
 */
import { instant, type Moment, wallTime } from "@kith/core";

/** 2026-11-21; every simulated world begins then. */
const EPOCH = 1_795_000_000_000;

export class HostClock {
  readonly #wallSkew: number;
  readonly #sleeps: boolean;
  #slept = 0;
  #asleepSince: number | undefined;

  /** `sleeps`: the first clock stands still in sleep, as on Linux. */
  constructor(options: { wallSkew: number; sleeps: boolean }) {
    this.#wallSkew = options.wallSkew;
    this.#sleeps = options.sleeps;
  }

  get isAwake(): boolean {
    return this.#asleepSince === undefined;
  }

  /** What they show at the true time `now`. */
  at(now: number): Moment {
    const stood = this.#sleeps ? this.#slept : 0;
    return {
      now: instant(Math.floor(1_000 + now - stood)),
      wall: wallTime(Math.max(0, Math.floor(EPOCH + now + this.#wallSkew))),
    };
  }

  sleep(now: number): void {
    this.#asleepSince ??= now;
  }

  /** Returns how long it slept. */
  wake(now: number): number {
    const slept = now - (this.#asleepSince ?? now);
    this.#asleepSince = undefined;
    this.#slept += slept;
    return slept;
  }
}
