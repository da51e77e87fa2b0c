import assert from "node:assert/strict";
import { test } from "node:test";
import { type PeerId, parsePeerId } from "@kith/core";
import { RoomBroadcastHandle } from "./room-broadcast-handle.ts";
import type { RoomMessage } from "./rooms-api.ts";

const BEN: PeerId = parsePeerId("b".repeat(64)) ?? assert.fail();
const message = (byte: number): RoomMessage => ({ from: BEN, bytes: Uint8Array.of(byte), hops: 0, sentAt: 0 });

test("RoomBroadcastHandle.send waits while the room is full, and keeps the order", async () => {
  const taken: number[] = [];
  let room = 1;
  const handle = new RoomBroadcastHandle("board/1", {
    send: (_, bytes) => room-- > 0 && taken.push(bytes[0] ?? 0) > 0,
    closed: () => {},
  });
  const sent = [1, 2, 3].map((byte) => handle.send(Uint8Array.of(byte)));
  await sent[0];
  room = 1;
  handle.handleWritable();
  await sent[1];
  assert.deepEqual(taken, [1, 2]);
  handle.end();
  await assert.rejects(Promise.resolve(sent[2]), { code: "ERR_ROOM_LEFT" });
  await assert.rejects(handle.send(Uint8Array.of(4)), { code: "ERR_ROOM_LEFT" });
});

test("RoomBroadcastHandle gives an unread queue of 4,096; the oldest go and are counted as missed", async () => {
  const handle = new RoomBroadcastHandle("board/1", { send: () => true, closed: () => {} });
  for (let i = 0; i < 4_098; i++) handle.handleMessage(message(i % 256));
  assert.equal(handle.missed.get().get(BEN), 2);
  handle.handleMissed(BEN, 3);
  assert.equal(handle.missed.get().get(BEN), 5);
  handle.end();
  const read: number[] = [];
  for await (const { bytes } of handle.messages) read.push(bytes[0] ?? 0);
  assert.deepEqual([read.length, read[0]], [4_096, 2]);
});

test("RoomBroadcastHandle tells the room when its protocol is used no more", async () => {
  const closed: string[] = [];
  {
    await using _ = new RoomBroadcastHandle("board/1", { send: () => true, closed: (name) => void closed.push(name) });
  }
  assert.deepEqual(closed, ["board/1"]);
});
