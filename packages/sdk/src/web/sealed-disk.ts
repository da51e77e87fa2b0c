/**
 * A {@link Disk} over another one on which nothing can be read: each chunk is sealed by itself (chunk-seal.ts), so that any
 * place of a file is read, written and gone on with alone.
 *
 *     "sealed/" ‖ path     its chunks, one after the other; the first part of the path is the key's name
 *
 * A write begins where a chunk does, and ends where one does or the file ends: that is how the machines of files write.
 *
 * @module
 */
import { assert, concatBytes } from "@kith/core";
import { FileFault } from "../file-fault.ts";
import { CHUNK_BYTES, openChunk, openedBytes, SEALED_CHUNK_BYTES, sealChunk, sealedBytes } from "./chunk-seal.ts";
import { type Disk, guarded } from "./disk.ts";
import type { FileKeys } from "./file-keys.ts";

/** Folder of all that is sealed. */
export const SEALED = "sealed";

/** A stream reads so much at once. */
const STREAM_BYTES = 4 * CHUNK_BYTES;

export class SealedDisk implements Disk {
  readonly #inner: Disk;
  readonly #keys: FileKeys;
  #isClosed = false;

  constructor(inner: Disk, keys: FileKeys) {
    [this.#inner, this.#keys] = [inner, keys];
  }

  size(path: string): Promise<number | undefined> {
    return guarded(async () => {
      if ((await this.#find(path)) === undefined) return undefined;
      const size = await this.#inner.size(at(path));
      return size && openedBytes(size);
    });
  }

  write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    assert(offset % CHUNK_BYTES === 0, `a write at a chunk's beginning, not at ${offset}`);
    return guarded(async () => {
      this.#assertOpen();
      const key = await this.#keys.findOrMake(partOf(path));
      const sealed = await Promise.all(
        cut(bytes, CHUNK_BYTES).map((chunk, i) => sealChunk(key, { path, index: offset / CHUNK_BYTES + i }, chunk)),
      );
      await this.#inner.write(
        at(path),
        sealedBytes(offset),
        sealed.length === 1 ? own(sealed) : concatBytes(...sealed),
      );
    });
  }

  /** @throws {FileFault} `damaged` */
  read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return guarded(async () => {
      const key = await this.#find(path);
      if (key === undefined || length === 0) return new Uint8Array(0);
      const first = Math.floor(offset / CHUNK_BYTES);
      const count = Math.ceil((offset + length) / CHUNK_BYTES) - first;
      const sealed = await this.#inner.read(at(path), first * SEALED_CHUNK_BYTES, count * SEALED_CHUNK_BYTES);
      const chunks = await Promise.all(
        cut(sealed, SEALED_CHUNK_BYTES).map((chunk, i) => openChunk(key, { path, index: first + i }, chunk)),
      );
      if (!chunks.every((chunk) => chunk !== undefined))
        throw new FileFault("damaged", "Cannot read file: it was changed on the disk");
      const begin = offset - first * CHUNK_BYTES;
      const [only] = chunks;
      const all = chunks.length === 1 && only !== undefined ? only : concatBytes(...chunks);
      return begin === 0 && all.length <= length ? all : all.slice(begin, begin + length);
    });
  }

  finish(path: string, bytes: number): Promise<void> {
    return guarded(async () => {
      this.#assertOpen();
      await this.#keys.findOrMake(partOf(path)); // of an empty file too: it is there
      await this.#inner.finish(at(path), sealedBytes(bytes));
    });
  }

  /** With a part goes its key. */
  async remove(path: string): Promise<void> {
    if (!path.includes("/")) await this.#keys.forget(path);
    await this.#inner.remove(at(path));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#keys.close();
    await this.#inner.close();
  }

  #find(path: string): Promise<CryptoKey | undefined> {
    this.#assertOpen();
    return this.#keys.find(partOf(path));
  }

  /** The store below may be open for somebody else by then. */
  #assertOpen(): void {
    if (this.#isClosed) throw new FileFault("notPermitted", "Cannot use files: they are closed");
  }
}

/** So many bytes of a file, from its beginning; shorter on the disk it fails as damaged. */
export function diskStream(disk: Disk, path: string, bytes: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (offset === bytes) return controller.close();
        const wanted = Math.min(STREAM_BYTES, bytes - offset);
        const read = await disk.read(path, offset, wanted);
        if (read.length < wanted) throw new FileFault("damaged", "Cannot read file: a part of it is missing");
        offset += wanted;
        controller.enqueue(read as Uint8Array<ArrayBuffer>);
      },
    },
    { highWaterMark: 1 },
  );
}

const at = (path: string): string => `${SEALED}/${path}`;

export const partOf = (path: string): string => path.split("/", 1)[0] ?? path;

function cut(bytes: Uint8Array, length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += length) pieces.push(bytes.subarray(from, from + length));
  return pieces;
}

const own = ([only]: readonly Uint8Array[]): Uint8Array => only ?? new Uint8Array(0);
