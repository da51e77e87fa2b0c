import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkEnd } from "../transport.ts";
import { MemoryNetwork } from "./memory-transport.ts";
import { transportSuite } from "./transport-suite.ts";

transportSuite("memory", ({ clock }) => {
  const network = new MemoryNetwork(clock === undefined ? {} : { clock });
  return {
    dialer: network.transport("alice"),
    listener: network.transport("bob"),
    deadHint: { host: "nobody", port: 1 },
    hint: (port) => ({ host: "bob", port }),
  };
});

test("MemoryNetwork.cut swallows packets and dials, heal lets them through, break ends links", async () => {
  const network = new MemoryNetwork();
  const got: number[] = [];
  const ends: LinkEnd[] = [];
  const listener = await network
    .transport("bob")
    .listen((link) =>
      link.start({ onPacket: (packet) => got.push(packet[0] ?? -1), onRoom() {}, onClosed: (end) => ends.push(end) }),
    );
  const hints = [{ host: "bob", port: listener.port }];
  const link = await network.transport("alice").dial(hints);
  link.start({ onPacket() {}, onRoom() {}, onClosed: (end) => ends.push(end) });
  network.cut("bob", "alice");
  link.write([Uint8Array.of(1)]);
  await assert.rejects(network.transport("alice").dial(hints), { code: "ERR_PEER_UNREACHABLE" });
  network.heal("alice", "bob");
  link.write([Uint8Array.of(2)]);
  await turns();
  assert.deepEqual(got, [2]);
  network.break("alice", "bob");
  await turns();
  assert.deepEqual(ends, [{ by: "network" }, { by: "network" }]);
});

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(() => resolve()));
};
