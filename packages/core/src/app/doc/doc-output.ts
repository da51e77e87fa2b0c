/**
 * What a {@link DocSync} asks its driver, which holds the document, to do.
 *
 * @module
 */
import type { PeerId } from "../../identity/peer-id.ts";
import type { WireErrorCode } from "../../lib/wire-error.ts";

export type DocOutput =
  /** To all members. If the room does not take it, keep it, and say `handleBroadcastFull`: there is no second. */
  | { readonly type: "broadcast"; readonly bytes: Uint8Array }
  /** Open a channel to this member; answer `handleChannelUp` or `handleChannelDown`. */
  | { readonly type: "openChannel"; readonly peer: PeerId }
  /** We send no more on this channel: finish it. The machine knows it no more. */
  | { readonly type: "closeChannel"; readonly peer: PeerId }
  /** One message for a channel. If that does not take it, keep it, and say `handleFull`: there is no second. */
  | { readonly type: "send"; readonly peer: PeerId; readonly bytes: Uint8Array }
  /** Say where the document stands, or what it comes to: answer `handleState`. */
  | { readonly type: "state"; readonly token: number; readonly of: "vector" | "digest" }
  /** Find what somebody lacks who stands at `vector`: answer `handleDiff`. */
  | { readonly type: "diffFor"; readonly token: number; readonly vector: Uint8Array }
  /**
   * Merge this into the document: answer `handleApplied`. `from`: the member who says so; `isAuthor`: it made that
   * edit, and does not only pass on what it has.
   */
  | {
      readonly type: "apply";
      readonly token: number;
      readonly update: Uint8Array;
      readonly from: PeerId;
      readonly isAuthor: boolean;
    }
  /** The document is as some member has it. Once. */
  | { readonly type: "ready" }
  /** It sent what it must not, on a channel: reset that. The machine knows the channel no more. */
  | { readonly type: "misbehaved"; readonly peer: PeerId; readonly code: WireErrorCode };

/** A member of the room other than we, as far as its path goes. */
export interface DocMember {
  readonly peer: PeerId;
  readonly isOnline: boolean;
  readonly isNeighbour: boolean;
}
