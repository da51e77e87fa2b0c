/**
 * Files that came, sealed in the page's private file system: under numbers there, under their names and sizes in the store,
 * which may be sealed. What a transfer's files are called there is drawn here: a sender that uses an id again finds nothing
 * to change.
 *
 *     <part>/<number of the entry>                 on the sealed disk; part: 32 random digits
 *     "pagefiles/part/<transfer>"                  part, in the store, while the transfer lasts
 *     "pagefiles/received/<part>-<number>"         JSON, in the store
 *
 * @module
 */
import { bytesToHex, bytesToText, textToBytes } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { FileFault } from "../file-fault.ts";
import { type Observable, Subject } from "../observable.ts";
import type { KeyValueStore } from "../storage.ts";
import { CHUNK_BYTES } from "./chunk-seal.ts";
import type { Disk } from "./disk.ts";
import { diskStream } from "./sealed-disk.ts";

const PREFIX = "pagefiles/received/";
const PART_PREFIX = "pagefiles/part/";
const PART_BYTES = 16;
/** A file that is opened is put together of so large pieces, which the browser keeps where it likes. */
const PIECE_BYTES = 32 * CHUNK_BYTES;

export interface ReceivedFile {
  readonly id: string;
  /** Of the transfer, or of the file in its room. */
  readonly transfer: string;
  /** Safe to show and to save under. */
  readonly name: string;
  /** The folders that it was sent in, from the top. */
  readonly folders: readonly string[];
  readonly bytes: number;
  /** The sender's word, milliseconds since 1970. */
  readonly modified: number;
}

/** How a received file is called as a path: in views of rooms, and to offer it again. */
export const RECEIVED = "received:";

export class ReceivedFiles {
  readonly #disk: Disk;
  readonly #store: KeyValueStore;
  readonly #all: Subject<readonly ReceivedFile[]>;

  constructor(disk: Disk, store: KeyValueStore, all: readonly ReceivedFile[]) {
    [this.#disk, this.#store] = [disk, store];
    this.#all = new Subject(all);
  }

  static async restore(disk: Disk, store: KeyValueStore): Promise<ReceivedFiles> {
    return new ReceivedFiles(disk, store, await recordsIn(store));
  }

  /** Parts that hold something, or are to. */
  static async parts(store: KeyValueStore): Promise<ReadonlySet<string>> {
    const growing = (await store.list(PART_PREFIX)).map(({ value }) => bytesToText(value));
    return new Set([...growing, ...(await recordsIn(store)).map(({ id }) => partOf(id))]);
  }

  get all(): Observable<readonly ReceivedFile[]> {
    return this.#all;
  }

  /** Where parts of this transfer are; `undefined` if there are none, or they are in their place. */
  async partOf(transfer: string): Promise<string | undefined> {
    const part = await this.#store.get(PART_PREFIX + transfer);
    return part && bytesToText(part);
  }

  async beginPart(transfer: string): Promise<string> {
    const known = await this.partOf(transfer);
    const part = known ?? bytesToHex(crypto.getRandomValues(new Uint8Array(PART_BYTES)));
    if (known === undefined) await this.#store.set(PART_PREFIX + transfer, textToBytes(part));
    return part;
  }

  /** Of this transfer there are no parts any more: these files are all that is left of it. */
  async endPart(transfer: string, files: readonly ReceivedFile[]): Promise<void> {
    await this.#store.batch(
      files.map((file) => ({ key: PREFIX + file.id, value: textToBytes(JSON.stringify(file)) })),
      [PART_PREFIX + transfer],
    );
    const added = new Set(files.map(({ id }) => id));
    this.#all.set([...this.#all.get().filter(({ id }) => !added.has(id)), ...files]);
  }

  /** @throws {EndpointError} `ERR_FILE` */
  find(id: string): ReceivedFile {
    const record = this.#all.get().find((each) => each.id === id);
    if (record !== undefined) return record;
    throw new EndpointError("ERR_FILE", "Cannot open the file: it is not here any more");
  }

  /** At most `length` bytes; an array of its own. @throws {FileFault} `damaged`; {EndpointError} `ERR_FILE` */
  async read(id: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = Math.min(length, Math.max(0, this.find(id).bytes - offset));
    const read = await this.#disk.read(pathOf(id), offset, wanted);
    if (read.length < wanted) throw new FileFault("damaged", "Cannot read file: a part of it is missing");
    return read as Uint8Array<ArrayBuffer>;
  }

  /** Its content. A read fails with {@link EndpointError} `ERR_FILE_DAMAGED` or `ERR_FILE`. */
  stream(id: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = diskStream(this.#disk, pathOf(id), this.find(id).bytes).getReader();
    return new ReadableStream(
      {
        pull: (controller) =>
          coded(async () => {
            const { value, done } = await source.read();
            if (done) controller.close();
            else controller.enqueue(value);
          }),
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** Of no type: nothing renders by accident what a stranger sent. @throws {EndpointError} `ERR_FILE`, `ERR_FILE_DAMAGED` */
  async open(id: string): Promise<File> {
    const { name, bytes, modified } = this.find(id);
    const pieces: Blob[] = [];
    for (let at = 0; at < bytes; at += PIECE_BYTES)
      pieces.push(new Blob([await coded(() => this.read(id, at, PIECE_BYTES))]));
    return new File(pieces, name, { type: "application/octet-stream", lastModified: modified });
  }

  async remove(id: string): Promise<void> {
    await this.#store.delete(PREFIX + id);
    this.#all.set(this.#all.get().filter((each) => each.id !== id));
    const isLast = this.#all.get().every((each) => partOf(each.id) !== partOf(id));
    await this.#disk.remove(isLast ? partOf(id) : pathOf(id)).catch(() => {}); // nobody finds it any more
  }
}

/** `<part>-<number>` is at `<part>/<number>`. */
const pathOf = (id: string): string => id.replace("-", "/");
const partOf = (id: string): string => id.slice(0, id.indexOf("-"));

async function coded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FileFault)) throw cause;
    if (cause.reason === "damaged")
      throw new EndpointError("ERR_FILE_DAMAGED", "Cannot open the file: it was changed on this disk", { cause });
    throw new EndpointError("ERR_FILE", "Cannot open the file: it cannot be read", { cause });
  }
}

const recordsIn = async (store: KeyValueStore): Promise<ReceivedFile[]> =>
  (await store.list(PREFIX)).flatMap(({ value }) => readRecord(value) ?? []);

/** It comes from our own store; damaged, there is no such file. */
function readRecord(value: Uint8Array): ReceivedFile | undefined {
  try {
    const { id, transfer, name, folders, bytes, modified } = JSON.parse(bytesToText(value));
    const isWhole = /^[0-9a-f]{32}-\d+$/.test(id) && Array.isArray(folders);
    if (!isWhole) return undefined;
    return {
      ...{ id: String(id), transfer: String(transfer), name: String(name), folders: folders.map(String) },
      ...{ bytes: Number(bytes), modified: Number(modified) },
    };
  } catch {
    return undefined;
  }
}
