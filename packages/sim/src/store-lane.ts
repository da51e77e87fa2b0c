/**
 * What one simulated process asks of its store: transactions become durable one after the other, each some time after
 * it was asked for, and the process hears of that later still. Killed in between, it does not know what its disk has.
 *
 * @module
 */
import type { EndpointOutput } from "@kith/core";
import type { EventQueue } from "./event-queue.ts";
import type { SimRandom } from "./sim-random.ts";
import type { SimStore } from "./sim-store.ts";

export interface StoreLanePort {
  readonly store: SimStore;
  readonly random: SimRandom;
  readonly world: { readonly now: number; readonly events: EventQueue };
  /** Longest wait, in milliseconds, and share of transactions that fail. */
  readonly diskMax: number;
  readonly diskFailures: number;
  readonly isAlive: () => boolean;
}

export class StoreLane {
  readonly #port: StoreLanePort;
  #busyUntil = 0;

  constructor(port: StoreLanePort) {
    this.#port = port;
  }

  keep({ puts, deletes }: Extract<EndpointOutput, { type: "store" }>, tell: (isStored: boolean) => void): void {
    const { store, random, world, diskMax, diskFailures, isAlive } = this.#port;
    this.#busyUntil = Math.max(world.now, this.#busyUntil) + random.float() * diskMax;
    const isStored = !random.chance(diskFailures);
    world.events.plan(this.#busyUntil, () => {
      if (!isAlive()) return;
      if (isStored) store.commit(puts, deletes);
      world.events.plan(world.now + random.float() * diskMax, () => tell(isStored));
    });
  }

  deletePrefix(prefix: string): void {
    const { store, world, isAlive } = this.#port;
    world.events.plan(Math.max(world.now, this.#busyUntil), () => {
      if (isAlive()) store.deletePrefix(prefix);
    });
  }
}
