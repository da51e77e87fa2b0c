/**
 * A {@link KeyValueStore} in one SQLite file, by the SQLite that is part of Node (ADR 0014).
 *
 * Writes of one turn of the event loop share a transaction and one wait for the disk: a hundred chat
 * messages cost as much as one. After a crash, of the process or the machine, each batch is there
 * whole or not at all, and those whose promise fulfilled are there (WAL, synchronous = FULL).
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { assert } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { isStoreKey, type KeyValueStore, type StoreEntry } from "../storage.ts";

/** Written to the file; a newer number means that a newer version has been here. */
const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 5_000;

interface Waiting {
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface Statements {
  readonly get: StatementSync;
  readonly list: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
}

/**
 * Opens or makes the file at `path`, readable by its owner alone; `:memory:` keeps everything in memory.
 * @throws {EndpointError} `ERR_STORAGE`
 */
export function openSqliteStore(path: string): KeyValueStore {
  try {
    if (path !== ":memory:") closeSync(openSync(path, "a", 0o600)); // SQLite gives its -wal and -shm the same mode
    return new SqliteStore(new DatabaseSync(path));
  } catch (cause) {
    if (cause instanceof EndpointError) throw cause;
    throw new EndpointError("ERR_STORAGE", `Cannot open store ${path}: ${reasonOf(cause)}`, { cause });
  }
}

class SqliteStore implements KeyValueStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #waiting: Waiting[] = [];
  #isOpen = true;

  constructor(database: DatabaseSync) {
    this.#database = database;
    try {
      this.#statements = setUp(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#read((statements) => bytesOf(statements.get.get(key)));
  }

  async list(prefix: string): Promise<readonly StoreEntry[]> {
    return this.#read(({ list }) =>
      list
        .all(prefix, `${prefix}\u007f`)
        .map((row) => ({ key: String(row["key"]), value: bytesOf(row) ?? new Uint8Array(0) })),
    );
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
    const copies = puts.map(({ key, value }) => ({ key, value: value.slice() }));
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ puts: copies, deletes: [...deletes], resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#commit();
    this.#isOpen = false;
    this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read<T>(read: (statements: Statements) => T): T {
    this.#assertOpen();
    this.#commit(); // what was written before is seen
    try {
      return read(this.#statements);
    } catch (cause) {
      throw new EndpointError("ERR_STORAGE", `Cannot read store: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Writes all that waits in one transaction; if that fails, nothing of it is written and all are told. */
  #commit(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        for (const { puts, deletes } of waiting) {
          for (const key of deletes) this.#statements.remove.run(key);
          for (const { key, value } of puts) this.#statements.put.run(key, value);
        }
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    } catch (cause) {
      const error = new EndpointError("ERR_STORAGE", `Cannot write store: ${reasonOf(cause)}`, { cause });
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new EndpointError("ERR_STORAGE", "Cannot use store: it is closed");
  }
}

function setUp(database: DatabaseSync): Statements {
  database.exec(`
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
  `);
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION) throw new EndpointError("ERR_STORAGE", "Cannot open store: a newer version made it");
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
  return {
    get: database.prepare("SELECT value FROM entries WHERE key = ?"),
    list: database.prepare("SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key"),
    put: database.prepare(
      "INSERT INTO entries (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    ),
    remove: database.prepare("DELETE FROM entries WHERE key = ?"),
  };
}

function bytesOf(row: Readonly<Record<string, unknown>> | undefined): Uint8Array | undefined {
  const value = row?.["value"];
  return value instanceof Uint8Array ? value : undefined;
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
