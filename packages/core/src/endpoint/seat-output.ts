/**
 * What our seat in a room tells its owner.
 *
 * @module
 */
import type { PeerId } from "../identity/peer-id.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import type { WallTime } from "../lib/time.ts";
import type { Operation } from "../room/operation.ts";
import type { RoomStanding } from "./room-about.ts";

export interface SeatMessage {
  readonly type: "message";
  readonly protocol: string;
  readonly from: PeerId;
  readonly bytes: Uint8Array;
  readonly hops: number;
  readonly sentAt: WallTime;
}

export type SeatOutput =
  | SeatMessage
  /** Of members' endpoints among themselves. */
  | (Omit<SeatMessage, "type"> & { readonly type: "word" })
  | { readonly type: "missed"; readonly from: PeerId; readonly count: number }
  | { readonly type: "writable" }
  /** Views are out of date. */
  | { readonly type: "changed" }
  /** Who is a member, or what is open, is not what it was. */
  | { readonly type: "membership" }
  /** Of us, or about us; it counts. */
  | { readonly type: "deed"; readonly operation: Operation }
  | { readonly type: "unicast"; readonly from: PeerId; readonly payload: Uint8Array }
  | { readonly type: "dial"; readonly peer: PeerId }
  | { readonly type: "store"; readonly puts: readonly StoreEntry[]; readonly deletes: readonly string[] }
  | { readonly type: "note"; readonly code: string; readonly peer: PeerId }
  /** The member asks for an answer to its challenge before it links to us. */
  | { readonly type: "refused"; readonly peer: PeerId }
  /** Members are to be recognised by other keys than before. */
  | { readonly type: "contacts" }
  /** It is no member any more, or we are none. */
  | { readonly type: "parted"; readonly peer: PeerId }
  | { readonly type: "over"; readonly standing: Exclude<RoomStanding, "in"> };
