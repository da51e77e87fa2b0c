/**
 * A {@link Disk} by `FileSystemSyncAccessHandle`, which exists in dedicated workers alone: it writes in place, at any
 * offset, and after a crash a file's length says what it holds.
 *
 * @module
 */
import { type Disk, findFile, findParent, guarded, removeAt } from "./disk.ts";

/** Files kept open; the one used least recently is closed for another. */
const OPEN_MAX = 16;
/** A tab that was reloaded lets go of its files a moment later. */
const OPEN_TRIES = 20;
const OPEN_RETRY_MS = 100;

/** Of `lib.webworker`, as far as it is used: the types of pages lack it. */
interface SyncHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** Whether this thread may use it. */
export const hasSyncHandles = (): boolean =>
  "FileSystemFileHandle" in globalThis && "createSyncAccessHandle" in FileSystemFileHandle.prototype;

export class SyncDisk implements Disk {
  readonly #root: string;
  /** Least recently used first. */
  readonly #open = new Map<string, Promise<SyncHandle>>();

  constructor(root: string) {
    this.#root = root;
  }

  size(path: string): Promise<number | undefined> {
    return guarded(async () => {
      const open = this.#open.get(path);
      return open === undefined ? (await findFile(this.#root, path))?.size : (await open).getSize();
    });
  }

  write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    return guarded(async () => {
      const handle = await this.#handle(path);
      let written = 0;
      // A short write is what a nearly full disk gives: the next try says why.
      while (written < bytes.length) {
        const more = handle.write(bytes.subarray(written), { at: offset + written });
        if (more === 0) throw new DOMException("Nothing was written", "QuotaExceededError");
        written += more;
      }
    });
  }

  read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return guarded(async () => {
      const bytes = new Uint8Array(length);
      if ((await this.size(path)) === undefined) return bytes.subarray(0, 0);
      const count = (await this.#handle(path)).read(bytes, { at: offset });
      return count === length ? bytes : bytes.slice(0, count);
    });
  }

  finish(path: string, bytes: number): Promise<void> {
    return guarded(async () => {
      const handle = await this.#handle(path);
      handle.truncate(bytes);
      handle.flush();
      await this.#letGo(path);
    });
  }

  remove(path: string): Promise<void> {
    return guarded(async () => {
      const below = [...this.#open.keys()].filter((open) => open === path || open.startsWith(`${path}/`));
      for (const open of below) await this.#letGo(open);
      await removeAt(this.#root, path);
    });
  }

  async close(): Promise<void> {
    for (const path of [...this.#open.keys()]) await this.#letGo(path);
  }

  async #handle(path: string): Promise<SyncHandle> {
    const handle = this.#open.get(path) ?? this.#openFile(path);
    this.#open.delete(path);
    this.#open.set(path, handle);
    handle.catch(() => this.#open.delete(path)); // perhaps it can be opened the next time
    for (const oldest of [...this.#open.keys()].slice(0, -OPEN_MAX)) void this.#letGo(oldest);
    return handle;
  }

  async #openFile(path: string): Promise<SyncHandle> {
    const parent = await findParent(this.#root, path, true);
    const file = await parent?.folder.getFileHandle(parent.name, { create: true });
    for (let tries = 1; ; tries++) {
      try {
        return await openSync(file);
      } catch (error) {
        if (tries >= OPEN_TRIES || !(error instanceof DOMException) || error.name !== "NoModificationAllowedError")
          throw error;
        await new Promise((resolve) => setTimeout(resolve, OPEN_RETRY_MS));
      }
    }
  }

  async #letGo(path: string): Promise<void> {
    const handle = this.#open.get(path);
    this.#open.delete(path);
    const opened = await handle?.catch(() => undefined);
    opened?.close();
  }
}

const openSync = (file: unknown): Promise<SyncHandle> =>
  (file as { createSyncAccessHandle(): Promise<SyncHandle> }).createSyncAccessHandle();
