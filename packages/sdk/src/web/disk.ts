/**
 * What received files need of a page's private file system (OPFS): bytes at any place of a file, in constant memory.
 *
 * @module
 */
import { FileFault } from "../file-fault.ts";

/** Paths are parts of our own making, divided by `/`; never a peer's names. All rejections are {@link FileFault}s. */
export interface Disk {
  /** Bytes of a file; `undefined` if there is none. */
  size(path: string): Promise<number | undefined>;
  /** Makes the file and its folders if there are none. `bytes` must not change before it resolves. */
  write(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** What is there, at most `length` bytes, in an array of its own. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** All of it is written, so many bytes: makes it durable, and lets go of it. */
  finish(path: string, bytes: number): Promise<void>;
  /** A file, or a folder with all that is in it; nothing if there is none. */
  remove(path: string): Promise<void>;
  /** Lets go of everything; what is there stays. */
  close(): Promise<void>;
}

/** A failure of the browser as what the receiver tells its person and the sender. */
export function diskFault(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const name = error instanceof Error ? error.name : "";
  const cause = { cause: error };
  if (name === "QuotaExceededError") return new FileFault("diskFull", "Cannot write file: no space left", cause);
  if (name === "NotAllowedError" || name === "SecurityError" || name === "NoModificationAllowedError")
    return new FileFault("notPermitted", "Cannot write file: not permitted, or another tab has it", cause);
  return new FileFault("failed", `Cannot write file: ${name || "unknown reason"}`, cause);
}

/** The folder that a path is in, below `root`, and its name there. `undefined` if there is none and none is to be made. */
export async function findParent(
  root: string,
  path: string,
  create: boolean,
): Promise<{ readonly folder: FileSystemDirectoryHandle; readonly name: string } | undefined> {
  const parts = [root, ...path.split("/")];
  const name = parts.pop() ?? "";
  try {
    let folder = await navigator.storage.getDirectory();
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return { folder, name };
  } catch (error) {
    if (!create && isMissing(error)) return undefined;
    throw error;
  }
}

/** The file at that path, as it is now; `undefined` if there is none. */
export async function findFile(root: string, path: string): Promise<File | undefined> {
  const parent = await findParent(root, path, false);
  if (parent === undefined) return undefined;
  try {
    return await (await parent.folder.getFileHandle(parent.name)).getFile();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function removeAt(root: string, path: string): Promise<void> {
  const parent = await findParent(root, path, false);
  await parent?.folder.removeEntry(parent.name, { recursive: true }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

export const isMissing = (error: unknown): boolean => error instanceof DOMException && error.name === "NotFoundError";

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error);
  }
}
