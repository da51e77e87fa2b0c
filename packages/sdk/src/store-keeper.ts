/** Carries out what the core wants kept, and says what came of it. */
import type { EndpointOutput } from "@kith/core";
import type { Driver } from "./driver.ts";
import type { KeyValueStore } from "./storage.ts";

export interface StoreKeeperParts {
  readonly driver: Driver;
  /** Without one nothing is kept, and every transaction counts as done. */
  readonly store: KeyValueStore | undefined;
  readonly failed: () => void;
}

export class StoreKeeper {
  readonly #parts: StoreKeeperParts;

  constructor(parts: StoreKeeperParts) {
    this.#parts = parts;
  }

  async keep({ token, puts, deletes }: Extract<EndpointOutput, { type: "store" }>): Promise<void> {
    const { driver, store } = this.#parts;
    let isStored = true;
    try {
      await store?.batch(puts, deletes);
    } catch {
      isStored = false; // the machine tries again, or does without; it never goes on as if it were kept
    }
    driver.core.handleStored(token, isStored, driver.moment());
    driver.touch();
  }

  async deletePrefix(prefix: string): Promise<void> {
    const { store, failed } = this.#parts;
    if (store === undefined) return;
    try {
      const entries = await store.list(prefix);
      await store.batch(
        [],
        entries.map(({ key }) => key),
      );
    } catch {
      failed();
    }
  }
}
