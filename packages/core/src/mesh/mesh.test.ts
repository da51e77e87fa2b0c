import assert from "node:assert/strict";
import { test } from "node:test";
import { textToBytes } from "../lib/utf8.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { MeshWorld } from "./mesh-fixture.test.ts";

test("[MSH-14] a room of five is a full mesh, and what one says comes to all once, straight", () => {
  const world = new MeshWorld({ members: 5 });
  world.run(8_000);
  for (const host of world.hosts) assert.equal(host.mesh.neighbours.length, 4);
  for (const host of world.hosts) host.received.clear();
  for (let i = 0; i < 10; i++) world.say(world.host(0), `text ${i}`);
  world.run(1_000);
  const expected = Array.from({ length: 10 }, (_, i) => `text ${i}`);
  for (const host of world.hosts.slice(1)) {
    assert.deepEqual(host.texts(), expected);
    assert.equal(host.received.get(MESH_MESSAGE.broadcast), 10);
    assert.ok(host.delivered.every(({ hops }) => hops === 0));
  }
  assert.deepEqual(world.host(0).texts(), []);
});

test("[MSH-12] who comes later gets what was said before, in order", () => {
  const world = new MeshWorld({ members: 4 });
  const late = world.host(3);
  world.stop(late);
  world.run(5_000);
  for (let i = 0; i < 40; i++) world.say(world.host(i % 3), `text ${i}`);
  world.run(3_000);
  world.start(late, true);
  world.run(5_000);
  for (const number of [0, 1, 2]) {
    const expected = Array.from({ length: 40 }, (_, i) => i).filter((i) => i % 3 === number);
    assert.deepEqual(late.texts(world.host(number).peer), expected.map((i) => `text ${i}`)); // biome-ignore format: one line
  }
  assert.equal(late.received.get(MESH_MESSAGE.repair), 40, "each once");
  assert.deepEqual(late.missed, []);
});

test("[MSH-14] where links are missing, members pass on, each once", () => {
  // 0 - 1 - 2 - 3, and 1 - 3: from 0, member 1 is the way to 2 and 3.
  const edges = new Set(["0-1", "1-2", "2-3", "1-3"]);
  const world = new MeshWorld({ members: 4 });
  world.mayLink = (a, b) => edges.has(`${Math.min(a.number, b.number)}-${Math.max(a.number, b.number)}`);
  world.applyCuts();
  world.run(15_000);
  for (const host of world.hosts) host.received.clear();
  for (let i = 0; i < 5; i++) world.say(world.host(0), `text ${i}`);
  world.run(1_000);
  assert.deepEqual(world.hosts.map(({ received }) => received.get(MESH_MESSAGE.broadcast) ?? 0), [0, 5, 5, 5]); // biome-ignore format: one line
  assert.ok(world.host(3).delivered.every(({ hops }) => hops === 1));
});

test("[MSH-17] a unicast goes over those in between", () => {
  const world = new MeshWorld({ members: 4 });
  world.mayLink = (a, b) => Math.abs(a.number - b.number) === 1;
  world.applyCuts();
  world.run(15_000);
  const [first, last] = [world.host(0), world.host(3)];
  assert.ok(first.mesh.sendTo(last.peer, textToBytes("hello"), world.instant));
  world.turn(first);
  world.run(500);
  assert.deepEqual(last.unicasts, [{ origin: first.peer, text: "hello", hops: 2 }]);
});

test("[MSH-15] a room of sixty is a tree with a few more links: all comes, hardly anything twice", () => {
  const world = new MeshWorld({ members: 60 });
  world.run(30_000);
  for (const host of world.hosts) assert.ok(host.mesh.neighbours.length <= 8 && host.mesh.neighbours.length >= 4);
  const sayFifty = (): void => {
    for (let i = 0; i < 50; i++) {
      world.say(world.host((i * 7) % 60), `text ${i}`);
      world.run(200);
    }
    world.run(5_000);
  };
  sayFifty(); // makes the tree
  for (const host of world.hosts) host.received.clear();
  sayFifty();
  for (const host of world.hosts) {
    const own = Array.from({ length: 50 }, (_, i) => i).filter((i) => (i * 7) % 60 === host.number).length;
    assert.equal(new Set(host.texts()).size, 50 - own);
    assert.equal(host.delivered.length, 2 * (50 - own));
  }
  const received = world.hosts.reduce((sum, host) => sum + (host.received.get(MESH_MESSAGE.broadcast) ?? 0), 0);
  assert.ok(received < 1.25 * 59 * 50, `${received} for ${59 * 50}`);
});

test("[MSH-14] of two who could pass it on, the smaller PeerId does", () => {
  // A ring: 0 - 1 - 3 - 2 - 0.
  const edges = new Set(["0-1", "0-2", "1-3", "2-3"]);
  const world = new MeshWorld({ members: 4 });
  world.mayLink = (a, b) => edges.has(`${Math.min(a.number, b.number)}-${Math.max(a.number, b.number)}`);
  world.applyCuts();
  world.run(15_000);
  const ways: string[] = [];
  world.onWay = (from, to, bytes) => {
    if (bytes[0] === MESH_MESSAGE.broadcast) ways.push(`${from.number}-${to.number}`);
    return bytes;
  };
  world.say(world.host(0), "once");
  world.run(1_000);
  const first = world.host(1).peer < world.host(2).peer ? 1 : 2;
  assert.deepEqual(ways.sort(), ["0-1", "0-2", `${first}-3`]);
});
