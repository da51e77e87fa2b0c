/**
 * What a room's prekeys are signed for (spec/room-keys.md §2): those of two rooms have nothing in common.
 *
 * @module
 */
import { LABEL } from "../crypto/labels.ts";
import type { PrekeyScope } from "../trust/prekey.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

export const roomPrekeys = (room: RoomId): PrekeyScope => ({
  label: LABEL.roomPrekey,
  context: roomIdToBytes(room),
});
