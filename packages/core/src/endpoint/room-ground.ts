/**
 * What rooms stand on: sessions with members, and ways to get them. Given by the endpoint.
 *
 * @module
 */
import type { ChannelClass } from "../channel/channel-output.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { Instant } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import type { DialTarget } from "./dial-book.ts";
import type { RoomChannel } from "./room-output.ts";
import type { SessionEntry, SessionId } from "./session-table.ts";

export interface RoomGround {
  /** The session with `peer` under our own identity that is not over, with links or without. */
  sessionOf(peer: PeerId): SessionEntry | undefined;
  session(id: SessionId): SessionEntry | undefined;
  /** Answered once, by `handleConnected` or `handleConnectFailed` with `request`, which is negative. */
  connect(target: DialTarget, request: number, now: Instant): void;
  hintsOf(peer: PeerId): readonly string[];
  /** Where members say that `peer` can be reached. */
  tell(peer: PeerId, hints: readonly string[], now: Instant): void;
  /** No room needs a session with `peer` any more. */
  release(peer: PeerId, now: Instant): void;
  sessions(): Iterable<SessionEntry>;
  /** A channel that belongs to a program; `undefined`: the session has too many. */
  open(session: SessionEntry, name: string, channelClass: ChannelClass, room: RoomChannel): number | undefined;
  /** Ends the program's channels of this room with `peer`. */
  endChannels(peer: PeerId, room: RoomId): void;
  isBlocked(peer: PeerId): boolean;
  isContact(peer: PeerId): boolean;
}
