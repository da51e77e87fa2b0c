/**
 * What a platform does with files for the machines of a transfer: it picks what to send, reads,
 * writes to a quarantine, and moves what is whole to its place. Holds no rule of the protocol.
 *
 * @module
 */
import type { FileJob, FileReceiver, FileSender, Manifest } from "@kith/core";

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
  close(): Promise<void>;
}
