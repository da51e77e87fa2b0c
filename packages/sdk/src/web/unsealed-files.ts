/**
 * The sealed disk, behind what an earlier version left as it came: each such file is sealed once, at the start, and then
 * there is nothing of it beside. What no entry of the store knows is deleted, sealed or not: nobody could open it. Where
 * the space is missing, the next start tries again, and until then that transfer's files are neither read nor written.
 *
 * @module
 */
import type { FileFault } from "../file-fault.ts";
import { CHUNK_BYTES } from "./chunk-seal.ts";
import { type Disk, diskFault, isMissing, removeAt } from "./disk.ts";
import type { FileKeys } from "./file-keys.ts";
import { partOf, SEALED } from "./sealed-disk.ts";

/** Chunks sealed side by side. */
const WIDTH = 8;

interface Leftovers {
  readonly root: string;
  /** The sealed one. */
  readonly disk: Disk;
  readonly keys: FileKeys;
  /** Parts that the store knows. */
  readonly known: ReadonlySet<string>;
}

export class LeftoverDisk implements Disk {
  readonly #its: Leftovers;
  readonly #closing = new AbortController();
  readonly #left = new Set<string>();
  readonly #ready: Promise<FileFault | undefined>;

  constructor(leftovers: Leftovers) {
    this.#its = leftovers;
    this.#ready = this.#seal().catch(diskFault);
  }

  /** Once it has tried: whether something lies there as it came. */
  get isUnsealed(): Promise<boolean> {
    return this.#ready.then((fault) => fault !== undefined && !this.#closing.signal.aborted);
  }

  async size(path: string): Promise<number | undefined> {
    return (await this.#diskOf(path)).size(path);
  }

  async write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    return (await this.#diskOf(path)).write(path, offset, bytes);
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return (await this.#diskOf(path)).read(path, offset, length);
  }

  async finish(path: string, bytes: number): Promise<void> {
    return (await this.#diskOf(path)).finish(path, bytes);
  }

  async remove(path: string): Promise<void> {
    await this.#ready;
    if (this.#left.has(partOf(path))) await removeAt(this.#its.root, path);
    this.#left.delete(path); // if it is all of a part
    await this.#its.disk.remove(path);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ready;
    await this.#its.disk.close();
  }

  async #diskOf(path: string): Promise<Disk> {
    const fault = await this.#ready;
    if (fault !== undefined && this.#left.has(partOf(path))) throw fault;
    return this.#its.disk;
  }

  async #seal(): Promise<undefined> {
    const { root, keys, known, disk } = this.#its;
    for (const part of await keys.parts()) if (!known.has(part)) await keys.forget(part);
    const home = await folderIn(await navigator.storage.getDirectory(), root);
    if (home === undefined) return;
    const entries = await entriesOf(home);
    for (const [name] of entries) if (known.has(name)) this.#left.add(name);
    for (const [name, handle] of entries) {
      if (name === SEALED) await removeStrays(handle, known);
      else {
        if (this.#left.has(name)) await sealPart(disk, handle, this.#closing.signal);
        await home.removeEntry(name, { recursive: true });
        this.#left.delete(name);
      }
    }
  }
}

async function sealPart(disk: Disk, part: FileSystemHandle, signal: AbortSignal): Promise<void> {
  if (!(part instanceof FileSystemDirectoryHandle)) return;
  for (const [name, handle] of await entriesOf(part)) {
    if (!(handle instanceof FileSystemFileHandle)) continue;
    const file = await handle.getFile();
    const path = `${part.name}/${name}`;
    for (let at = 0; at < file.size; at += WIDTH * CHUNK_BYTES) {
      signal.throwIfAborted();
      const bytes = await file.slice(at, at + WIDTH * CHUNK_BYTES).arrayBuffer();
      await disk.write(path, at, new Uint8Array(bytes));
    }
    await disk.finish(path, file.size);
    await part.removeEntry(name); // one at a time: twice the space of the largest is enough
  }
}

async function removeStrays(sealed: FileSystemHandle, known: ReadonlySet<string>): Promise<void> {
  if (!(sealed instanceof FileSystemDirectoryHandle)) return;
  for (const [name] of await entriesOf(sealed)) {
    if (!known.has(name)) await sealed.removeEntry(name, { recursive: true });
  }
}

async function folderIn(root: FileSystemDirectoryHandle, name: string): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await root.getDirectoryHandle(name);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** All at once: it is changed meanwhile. */
async function entriesOf(folder: FileSystemDirectoryHandle): Promise<(readonly [string, FileSystemHandle])[]> {
  const entries: (readonly [string, FileSystemHandle])[] = [];
  for await (const entry of folder.entries()) entries.push(entry);
  return entries;
}
