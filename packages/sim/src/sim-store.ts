/**
 * A simulated disk for entries: transactions become durable one after the other, some time after
 * they were asked for. A process that is killed leaves what was durable, and nothing half done.
 *
 * @module
 */
import type { StoreEntry } from "@kith/core";

export class SimStore {
  #entries = new Map<string, Uint8Array>();

  get entries(): readonly StoreEntry[] {
    return [...this.#entries].map(([key, value]) => ({ key, value }));
  }

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key);
  }

  under(prefix: string): StoreEntry[] {
    return this.entries
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, value }) => ({ key: key.slice(prefix.length), value }));
  }

  commit(puts: readonly StoreEntry[], deletes: readonly string[]): void {
    for (const { key, value } of puts) this.#entries.set(key, value.slice());
    for (const key of deletes) this.#entries.delete(key);
  }

  deletePrefix(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  /** A copy as it is now, as a backup or a cloned disk would have it. */
  snapshot(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#entries);
  }

  restore(snapshot: ReadonlyMap<string, Uint8Array>): void {
    this.#entries = new Map(snapshot);
  }
}
