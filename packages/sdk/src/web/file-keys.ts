/**
 * Keys of received files, one for each transfer or file of a room, in the store: they are sealed with it, and gone when
 * it is erased.
 *
 *     "pagefiles/key/<part>"     32 random bytes
 *
 * @module
 */
import type { KeyValueStore } from "../storage.ts";
import { importFileKey } from "./chunk-seal.ts";

const PREFIX = "pagefiles/key/";
const KEY_BYTES = 32;

export class FileKeys {
  readonly #store: KeyValueStore;
  readonly #ready = new Map<string, Promise<CryptoKey | undefined>>();

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  /** `undefined` if nothing was ever written there. */
  find(part: string): Promise<CryptoKey | undefined> {
    return this.#once(part, async () => {
      const kept = await this.#store.get(PREFIX + part);
      return kept && importFileKey(kept);
    });
  }

  /** It is in the store before anything is written under it. */
  async findOrMake(part: string): Promise<CryptoKey> {
    const found = await this.find(part);
    if (found !== undefined) return found;
    const made = await this.#once(part, async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
      await this.#store.set(PREFIX + part, bytes);
      return importFileKey(bytes);
    });
    return made ?? this.findOrMake(part);
  }

  async forget(part: string): Promise<void> {
    this.#ready.delete(part);
    await this.#store.delete(PREFIX + part);
  }

  /** Parts that have a key. */
  async parts(): Promise<ReadonlySet<string>> {
    return new Set((await this.#store.list(PREFIX)).map(({ key }) => key.slice(PREFIX.length)));
  }

  /** All that was in memory. */
  close(): void {
    this.#ready.clear();
  }

  /** Answers that are a key stay; all else is asked for again. */
  #once(part: string, ask: () => Promise<CryptoKey | undefined>): Promise<CryptoKey | undefined> {
    const known = this.#ready.get(part);
    if (known !== undefined) return known;
    const asked = ask();
    this.#ready.set(part, asked);
    const forget = (): void => {
      if (this.#ready.get(part) === asked) this.#ready.delete(part);
    };
    asked.then((key) => key === undefined && forget(), forget);
    return asked;
  }
}
