/**
 * A store that is lent: who has it may close it, as an endpoint does, and the store below stays open for the next one.
 *
 * @module
 */
import { EndpointError } from "../endpoint-error.ts";
import type { KeyValueStore, StoreEntry } from "../storage.ts";

export class LentStore implements KeyValueStore {
  #inner: KeyValueStore | undefined;

  constructor(inner: KeyValueStore) {
    this.#inner = inner;
  }

  get isClosed(): boolean {
    return this.#inner === undefined;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#lent.get(key);
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    return this.#lent.set(key, value);
  }

  async delete(key: string): Promise<void> {
    return this.#lent.delete(key);
  }

  async list(prefix: string): Promise<readonly StoreEntry[]> {
    return this.#lent.list(prefix);
  }

  async batch(puts: readonly StoreEntry[], deletes: readonly string[]): Promise<void> {
    return this.#lent.batch(puts, deletes);
  }

  /** What comes late writes nothing into what somebody else has by then. */
  async close(): Promise<void> {
    const inner = this.#inner;
    this.#inner = undefined;
    // Calls take effect in their order: when this one is answered, all before it were. A locked store has none.
    await inner?.get("lent").catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #lent(): KeyValueStore {
    if (this.#inner === undefined) throw new EndpointError("ERR_STORAGE", "Cannot use store: it is closed");
    return this.#inner;
  }
}
