/**
 * The sender's side: content of the files that a person gave, read in slices. A file that is not the one that was offered
 * is not sent.
 *
 * @module
 */
import { type Manifest, type ManifestEntry, wallTime } from "@kith/core";
import { FileFault } from "../file-fault.ts";
import type { Source } from "../file-io.ts";

/** Others may read it: what a page knows of permissions. */
const MODE = 0o644;

export const entryOf = (file: File): ManifestEntry => ({
  ...{ path: file.name || "unnamed", kind: "file", size: file.size, mode: MODE },
  modified: wallTime(Math.max(0, Math.floor(file.lastModified))),
});

export class PageSource implements Source {
  readonly #manifest: Manifest;
  readonly #find: (file: number, entry: ManifestEntry) => Promise<File>;

  /** `find` may wait for a person. */
  constructor(manifest: Manifest, find: (file: number, entry: ManifestEntry) => Promise<File>) {
    [this.#manifest, this.#find] = [manifest, find];
  }

  async read(file: number, offset: number, length: number, headroom: number): Promise<Uint8Array> {
    const entry = this.#manifest[file];
    if (entry === undefined) throw new FileFault("unreadable", "Cannot read file: there is none");
    const found = await this.#find(file, entry);
    const { size, modified } = entryOf(found);
    if (size !== entry.size || modified !== entry.modified)
      throw new FileFault("changed", "Cannot send file: it has changed since it was offered");
    return readSlice(found, offset, length, headroom);
  }
}

/** @throws {FileFault} */
export async function readSlice(file: Blob, offset: number, length: number, headroom: number): Promise<Uint8Array> {
  try {
    const content = new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
    const bytes = new Uint8Array(headroom + content.length);
    bytes.set(content, headroom);
    return bytes;
  } catch (cause) {
    // File API §6.5: a file that is not what it was when it was chosen cannot be read.
    const isChanged = cause instanceof DOMException && cause.name === "NotReadableError";
    throw new FileFault(isChanged ? "changed" : "unreadable", "Cannot read file", { cause });
  }
}
