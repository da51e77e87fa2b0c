/**
 * What a room's mesh is made with, and what it puts out.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Instant } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";

export interface MeshOptions {
  readonly provider: CryptoProvider;
  readonly identity: LocalIdentity;
  readonly random: RandomSource;
  readonly room: RoomId;
  /** 16 random bytes of this process: whose neighbour lists are the newest. */
  readonly incarnation: Uint8Array;
  /** 16 random bytes of this process: the name of our stream. Sequences in it count from 0, without holes. */
  readonly stream: Uint8Array;
  readonly now: Instant;
  /** See {@link TopologyOptions}: for simulations of many. */
  readonly keptListsMax?: number;
  readonly watchesGaps?: boolean;
}

export type MeshOutput =
  /** One message for the mesh channel with a neighbour. If the channel does not take it, keep it, and say `handleFull`. */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** Try once to open a mesh channel with this member; then `handleNeighbourUp` or `handleUnreachable`. */
  | { readonly type: "want"; readonly peer: PeerId }
  /** No mesh channel with this peer, please: close it, or give up opening it. It is no neighbour any more. */
  | { readonly type: "unwant"; readonly peer: PeerId }
  | Delivered
  /** `payload` is a view that stays as it is. `hops`: how many members passed it on. */
  | { readonly type: "unicast"; readonly origin: PeerId; readonly payload: Uint8Array; readonly hops: number }
  | Missed
  /** The peer broke a rule; it is no neighbour any more and will not be for a minute. Close its mesh channel. */
  | { readonly type: "misbehaved"; readonly peer: PeerId; readonly reason: Misbehaviour }
  /** Links, states, hints or digests are others than before: see `topology`. */
  | { readonly type: "topologyChanged" }
  | { readonly type: "gapsChanged" }
  /** A member signed two statements that contradict each other. Said once for each. */
  | { readonly type: "contradiction"; readonly peer: PeerId };

/** A member's broadcast, once, in the order of its stream. `payload` is a view that stays as it is. */
export interface Delivered {
  readonly type: "deliver";
  /** Ourselves for what an earlier process of ours said and others still keep. */
  readonly origin: PeerId;
  /** 32 hexadecimal digits. */
  readonly stream: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** How many members passed it on; 0: straight from its origin. */
  readonly hops: number;
  /** Since the origin sent it, as those say who passed it on. */
  readonly ageMs: number;
}

/** Broadcasts `from` to `to - 1` of a stream will not come: nobody here has them any more. */
export interface Missed {
  readonly type: "missed";
  readonly origin: PeerId;
  readonly stream: string;
  readonly from: number;
  readonly to: number;
  /** Nothing of that stream came before: they may be from before our time. */
  readonly isStart: boolean;
}

export type Misbehaviour =
  | "garbage" //   a message that is not of the protocol
  | "forged" //    an envelope whose signature does not hold: it must check before it passes on
  | "flood" //     more than a neighbour may send
  | "odd"; //      too many repeats, strangers' envelopes, announcements of nothing
