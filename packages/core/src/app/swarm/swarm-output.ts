/**
 * What a {@link Swarm} asks its driver to do, and how its files look.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { WallTime } from "../../lib/time.ts";
import type { WireErrorCode } from "../../lib/wire-error.ts";
import type { HashOutput } from "../file/file-hash.ts";
import type { StoreOutput } from "../store-queue.ts";
import type { SwarmFileId, SwarmOffer } from "./swarm-message.ts";

/** Why a file could not be offered, fetched or served any further. */
export type SwarmFailure =
  | "diskFull"
  | "notPermitted"
  | "failed" //      anything else that a disk says
  | "unreadable" //  ours, or one that we have, cannot be read
  | "changed"; //    it is not what it was when it was announced

/**
 * Where content is: a whole file, in the driver's own words (`source`), or the part of one that is being fetched.
 * `bytes` and `modified`: what the file must still be, if it is to be read.
 */
export type SwarmPlace =
  | { readonly kind: "whole"; readonly source: Uint8Array; readonly bytes: number; readonly modified: WallTime }
  | { readonly kind: "part"; readonly file: SwarmFileId };

export type SwarmOutput =
  | StoreOutput
  /** To all members, over the room's broadcast of `swarm/1`. */
  | { readonly type: "broadcast"; readonly bytes: Uint8Array }
  /** Open a `swarm/1` channel to this member; answer `handlePartnerUp` or `handlePartnerDown`. */
  | { readonly type: "openPartner"; readonly peer: PeerId }
  /** The machine is done with this partner: finish the channel. Needs no answer. */
  | { readonly type: "closePartner"; readonly peer: PeerId }
  /**
   * One message for a partner's channel. If that does not take it, keep it, and say `handleFull`: there is no
   * second. `wasRead`: the array answered a read, and is nobody's afterwards.
   */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array; readonly wasRead: boolean }
  /** It sent what it must not: reset its channel. `corrupt`: data that is not the file's. The machine knows it no more. */
  | { readonly type: "misbehaved"; readonly peer: PeerId; readonly reason: "corrupt" | WireErrorCode }
  /** Read `length` bytes at `offset`, after `headroom` bytes of room; answer `handleRead` or `handleReadFailed`. */
  | {
      readonly type: "read";
      readonly token: number;
      readonly place: SwarmPlace;
      readonly offset: number;
      readonly length: number;
      readonly headroom: number;
    }
  | HashOutput
  /** Make or find the part of this file, with room for all of it, for `target`; answer `handlePrepared` or `handleDiskFailed`. */
  | {
      readonly type: "prepare";
      readonly file: SwarmFileId;
      readonly offer: SwarmOffer;
      readonly target: Uint8Array;
    }
  /** Write at `offset` of the part; answer `handleWritten` or `handleDiskFailed`. `bytes` are a view of what arrived. */
  | {
      readonly type: "write";
      readonly token: number;
      readonly file: SwarmFileId;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  /** The part is whole: make it durable, move it to its place, overwriting nothing; answer `handlePlaced` or `handleDiskFailed`. */
  | { readonly type: "place"; readonly file: SwarmFileId; readonly offer: SwarmOffer; readonly target: Uint8Array }
  /** Delete the part of this file, after what is under way there. */
  | { readonly type: "discard"; readonly file: SwarmFileId; readonly target: Uint8Array }
  /** A file that was given to `offer` is announced, or could not be. */
  | { readonly type: "offered"; readonly request: number; readonly file: SwarmFileId }
  | { readonly type: "offerFailed"; readonly request: number; readonly reason: SwarmFailure | "cancelled" | "full" }
  /** `file` looks different from what it was. At most once a turn for each. */
  | { readonly type: "changed"; readonly file: SwarmFileId };

export interface SwarmFileState {
  readonly id: SwarmFileId;
  readonly name: string;
  readonly bytes: number;
  /** Who announced it first, as far as we know. */
  readonly from: PeerId;
  readonly isOurs: boolean;
  /** `gone`: offered, and nobody who is here has any of it. */
  readonly state: "offered" | "fetching" | "have" | "failed" | "gone";
  readonly failure: SwarmFailure | undefined;
  readonly bytesDone: number;
  readonly bytesServed: number;
  readonly sources: number;
  /** In the driver's own words; of a file that is whole. */
  readonly source: Uint8Array | undefined;
}
