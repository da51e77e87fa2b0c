import assert from "node:assert/strict";
import { test } from "node:test";
import { type PeerId, peerIdFromBytes } from "../identity/peer-id.ts";
import { type RoomId, roomIdFromBytes } from "../room/room-id.ts";
import { FLOWS_MAX, FLOWS_PER_MEMBER_MAX, ROUTED_RECORD_BYTES_MAX } from "../wire/limits.ts";
import { seeded } from "./endpoint-fixture.test.ts";
import { type FlowOutput, RoomFlows } from "./room-flows.ts";

const ROOM: RoomId = roomIdFromBytes(new Uint8Array(32).fill(7));
const peer = (number: number): PeerId => peerIdFromBytes(new Uint8Array(32).fill(number));
const [ADA, BEN] = [peer(1), peer(2)];

function outputs(flows: RoomFlows): FlowOutput[] {
  const all: FlowOutput[] = [];
  for (let output = flows.poll(); output !== undefined; output = flows.poll()) all.push(output);
  return all;
}

/** What `from` sends becomes what `to` receives. */
function carry(from: RoomFlows, sender: PeerId, to: RoomFlows): FlowOutput[] {
  for (const output of outputs(from)) if (output.type === "send") to.handleUnicast(output.room, sender, output.payload);
  return outputs(to);
}

test("RoomFlows: packets go both ways on the flow that the first one began, and the end ends it", () => {
  const [ada, ben] = [new RoomFlows(seeded("ada")), new RoomFlows(seeded("ben"))];
  assert.equal(ada.open(ROOM, BEN, 5), true);
  assert.deepEqual(outputs(ada), [{ type: "flowUp", flow: 1, peer: BEN, dial: 5 }]);
  ada.send(1, Uint8Array.of(1, 2));
  assert.deepEqual(carry(ada, ADA, ben), [
    { type: "flowUp", flow: 1, peer: ADA, dial: undefined },
    { type: "flowPacket", flow: 1, packet: Uint8Array.of(1, 2) },
  ]);
  ben.send(1, Uint8Array.of(3));
  assert.deepEqual(carry(ben, BEN, ada), [{ type: "flowPacket", flow: 1, packet: Uint8Array.of(3) }]);
  ben.close(1);
  assert.deepEqual(carry(ben, BEN, ada), [{ type: "flowDown", flow: 1 }]);
  assert.equal(ada.size + ben.size, 0);
});

test("[RSE-4] RoomFlows: a packet is of whoever the mesh says sent it, whatever id it shows", () => {
  const [ada, ben] = [new RoomFlows(seeded("ada")), new RoomFlows(seeded("ben"))];
  ada.open(ROOM, BEN, 5);
  ada.send(1, Uint8Array.of(1));
  const [, sent] = outputs(ada);
  assert.ok(sent?.type === "send");
  ben.handleUnicast(ROOM, ADA, sent.payload);
  ben.handleUnicast(ROOM, peer(3), sent.payload);
  assert.deepEqual(
    outputs(ben).map((output) => ("flow" in output ? output.flow : 0)),
    [1, 1, 2, 2],
  );
});

test("[RSE-4] RoomFlows: garbage, empty and oversized packets begin nothing; at the limits nothing new begins", () => {
  const flows = new RoomFlows(seeded("bounds"));
  const of = (type: number, id: number, bytes: number): Uint8Array =>
    Uint8Array.of(type, ...new Array(16).fill(id), ...new Array(bytes).fill(0));
  for (const payload of [new Uint8Array(0), Uint8Array.of(1, 2), of(9, 0, 1), of(1, 0, 0), of(2, 0, 3)])
    flows.handleUnicast(ROOM, ADA, payload);
  flows.handleUnicast(ROOM, ADA, of(1, 0, ROUTED_RECORD_BYTES_MAX + 1));
  assert.deepEqual(outputs(flows), []);
  for (let id = 0; id <= FLOWS_PER_MEMBER_MAX; id++) flows.handleUnicast(ROOM, ADA, of(1, id, 1));
  assert.equal(flows.size, FLOWS_PER_MEMBER_MAX);
  for (let i = 10; flows.size < FLOWS_MAX; i++) assert.equal(flows.open(ROOM, peer(i), 1), true);
  assert.equal(flows.open(ROOM, peer(200), 1), false);
  flows.endWith(ROOM, ADA);
  assert.equal(flows.size, FLOWS_MAX - FLOWS_PER_MEMBER_MAX);
  assert.equal(flows.open(ROOM, peer(200), 1), true);
});
