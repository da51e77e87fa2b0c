/**
 * What a platform does with files for the machines of a transfer: it picks what to send, reads,
 * writes to a quarantine, and moves what is whole to its place. Holds no rule of the protocol.
 *
 * @module
 */
import type { FileJob, FileReceiver, FileSender, Manifest, SwarmFileId, SwarmOutput, WallTime } from "@kith/core";

export interface FileSelection {
  readonly manifest: Manifest;
  /** The platform's own note of where these files are, to find them again after a restart. */
  readonly source: Uint8Array;
}

export interface FilePort {
  /** @throws {EndpointError} `ERR_FILE` */
  select(paths: readonly string[]): Promise<FileSelection>;
  /** Where received files go unless told otherwise; absolute. */
  readonly inbox: string;
  /** Does a job of a sender and gives it the answer, then calls `wake`. */
  runOutgoing(key: string, job: FileJob, sender: FileSender, selection: FileSelection, wake: () => void): void;
  /** `bytes`, which answered a read of a sender, are sent: the array may be used again. */
  release(key: string, bytes: Uint8Array): void;
  /** Does a job of a receiver whose files go to `directory`, and gives it the answer, then calls `wake`. */
  runIncoming(key: string, job: FileJob, receiver: FileReceiver, directory: string, wake: () => void): void;
  /** Nothing more will be asked for this transfer. */
  end(key: string): void;
  /** What it does for files of rooms. */
  readonly rooms: RoomFilePort;
  close(): Promise<void>;
}

/** What a file of a room may ask of a disk. */
export type RoomFileJob = Extract<SwarmOutput, { type: "read" | "prepare" | "write" | "place" | "discard" }>;

/** Who gets the answers: the machine, at the time that its owner knows. */
export interface RoomFileAnswers {
  read(token: number, bytes: Uint8Array): void;
  readFailed(token: number, reason: "changed" | "unreadable"): void;
  prepared(file: SwarmFileId, bytes: number): void;
  written(token: number): void;
  placed(file: SwarmFileId, source: Uint8Array): void;
  failed(file: SwarmFileId, reason: "diskFull" | "notPermitted" | "failed"): void;
}

/** Places are in the platform's own words: `source` finds a file, `target` says where one is to go. */
export interface RoomFilePort {
  /** @throws {EndpointError} `ERR_FILE` unless it is one file that can be read */
  select(path: string): Promise<{
    readonly name: string;
    readonly bytes: number;
    readonly modified: WallTime;
    readonly source: Uint8Array;
  }>;
  /** What stands for a folder, the inbox unless told. */
  target(directory?: string): Uint8Array;
  /** The path that people know a source by. */
  pathOf(source: Uint8Array): string;
  /** Does a job and gives its answer, each job once. */
  run(job: RoomFileJob, answers: RoomFileAnswers): void;
}
