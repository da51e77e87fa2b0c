/** Rooms as a part that an endpoint may do without, or get later. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hours } from "../lib/time.ts";
import type { RoomId } from "../room/room-id.ts";
import { PROTOCOL } from "../wire/registry.ts";
import { acquaint, TestNet, type TestNode } from "./endpoint-fixture.test.ts";
import { makeRooms } from "./room-part.ts";

function create(node: TestNode): RoomId {
  const created = node.endpoint.rooms.create("Garden", {}, node.at);
  assert.ok(typeof created !== "string");
  node.net.run(1_000);
  return created.room;
}

function inviteFrom(node: TestNode, room: RoomId): string {
  const ways = { hints: [node.hint], relays: [] };
  const made = node.endpoint.rooms.invite(room, { uses: 1, lifetime: hours(1), role: "member", ...ways }, node.at);
  assert.ok(typeof made === "object");
  node.net.run(1_000);
  return made.links[0] ?? "";
}

test("RoomSpace: without rooms contacts talk, and what has to do with rooms is refused", () => {
  const net = new TestNet();
  const [ada, ben] = [net.node("ada"), net.node("ben", { rooms: undefined })];
  acquaint(ada, ben);
  ada.endpoint.conversations.sendText(ben.id, "hello", ada.at);
  net.run(5_000);
  assert.deepEqual(ben.textsFrom(ada), ["hello"]);
  assert.equal(ben.endpoint.roomSpace.desk, undefined);
  assert.throws(() => ben.endpoint.rooms, { name: "AssertionError" });

  const { stack } = ada.sessionWith(ben);
  const channels = [PROTOCOL.join, `room.${"a".repeat(22)}`].map((protocol) => stack.open(protocol, 0) ?? -1);
  net.run(1_000);
  assert.ok(channels.every((channel) => channel >= 0));
  assert.equal(stack.channelCount, 1, "the chat's alone is left");
});

test("RoomSpace: rooms that are added later are as rooms from the start: ours, and those of others", () => {
  const net = new TestNet();
  const [ada, ben] = [net.node("ada", { rooms: undefined }), net.node("ben", { rooms: undefined })];
  acquaint(ada, ben);
  net.run(5_000);
  ada.endpoint.roomSpace.setAddresses([ada.hint], ada.at.now);
  for (const node of [ada, ben]) node.endpoint.roomSpace.add(makeRooms, node.at);
  assert.throws(() => ada.endpoint.roomSpace.add(makeRooms, ada.at), { name: "AssertionError" });
  const room = create(ada);
  ben.endpoint.rooms.join(inviteFrom(ada, room), [], 1, ben.at);
  net.run(10_000);
  assert.equal(ben.of("roomJoined").length, 1);
  assert.equal(ben.endpoint.rooms.membersOf(room).length, 2);
  assert.equal(ada.endpoint.roomSpace.isMember(ben.id), true);

  assert.equal(ben.endpoint.rooms.broadcast(room, "chat/1", Uint8Array.of(7), ben.at), true);
  net.run(5_000);
  assert.deepEqual(
    ada.of("roomMessage").map(({ from, bytes }) => [from, ...bytes]),
    [[ben.id, 7]],
  );
});

test("RoomSpace: kept rooms are there as soon as their part is", () => {
  const net = new TestNet();
  const ada = net.node("ada");
  const room = create(ada);
  ada.options.rooms = undefined;
  ada.restart();
  ada.endpoint.roomSpace.add(makeRooms, ada.at);
  assert.equal(ada.endpoint.rooms.stateOf(room)?.state, "in");
});
