/**
 * What a {@link Switchboard} asks of the endpoint around it, what it is told, and what it wants done.
 *
 * @module
 */
import type { ChannelOutput } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Hello } from "../wire/handshake-packet.ts";
import type { DialOutput } from "./dial-book.ts";
import type { DoorFailure, DoorPolicy } from "./doorway.ts";
import type { Persona } from "./persona.ts";
import type { LinkId, LinkTraits } from "./session-stack.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

/** By what a peer's sessions are counted and kept. A contact that is a member of a room with us is a member. */
export type Standing = "contact" | "member" | "stranger";

/** What the switchboard asks of the endpoint around it. Answers at once, changes nothing. */
export interface SwitchboardPolicy {
  /** `isByMember`: the mesh of a room brought it, which says which member sent it. */
  hostFor(hello: Hello, isByMember: boolean): ReturnType<DoorPolicy["hostFor"]>;
  /** False: blocked, or no longer trusted. */
  isWelcome(peer: PeerId): boolean;
  isContact(peer: PeerId): boolean;
  standingOf(peer: PeerId): Standing;
  /** Addresses kept for a contact. */
  pinnedHints(peer: PeerId): readonly string[];
  /** As whom we dial, and with which contact tag. */
  dialAs(peer: PeerId | undefined): { persona: Persona; tag: ((ephemeralKey: Uint8Array) => Uint8Array) | undefined };
  /** Whether the session is in the middle of something that must not be cut. */
  isBusy(session: SessionId): boolean;
}

export interface NewLink {
  readonly traits: LinkTraits;
  /** Where the other end is, as limits count it. */
  readonly source: string;
  /** The dial of ours that brought it; `undefined`: somebody dialled us. */
  readonly dial: number | undefined;
  /** What both sides know of it otherwise: handshakes on it fail unless it is the same there. */
  readonly binding?: Uint8Array | undefined;
  /** `host:port` that we dialled. */
  readonly hint: string | undefined;
}

export type SwitchboardOutput =
  | DialOutput
  | { readonly type: "transmit"; readonly link: LinkId; readonly bytes: Uint8Array }
  /** Lift the limits for strangers from this link. */
  | { readonly type: "authenticated"; readonly link: LinkId }
  | { readonly type: "closeLink"; readonly link: LinkId }
  /** `hint`: where the peer listens, if we dialled it. */
  | { readonly type: "sessionOpened"; readonly session: SessionEntry; readonly hint: string | undefined }
  | {
      readonly type: "sessionOver";
      readonly session: SessionEntry;
      readonly reason: number;
      readonly by: "local" | "peer";
    }
  /** It goes on under another handshake: what was bound to the one before ends. */
  | { readonly type: "reshaken"; readonly session: SessionEntry }
  /** Its path changed, came or went. */
  | { readonly type: "pathChanged"; readonly session: SessionEntry }
  | { readonly type: "channel"; readonly session: SessionEntry; readonly output: ChannelOutput }
  /** Somebody else answered where a contact was expected. */
  | {
      readonly type: "unexpectedPeer";
      readonly expected: PeerId;
      readonly found: PeerId;
      readonly hint: string | undefined;
    }
  /** A link of a stranger came to nothing. */
  | { readonly type: "refused"; readonly source: string; readonly reason: DoorFailure | "violation" }
  /** A peer broke the framing, or a limit, of a link of its session. */
  | { readonly type: "misbehaved"; readonly source: string; readonly reason: "violation"; readonly peer: PeerId }
  /** The peer is not dialled any more unless somebody asks: its identity runs twice, or ours does. */
  | { readonly type: "passive"; readonly source: string; readonly reason: PassiveReason; readonly peer: PeerId };

export type PassiveReason = "runs-twice" | "runs-elsewhere";
