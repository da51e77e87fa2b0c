/**
 * A {@link KeyValueStore} in IndexedDB, one database with one table of key and value (ADR 0024).
 *
 * Writes of one turn share a transaction, and so one wait for the disk. Its durability is strict: a promise that
 * fulfilled was on the disk, as far as the browser and the system tell the truth. After a crash a batch is there
 * whole or not at all.
 *
 * @module
 */
import { assert } from "@kith/core";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { EndpointError } from "../endpoint-error.ts";
import { isStoreKey, type KeyValueStore, type StoreEntry } from "../storage.ts";
import { type IdbLoss, storageError } from "./idb-error.ts";

/** A higher number means that a newer version has been here. */
const SCHEMA_VERSION = 1;
const TABLE = "entries";
/** While another tab erases it, or holds an older version open, a browser answers nothing. */
const OPEN_TIME_MAX_MS = 5_000;
const OPEN_RETRY_MS = 100;

interface Schema extends DBSchema {
  entries: { key: string; value: Uint8Array };
}

interface Waiting {
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Opens or makes the database of that name, which belongs to this page's origin.
 * @throws {EndpointError} `ERR_STORAGE`: no access, a newer version made it, or another tab does not let go of it
 */
export async function openIdbStore(
  name: string,
  /** Called once if the database is lost before it is closed. */
  onLost: (error: EndpointError) => void = () => {},
): Promise<KeyValueStore> {
  const found = Promise.withResolvers<IdbStore>();
  const patience = setTimeout(() => found.reject(storageError("open", "blocked")), OPEN_TIME_MAX_MS);
  const lost = (loss: IdbLoss): void =>
    void found.promise.then((store) => store.lose(loss) && onLost(storageError("use", loss))).catch(() => {});
  const over = performance.now() + OPEN_TIME_MAX_MS;
  const open = (): void => {
    const database = openDB<Schema>(name, SCHEMA_VERSION, {
      upgrade: (made) => void made.createObjectStore(TABLE),
      // Whoever asks wants to erase it, or to bring it to a newer version: holding on would stop all tabs.
      blocking: () => lost("wanted"),
      terminated: () => lost("ended"),
    });
    database.then(
      (opened) => {
        found.resolve(new IdbStore(opened));
        found.promise.catch(() => opened.close()); // too late: nobody waits for it any more
      },
      (error: unknown) => {
        // The browser still clears what was there before: soon it can be made anew.
        const isCutShort = error instanceof DOMException && error.name === "AbortError";
        if (isCutShort && performance.now() < over) setTimeout(open, OPEN_RETRY_MS);
        else found.reject(storageError("open", error));
      },
    );
  };
  try {
    open();
  } catch (error) {
    found.reject(storageError("open", error)); // no IndexedDB at all
  }
  return found.promise.finally(() => clearTimeout(patience));
}

class IdbStore implements KeyValueStore {
  readonly #database: IDBPDatabase<Schema>;
  #waiting: Waiting[] = [];
  #underWay: Promise<unknown> = Promise.resolve();
  #closed: IdbLoss | "closed" | undefined;

  constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#read(async (database) => database.get(TABLE, key));
  }

  async list(prefix: string): Promise<readonly StoreEntry[]> {
    return this.#read(async (database) => {
      const { store } = database.transaction(TABLE);
      const range = IDBKeyRange.bound(prefix, `${prefix}\u007f`, false, true);
      const [keys, values] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
      return keys.map((key, i) => ({ key, value: values[i] ?? new Uint8Array(0) }));
    });
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
    // Cloned is the whole buffer under an array, be the array a small part of it.
    const copies = puts.map(({ key, value }) => ({ key, value: value.slice() }));
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ puts: copies, deletes: [...deletes], resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#commit());
    });
  }

  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#commit();
      this.#closed = "closed";
      this.#database.close(); // after what is under way
    }
    await this.#underWay;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The database is gone, or must go. False: it was closed already. */
  lose(loss: IdbLoss): boolean {
    if (this.#closed !== undefined) return false;
    this.#commit();
    this.#closed = loss;
    this.#database.close();
    return true;
  }

  async #read<T>(read: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    this.#assertOpen();
    this.#commit(); // its transaction comes first, so what was written before is seen
    try {
      return await read(this.#database);
    } catch (error) {
      throw storageError("read", error);
    }
  }

  /** Writes all that waits in one transaction; if that fails, nothing of it is written and all are told. */
  #commit(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const written = this.#write(waiting);
    this.#underWay = Promise.allSettled([this.#underWay, written]);
    written.then(
      () => {
        for (const { resolve } of waiting) resolve();
      },
      (cause: unknown) => {
        const error = storageError("write", cause);
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    const transaction = this.#database.transaction(TABLE, "readwrite", { durability: "strict" });
    const { store } = transaction;
    // Why it failed is said by the request that did: the transaction says no more than that it was ended.
    let cause: unknown;
    const noted = (request: Promise<unknown>): void =>
      void request.catch((error: unknown) => {
        cause ??= error;
      });
    try {
      for (const { puts, deletes } of waiting) {
        for (const key of deletes) noted(store.delete(key));
        for (const { key, value } of puts) noted(store.put(value, key));
      }
    } catch (error) {
      cause = error;
      transaction.abort(); // else what was asked for before would be written
    }
    try {
      await transaction.done;
    } catch (error) {
      throw cause ?? error;
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw storageError("use", this.#closed);
  }
}
