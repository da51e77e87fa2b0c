/**
 * A {@link Disk} by `createWritable`, for a page that has no worker for it. What is written becomes visible when the
 * stream is closed, and opening one again copies the file: so that is done when a third has come anew, and what a
 * reload loses is as much at most.
 *
 * @module
 */
import { type Disk, findFile, findParent, guarded, removeAt } from "./disk.ts";

const COMMIT_BYTES_MIN = 16_777_216;

interface OpenFile {
  stream: FileSystemWritableFileStream | undefined;
  committed: number;
  fresh: number;
}

export class WritableDisk implements Disk {
  readonly #root: string;
  readonly #open = new Map<string, OpenFile>();
  /** Of one file all is done in order. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(root: string) {
    this.#root = root;
  }

  size(path: string): Promise<number | undefined> {
    return this.#inOrder(path, async () => {
      await this.#commit(path);
      return (await findFile(this.#root, path))?.size;
    });
  }

  write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#inOrder(path, async () => {
      const open = await this.#opened(path);
      open.stream ??= await this.#stream(path);
      await open.stream.write({ type: "write", position: offset, data: bytes.slice() });
      open.fresh += bytes.length;
      if (open.fresh >= Math.max(COMMIT_BYTES_MIN, open.committed / 2)) await this.#commit(path);
    });
  }

  read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#inOrder(path, async () => {
      await this.#commit(path);
      const file = await findFile(this.#root, path);
      return new Uint8Array((await file?.slice(offset, offset + length).arrayBuffer()) ?? new ArrayBuffer(0));
    });
  }

  finish(path: string, bytes: number): Promise<void> {
    return this.#inOrder(path, async () => {
      const open = await this.#opened(path);
      open.stream ??= await this.#stream(path);
      await open.stream.truncate(bytes);
      await this.#commit(path);
      this.#open.delete(path);
    });
  }

  remove(path: string): Promise<void> {
    return guarded(async () => {
      for (const open of [...this.#open.keys()]) {
        if (open !== path && !open.startsWith(`${path}/`)) continue;
        await this.#inOrder(open, async () => this.#open.get(open)?.stream?.abort()).catch(() => {}); // it had failed
        this.#open.delete(open);
      }
      await removeAt(this.#root, path);
    });
  }

  async close(): Promise<void> {
    for (const path of [...this.#open.keys()]) await this.#inOrder(path, () => this.#commit(path)).catch(() => {});
    this.#open.clear();
  }

  async #opened(path: string): Promise<OpenFile> {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const committed = (await findFile(this.#root, path))?.size ?? 0;
    const open = { stream: undefined, committed, fresh: 0 };
    this.#open.set(path, open);
    return open;
  }

  async #stream(path: string): Promise<FileSystemWritableFileStream> {
    const parent = await findParent(this.#root, path, true);
    if (parent === undefined) throw new DOMException("No folder", "NotFoundError");
    const file = await parent.folder.getFileHandle(parent.name, { create: true });
    return file.createWritable({ keepExistingData: true });
  }

  async #commit(path: string): Promise<void> {
    const open = this.#open.get(path);
    if (open?.stream === undefined) return;
    const { stream } = open;
    open.stream = undefined;
    await stream.close();
    open.committed += open.fresh;
    open.fresh = 0;
  }

  #inOrder<T>(path: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#tails.get(path) ?? Promise.resolve()).then(() => guarded(work));
    const tail = done.catch(() => {});
    this.#tails.set(path, tail);
    void tail.then(() => {
      if (this.#tails.get(path) === tail) this.#tails.delete(path);
    });
    return done;
  }
}
