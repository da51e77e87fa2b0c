/**
 * What an endpoint gives its rooms, and its signaling, to stand on.
 *
 * @module
 */
import type { LocalIdentity } from "../identity/keys.ts";
import type { ChannelRouter } from "./channel-router.ts";
import type { RoomGround } from "./room-ground.ts";
import type { RoomSpace } from "./room-space.ts";
import { SignalDesk } from "./signal-desk.ts";
import type { Switchboard } from "./switchboard.ts";
import type { TrustDesk } from "./trust-desk.ts";

/** `parts`: not asked before the first use of the ground. */
export function groundOf(
  trust: TrustDesk,
  parts: () => { readonly switchboard: Switchboard; readonly router: ChannelRouter },
): RoomGround {
  return {
    sessions: () => parts().switchboard.sessions,
    open: (session, name, channelClass, room) => parts().router.open(session, name, channelClass, room),
    endChannels: (peer, room) => parts().router.endRoom(peer, room),
    sessionOf: (peer) => parts().switchboard.ownSession(peer),
    session: (id) => parts().switchboard.session(id),
    connect: (target, request, now) => parts().switchboard.connect(target, request, now),
    hintsOf: (peer) => parts().switchboard.reach.straight.hintsOf(peer),
    tell: (peer, hints, now) => parts().switchboard.reach.straight.tell(peer, hints, now),
    release: (peer, now) => parts().switchboard.release(peer, now),
    isBlocked: (peer) => trust.blocked.has(peer),
    isContact: (peer) => trust.isContact(peer),
  };
}

/** `switchboard`: not asked before the first use. */
export const signalsOf = (
  parts: {
    readonly identity: LocalIdentity;
    readonly hasWebRtc: boolean | undefined;
    readonly trust: TrustDesk;
    readonly rooms: RoomSpace;
  },
  switchboard: () => Switchboard,
): SignalDesk => {
  const { identity, hasWebRtc = false, trust, rooms } = parts;
  return new SignalDesk({
    self: identity.peerId,
    isOffered: hasWebRtc,
    mayConnect: (peer) => !trust.blocked.has(peer) && (rooms.isMember(peer) || trust.isContact(peer)),
    sessionOf: (peer) => switchboard().ownSession(peer),
    ways: () => switchboard().reach,
  });
};
