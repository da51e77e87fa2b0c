/**
 * The receiver's side of a page's disk. Entries of a transfer grow where they stay, under numbers; what a peer calls them
 * is written down when all are whole. For a folder that the person chose they are then copied there, overwriting
 * nothing: a browser lets a page append to a file there by copying all of it, and so cannot resume. Such a copy is as it
 * was sent, for everybody who can read that folder.
 *
 * @module
 */
import { type Manifest, numberedName, type PartOnDisk } from "@kith/core";
import { FileFault } from "../file-fault.ts";
import type { Sink } from "../file-io.ts";
import { type Disk, guarded, isMissing } from "./disk.ts";
import type { ReceivedFile, ReceivedFiles } from "./received-files.ts";
import { diskStream } from "./sealed-disk.ts";

/** Names tried before placing fails. */
const NUMBER_MAX = 10_000;

export interface PageSinkOptions {
  readonly disk: Disk;
  readonly received: ReceivedFiles;
  /** What people know it by: of the transfer, or of the file in its room. */
  readonly transfer: string;
  /** Where copies go, if not into the page's own folder alone; asked when all is here. */
  readonly folder: (() => Promise<FileSystemDirectoryHandle>) | undefined;
  /** What was copied to the folder stays here too, to be given to others. */
  readonly isKept: boolean;
}

type Plan = Parameters<Sink["prepare"]>[0];

export class PageSink implements Sink {
  readonly #options: PageSinkOptions;
  #manifest: Manifest = [];
  /** Name of the folder that they grow in. */
  #part: Promise<string> | undefined;

  constructor(options: PageSinkOptions) {
    this.#options = options;
  }

  prepare({ manifest, verified, bytes }: Plan): Promise<PartOnDisk[]> {
    return guarded(async () => {
      this.#manifest = manifest;
      const parts: PartOnDisk[] = [];
      for (const [file, { kind }] of manifest.entries()) {
        if (file < verified || kind !== "file") continue;
        const size = await this.#options.disk.size(await this.#path(file));
        if (size !== undefined) parts.push({ file, bytes: size });
      }
      const missing = bytes - parts.reduce((sum, part) => sum + part.bytes, 0);
      const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate();
      if (quota - usage < missing) throw new FileFault("diskFull", "Cannot receive files: not enough space");
      return parts;
    });
  }

  write(file: number, offset: number, bytes: Uint8Array): Promise<void> {
    return guarded(async () => this.#options.disk.write(await this.#path(file), offset, bytes));
  }

  async read(file: number, offset: number, length: number): Promise<Uint8Array> {
    try {
      return await this.#options.disk.read(await this.#path(file), offset, length);
    } catch {
      return new Uint8Array(0);
    }
  }

  finish(file: number): Promise<void> {
    return guarded(async () => this.#options.disk.finish(await this.#path(file), this.#manifest[file]?.size ?? 0));
  }

  place({ manifest, paths }: Pick<Plan, "manifest" | "paths">): Promise<string[]> {
    return guarded(async () => {
      const { transfer, received, disk, folder, isKept } = this.#options;
      const part = await received.partOf(transfer);
      const tops = [...new Set(paths.map(([top = ""]) => top))];
      if (part === undefined) return tops; // before a restart
      const files = manifest.flatMap(({ kind, size, modified }, file): ReceivedFile[] => {
        const names = paths[file] ?? [];
        if (kind !== "file") return [];
        const name = names.at(-1) ?? "";
        return [{ id: `${part}-${file}`, transfer, name, folders: names.slice(0, -1), bytes: size, modified }];
      });
      const names = folder === undefined ? undefined : await this.#copyOut(await folder(), manifest, paths);
      const isHere = folder === undefined || isKept;
      await received.endPart(transfer, isHere ? files : []);
      this.#part = undefined;
      if (!isHere) await disk.remove(part);
      return tops.map((top) => names?.get(top) ?? top);
    });
  }

  discard(): Promise<void> {
    return guarded(async () => {
      const { transfer, received, disk } = this.#options;
      const part = await received.partOf(transfer);
      if (part === undefined) return;
      await disk.remove(part);
      await received.endPart(transfer, []);
      this.#part = undefined;
    });
  }

  async #path(file: number): Promise<string> {
    this.#part ??= this.#options.received.beginPart(this.#options.transfer);
    return `${await this.#part}/${file}`;
  }

  /** Gives what things at the top are called there. */
  async #copyOut(
    folder: FileSystemDirectoryHandle,
    manifest: Manifest,
    paths: readonly (readonly string[])[],
  ): Promise<Map<string, string>> {
    const tops = new Map<string, string>();
    for (const [file, path] of paths.entries()) {
      const [top = "", ...below] = path;
      const isFile = manifest[file]?.kind === "file";
      const name = tops.get(top) ?? (await freeName(folder, top));
      tops.set(top, name);
      const parts = [name, ...below];
      const last = isFile ? parts.pop() : undefined;
      let inside = folder;
      for (const part of parts) inside = await inside.getDirectoryHandle(part, { create: true });
      const { disk, isKept } = this.#options;
      const from = await this.#path(file);
      if (last === undefined || (await disk.size(from)) === undefined) continue; // a folder; or copied before a restart
      const target = await inside.getFileHandle(last, { create: true });
      await diskStream(disk, from, manifest[file]?.size ?? 0).pipeTo(await target.createWritable());
      if (!isKept) await disk.remove(from);
    }
    return tops;
  }
}

async function freeName(folder: FileSystemDirectoryHandle, name: string): Promise<string> {
  for (let number = 1; number <= NUMBER_MAX; number++) {
    const candidate = number === 1 ? name : numberedName(name, number);
    if (!(await isTaken(folder, candidate))) return candidate;
  }
  throw new FileFault("failed", "Cannot place file: too many of that name");
}

async function isTaken(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    if (error instanceof DOMException && error.name === "TypeMismatchError") return true; // a folder
    throw error;
  }
}
