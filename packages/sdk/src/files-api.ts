/**
 * The public face of file transfers between contacts. As all views, these are plain data.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Observable } from "./observable.ts";

export type TransferState =
  | "offered" //     waits for a yes
  | "waiting" //     accepted, the peer is away: goes on when it is back
  | "active"
  | "done"
  | "declined"
  | "cancelled"
  | "failed";

export type TransferFailure =
  | "disk-full"
  | "permission"
  | "not-found"
  | "changed" //       the file at the sender is not the one that was offered
  | "corrupt" //       the hashes do not match
  | "too-large"
  | "not-authorized"
  | "protocol";

export interface TransferView {
  readonly id: string;
  readonly peer: PeerId;
  readonly isOutgoing: boolean;
  readonly state: TransferState;
  readonly failure?: TransferFailure;
  readonly cancelledBy?: "us" | "peer";
  /** Labels as offered, cleaned for display. At most 100 are listed. */
  readonly names: readonly string[];
  readonly fileCount: number;
  readonly bytesTotal: number;
  /** At the receiver: verified and written. At the sender: acknowledged so. */
  readonly bytesDone: number;
  /** Over the last seconds; 0 when not active. */
  readonly bytesPerSecond: number;
  /** At the receiver, once known: where the files are. */
  readonly directory?: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export interface Files {
  readonly transfers: Observable<readonly TransferView[]>;
  /** Offers files and folders; fulfils with the transfer's id when the offer is kept. Contents are read as they are sent. */
  send(peer: PeerId, paths: readonly string[]): Promise<string>;
  /** Takes an offer. `directory` is the folder for it, the inbox unless told. */
  accept(id: string, options?: { readonly directory?: string }): Promise<void>;
  decline(id: string): Promise<void>;
  /** Stops it, at either side. What a receiver already has is removed. */
  cancel(id: string): Promise<void>;
}
