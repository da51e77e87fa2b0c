/**
 * Files of a page for the transfers of an endpoint. What comes is streamed, sealed, into the private file system of the
 * page's origin (OPFS), in constant memory, and goes on after a reload; what is sent is read from files that a person gave.
 *
 * @module
 */
import { bytesToText, textToBytes, wallTime } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { runSink, runSource } from "../file-io.ts";
import type { FilePort, FileSelection } from "../file-port.ts";
import { type Observable, Subject } from "../observable.ts";
import type { KeyValueStore } from "../storage.ts";
import type { Disk } from "./disk.ts";
import { FileKeys } from "./file-keys.ts";
import { GivenFiles, type WantedFile } from "./given-files.ts";
import { HandleShelf } from "./handle-shelf.ts";
import { PageRoomDisk } from "./page-room-disk.ts";
import { PageSink } from "./page-sink.ts";
import { entryOf, PageSource } from "./page-source.ts";
import { type ReceivedFile, ReceivedFiles } from "./received-files.ts";
import { saveFile } from "./save-file.ts";
import { SealedDisk } from "./sealed-disk.ts";
import { hasSyncHandles, SyncDisk } from "./sync-disk.ts";
import { LeftoverDisk } from "./unsealed-files.ts";
import { type DiskPort, WorkerDisk } from "./worker-disk.ts";
import { WritableDisk } from "./writable-disk.ts";

/** Where received files are unless told otherwise: the page's own folder. */
const INBOX = "page";

export interface PageFilesOptions {
  /** Keeps the names of what came, and the keys that open it: as safe as this is, so are they. The endpoint's own is a good one. */
  readonly store: KeyValueStore;
  /** Name of the home: of the folder in OPFS, and of the database of handles; `kith` unless told. */
  readonly name?: string;
  /**
   * A dedicated worker that runs `serveDisk()`: it writes in place. Without one a page writes by `createWritable`, which
   * copies a file several times and loses up to a third of it in a reload; an endpoint that is in a worker needs none.
   */
  readonly worker?: DiskPort;
}

/** For `files` of an endpoint, and for the app that shows them. */
export interface PageFiles extends FilePort {
  /** A file to send, as a path for `files.send`. A handle is found again after a reload, a `File` is not. */
  add(file: File | FileSystemFileHandle): Promise<string>;
  /** A folder that the person chose, as `directory` for `files.accept` and a room's `files.fetch`. */
  addFolder(folder: FileSystemDirectoryHandle): Promise<string>;
  readonly received: Observable<readonly ReceivedFile[]>;
  /** Files of an earlier version lie here as they came, for want of space to seal them; they cannot be opened until then. */
  readonly unsealed: Observable<boolean>;
  /** Whole, for what is small: the browser may keep a large one on its disk until it is let go of. @throws as {@link stream} */
  open(id: string): Promise<File>;
  /** @throws {EndpointError} `ERR_FILE`, `ERR_FILE_DAMAGED`: it was changed on the disk; later ones come with a read */
  stream(id: string): ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * To where the person says, or the browser's downloads: what is there is sealed no more. After a click, not in a worker.
   * @throws as {@link stream}; `AbortError` of the person
   */
  save(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** What transfers wait for: see {@link give}. */
  readonly wanted: Observable<readonly WantedFile[]>;
  /** After a click: a yes to what is wanted, or another choice. @throws {EndpointError} `ERR_FILE` */
  give(id: string, given?: File | FileSystemHandle): Promise<void>;
}

/** @throws {EndpointError} `ERR_FILE`: the browser has no private file system for this page; `ERR_STORAGE` */
export async function openPageFiles({ store, name = "kith", worker }: PageFilesOptions): Promise<PageFiles> {
  try {
    await navigator.storage.getDirectory();
  } catch (cause) {
    throw new EndpointError("ERR_FILE", "Cannot keep files: the browser has no place for those of this page", {
      cause,
    });
  }
  const keys = new FileKeys(store);
  const sealed = new SealedDisk(worker === undefined ? ownDisk(name) : new WorkerDisk(worker, name), keys);
  const disk = new LeftoverDisk({ root: name, disk: sealed, keys, known: await ReceivedFiles.parts(store) });
  const given = new GivenFiles(new HandleShelf(`${name}-handles`));
  return new OpfsFiles(disk, given, await ReceivedFiles.restore(disk, store));
}

const ownDisk = (root: string): Disk => (hasSyncHandles() ? new SyncDisk(root) : new WritableDisk(root));

class OpfsFiles implements PageFiles {
  readonly inbox = INBOX;
  readonly rooms: PageRoomDisk;
  readonly unsealed: Subject<boolean> = new Subject(false);
  readonly #disk: LeftoverDisk;
  readonly #given: GivenFiles;
  readonly #received: ReceivedFiles;
  readonly #sources = new Map<string, { readonly source: PageSource; readonly ids: readonly string[] }>();
  readonly #sinks = new Map<string, PageSink>();

  constructor(disk: LeftoverDisk, given: GivenFiles, received: ReceivedFiles) {
    [this.#disk, this.#given, this.#received] = [disk, given, received];
    this.rooms = new PageRoomDisk({ disk, received }, given, INBOX);
    void disk.isUnsealed.then((is) => this.unsealed.set(is));
  }

  get received(): Observable<readonly ReceivedFile[]> {
    return this.#received.all;
  }

  get wanted(): Observable<readonly WantedFile[]> {
    return this.#given.wanted;
  }

  add(file: File | FileSystemFileHandle): Promise<string> {
    return this.#given.addFile(file);
  }

  addFolder(folder: FileSystemDirectoryHandle): Promise<string> {
    return this.#given.addFolder(folder);
  }

  give(id: string, given?: File | FileSystemHandle): Promise<void> {
    return this.#given.give(id, given);
  }

  open(id: string): Promise<File> {
    return this.#received.open(id);
  }

  stream(id: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#received.stream(id);
  }

  save(id: string): Promise<void> {
    return saveFile(this.#received, id);
  }

  remove(id: string): Promise<void> {
    return this.#received.remove(id);
  }

  async select(paths: readonly string[]): Promise<FileSelection> {
    const files = await Promise.all(paths.map((path) => this.#given.atHand(path)));
    const manifest = files.map((file) => {
      if (file === undefined) throw new EndpointError("ERR_FILE", "Cannot send files: one was not given to this page");
      return entryOf(file);
    });
    if (manifest.length === 0) throw new EndpointError("ERR_FILE", "Cannot send files: there are none");
    return { manifest, source: textToBytes(JSON.stringify(paths)) };
  }

  runOutgoing(...[key, job, sender, selection, wake]: Parameters<FilePort["runOutgoing"]>): void {
    if (job.type !== "read") return;
    let entry = this.#sources.get(key);
    if (entry === undefined) {
      const ids = idsOf(selection);
      const find: ConstructorParameters<typeof PageSource>[1] = (file, { path: name, size, modified }) =>
        this.#given.file(ids[file] ?? "", { name, size, modified });
      entry = { source: new PageSource(selection.manifest, find), ids };
      this.#sources.set(key, entry);
    }
    runSource(job, sender, entry.source, wake);
  }

  release(): void {} // a slice comes in an array of its own each time

  runIncoming(...[key, job, receiver, directory, wake]: Parameters<FilePort["runIncoming"]>): void {
    const sink = this.#sinks.get(key) ?? this.#sink(key, directory);
    this.#sinks.set(key, sink);
    runSink(job, receiver, sink, { wake, wallClock: () => wallTime(Date.now()) });
  }

  end(key: string): void {
    const ids = this.#sources.get(key)?.ids ?? [];
    this.#sources.delete(key);
    this.#sinks.delete(key);
    void this.#given.forget(ids).catch(() => {}); // kept a little longer: no harm
  }

  async close(): Promise<void> {
    await this.#disk.close();
  }

  #sink(transfer: string, directory: string): PageSink {
    const folder = directory === INBOX ? undefined : () => this.#given.folder(directory);
    const parts = { disk: this.#disk, received: this.#received };
    return new PageSink({ ...parts, transfer, folder, isKept: false });
  }
}

/** What {@link FilePort.select} noted. It comes from our own store; damaged, it leads to no file. */
function idsOf({ source }: FileSelection): string[] {
  const ids: unknown = JSON.parse(bytesToText(source));
  return Array.isArray(ids) ? ids.map(String) : [];
}
