/**
 * The sender's side of the disk: which files an offer is about, and their content, read at any
 * place and several at once. A file that is not the one that was offered is not sent.
 *
 * @module
 */
import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { FILES_PER_OFFER_MAX, type Manifest, type ManifestEntry, wallTime } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { FileFault } from "../file-fault.ts";
import type { Source } from "../file-io.ts";

/** What to send: an entry of the manifest, and where it is, for each. */
export interface Selection {
  readonly manifest: Manifest;
  readonly paths: readonly string[];
  /** Links and devices below the folders that were named: they are not sent. */
  readonly skipped: readonly string[];
}

/**
 * Files and folders, with everything below. A link named by the caller is followed, any other is skipped.
 * @throws {EndpointError} `ERR_FILE` if one cannot be read, or if there are more than an offer may have.
 */
export async function selectFiles(roots: readonly string[]): Promise<Selection> {
  const manifest: ManifestEntry[] = [];
  const paths: string[] = [];
  const skipped: string[] = [];

  async function add(path: string, label: string): Promise<void> {
    const status = await lstat(path);
    if (!status.isFile() && !status.isDirectory()) {
      skipped.push(path);
      return;
    }
    if (manifest.length >= FILES_PER_OFFER_MAX) {
      throw new EndpointError("ERR_FILE", `Cannot send files: more than ${FILES_PER_OFFER_MAX}`);
    }
    const kind = status.isFile() ? "file" : "folder";
    const modified = wallTime(Math.max(0, Math.floor(status.mtimeMs)));
    manifest.push({ path: label, kind, size: kind === "file" ? status.size : 0, mode: status.mode & 0o777, modified });
    paths.push(path);
    if (kind === "file") return;
    for (const name of (await readdir(path)).sort()) await add(join(path, name), `${label}/${name}`);
  }

  for (const root of roots) {
    try {
      const path = await realpath(root);
      await add(path, basename(path) || "files");
    } catch (error) {
      if (error instanceof EndpointError) throw error;
      throw new EndpointError("ERR_FILE", `Cannot read ${root}: it is missing or not permitted`, { cause: error });
    }
  }
  if (manifest.length === 0) throw new EndpointError("ERR_FILE", "Cannot send files: there are none");
  return { manifest, paths, skipped };
}

/** Buffers kept for reuse; a fresh one of this size costs page faults. */
const SPARE_MAX = 8;

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  /** Reads under way. */
  users: number;
  isAtEnd: boolean;
}

export class FileSource implements Source {
  readonly #manifest: Manifest;
  readonly #paths: readonly string[];
  readonly #open = new Map<number, OpenFile>();
  readonly #spare: Uint8Array[] = [];

  /** `paths` has where each entry of the manifest is. */
  constructor(manifest: Manifest, paths: readonly string[]) {
    [this.#manifest, this.#paths] = [manifest, paths];
  }

  /**
   * `length` bytes at `offset`, after `headroom` bytes of room; fewer only at the end of the file.
   * @throws {FileFault} `changed` if size or date differ from what was offered, else `unreadable`.
   */
  async read(file: number, offset: number, length: number, headroom: number): Promise<Uint8Array> {
    const source = this.#open.get(file) ?? this.#begin(file);
    source.users += 1;
    try {
      const handle = await source.handle;
      const bytes = this.#buffer(headroom + length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, headroom + filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      const isLast = offset + length >= (this.#manifest[file]?.size ?? 0);
      if (isLast) {
        await this.#check(handle, file); // also after reading: it may have been written meanwhile
        source.isAtEnd = true;
      }
      return filled === length ? bytes : bytes.subarray(0, headroom + filled);
    } catch (error) {
      if (error instanceof FileFault) throw error;
      throw new FileFault("unreadable", "Cannot read file", { cause: error });
    } finally {
      source.users -= 1;
      if (source.isAtEnd && source.users === 0) await this.#close(file);
    }
  }

  /** Gives back an array of {@link read} that nobody uses any more. */
  release(bytes: Uint8Array): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(bytes);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((file) => this.#close(file)));
  }

  #begin(file: number): OpenFile {
    const source = { handle: this.#openFile(file), users: 0, isAtEnd: false };
    source.handle.catch(() => {}); // whoever reads sees it
    this.#open.set(file, source);
    return source;
  }

  async #openFile(file: number): Promise<FileHandle> {
    const handle = await open(this.#paths[file] ?? "", constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      await this.#check(handle, file);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #check(handle: FileHandle, file: number): Promise<void> {
    const [entry, status] = [this.#manifest[file], await handle.stat()];
    const isSame = status.isFile() && status.size === entry?.size && Math.floor(status.mtimeMs) === entry.modified;
    if (!isSame) throw new FileFault("changed", "Cannot send file: it has changed since it was offered");
  }

  #buffer(length: number): Uint8Array {
    const at = this.#spare.findIndex((spare) => spare.length === length);
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1);
    return spare ?? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  }

  async #close(file: number): Promise<void> {
    const source = this.#open.get(file);
    this.#open.delete(file);
    const handle = await source?.handle.catch(() => undefined);
    await handle?.close().catch(() => {});
  }
}
