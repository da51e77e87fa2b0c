/**
 * What a device keeps of a document: the updates as they came, put together into one when they are many.
 *
 *     doc/<room>/<name>/<number, 12 digits>   →   an update of Yjs
 *
 * @module
 */
import * as Y from "yjs";
import type { KeyValueStore } from "../storage.ts";

/** Updates that are kept apart before they become one. */
const APART_MAX = 128;
const DIGITS = 12;

export class DocLog {
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  readonly #doc: Y.Doc;
  #keys: string[] = [];
  #next = 0;

  private constructor(store: KeyValueStore, prefix: string, doc: Y.Doc) {
    [this.#store, this.#prefix, this.#doc] = [store, prefix, doc];
  }

  /** Brings what was kept into `doc`. */
  static async open(store: KeyValueStore, prefix: string, doc: Y.Doc): Promise<DocLog> {
    const log = new DocLog(store, prefix, doc);
    for (const { key, value } of await store.list(prefix)) {
      log.#keys.push(key);
      log.#next = Number(key.slice(prefix.length)) + 1;
      Y.applyUpdate(doc, value, log);
    }
    return log;
  }

  /** Whether something was kept. */
  get isKept(): boolean {
    return this.#keys.length > 0;
  }

  async append(update: Uint8Array): Promise<void> {
    const isFull = this.#keys.length >= APART_MAX;
    const gone = isFull ? this.#keys : [];
    const key = this.#prefix + String(this.#next++).padStart(DIGITS, "0");
    this.#keys = isFull ? [key] : [...this.#keys, key];
    await this.#store.batch([{ key, value: isFull ? Y.encodeStateAsUpdate(this.#doc) : update }], gone);
  }
}
