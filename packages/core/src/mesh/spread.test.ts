/** How broadcasts spread in rooms too large for a full mesh, where it takes long (spec/mesh.md §6). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { MeshWorld } from "./mesh-fixture.test.ts";

test("[MSH-15] what is late for all is not asked for: slow links do not change a tree that is whole", () => {
  const world = new MeshWorld({ members: 40, delayMin: 350, delayMax: 450 });
  world.run(60_000);
  const speak = (messages: number): void => {
    for (let i = 0; i < messages; i++) {
      world.say(world.host((i * 7) % 40), `${i}`);
      world.run(1_000);
    }
    world.run(10_000);
  };
  const received = (type: number): number => world.hosts.reduce((sum, host) => sum + (host.received.get(type) ?? 0), 0);
  speak(40);
  const [grafts, broadcasts] = [received(MESH_MESSAGE.graft), received(MESH_MESSAGE.broadcast)];
  speak(40);
  // Without it: 11, and 84 envelopes for 39 who are to have one.
  assert.ok((received(MESH_MESSAGE.graft) - grafts) / 40 < 5);
  assert.ok((received(MESH_MESSAGE.broadcast) - broadcasts) / 40 < 70);
});
