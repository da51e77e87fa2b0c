/**
 * What a person sees of file transfers, and what {@link Transfers} wants done.
 *
 * @module
 */
import type { FileReceiverOutput } from "../app/file/file-receiver-output.ts";
import type { FileSenderOutput, TransferEnd } from "../app/file/file-sender.ts";
import type { Manifest } from "../app/file/manifest.ts";
import type { StoreEntry } from "../app/store-queue.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { WallTime } from "../lib/time.ts";

/** Names a transfer within an endpoint: its peer may use any id. */
export type TransferKey = string;

export type FileJob = Extract<
  FileReceiverOutput | FileSenderOutput,
  { type: "read" | "hash" | "write" | "finish" | "prepare" | "place" | "discard" }
>;

export type TransferStage = "waiting" | "offered" | "active" | "done" | "stopped";

/** What a person sees of a transfer. */
export interface TransferState {
  readonly key: TransferKey;
  readonly peer: PeerId;
  readonly isOutgoing: boolean;
  readonly stage: TransferStage;
  readonly end: TransferEnd | undefined;
  readonly manifest: Manifest;
  readonly written: number;
  readonly total: number;
  readonly startedAt: WallTime;
  /** At the receiver, once placed: the names at the top. */
  readonly names: readonly string[];
}

export type TransferOutput =
  | {
      readonly type: "store";
      readonly key: TransferKey;
      readonly token: number;
      readonly puts: readonly StoreEntry[];
      readonly deletes: readonly string[];
    }
  /** Something to do with files. `source` is the sender's own note of where they are. */
  | { readonly type: "file"; readonly key: TransferKey; readonly job: FileJob; readonly source: Uint8Array | undefined }
  /** An array that answered a read was sent: its memory may be used again. */
  | { readonly type: "fileSpent"; readonly key: TransferKey; readonly bytes: Uint8Array }
  /** Nothing more will be asked for this transfer: close what is open. */
  | { readonly type: "fileEnded"; readonly key: TransferKey }
  /** An offer waits for a yes. */
  | { readonly type: "offered"; readonly key: TransferKey; readonly peer: PeerId; readonly bytes: number }
  | { readonly type: "completed"; readonly key: TransferKey; readonly peer: PeerId; readonly isOutgoing: boolean }
  /** Transfers wait and no session is up. */
  | { readonly type: "want"; readonly peer: PeerId; readonly isWanted: boolean }
  | { readonly type: "changed" };
