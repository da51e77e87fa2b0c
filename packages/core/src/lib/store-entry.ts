/** One entry of a key-value store, as machines put it there and get it back at the next start. */
export interface StoreEntry {
  /** Printable ASCII, parts divided by `/`. */
  readonly key: string;
  readonly value: Uint8Array;
}
