import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { ROOM_PROTOCOL_BYTES_MAX } from "../wire/limits.ts";
import { channelName, channelTag, isRoomProtocol, parseChannelName } from "./channel-name.ts";
import { roomIdFromBytes } from "./room-id.ts";

const peer = (number: number): PeerId => peerIdFromBytes(new Uint8Array(32).fill(number));
const ROOM = roomIdFromBytes(new Uint8Array(32).fill(7));

test("[RSE-1] channelTag: of the room, who opens and who accepts; 22 characters", () => {
  const tag = channelTag(nobleProvider, ROOM, peer(1), peer(2));
  assert.match(tag, /^[a-z2-7]{22}$/);
  assert.equal(channelTag(nobleProvider, ROOM, peer(1), peer(2)), tag);
  assert.notEqual(channelTag(nobleProvider, ROOM, peer(2), peer(1)), tag);
  assert.notEqual(channelTag(nobleProvider, roomIdFromBytes(new Uint8Array(32)), peer(1), peer(2)), tag);
});

test("parseChannelName reads what channelName writes, and nothing else", () => {
  const tag = "a".repeat(22);
  for (const protocol of [undefined, "chat/1", "x".repeat(ROOM_PROTOCOL_BYTES_MAX)])
    assert.deepEqual(parseChannelName(channelName({ tag, protocol })), { tag, protocol });
  for (const name of [`room.${"a".repeat(21)}`, `room.${tag}/`, `room.${tag}x`, `room.${"A".repeat(22)}`, "chat/1"])
    assert.equal(parseChannelName(name), undefined, name);
  assert.equal(parseChannelName(`room.${tag}/${"x".repeat(ROOM_PROTOCOL_BYTES_MAX + 1)}`), undefined);
});

test("isRoomProtocol: 1 to 36 characters of a channel's name", () => {
  for (const name of ["", "ä", "A", "-a", "a b"]) assert.equal(isRoomProtocol(name), false);
  assert.equal(isRoomProtocol("x".repeat(36)), true);
  assert.equal(isRoomProtocol("x".repeat(37)), false);
});
