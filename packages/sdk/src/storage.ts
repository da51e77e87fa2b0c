/**
 * What an endpoint remembers: bytes by key. Real stores pass the suite in `testing/store-suite.ts`.
 *
 * @module
 */
import type { StoreEntry } from "@kith/core";

export type { StoreEntry };

/**
 * Keys are 1 to {@link STORE_KEY_CHARACTERS_MAX} printable ASCII characters, in parts divided by `/`;
 * values are copied in and out. Everything a call wrote is on disk when its promise fulfils. Calls take
 * effect in the order in which they were made. All reject with `EndpointError` `ERR_STORAGE`, also
 * after {@link close}.
 */
export interface KeyValueStore extends AsyncDisposable {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  /** Every entry whose key starts with `prefix`, in the order of the keys. */
  list(prefix: string): Promise<readonly StoreEntry[]>;
  /** One transaction: after a crash either all of it is there or nothing. Deletes come first. */
  batch(puts: readonly StoreEntry[], deletes: readonly string[]): Promise<void>;
  /** Waits for what was called before, then lets go. Repeating it is harmless. */
  close(): Promise<void>;
}

export const STORE_KEY_CHARACTERS_MAX = 512;

/** Whether `key` is one that every store takes: with ASCII alone all of them sort alike. */
export const isStoreKey = (key: string): boolean =>
  key.length <= STORE_KEY_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(key);
