/** A store in memory: for an endpoint without a home, and the twin of the real ones in tests. */
import { assert } from "@kith/core";
import { EndpointError } from "./endpoint-error.ts";
import { isStoreKey, type KeyValueStore, type StoreEntry } from "./storage.ts";

export class MemoryStore implements KeyValueStore {
  readonly #entries = new Map<string, Uint8Array>();
  #isOpen = true;
  /** While true, writing fails as on a full disk, with nothing written. */
  isFull = false;

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return this.#entries.get(key)?.slice();
  }

  async list(prefix: string): Promise<readonly StoreEntry[]> {
    this.#assertOpen();
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.map((key) => ({ key, value: this.#entries.get(key)?.slice() ?? new Uint8Array(0) }));
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ key, value }], []);
  }

  delete(key: string): Promise<void> {
    return this.batch([], [key]);
  }

  async batch(puts: readonly StoreEntry[], deletes: readonly string[]): Promise<void> {
    for (const { key } of puts) assert(isStoreKey(key), `store key of ${key.length} characters`);
    this.#assertOpen();
    if (this.isFull) throw new EndpointError("ERR_STORAGE", "Cannot write store: it is full");
    for (const key of deletes) this.#entries.delete(key);
    for (const { key, value } of puts) this.#entries.set(key, value.slice());
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new EndpointError("ERR_STORAGE", "Cannot use store: it is closed");
  }
}
