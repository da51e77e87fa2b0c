/**
 * What a person gave to the page: files to send, folders to receive into. A `File` is forgotten with the page, a handle
 * is kept and may need the person's yes again. Work that needs one that is not at hand waits, and the app shows what is
 * {@link GivenFiles.wanted}.
 *
 * @module
 */
import { EndpointError } from "../endpoint-error.ts";
import { FileFault } from "../file-fault.ts";
import { type Observable, Subject } from "../observable.ts";
import type { HandleShelf } from "./handle-shelf.ts";

/** Something without which a transfer cannot go on. */
export interface WantedFile {
  readonly id: string;
  readonly kind: "file" | "folder";
  /** As it was called when it was given. */
  readonly name: string;
  /** `permission`: the browser wants the person's yes again, after a click; `choice`: it must be chosen again. */
  readonly need: "permission" | "choice";
}

/** What a file must be, to be the one that was offered. */
interface Expected {
  readonly name: string;
  readonly size: number;
  readonly modified: number;
}

interface Wait {
  readonly wanted: WantedFile;
  readonly expected: Expected | undefined;
  readonly handle: FileSystemHandle | undefined;
  readonly promise: Promise<unknown>;
  readonly resolve: (given: File | FileSystemHandle) => void;
  readonly reject: (fault: FileFault) => void;
}

export class GivenFiles {
  readonly #shelf: HandleShelf;
  readonly #files = new Map<string, File>();
  readonly #folders = new Map<string, FileSystemDirectoryHandle>();
  readonly #waits = new Map<string, Wait>();
  readonly #wanted: Subject<readonly WantedFile[]> = new Subject<readonly WantedFile[]>([]);

  constructor(shelf: HandleShelf) {
    this.#shelf = shelf;
  }

  get wanted(): Observable<readonly WantedFile[]> {
    return this.#wanted;
  }

  /** Gives its id. */
  async addFile(given: File | FileSystemFileHandle): Promise<string> {
    const id = `file:${crypto.randomUUID()}`;
    try {
      this.#files.set(id, given instanceof File ? given : await given.getFile());
    } catch (cause) {
      throw new EndpointError("ERR_FILE", "Cannot read the file: it is missing or not permitted", { cause });
    }
    if (!(given instanceof File)) await this.#shelf.put(id, given);
    return id;
  }

  async addFolder(folder: FileSystemDirectoryHandle): Promise<string> {
    const id = `folder:${crypto.randomUUID()}`;
    this.#folders.set(id, folder);
    await this.#shelf.put(id, folder);
    return id;
  }

  /** Without asking anybody. */
  async atHand(id: string): Promise<File | undefined> {
    const known = this.#files.get(id);
    if (known !== undefined) return known;
    const handle = await this.#kept(id, "read");
    return handle instanceof FileSystemFileHandle ? handle.getFile().catch(() => undefined) : undefined;
  }

  /** Waits for the person if need be. @throws {FileFault} */
  async file(id: string, expected: Expected): Promise<File> {
    const known = this.#files.get(id);
    if (known !== undefined) return known;
    const found = this.#waits.has(id) ? undefined : await this.#kept(id, "read");
    const given = found ?? (await this.#wait(id, "file", expected));
    try {
      const file = given instanceof File ? given : await (given as FileSystemFileHandle).getFile();
      this.#files.set(id, file);
      return file;
    } catch (cause) {
      throw new FileFault("unreadable", "Cannot read file", { cause });
    }
  }

  async folder(id: string): Promise<FileSystemDirectoryHandle> {
    const known = this.#folders.get(id);
    if (known !== undefined) return known;
    const found = this.#waits.has(id) ? undefined : await this.#kept(id, "readwrite");
    const given = found ?? (await this.#wait(id, "folder", undefined));
    if (!(given instanceof FileSystemDirectoryHandle)) throw new FileFault("notPermitted", "Not a folder");
    this.#folders.set(id, given);
    return given;
  }

  /**
   * The person's answer to what is wanted: a yes to what the browser asks now, which must follow a click, or another choice.
   * @throws {EndpointError} `ERR_FILE`: refused, or it is another file than the one that was offered
   */
  async give(id: string, given?: File | FileSystemHandle): Promise<void> {
    const wait = this.#waits.get(id);
    if (wait === undefined) throw new EndpointError("ERR_FILE", "Nothing of that id is wanted");
    const answer = given ?? wait.handle;
    if (answer === undefined) throw new EndpointError("ERR_FILE", "Cannot go on: choose the file again");
    if (!(answer instanceof File)) {
      const mode = wait.wanted.kind === "file" ? "read" : "readwrite";
      if ((await permission(answer, mode, true)) !== "granted")
        throw new EndpointError("ERR_FILE", "Cannot go on: the browser was told not to permit it");
    }
    if (wait.expected !== undefined) await assertSame(answer, wait.expected);
    if (given !== undefined && !(given instanceof File)) await this.#shelf.put(id, given);
    this.#end(id)?.resolve(answer);
  }

  /** Nobody needs them any more. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.#files.delete(id);
      this.#end(id)?.reject(new FileFault("unreadable", "Not wanted any more"));
      await this.#shelf.delete(id);
    }
  }

  /** The handle that was kept, if it may be used without asking. */
  async #kept(id: string, mode: "read" | "readwrite"): Promise<FileSystemHandle | undefined> {
    const handle = await this.#shelf.get(id);
    return handle !== undefined && (await permission(handle, mode, false)) === "granted" ? handle : undefined;
  }

  async #wait(id: string, kind: "file" | "folder", expected: Expected | undefined): Promise<unknown> {
    const handle = await this.#shelf.get(id);
    const waiting = this.#waits.get(id);
    if (waiting !== undefined) return waiting.promise;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const name = expected?.name ?? handle?.name ?? "";
    const wanted: WantedFile = { id, kind, name, need: handle === undefined ? "choice" : "permission" };
    this.#waits.set(id, { wanted, expected, handle, promise, resolve, reject });
    this.#changed();
    return promise;
  }

  #end(id: string): Wait | undefined {
    const wait = this.#waits.get(id);
    if (this.#waits.delete(id)) this.#changed();
    return wait;
  }

  #changed(): void {
    this.#wanted.set([...this.#waits.values()].map(({ wanted }) => wanted));
  }
}

/** Of Chromium; where handles know nothing of it they may be used as they are. */
interface Permitting {
  queryPermission?(options: { readonly mode: string }): Promise<PermissionState>;
  requestPermission?(options: { readonly mode: string }): Promise<PermissionState>;
}

async function permission(
  handle: FileSystemHandle & Permitting,
  mode: string,
  isAsked: boolean,
): Promise<PermissionState> {
  const now = (await handle.queryPermission?.({ mode })) ?? "granted";
  return now === "granted" || !isAsked ? now : ((await handle.requestPermission?.({ mode })) ?? now);
}

async function assertSame(given: File | FileSystemHandle, { size, modified }: Expected): Promise<void> {
  const file = given instanceof File ? given : await (given as FileSystemFileHandle).getFile().catch(() => undefined);
  if (file?.size === size && Math.floor(file.lastModified) === modified) return;
  throw new EndpointError("ERR_FILE", "Cannot go on with that file: it is another one, or has changed since");
}
