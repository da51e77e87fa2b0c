/**
 * A simulated disk for files: what its owner may send, the quarantine of what comes in, and where
 * it was placed. The answers come later, those about one file in order; a kill may tear a write.
 *
 * @module
 */
import type { FileJob } from "@kith/core";

export interface Placed {
  readonly names: readonly string[];
  readonly contents: readonly Uint8Array[];
}

interface Part {
  readonly bytes: Uint8Array;
  length: number;
}

/** What a file job answers to: the machine of the transfer, in either role. */
export interface FileAnswers {
  readonly read: (token: number, bytes: Uint8Array) => void;
  readonly written: (token: number) => void;
  readonly prepared: (parts: readonly { readonly file: number; readonly bytes: number }[]) => void;
  readonly placed: (names: readonly string[]) => void;
  readonly failed: (reason: "diskFull") => void;
}

export class SimDisk {
  /** What can be sent, by the name in a transfer's `source`. */
  readonly shelf: Map<string, Uint8Array> = new Map();
  /** By transfer, each time it was placed. */
  readonly placed: Map<string, Placed[]> = new Map();
  readonly #parts = new Map<string, Map<number, Part>>();
  /** Bytes written over all time: what is received again shows here. */
  bytesWritten = 0;

  run(key: string, job: FileJob, source: Uint8Array | undefined, answers: FileAnswers): void {
    switch (job.type) {
      case "read":
        return answers.read(job.token, this.#read(key, job, source));
      case "prepare":
        return answers.prepared(this.#prepare(key, job.manifest));
      case "write":
        this.#write(key, job, job.bytes);
        return answers.written(job.token);
      case "finish":
        return answers.written(job.token);
      case "place":
        return answers.placed(this.#place(key, job.paths));
      case "discard":
        this.#parts.delete(key);
    }
  }

  /** The process dies in the middle of this job: of a write, some bytes may have been written. */
  tear(key: string, job: FileJob, share: number): void {
    if (job.type === "write") this.#write(key, job, job.bytes.subarray(0, Math.floor(job.bytes.length * share)));
  }

  #read(key: string, job: FileJob & { type: "read" }, source: Uint8Array | undefined): Uint8Array {
    const part = this.#parts.get(key)?.get(job.file);
    const content =
      source === undefined ? part?.bytes.subarray(0, part.length) : this.shelf.get(`${nameOf(source)}/${job.file}`);
    const wanted = (content ?? new Uint8Array(0)).subarray(job.offset, job.offset + job.length);
    const bytes = new Uint8Array(job.headroom + wanted.length);
    bytes.set(wanted, job.headroom);
    return bytes;
  }

  #prepare(key: string, manifest: readonly { readonly size: number }[]): { file: number; bytes: number }[] {
    const parts = this.#parts.get(key) ?? new Map<number, Part>();
    this.#parts.set(key, parts);
    for (const [file, { size }] of manifest.entries()) {
      if (!parts.has(file)) parts.set(file, { bytes: new Uint8Array(size), length: 0 });
    }
    return [...parts].filter(([, part]) => part.length > 0).map(([file, { length }]) => ({ file, bytes: length }));
  }

  #write(key: string, { file, offset }: FileJob & { type: "write" }, bytes: Uint8Array): void {
    const part = this.#parts.get(key)?.get(file);
    if (part === undefined || offset > part.length) throw new Error("a write that leaves a hole");
    part.bytes.set(bytes, offset);
    part.length = Math.max(part.length, offset + bytes.length);
    this.bytesWritten += bytes.length;
  }

  #place(key: string, paths: readonly (readonly string[])[]): string[] {
    const names = paths.map((path) => path.join("/"));
    const parts = this.#parts.get(key);
    // Placed before a kill, and told after it: what is no longer in the quarantine was moved.
    if (parts !== undefined) {
      const contents = paths.map((_, file) => parts.get(file)?.bytes ?? new Uint8Array(0));
      this.placed.set(key, [...(this.placed.get(key) ?? []), { names, contents }]);
      this.#parts.delete(key);
    }
    return names;
  }
}

const nameOf = (source: Uint8Array): string => String.fromCharCode(...source);
