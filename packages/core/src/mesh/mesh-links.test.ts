/** Whom members link with: all in small rooms, a few in large ones; who yields; how islands meet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MESH_LINKS_MAX, MESH_LINKS_TARGET } from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { type Host, MeshWorld } from "./mesh-fixture.test.ts";

const degrees = (world: MeshWorld): number[] =>
  world.hosts.filter(({ isUp }) => isUp).map(({ mesh }) => mesh.neighbours.length);

/** Everybody that `start` reaches over links. */
function island(world: MeshWorld, start: Host): Set<Host> {
  const found = new Set([start]);
  for (const host of found)
    for (const peer of host.mesh.neighbours) {
      const other = world.hosts.find((candidate) => candidate.peer === peer);
      if (other !== undefined) found.add(other);
    }
  return found;
}

test("[MSH-5] no envelope goes to a channel that did not greet", () => {
  const world = new MeshWorld({ members: 2 });
  const [a, b] = [world.host(0), world.host(1)];
  world.stop(b);
  a.mesh.handleNeighbourUp(b.peer, world.instant);
  world.say(a, "x");
  assert.deepEqual(a.mesh.neighbours, []);
  world.run(5_000);
  assert.equal(b.received.size, 0);
});

for (const members of [2, 5, 9]) {
  test(`[MSH-6] ${members} members: everybody with everybody, again after links died`, () => {
    const world = new MeshWorld({ members });
    world.run(3_000);
    assert.deepEqual(new Set(degrees(world)), new Set([members - 1]));
    const [a, b] = [world.host(0), world.host(1)];
    world.close(a, b);
    world.run(10);
    assert.equal(a.mesh.neighbours.length, members - 2);
    world.run(2_000);
    assert.deepEqual(new Set(degrees(world)), new Set([members - 1]));
  });
}

test("[MSH-6] a member out of reach is tried after 1 s, then twice as long, at most 30 s", () => {
  const world = new MeshWorld({ members: 2 });
  const at: number[] = [];
  world.mayLink = (a) => {
    if (a.number === 0) at.push(world.now);
    return false;
  };
  world.run(200_000);
  const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
  for (const [i, wait] of waits.entries()) {
    const meant = Math.min(30_000, 1_000 * 2 ** i);
    assert.ok(wait >= 0.75 * meant && wait <= 1.25 * meant + 300, `${i}: ${wait}`);
  }
});

test("[MSH-6] whoever is seen where it was not is tried after 1 s, however often that is said, but not one that broke a rule", () => {
  const world = new MeshWorld({ members: 2 });
  const [host, other] = [world.host(0), world.host(1)];
  let tries = 0;
  world.mayLink = (a) => {
    if (a === host) tries += 1;
    return false;
  };
  const sight = (times: number): number => {
    const before = tries;
    for (let time = 0; time < times; time++) {
      host.mesh.handleSighted(other.peer, world.instant);
      world.turn(host);
      world.run(100);
    }
    world.run(1_400);
    return tries - before;
  };
  world.run(200_000);
  assert.equal(sight(1), 1);
  const often = sight(200);
  assert.ok(often >= 8 && often <= 22, `${often} in 20 s`);
  world.run(200_000);
  host.mesh.ban(other.peer, world.instant);
  assert.equal(sight(1), 0);
});

test("[MSH-7] forty members: six links or more, never above eight, in one piece, whoever comes and goes", () => {
  const world = new MeshWorld({ members: 40, seed: 2 });
  world.run(20_000);
  for (let round = 0; round < 20; round++) {
    const host = world.host(world.chance.below(40));
    if (host.isUp) world.stop(host, world.chance.below(3_000));
    else world.start(host, true);
    world.run(1_500);
    assert.ok(Math.max(...degrees(world)) <= MESH_LINKS_MAX);
  }
  for (const host of world.hosts) if (!host.isUp) world.start(host, true);
  world.run(60_000);
  assert.ok(Math.min(...degrees(world)) >= MESH_LINKS_TARGET - 2, `${degrees(world)}`);
  assert.equal(island(world, world.host(0)).size, 40);
});

test("[MSH-7] at the ninth greet the newest yields, unless it has no other link", () => {
  const world = new MeshWorld({ members: 20, seed: 4 });
  world.run(30_000);
  const full = world.hosts.find(({ mesh }) => mesh.neighbours.length === MESH_LINKS_MAX);
  assert.ok(full !== undefined);
  const before = full.mesh.neighbours;
  const linked = world.hosts.find((host) => host !== full && !before.includes(host.peer));
  assert.ok(linked !== undefined && linked.mesh.neighbours.length > 0);
  world.open(full, linked);
  world.run(400);
  assert.deepEqual(full.mesh.neighbours, before, "who has links, yields");
  assert.ok((linked.received.get(MESH_MESSAGE.full) ?? 0) > 0);
  world.stop(linked);
  world.run(100);
  world.start(linked, true);
  world.open(full, linked);
  world.run(400);
  assert.ok(full.mesh.neighbours.includes(linked.peer), "who has none, does not");
  assert.ok(full.mesh.neighbours.length <= MESH_LINKS_MAX);
});

test("[MSH-8] two islands that know nothing of each other become one", () => {
  const world = new MeshWorld({ members: 30, seed: 6 });
  let isParted = true;
  world.mayLink = (a, b) => !isParted || a.number < 15 === b.number < 15;
  world.applyCuts();
  world.run(60_000);
  isParted = false;
  world.say(world.host(0), "said before");
  world.run(600_000);
  assert.equal(island(world, world.host(0)).size, 30);
  for (const host of world.hosts.slice(15)) assert.deepEqual(host.texts(), ["said before"]);
});

test("whoever is cut loses its link and gets none; whoever is no member any more, too", () => {
  const world = new MeshWorld({ members: 4 });
  world.run(5_000);
  const [a, b, c] = [world.host(0), world.host(1), world.host(2)];
  a.mesh.setLinkable(b.peer, false, world.instant);
  world.turn(a);
  world.run(90_000);
  assert.ok(!a.mesh.neighbours.includes(b.peer) && !b.mesh.neighbours.includes(a.peer));
  a.mesh.setLinkable(b.peer, true, world.instant);
  world.turn(a);
  world.run(2_000);
  assert.ok(a.mesh.neighbours.includes(b.peer));
  for (const host of [a, b]) host.mesh.setRoster(world.roster.filter((peer) => peer !== c.peer), world.instant); // biome-ignore format: one line
  for (const host of [a, b]) world.turn(host);
  world.run(1_000);
  for (const host of [a, b]) assert.ok(!host.mesh.neighbours.includes(c.peer));
  a.mesh.setRoster(world.roster, world.instant);
  world.turn(a);
  world.run(2_000);
  assert.ok(a.mesh.neighbours.includes(c.peer), "admitted again");
});

test("whoever is turned away asks again, but less and less often", () => {
  const world = new MeshWorld({ members: 3 });
  world.run(5_000);
  const [a, b] = [world.host(0), world.host(1)];
  world.inject(b, a, Uint8Array.of(0x30)); // garbage: a wants no link with it for a minute
  let dials = 0;
  world.mayLink = () => ++dials > 0;
  world.run(45_000);
  assert.ok(!a.mesh.neighbours.includes(b.peer));
  assert.ok(dials >= 3 && dials <= 12, `${dials} dials`);
  world.run(60_000);
  assert.ok(a.mesh.neighbours.includes(b.peer));
});

test("[MSH-16] a newcomer hears at once who is linked to whom", () => {
  const world = new MeshWorld({ members: 12, seed: 8 });
  world.run(30_000);
  const late = world.host(11);
  world.stop(late);
  world.run(20_000);
  world.start(late, true);
  world.run(1_500);
  assert.ok(late.mesh.topology.heardCount >= 10, `${late.mesh.topology.heardCount}`);
});
