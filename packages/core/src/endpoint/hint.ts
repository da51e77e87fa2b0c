/**
 * Hints that are no addresses: ways that only we know, through a mesh or at a relay. Never told to anybody.
 *
 * @module
 */
import { parseRoomId, type RoomId } from "../room/room-id.ts";

const MESH_HINT = /^mesh:([0-9a-f]{64})$/;

/** A way to a member through the mesh of a room. */
export const meshHint = (room: RoomId): string => `mesh:${room}`;

/** `undefined` for any other hint. */
export const roomOfHint = (hint: string): RoomId | undefined => parseRoomId(MESH_HINT.exec(hint)?.[1] ?? "");

const RELAY_HINT = /^relay:(\d{1,9})\/([0-9a-f]{64})$/;

/** Where a peer is at a relay of ours: the relay by our own number, and the peer's key there. */
export const relayHint = (relay: number, key: string): string => `relay:${relay}/${key}`;

/** Reads {@link relayHint}; `undefined` for anything else. `key`: hexadecimal. */
export function parseRelayHint(hint: string): { readonly relay: number; readonly key: string } | undefined {
  const [, relay, key] = RELAY_HINT.exec(hint) ?? [];
  return relay === undefined || key === undefined ? undefined : { relay: Number(relay), key };
}

/** Not an address at all: a connection that the two ends negotiate inside their session. */
export const NEGOTIATED_HINT = "webrtc:";
