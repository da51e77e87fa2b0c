/**
 * What we keep of a room beside its log and its keys: whether we are in it, and what only concerns us.
 *
 *     room/<room id>/about = u8 1 · u8 state · u64 wall time until which knocks are awaited
 *                            · varint count · (32 B member we cut off)* · varint count · (32 B member we agreed to)*
 *
 * @module
 */
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/peer-id.ts";
import { Reader } from "../lib/reader.ts";
import { type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { ROOM_MEMBERS_MAX, ROOM_REUSERS_MAX } from "../wire/limits.ts";

const VERSION = 1;
const STATES = ["in", "left", "expelled"] as const;

export type RoomStanding = (typeof STATES)[number];

export interface RoomAbout {
  standing: RoomStanding;
  /** Until then somebody without an invitation may come by a link of ours. */
  knocksUntil: WallTime;
  /** Members that we cut off. */
  readonly cut: Set<PeerId>;
  /** Members whose challenge of ours was answered, where the policy asks for that. */
  readonly agreed: Set<PeerId>;
  /** Who came to our door with an invitation that another had used. The newest ones; not stored. */
  readonly reusers: Set<PeerId>;
}

/** Adds to {@link RoomAbout.reusers}. */
export function noteReuser({ reusers }: RoomAbout, peer: PeerId): void {
  reusers.delete(peer);
  const [oldest] = reusers;
  if (reusers.size >= ROOM_REUSERS_MAX && oldest !== undefined) reusers.delete(oldest);
  reusers.add(peer);
}

export const newAbout = (): RoomAbout => ({
  standing: "in",
  knocksUntil: wallTime(0),
  cut: new Set(),
  agreed: new Set(),
  reusers: new Set(),
});

export function encodeAbout({ standing, knocksUntil, cut, agreed }: RoomAbout): Uint8Array {
  const writer = new Writer().u8(VERSION).u8(STATES.indexOf(standing)).u64(knocksUntil);
  for (const peers of [cut, agreed]) {
    writer.varint(peers.size);
    for (const peer of peers) writer.bytes(peerIdToBytes(peer));
  }
  return writer.finish();
}

/** @throws {WireError} */
export function decodeAbout(bytes: Uint8Array): RoomAbout {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "about a room");
  const standing = STATES[reader.u8()];
  if (standing === undefined) throw new WireError("ERR_VALUE", "standing in a room");
  const knocksUntil = wallTime(reader.u64());
  const cut = readPeers(reader);
  const agreed = readPeers(reader);
  reader.end();
  return { standing, knocksUntil, cut, agreed, reusers: new Set() };
}

function readPeers(reader: Reader): Set<PeerId> {
  const count = reader.varint();
  if (count > ROOM_MEMBERS_MAX) throw new WireError("ERR_LIMIT", `${count} peers about a room`);
  return new Set(Array.from({ length: count }, () => peerIdFromBytes(reader.bytes(32))));
}
