/**
 * The disk of a room's files in a page: parts and whole files alike are sealed in the private file system, where others are
 * given from them; a folder that the person chose gets a copy. That a file is still what was announced the machine sees by its hash.
 *
 * @module
 */
import {
  bytesToText,
  type ManifestEntry,
  type SwarmFileId,
  type SwarmOffer,
  safeFileName,
  textToBytes,
  wallTime,
} from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";
import { FileFault } from "../file-fault.ts";
import type { RoomFileAnswers, RoomFileJob, RoomFilePort } from "../file-port.ts";
import type { GivenFiles } from "./given-files.ts";
import { PageSink, type PageSinkOptions } from "./page-sink.ts";
import { entryOf, readSlice } from "./page-source.ts";
import { RECEIVED } from "./received-files.ts";

/** Whole files that were opened last: opening one for each read costs more than reading. */
const OPEN_MAX = 16;

type SinkParts = Pick<PageSinkOptions, "disk" | "received">;

/** A file that is all here: of a person, or received. */
interface Whole {
  readonly entry: Pick<ManifestEntry, "path" | "size" | "modified">;
  readonly read: (offset: number, length: number, headroom: number) => Promise<Uint8Array>;
}

export class PageRoomDisk implements RoomFilePort {
  readonly #parts: SinkParts;
  readonly #given: GivenFiles;
  readonly #inbox: string;
  readonly #sinks = new Map<SwarmFileId, PageSink>();
  readonly #open = new Map<string, Promise<Whole>>();

  constructor(parts: SinkParts, given: GivenFiles, inbox: string) {
    [this.#parts, this.#given, this.#inbox] = [parts, given, inbox];
  }

  async select(path: string): ReturnType<RoomFilePort["select"]> {
    const { path: name, size: bytes, modified } = (await this.#whole(path)).entry;
    return { name, bytes, modified, source: textToBytes(path) };
  }

  target(directory: string = this.#inbox): Uint8Array {
    return textToBytes(directory);
  }

  pathOf(source: Uint8Array): string {
    return bytesToText(source);
  }

  run(job: RoomFileJob, answers: RoomFileAnswers): void {
    const failed = (file: SwarmFileId) => (error: unknown) => answers.failed(file, reasonOf(error));
    switch (job.type) {
      case "read":
        this.#read(job).then(
          (bytes) => answers.read(job.token, bytes),
          (error: unknown) => answers.readFailed(job.token, isChanged(error) ? "changed" : "unreadable"),
        );
        return;
      case "write":
        this.#sinkOf(job.file)
          .then((sink) => sink.write(0, job.offset, job.bytes))
          .then(() => answers.written(job.token), failed(job.file));
        return;
      case "prepare":
        this.#prepare(job).then((bytes) => answers.prepared(job.file, bytes), failed(job.file));
        return;
      case "place":
        this.#place(job).then((path) => answers.placed(job.file, textToBytes(path)), failed(job.file));
        return;
      case "discard":
        void this.#discard(job.file).catch(() => {});
    }
  }

  async #read({ place, offset, length, headroom }: Extract<RoomFileJob, { type: "read" }>): Promise<Uint8Array> {
    if (place.kind === "whole") return (await this.#whole(bytesToText(place.source))).read(offset, length, headroom);
    return behind(headroom, await (await this.#sinkOf(place.file)).read(0, offset, length));
  }

  async #prepare({ file, offer, target }: Extract<RoomFileJob, { type: "prepare" }>): Promise<number> {
    const directory = bytesToText(target);
    const folder = directory === this.#inbox ? undefined : () => this.#given.folder(directory);
    const sink = new PageSink({ ...this.#parts, transfer: file, folder, isKept: true });
    this.#sinks.set(file, sink);
    const parts = await sink.prepare({ ...planOf(offer), verified: 0, bytes: offer.bytes });
    return parts[0]?.bytes ?? 0;
  }

  async #place({ file, offer }: Extract<RoomFileJob, { type: "place" }>): Promise<string> {
    const sink = await this.#sinkOf(file);
    await sink.finish(0);
    await sink.place(planOf(offer));
    this.#sinks.delete(file);
    const placed = this.#parts.received.all.get().findLast(({ transfer }) => transfer === file);
    if (placed === undefined) throw new FileFault("failed", "Cannot find what was placed");
    return RECEIVED + placed.id;
  }

  async #discard(file: SwarmFileId): Promise<void> {
    const sink = this.#sinks.get(file);
    this.#sinks.delete(file);
    await sink?.discard();
  }

  async #sinkOf(file: SwarmFileId): Promise<PageSink> {
    const sink = this.#sinks.get(file);
    if (sink === undefined) throw new FileFault("failed", "Cannot use a part that is gone");
    return sink;
  }

  #whole(path: string): Promise<Whole> {
    if (path.startsWith(RECEIVED)) return this.#received(path.slice(RECEIVED.length));
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const file = this.#ofPerson(path);
    this.#open.set(path, file);
    file.catch(() => this.#open.delete(path)); // perhaps it is there the next time
    for (const oldest of [...this.#open.keys()].slice(0, -OPEN_MAX)) this.#open.delete(oldest);
    return file;
  }

  async #received(id: string): Promise<Whole> {
    const { received } = this.#parts;
    const { name: path, bytes: size, modified } = received.find(id);
    return {
      entry: { path, size, modified: wallTime(modified) },
      read: async (offset, length, headroom) => behind(headroom, await received.read(id, offset, length)),
    };
  }

  async #ofPerson(path: string): Promise<Whole> {
    const file = await this.#given.atHand(path);
    if (file === undefined) throw new EndpointError("ERR_FILE", "Cannot read the file: choose it again");
    return {
      entry: entryOf(file),
      read: (offset, length, headroom) => readSlice(file, offset, length, headroom),
    };
  }
}

function behind(headroom: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headroom + content.length);
  bytes.set(content, headroom);
  return bytes;
}

const planOf = ({ name, bytes, modified }: SwarmOffer) => ({
  manifest: [{ path: name, kind: "file" as const, size: bytes, mode: 0o644, modified }],
  paths: [[safeFileName(name)]],
});

/** What was changed on our own disk is as little what was announced. */
const isChanged = (error: unknown): boolean =>
  error instanceof FileFault && (error.reason === "changed" || error.reason === "damaged");

const reasonOf = (error: unknown): "diskFull" | "notPermitted" | "failed" =>
  error instanceof FileFault && (error.reason === "diskFull" || error.reason === "notPermitted")
    ? error.reason
    : "failed";
