/**
 * The receiver's side of the disk: a quarantine beside the place where the files will be,
 *
 *     <directory>/.kith-partial/<transfer>/<the tree as it will be>
 *
 * owner-only, from which everything moves at once, overwriting nothing, when it is whole. Names come
 * from `safePaths`; no link is followed; nothing is executed, and of a mode only permissions are kept.
 *
 * Writes to one file are done in order, those that wait together as one `writev`: so a part has no
 * holes, and after a crash its length says what it holds.
 *
 * @module
 */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Manifest, numberedName, type PartOnDisk, type TransferId } from "@kith/core";
import { errorCode, FileFault, sinkFault } from "../file-fault.ts";
import type { Sink } from "../file-io.ts";

const QUARANTINE = ".kith-partial";
const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;
/** Names tried before placing fails. */
const NUMBER_MAX = 10_000;

interface WaitingWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (reason: FileFault) => void;
}

class Part {
  readonly handle: Promise<fs.FileHandle>;
  readonly waiting: WaitingWrite[] = [];
  isBusy = false;
  idle: Promise<void> = Promise.resolve();
  constructor(handle: Promise<fs.FileHandle>) {
    this.handle = handle;
    handle.catch(() => {}); // whoever uses it sees it
  }
}

/** All rejections are {@link FileFault}s. */
export class FileSink implements Sink {
  readonly #directory: string;
  readonly #folder: string;
  readonly #parts = new Map<number, Part>();
  #manifest: Manifest = [];
  #paths: readonly (readonly string[])[] = [];

  /** `directory` is where the files go in the end; it exists. */
  constructor(directory: string, id: TransferId) {
    this.#directory = directory;
    this.#folder = join(directory, QUARANTINE, id);
  }

  /** Makes or finds the quarantine; says what it holds of each file from `verified` on. */
  prepare(plan: {
    readonly manifest: Manifest;
    readonly paths: readonly (readonly string[])[];
    readonly verified: number;
    readonly bytes: number;
  }): Promise<PartOnDisk[]> {
    return guarded(async () => {
      [this.#manifest, this.#paths] = [plan.manifest, plan.paths];
      for (const folder of [dirname(this.#folder), this.#folder]) await makeOwnFolder(folder);
      const parts: PartOnDisk[] = [];
      for (const [file, entry] of plan.manifest.entries()) {
        if (file < plan.verified) continue;
        const path = this.#path(file);
        await fs.mkdir(entry.kind === "folder" ? path : dirname(path), { recursive: true, mode: 0o700 });
        const bytes = entry.kind === "file" ? await sizeOf(path) : undefined;
        if (bytes !== undefined) parts.push({ file, bytes });
      }
      const missing = plan.bytes - parts.reduce((sum, part) => sum + part.bytes, 0);
      const disk = await fs.statfs(this.#folder);
      if (disk.bavail * disk.bsize < missing) throw new FileFault("diskFull", "Cannot receive files: not enough space");
      return parts;
    });
  }

  /** Resolves when `bytes` are in the file. They must not change before. */
  write(file: number, offset: number, bytes: Uint8Array): Promise<void> {
    const part = this.#part(file);
    return new Promise((resolve, reject) => {
      part.waiting.push({ offset, bytes, resolve, reject });
      if (part.isBusy) return;
      part.isBusy = true;
      part.idle = this.#drain(part);
    });
  }

  /** What is there, at most `length` bytes; nothing if it cannot be read. */
  async read(file: number, offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    try {
      const handle = await this.#part(file).handle;
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    } catch {
      return bytes.subarray(0, 0);
    }
  }

  /** Everything of this file was written: makes it durable, with its date and mode. */
  finish(file: number): Promise<void> {
    return guarded(async () => {
      const [part, entry] = [this.#part(file), this.#manifest[file]];
      await part.idle;
      const handle = await part.handle;
      this.#parts.delete(file);
      try {
        await handle.truncate(entry?.size ?? 0);
        const date = (entry?.modified ?? 0) / 1_000;
        await handle.utimes(date, date);
        await handle.chmod((entry?.mode ?? 0) & 0o777);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** Moves everything to its place; what is no longer in the quarantine was moved before. Returns the names at the top. */
  place(plan: { readonly manifest: Manifest; readonly paths: readonly (readonly string[])[] }): Promise<string[]> {
    return guarded(async () => {
      [this.#manifest, this.#paths] = [plan.manifest, plan.paths];
      await this.close();
      await this.#dressFolders();
      const names: string[] = [];
      for (const top of new Set(plan.paths.map((path) => path[0] ?? ""))) {
        names.push(await moveIn(join(this.#folder, top), this.#directory, top));
      }
      await syncFolder(this.#directory);
      await this.#remove();
      return names;
    });
  }

  /** Deletes the quarantine of this transfer, after what is under way there. */
  discard(): Promise<void> {
    return guarded(async () => {
      await this.close();
      await this.#remove();
    });
  }

  /** Ends all use of files; what is there stays. */
  async close(): Promise<void> {
    for (const [file, part] of this.#parts) {
      await part.idle;
      this.#parts.delete(file);
      const handle = await part.handle.catch(() => undefined);
      await handle?.close().catch(() => {});
    }
  }

  async #drain(part: Part): Promise<void> {
    while (part.waiting.length > 0) {
      const batch = adjacent(part.waiting);
      try {
        const handle = await part.handle;
        await writeAll(handle, batch);
        for (const write of batch) write.resolve();
      } catch (error) {
        for (const write of batch) write.reject(sinkFault(error));
      }
    }
    part.isBusy = false;
  }

  #part(file: number): Part {
    let part = this.#parts.get(file);
    if (part === undefined) {
      part = new Part(openPart(this.#path(file)));
      this.#parts.set(file, part);
    }
    return part;
  }

  #path(file: number): string {
    return join(this.#folder, ...(this.#paths[file] ?? []));
  }

  /** Dates and modes of folders, the deepest first: what is done inside changes a folder's date. */
  async #dressFolders(): Promise<void> {
    for (const [file, entry] of [...this.#manifest.entries()].reverse()) {
      if (entry.kind !== "folder") continue;
      const date = entry.modified / 1_000;
      await fs.utimes(this.#path(file), date, date).catch(ignoreMissing);
      await fs.chmod(this.#path(file), (entry.mode & 0o777) | 0o700).catch(ignoreMissing);
    }
  }

  async #remove(): Promise<void> {
    await fs.rm(this.#folder, { recursive: true, force: true });
    await fs.rmdir(dirname(this.#folder)).catch(() => {}); // other transfers may be in it
  }
}

/** Takes the writes at the front that follow one on the other. */
function adjacent(waiting: WaitingWrite[]): WaitingWrite[] {
  let count = 0;
  let end = waiting[0]?.offset ?? 0;
  while (waiting[count]?.offset === end) end += waiting[count++]?.bytes.length ?? 0;
  return waiting.splice(0, Math.max(1, count));
}

async function writeAll(handle: fs.FileHandle, batch: readonly WaitingWrite[]): Promise<void> {
  let position = batch[0]?.offset ?? 0;
  let buffers = batch.map((write) => write.bytes);
  while (buffers.length > 0) {
    let { bytesWritten } = await handle.writev(buffers, position);
    position += bytesWritten;
    // A short write is what a nearly full disk gives: the next try says why.
    while (buffers[0] !== undefined && bytesWritten >= buffers[0].length) {
      bytesWritten -= buffers[0].length;
      buffers = buffers.slice(1);
    }
    if (buffers[0] !== undefined && bytesWritten > 0) buffers[0] = buffers[0].subarray(bytesWritten);
  }
}

async function openPart(path: string): Promise<fs.FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | NO_FOLLOW;
  try {
    return await fs.open(path, flags, 0o600);
  } catch (error) {
    // Finished before, and read-only since: but not known to be, so it is received again.
    if (errorCode(error) !== "EACCES" || !(await fs.lstat(path)).isFile()) throw error;
    await fs.chmod(path, 0o600);
    return fs.open(path, flags, 0o600);
  }
}

async function makeOwnFolder(path: string): Promise<void> {
  await fs.mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
  if (!(await fs.lstat(path)).isDirectory()) throw new FileFault("notPermitted", "Cannot use quarantine: not a folder");
}

/** Moves `from` to `folder` as `name`, or with the first number that is free. Returns what it is called. */
async function moveIn(from: string, folder: string, name: string): Promise<string> {
  const status = await fs.lstat(from).catch(ignoreMissing);
  if (status === undefined) return name; // before a restart, perhaps under another number
  for (let number = 1; number <= NUMBER_MAX; number++) {
    const candidate = number === 1 ? name : numberedName(name, number);
    const to = join(folder, candidate);
    if (await (status.isDirectory() ? moveFolder(from, to) : moveFile(from, to))) return candidate;
  }
  throw new FileFault("failed", "Cannot place file: too many of that name");
}

/** False if there is something already. A new link, unlike a renaming, never replaces anything. */
async function moveFile(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" && !(await isSameFile(from, to))) return false;
    if (code !== "EEXIST") return renameFile(from, to);
  }
  await fs.unlink(from);
  return true;
}

/** For file systems without links: reserves the name, then renames over the reservation. */
async function renameFile(from: string, to: string): Promise<boolean> {
  try {
    await (await fs.open(to, "wx")).close();
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
  await fs.rename(from, to);
  return true;
}

async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await fs.mkdir(to);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
  if (process.platform === "win32") await fs.rmdir(to); // there a folder cannot be renamed over an empty one
  await fs.rename(from, to);
  return true;
}

/** A crash may come between the new link and the removal of the old. */
async function isSameFile(from: string, to: string): Promise<boolean> {
  const [a, b] = await Promise.all([fs.lstat(from, { bigint: true }), fs.lstat(to, { bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const status = await fs.lstat(path).catch(ignoreMissing);
  return status?.isFile() ? status.size : undefined;
}

async function syncFolder(path: string): Promise<void> {
  const handle = await fs.open(path).catch(() => undefined); // not every system opens folders
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== "ENOENT") throw error;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw sinkFault(error);
  }
}
