/** Who is linked to whom, as every member comes to see it (R34-R36; spec/topology.md §3-§4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { idOf, TopologyWorld } from "./topology-world.test.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

for (let n = 2; n <= 8; n++) {
  test(`R34 [TOP-6] each of ${n} members sees the graph as it is within 10 s of a change`, () => {
    const world = new TopologyWorld(upTo(n));
    world.linkAll();
    world.run(10_000);
    for (const number of world.members.keys()) assert.deepEqual(world.edges(number), world.realEdges());
    world.unlink(1, 2);
    world.run(10_000);
    // Of two, each keeps what the other said last; a link needs both to say so.
    const isLink = (edge: string): boolean => !edge.includes("by");
    for (const number of world.members.keys())
      assert.deepEqual(n > 2 ? world.edges(number) : world.edges(number).filter(isLink), world.realEdges());
    world.link(1, 2);
    world.run(10_000);
    for (const number of world.members.keys()) assert.deepEqual(world.edges(number), world.realEdges());
  });

  test(`R36 [TOP-9] ${n} members in a healthy room: a complete graph, and no gap at any time`, () => {
    const world = new TopologyWorld(upTo(n));
    world.linkAll();
    world.run(60_000);
    for (const number of world.members.keys()) {
      assert.equal(world.edges(number).length, (n * (n - 1)) / 2);
      assert.deepEqual(world.gaps(number), []);
    }
    assert.ok(world.outputs.every(({ output }) => output.type !== "gaps"));
  });
}

test("R35 [TOP-4] a list is renewed every 5 s, and one not renewed for 15 s is shown as stale", () => {
  const world = new TopologyWorld([1, 2, 3]);
  world.linkAll();
  world.run(20_000);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "online");
  world.silent.add(3);
  world.run(9_000);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "online");
  world.outputs.length = 0;
  world.run(6_250);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "stale");
  assert.ok(world.outputs.some(({ at, output }) => at === 1 && output.type === "changed"));
  assert.equal(world.at(1).stateOf(idOf(2), world.now), "online");
  world.silent.delete(3);
  world.run(5_000);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "online");
});
