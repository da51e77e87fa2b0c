/**
 * The disk of a room's files: whole ones are read where they are, parts stand in the quarantine of the folder
 * where they will go ({@link FileSink}). That a file is still what was announced the machine sees by its hash.
 *
 * @module
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  bytesToText,
  type Manifest,
  parseTransferId,
  type SwarmFileId,
  type SwarmOffer,
  safeFileName,
  textToBytes,
} from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { FileFault } from "../file-fault.ts";
import type { RoomFileAnswers, RoomFileJob, RoomFilePort } from "../file-port.ts";
import { FileSink } from "./file-sink.ts";
import { selectFiles } from "./file-source.ts";

/** Of what others sent: theirs to read, nobody's to run. */
const MODE = 0o644;
/** Files kept open for reading; the one opened first is closed for another. */
const OPEN_MAX = 16;

export class RoomFileDisk implements RoomFilePort {
  readonly #inbox: string;
  readonly #sinks = new Map<SwarmFileId, FileSink>();
  readonly #open = new Map<string, Promise<FileHandle>>();

  /** `inbox` is absolute, and made when the first file comes. */
  constructor(inbox: string) {
    this.#inbox = inbox;
  }

  async select(path: string): ReturnType<RoomFilePort["select"]> {
    const { manifest, paths } = await selectFiles([path]);
    const [[entry], [found]] = [manifest, paths];
    if (entry?.kind !== "file" || found === undefined || manifest.length !== 1) {
      throw new EndpointError("ERR_FILE", "Cannot send to the room: not one file");
    }
    return { name: entry.path, bytes: entry.size, modified: entry.modified, source: textToBytes(found) };
  }

  target(directory?: string): Uint8Array {
    return textToBytes(directory === undefined ? this.#inbox : resolve(directory));
  }

  pathOf(source: Uint8Array): string {
    return bytesToText(source);
  }

  run(job: RoomFileJob, answers: RoomFileAnswers): void {
    switch (job.type) {
      case "read":
        this.#read(job).then(
          (bytes) => answers.read(job.token, bytes),
          () => answers.readFailed(job.token, "unreadable"),
        );
        return;
      case "write":
        this.#sinkOf(job.file)
          .then((sink) => sink.write(0, job.offset, job.bytes))
          .then(
            () => answers.written(job.token),
            (error: unknown) => answers.failed(job.file, reasonOf(error)),
          );
        return;
      case "prepare":
        this.#prepare(job).then(
          (bytes) => answers.prepared(job.file, bytes),
          (error: unknown) => answers.failed(job.file, reasonOf(error)),
        );
        return;
      case "place":
        this.#place(job).then(
          (path) => answers.placed(job.file, textToBytes(path)),
          (error: unknown) => answers.failed(job.file, reasonOf(error)),
        );
        return;
      case "discard":
        void this.#discard(job.file).catch(() => {});
    }
  }

  /** Closes what is open; parts stay. */
  async close(): Promise<void> {
    const handles = [...this.#open.values()];
    const sinks = [...this.#sinks.values()];
    this.#open.clear();
    this.#sinks.clear();
    await Promise.all([...sinks.map((sink) => sink.close()), ...handles.map(closeQuietly)]);
  }

  async #read({ place, offset, length, headroom }: Extract<RoomFileJob, { type: "read" }>): Promise<Uint8Array> {
    const bytes = new Uint8Array(headroom + length);
    if (place.kind === "part") {
      const content = await (await this.#sinkOf(place.file)).read(0, offset, length);
      bytes.set(content, headroom);
      return bytes.subarray(0, headroom + content.length);
    }
    const handle = await this.#handleOf(bytesToText(place.source));
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(bytes, headroom + filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, headroom + filled);
  }

  async #prepare({ file, offer, target }: Extract<RoomFileJob, { type: "prepare" }>): Promise<number> {
    const directory = bytesToText(target);
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw new FileFault("notPermitted", "Cannot make the folder", { cause: error });
    });
    const id = parseTransferId(file.slice(0, 32)); // half of a hash names the quarantine as well as a transfer's id
    if (id === undefined) throw new FileFault("failed", "Cannot receive: not a file's id");
    await this.#sinks.get(file)?.close();
    const sink = new FileSink(directory, id);
    this.#sinks.set(file, sink);
    const parts = await sink.prepare({ ...planOf(offer), verified: 0, bytes: offer.bytes });
    return parts[0]?.bytes ?? 0;
  }

  async #place({ file, offer, target }: Extract<RoomFileJob, { type: "place" }>): Promise<string> {
    const sink = await this.#sinkOf(file);
    await sink.finish(0);
    const [name] = await sink.place(planOf(offer));
    this.#sinks.delete(file);
    return join(bytesToText(target), name ?? safeFileName(offer.name));
  }

  async #discard(file: SwarmFileId): Promise<void> {
    const sink = this.#sinks.get(file);
    this.#sinks.delete(file);
    await sink?.discard();
  }

  async #sinkOf(file: SwarmFileId): Promise<FileSink> {
    const sink = this.#sinks.get(file);
    if (sink === undefined) throw new FileFault("failed", "Cannot use a part that is gone");
    return sink;
  }

  #handleOf(path: string): Promise<FileHandle> {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const handle = open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    this.#open.set(path, handle);
    handle.catch(() => this.#open.delete(path)); // perhaps it is there the next time
    for (const [oldest, opened] of this.#open) {
      if (this.#open.size <= OPEN_MAX) break;
      this.#open.delete(oldest);
      void closeQuietly(opened);
    }
    return handle;
  }
}

function planOf({ name, bytes, modified }: SwarmOffer): {
  readonly manifest: Manifest;
  readonly paths: readonly (readonly string[])[];
} {
  return { manifest: [{ path: name, kind: "file", size: bytes, mode: MODE, modified }], paths: [[safeFileName(name)]] };
}

const closeQuietly = (handle: Promise<FileHandle>): Promise<void> =>
  handle.then((opened) => opened.close()).catch(() => {});

const reasonOf = (error: unknown): "diskFull" | "notPermitted" | "failed" =>
  error instanceof FileFault && (error.reason === "diskFull" || error.reason === "notPermitted")
    ? error.reason
    : "failed";
