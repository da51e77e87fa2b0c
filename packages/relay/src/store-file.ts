/**
 * The relay's database file: how it is opened, checked, copied and put back (docs/adr/0022).
 *
 * One file holds everything a relay keeps, its key too, so that one file is a whole backup. It belongs to one process:
 * the lock is held as long as the file is open, however the process ends.
 *
 * @module
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { RelayError, reasonOf } from "./relay-error.ts";
import { migrate, SCHEMA_VERSION } from "./store-schema.ts";

const BUSY_TIMEOUT_MS = 500;
/** A file up to this size is read through at each start; of a larger one only what is needed. */
const CHECKED_BYTES_MAX = 33_554_432;
/** Of a backup, between two of which others have their turn. */
const BACKUP_PAGES = 256;
/** Codes of SQLite (sqlite.org/rescode.html), without what they have above the lowest byte. */
const CODE = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

export const databasePath = (data: string): string => join(data, "relay.sqlite");
export const backupFolder = (data: string): string => join(data, "backups");

/**
 * Opens or makes the database in the folder `data`, which is made if it is not there; both are their owner's alone.
 * @throws {RelayError} `ERR_DATA`, `ERR_DATA_IN_USE`, `ERR_DATABASE`
 */
export function openDatabase(data: string): DatabaseSync {
  const path = databasePath(data);
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600)); // SQLite gives its companions the same mode
  } catch (cause) {
    throw new RelayError("ERR_DATA", `Cannot use folder ${data}: ${reasonOf(cause)}`, { cause });
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    setUp(database);
    check(database, path);
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
    throw asRelayError(cause, path);
  }
}

function setUp(database: DatabaseSync): void {
  // The lock first: nothing is changed in a file that another process has.
  database.exec(`
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    BEGIN IMMEDIATE;
    COMMIT;
  `);
}

/** @throws {RelayError} `ERR_DATABASE` */
function check(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION)
    throw new RelayError("ERR_DATABASE", `Cannot open ${path}: a newer version of Kith made it`);
  if (statSync(path).size > CHECKED_BYTES_MAX) return;
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw damaged(path, String(found));
}

function asRelayError(cause: unknown, path: string): RelayError {
  if (cause instanceof RelayError) return cause;
  const code = sqliteCode(cause);
  if (code === CODE.busy)
    return new RelayError("ERR_DATA_IN_USE", `Cannot open ${path}: another relay has it`, { cause });
  if (code === CODE.corrupt || code === CODE.notADatabase) return damaged(path, reasonOf(cause), cause);
  return new RelayError("ERR_DATA", `Cannot open ${path}: ${reasonOf(cause)}`, { cause });
}

const damaged = (path: string, why: string, cause?: unknown): RelayError =>
  new RelayError(
    "ERR_DATABASE",
    `Cannot open ${path}: it is damaged (${why}). Put a backup in its place: kith relay restore FILE`,
    { cause },
  );

/** The primary code of an error of SQLite; `undefined` if it is none. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

export const isDiskFull = (error: unknown): boolean => sqliteCode(error) === CODE.full;
export const isDamage = (error: unknown): boolean =>
  sqliteCode(error) === CODE.corrupt || sqliteCode(error) === CODE.notADatabase;

/**
 * Copies the database while it is used, under a name that nothing has yet.
 * @returns the file's name, in {@link backupFolder}
 * @throws {RelayError} `ERR_BACKUP`
 */
export async function backUp(database: DatabaseSync, data: string, wall: number): Promise<string> {
  const stamp = new Date(wall).toISOString().replace(/[-:]|\.\d+/g, "");
  const folder = backupFolder(data);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let name = `relay-${stamp}.sqlite`;
    for (let n = 2; existsSync(join(folder, name)); n++) name = `relay-${stamp}-${n}.sqlite`;
    const partial = join(folder, `${name}.partial`);
    try {
      closeSync(openSync(partial, "wx", 0o600));
      await backup(database, partial, { rate: BACKUP_PAGES });
      await rename(partial, join(folder, name)); // a name that does not end in .partial is a whole backup
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    return name;
  } catch (cause) {
    throw new RelayError("ERR_BACKUP", `Cannot make a backup in ${folder}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Puts a backup in the place of the database of a relay that is not running. What was there stays beside it.
 * @returns where what was there is now; `undefined` if nothing was
 * @throws {RelayError} `ERR_BACKUP`: it is none, or damaged; `ERR_DATA_IN_USE`
 */
export async function restoreDatabase(
  data: string,
  file: string,
  wall: number = Date.now(),
): Promise<string | undefined> {
  const path = databasePath(data);
  await mkdir(data, { recursive: true, mode: 0o700 });
  const incoming = `${path}.incoming`;
  try {
    await copyFile(file, incoming);
    chmodSync(incoming, 0o600);
    checkBackup(incoming);
  } catch (cause) {
    removeWithCompanions(incoming);
    throw new RelayError("ERR_BACKUP", `Cannot use ${file}: ${reasonOf(cause)}`, { cause });
  }
  assertUnused(path);
  const before = existsSync(path) ? `${path}.before-${wall}` : undefined;
  if (before !== undefined) {
    renameSync(path, before);
    for (const end of ["-wal", "-shm"]) if (existsSync(path + end)) renameSync(path + end, before + end);
  }
  renameSync(incoming, path);
  removeWithCompanions(incoming);
  return before;
}

function checkBackup(path: string): void {
  const database = new DatabaseSync(path);
  try {
    const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (found !== "ok") throw new Error(String(found));
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version < 1 || version > SCHEMA_VERSION) throw new Error("it is no backup of this version's");
    if (database.prepare("SELECT 1 FROM facts WHERE name = 'seed'").get() === undefined)
      throw new Error("it has no relay's key");
  } finally {
    database.close();
  }
}

/** @throws {RelayError} `ERR_DATA_IN_USE` */
function assertUnused(path: string): void {
  if (!existsSync(path)) return;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK");
  } catch (cause) {
    if (sqliteCode(cause) === CODE.busy)
      throw new RelayError("ERR_DATA_IN_USE", `Cannot replace ${path}: a relay has it`, { cause });
    // Damaged: that is why a backup is wanted.
  } finally {
    database?.close();
  }
}

function removeWithCompanions(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(path + end, { force: true });
}
