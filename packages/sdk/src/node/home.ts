/**
 * A home: the folder in which one identity and everything it knows live.
 *
 *     key             the identity's key, or where it is (key-vault.ts)
 *     store.sqlite    contacts, messages, transfers, audit log
 *     inbox/          received files
 *     lock            held by the one process that uses the home
 *
 * Owner-only throughout. Nothing else of the machine is written to.
 *
 * @module
 */
import { chmodSync } from "node:fs";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EndpointError } from "../endpoint-error.ts";

export interface HomePaths {
  readonly directory: string;
  readonly key: string;
  readonly store: string;
  readonly inbox: string;
  readonly lock: string;
}

/** Where a home is unless told: `$KITH_HOME`, else where the system keeps a user's data. */
export function defaultHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env["KITH_HOME"]) return resolve(env["KITH_HOME"]);
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] || homedir(), "kith");
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share"), "kith");
}

export function homePaths(directory: string): HomePaths {
  const path = resolve(directory);
  return {
    directory: path,
    key: join(path, "key"),
    store: join(path, "store.sqlite"),
    inbox: join(path, "inbox"),
    lock: join(path, "lock"),
  };
}

/** Where the store of a home keeps what a person set. */
export const settingKey = (name: string): string => `settings/${name}`;

/** A home that this process holds: no other can have it until it is closed, or this process ends. */
export interface Home extends HomePaths, AsyncDisposable {
  close(): Promise<void>;
}

/**
 * Makes the folder if there is none, owner-only, and takes its lock.
 * @throws {EndpointError} `ERR_HOME_IN_USE`; `ERR_STORAGE` if it cannot be made, is no folder, or is somebody else's
 */
export async function openHome(directory: string): Promise<Home> {
  const paths = homePaths(directory);
  await makeOwnerOnly(paths.directory);
  await makeOwnerOnly(paths.inbox);
  const lock = takeLock(paths);
  const close = async (): Promise<void> => {
    if (lock.isOpen) lock.close();
  };
  return { ...paths, close, [Symbol.asyncDispose]: close };
}

async function makeOwnerOnly(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await lstat(directory);
    const uid = process.getuid?.();
    if (!found.isDirectory()) throw new Error("it is no folder");
    if (uid !== undefined && found.uid !== uid) throw new Error("it belongs to somebody else");
    if (process.platform !== "win32" && (found.mode & 0o077) !== 0) await chmod(directory, 0o700);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EndpointError("ERR_STORAGE", `Cannot use home ${directory}: ${why}`, { cause });
  }
}

/**
 * An exclusive transaction that is never committed: SQLite locks the file in a way that every system
 * undoes when the process ends, however it ends. A file with a process id would have to be believed.
 */
function takeLock({ lock, directory }: HomePaths): DatabaseSync {
  const database = new DatabaseSync(lock);
  try {
    if (process.platform !== "win32") chmodSync(lock, 0o600);
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database.close();
    throw new EndpointError("ERR_HOME_IN_USE", `Cannot use home ${directory}: another process does`, { cause });
  }
}
