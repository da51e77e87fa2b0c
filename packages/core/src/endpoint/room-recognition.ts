/**
 * Members of our rooms, and guests with an invitation that is open, are known before they say who they are.
 *
 * @module
 */
import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import { doorSecret } from "../identity/door.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { hexToBytes } from "../lib/hex.ts";
import type { WallTime } from "../lib/time.ts";
import type { Recognition } from "../trust/recognition.ts";
import type { RoomMeetings } from "./room-meetings.ts";
import type { RoomSeat } from "./room-seat.ts";

export function tellRecognition(
  recognition: Recognition,
  meetings: RoomMeetings,
  provider: CryptoProvider,
  self: PeerId,
  seats: readonly RoomSeat[],
  wall: WallTime,
): void {
  const [members, former] = [new Map<PeerId, Uint8Array>(), new Map<PeerId, Uint8Array>()];
  const doors: Secret[] = [];
  for (const seat of seats) {
    if (!seat.isIn) continue;
    for (const [peer, key] of seat.room.contactKeys()) if (peer !== self && seat.counts(peer)) members.set(peer, key);
    for (const [peer, key] of seat.room.formerKeys) former.set(peer, key);
    for (const { publicKey, state, expires } of seat.room.membership.invitations.values())
      if (state === "open" && wall <= expires) doors.push(doorSecret(provider, hexToBytes(publicKey)));
  }
  recognition.learnMembers(members, former);
  recognition.setDoors(doors);
  meetings.setDoors(seats, wall);
}
