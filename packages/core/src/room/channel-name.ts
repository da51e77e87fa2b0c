/**
 * Names of a room's channels (spec/rooms.md §8). Whoever does not know the room learns nothing from one, and
 * cannot say it back: it is of who opens and who accepts.
 *
 *     mesh channel                `room.` tag
 *     channel of an application   `room.` tag `/` protocol, at most 36 bytes
 *     tag = the first 110 bits of SHA-256("kith/1 room channel" ‖ 0 ‖ room id ‖ opener ‖ acceptor), 22 characters
 *           of base32 in lower case (RFC 4648 §6), since names of channels have no capitals
 *
 * @module
 */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { type PeerId, peerIdToBytes } from "../identity/peer-id.ts";
import { isProtocolName } from "../wire/channel-frame.ts";
import { ROOM_PROTOCOL_BYTES_MAX } from "../wire/limits.ts";
import { type RoomId, roomIdToBytes } from "./room-id.ts";

const PREFIX = "room.";
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const TAG_CHARS = 22;

export interface RoomChannelName {
  readonly tag: string;
  /** `undefined`: the mesh channel. */
  readonly protocol: string | undefined;
}

export function channelTag(provider: CryptoProvider, room: RoomId, opener: PeerId, acceptor: PeerId): string {
  const ends = [roomIdToBytes(room), peerIdToBytes(opener), peerIdToBytes(acceptor)];
  const hash = provider.sha256(labelBytes(LABEL.roomChannel), Uint8Array.of(0), ...ends);
  let tag = "";
  for (let i = 0; i < TAG_CHARS; i++) tag += BASE32[bits(hash, 5 * i)];
  return tag;
}

export const channelName = ({ tag, protocol }: RoomChannelName): string =>
  protocol === undefined ? PREFIX + tag : `${PREFIX}${tag}/${protocol}`;

/** Whether a channel's name can be of a room, well-formed or not. */
export const isRoomChannelName = (name: string): boolean => name.startsWith(PREFIX);

/** `undefined` for a name that is not well-formed. */
export function parseChannelName(name: string): RoomChannelName | undefined {
  if (!isRoomChannelName(name)) return undefined;
  const tag = name.slice(PREFIX.length, PREFIX.length + TAG_CHARS);
  const rest = name.slice(PREFIX.length + TAG_CHARS);
  if (!/^[a-z2-7]{22}$/.test(tag)) return undefined;
  if (rest === "") return { tag, protocol: undefined };
  const protocol = rest.slice(1);
  return rest[0] === "/" && isRoomProtocol(protocol) ? { tag, protocol } : undefined;
}

/** A name that an application may give its protocol within a room: 1 to 36 characters of a channel's name. */
export const isRoomProtocol = (protocol: string): boolean =>
  protocol.length <= ROOM_PROTOCOL_BYTES_MAX && isProtocolName(protocol);

/** Five bits of `bytes`, from bit `at` on. */
const bits = (bytes: Uint8Array, at: number): number =>
  ((((bytes[at >>> 3] ?? 0) << 8) | (bytes[(at >>> 3) + 1] ?? 0)) >>> (11 - (at & 7))) & 31;
