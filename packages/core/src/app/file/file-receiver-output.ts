/**
 * What a {@link FileReceiver} asks its driver to do.
 *
 * @module
 */
import type { WireErrorCode } from "../../lib/wire-error.ts";
import type { StoreOutput } from "../store-queue.ts";
import type { HashOutput } from "./file-hash.ts";
import type { TransferEnd } from "./file-sender.ts";
import type { Manifest } from "./manifest.ts";
import type { ReadOutput } from "./ordered-reads.ts";

/** Write `bytes` at `offset` of this file's part in the quarantine; those of one file in order. Answer `handleWritten`. */
export interface WriteOutput {
  readonly type: "write";
  readonly token: number;
  readonly file: number;
  readonly offset: number;
  /** A view of what arrived: nobody writes it again. */
  readonly bytes: Uint8Array;
}

/** All of this file is written: make it durable, with its date and mode, after its writes. Answer `handleWritten`. */
export interface FinishOutput {
  readonly type: "finish";
  readonly token: number;
  readonly file: number;
}

export type FileReceiverOutput =
  | StoreOutput
  | ReadOutput
  | HashOutput
  | WriteOutput
  | FinishOutput
  /** One message for the channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "transmit"; readonly bytes: Uint8Array }
  /** So many bytes of `handleMessages`, prefixes included, are done with: give their credit back. */
  | { readonly type: "consumed"; readonly bytes: number }
  /** Ask whoever decides; answer `accept` or `decline`, at any time. Once per machine. */
  | { readonly type: "offered"; readonly manifest: Manifest; readonly bytes: number }
  /**
   * Make or find the quarantine of this transfer, with room for `bytes` more. `paths` has where each entry
   * goes, below one folder; entries before `verified` are whole. Answer `handlePrepared` or `handleFailed`.
   */
  | {
      readonly type: "prepare";
      readonly manifest: Manifest;
      readonly paths: readonly (readonly string[])[];
      readonly verified: number;
      readonly bytes: number;
    }
  /** `written` of `total` bytes are on disk. */
  | { readonly type: "progress"; readonly written: number; readonly total: number }
  /**
   * Move everything out of the quarantine, overwriting nothing; what is no longer there was moved before.
   * Answer `handlePlaced` or `handleFailed`.
   */
  | { readonly type: "place"; readonly manifest: Manifest; readonly paths: readonly (readonly string[])[] }
  /** Everything is in its place, under these names at the top. */
  | { readonly type: "placed"; readonly names: readonly string[] }
  /** Delete the quarantine of this transfer, after what is under way there. */
  | { readonly type: "discard" }
  /** The last output: finish the channel, if one is open, and close the files. */
  | ({ readonly type: "ended" } & TransferEnd)
  /** The peer broke the protocol: reset the channel, tell us `handleChannelClosed`. */
  | { readonly type: "violation"; readonly code: WireErrorCode };
