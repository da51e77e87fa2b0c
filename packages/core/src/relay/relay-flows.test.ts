import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesEqual } from "../lib/bytes.ts";
import { RELAY_FLOWS_PER_KEY_MAX, RELAY_WINDOW_BYTES } from "../wire/relay-limits.ts";
import { filled, RelayRig, type Spoken } from "./relay-fixture.test.ts";

const [ADA, BEN] = [filled(1), filled(2)];
const forwards = (all: readonly Spoken[]): { to: Uint8Array; payload: Uint8Array }[] =>
  all.flatMap((spoken) => (spoken.type === "said" && spoken.message.type === "forward" ? [spoken.message] : []));
const flows = (all: readonly Spoken[]): Spoken[] => all.filter(({ type }) => type.startsWith("flow"));

/** What one says to the other's key arrives there. */
function carry(from: RelayRig, key: Uint8Array, to: RelayRig): Spoken[] {
  for (const { payload } of forwards(from.take())) to.says({ type: "forwarded", from: key, payload });
  return to.take();
}

test("[MEE-4] packets go both ways on the flow that the first one began, and the end ends it", () => {
  const [ada, ben] = [new RelayRig().enter(), new RelayRig().enter()];
  const flow = ada.client.dialFlow(BEN, ada.now);
  assert.ok(flow !== undefined);
  ada.client.sendPacket(flow, [Uint8Array.of(1), Uint8Array.of(2)]);
  const [up, packet] = carry(ada, ADA, ben);
  assert.ok(up?.type === "flowUp" && !up.isOutgoing && bytesEqual(up.key, ADA));
  assert.ok(packet?.type === "flowPacket" && bytesEqual(packet.packet, Uint8Array.of(1, 2)));
  ben.client.sendPacket(up.flow, [Uint8Array.of(3)]);
  const [answer] = carry(ben, BEN, ada);
  assert.ok(answer?.type === "flowPacket" && answer.flow === flow);
  ben.client.endFlow(up.flow);
  assert.deepEqual(carry(ben, BEN, ada), [{ type: "flowDown", flow }]);
  ada.client.sendPacket(flow, [Uint8Array.of(1)]);
  assert.deepEqual(ada.take(), []);
});

test("[REL-8] more than the window waits in the link, in order, and the link says when there is room", () => {
  const rig = new RelayRig().enter();
  const flow = rig.client.dialFlow(BEN, rig.now);
  assert.ok(flow !== undefined);
  rig.take();
  assert.equal(rig.client.room(flow), RELAY_WINDOW_BYTES);
  const packet = 60_000;
  for (let i = 0; i < 6; i++) rig.client.sendPacket(flow, [filled(i, packet)]);
  const sent = forwards(rig.take());
  const bytes = packet + 9 + 33;
  assert.equal(sent.length, Math.floor(RELAY_WINDOW_BYTES / bytes));
  assert.equal(rig.client.room(flow), 0);
  rig.says({ type: "window", to: BEN, bytes });
  const next = rig.take();
  assert.deepEqual([forwards(next).length, flows(next).length], [1, 0]);
  rig.says({ type: "window", to: BEN, bytes: 2 * bytes });
  const last = rig.take();
  assert.deepEqual(
    [...sent, ...forwards(next), ...forwards(last)].map(({ payload }) => payload[20]),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(flows(last), [{ type: "flowRoom", flow }]);
  rig.says({ type: "window", to: BEN, bytes: 3 * bytes });
  assert.equal(rig.client.room(flow), RELAY_WINDOW_BYTES);
});

test("[MEE-4] a key that is away has no flows; what counted against its window comes back later", () => {
  const rig = new RelayRig().enter();
  const [one, two] = [rig.client.dialFlow(BEN, rig.now), rig.client.dialFlow(BEN, rig.now)];
  assert.ok(one !== undefined && two !== undefined);
  rig.client.sendPacket(one, [filled(1, 100)]);
  rig.take();
  rig.says({ type: "away", to: BEN });
  assert.deepEqual(rig.take(), [
    { type: "flowDown", flow: one },
    { type: "flowDown", flow: two },
  ]);
  const again = rig.client.dialFlow(BEN, rig.now);
  assert.ok(again !== undefined);
  assert.equal(rig.client.room(again), RELAY_WINDOW_BYTES - 142);
  rig.says({ type: "window", to: BEN, bytes: 142 });
  assert.equal(rig.client.room(again), RELAY_WINDOW_BYTES);
  assert.equal(rig.client.phase, "ready");
});

test("[MEE-4] of more flows than one key may have the last is answered with its end", () => {
  const rig = new RelayRig().enter();
  const packet = (flow: number): Uint8Array => Uint8Array.of(1, ...filled(flow, 8), 42);
  for (let flow = 0; flow <= RELAY_FLOWS_PER_KEY_MAX; flow++)
    rig.says({ type: "forwarded", from: ADA, payload: packet(flow) });
  const all = rig.take();
  assert.equal(flows(all).filter(({ type }) => type === "flowUp").length, RELAY_FLOWS_PER_KEY_MAX);
  const [end] = forwards(all);
  assert.deepEqual(end && [...end.payload], [2, ...filled(RELAY_FLOWS_PER_KEY_MAX, 8)]);
  assert.equal(rig.client.dialFlow(ADA, rig.now), undefined);
});

test("flows end with the connection, and another one begins with a whole window", () => {
  const rig = new RelayRig().enter();
  const flow = rig.client.dialFlow(BEN, rig.now);
  assert.ok(flow !== undefined);
  rig.client.sendPacket(flow, [filled(1, 1_000)]);
  rig.take();
  rig.client.handleDown(rig.now);
  assert.deepEqual(flows(rig.take()), [{ type: "flowDown", flow }]);
  assert.equal(rig.client.dialFlow(BEN, rig.now), undefined);
  rig.waitOut();
  rig.enter();
  const again = rig.client.dialFlow(BEN, rig.now);
  assert.ok(again !== undefined && again !== flow);
  assert.equal(rig.client.room(again), RELAY_WINDOW_BYTES);
});

test("what is not of a flow is passed over: it is another client's fault", () => {
  const rig = new RelayRig().enter();
  for (const payload of [[], [1], [9, ...filled(1, 8), 1], [1, ...filled(1, 8)], [2, ...filled(1, 8)], [2, 1, 2]])
    rig.says({ type: "forwarded", from: ADA, payload: Uint8Array.from(payload) });
  assert.deepEqual(rig.take(), []);
  assert.equal(rig.client.phase, "ready");
});

test("[REL-2] who dials over a relay that has been quiet asks whether it is there", () => {
  const rig = new RelayRig().enter();
  rig.wait(4_999);
  rig.client.dialFlow(BEN, rig.now);
  assert.equal(
    rig.take().some((spoken) => spoken.type === "said"),
    false,
  );
  rig.wait(1);
  rig.client.dialFlow(BEN, rig.now);
  assert.ok(rig.take().some((spoken) => spoken.type === "said" && spoken.message.type === "ping"));
  assert.equal(rig.waitOut(), 5_000);
  assert.ok(rig.take().some((spoken) => spoken.type === "lost" && spoken.why === "silent"));
});
