/** What is missing in the net, and who is named (R37-R43; spec/topology.md §5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerId } from "../identity/peer-id.ts";
import { type Duration, instant } from "../lib/time.ts";
import { GAPS_MAX } from "../wire/limits.ts";
import { type Finding, GapWatch } from "./gaps.ts";
import { digest, drain, forge, idOf, NOW, TopologyWorld, topologyOf } from "./topology-world.test.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** 1, 2 and 3 linked with each other; 4 only with 3. */
function conspiracy(): TopologyWorld {
  const world = new TopologyWorld([1, 2, 3, 4]);
  for (const [a, b] of [
    [1, 2],
    [1, 3],
    [2, 3],
    [3, 4],
  ] as const)
    world.link(a, b);
  return world;
}

test("R37 [TOP-9] a peer admitted by one member only is shown to all others as a gap that names whom it hangs on", () => {
  const world = conspiracy();
  world.run(12_000);
  const gaps = ["hangs-on 4 3", "not-connected 1 4", "not-connected 2 4"];
  for (const number of [1, 2, 3, 4]) {
    const shown = world.gaps(number).map((text) => text.replace("not-connected 4 1", "not-connected 1 4"));
    assert.deepEqual(shown.map((text) => text.replace("not-connected 4 2", "not-connected 2 4")).sort(), gaps);
  }
  world.link(1, 4);
  world.link(2, 4);
  world.run(6_000);
  for (const number of [1, 2, 3, 4]) assert.deepEqual(world.gaps(number), []);
});

test("R37 [TOP-9] three in a row: both ends hang on the one between them", () => {
  const world = new TopologyWorld([1, 2, 3]);
  world.link(1, 2);
  world.link(2, 3);
  world.run(12_000);
  for (const number of [1, 2, 3])
    assert.deepEqual(
      world.gaps(number).filter((text) => text.startsWith("hangs-on")),
      ["hangs-on 1 2", "hangs-on 3 2"],
    );
});

test("R38 [TOP-8] a link that only one of two claims is flagged as one-sided, and leads nowhere", () => {
  const world = new TopologyWorld(upTo(4));
  world.linkAll();
  world.unlink(1, 4);
  // 4 says that it is still linked with 1.
  world.lies.set(4, (said) => forge(4, { ...said, neighbours: [idOf(1), idOf(2), idOf(3)] }));
  world.run(16_000);
  for (const number of [1, 2, 3]) assert.deepEqual(world.gaps(number), ["one-sided 4 1"], `as ${number} sees it`);
  assert.ok(world.edges(2).includes("1 4 by 4"));
  assert.equal(world.at(1).hops(idOf(4)), 2);
  assert.notEqual(world.at(1).nextHop(idOf(4)), idOf(4));
});

test("R38 [TOP-8] a neighbour that is no member is flagged as an outsider, until it is one", () => {
  const world = new TopologyWorld(upTo(3));
  world.linkAll();
  world.lies.set(3, (said) => forge(3, { ...said, neighbours: [idOf(1), idOf(2), idOf(9)] }));
  world.run(9_000);
  assert.deepEqual(world.gaps(1), []);
  world.run(3_000);
  for (const number of [1, 2]) assert.deepEqual(world.gaps(number), ["outsider 3 9"]);
  assert.deepEqual(world.at(1).neighboursOf(idOf(3)).toSorted(), [idOf(1), idOf(2)].toSorted());
  world.at(1).setRoster([1, 2, 3, 9].map(idOf), world.now);
  world.run(1_000);
  assert.deepEqual(world.gaps(1), []);
  assert.ok(world.at(1).names(idOf(3), idOf(9)));
  world.at(1).setRoster([1, 2, 3].map(idOf), world.now);
  world.run(12_000);
  assert.deepEqual(world.gaps(1), ["outsider 3 9"]);
});

test("R39 [TOP-10] a gap is told only after 10 s, and says that two are not connected", () => {
  const world = new TopologyWorld(upTo(3));
  world.linkAll();
  world.run(10_000);
  world.unlink(1, 2);
  const from = world.elapsed;
  while (world.gaps(3).length === 0) {
    world.run(250);
    assert.ok(world.elapsed - from < 17_000, "a gap within 5 s for the list, 10 s, and one for the look");
  }
  assert.ok(world.elapsed - from >= 10_000);
  assert.ok(world.gaps(3).some((text) => /^not-connected (1 2|2 1)$/.test(text)));
  // A negotiation that takes less leaves no trace, though lists are up to 5 s late.
  world.link(1, 2);
  world.run(20_000);
  world.outputs.length = 0;
  world.unlink(1, 2);
  world.run(4_000);
  world.link(1, 2);
  world.run(30_000);
  assert.ok(world.outputs.every(({ output }) => output.type !== "gaps"));
});

test("R40 [TOP-11] members with another roster are reported by all, and report all, after one round of lists and 10 s", () => {
  const world = new TopologyWorld(upTo(3));
  world.linkAll();
  world.run(10_000);
  world.at(3).setRosterDigest(digest(3), world.now);
  world.run(22_000);
  assert.deepEqual(world.gaps(1), ["roster-differs 3"]);
  assert.deepEqual(world.gaps(2), ["roster-differs 3"]);
  assert.deepEqual(world.gaps(3), ["roster-differs 1", "roster-differs 2"]);
  world.at(3).setRosterDigest(digest(0), world.now);
  world.run(6_000);
  for (const number of [1, 2, 3]) assert.deepEqual(world.gaps(number), []);
});

test("[TOP-11] a change that all come to know is no difference", () => {
  const world = new TopologyWorld(upTo(4));
  world.linkAll();
  world.run(10_000);
  for (let change = 1; change < 20; change++) {
    for (const number of upTo(4)) {
      world.at(number).setRosterDigest(digest(change), world.now);
      world.run(500);
    }
  }
  world.run(20_000);
  assert.ok(world.outputs.every(({ output }) => output.type !== "gaps"));
});

test("R41 who is cut off by all hangs on the one who did not, and the others have no link with it", () => {
  const world = conspiracy();
  world.run(12_000);
  world.unlink(1, 3);
  world.unlink(2, 3);
  world.run(20_000);
  assert.deepEqual(
    world.edges(1).filter((edge) => !edge.includes("by")),
    ["1 2", "3 4"],
  );
  assert.equal(world.at(1).hops(idOf(4)), undefined);
  assert.equal(world.at(1).hops(idOf(3)), undefined);
});

test("R43 not claimed: who passes things on in secret lists no link, and the topology shows no gap", () => {
  const world = new TopologyWorld(upTo(3));
  world.linkAll();
  // 3 hands all that it hears to 9, who is no member, and lists only its honest links.
  world.lies.set(3, (said) => forge(3, { ...said, neighbours: [idOf(1), idOf(2)] }));
  world.run(120_000);
  for (const number of [1, 2]) {
    assert.deepEqual(world.gaps(number), []);
    assert.deepEqual(world.edges(number), ["1 2", "1 3", "2 3"]);
  }
});

test("[TOP-12] two statements of one incarnation and sequence: the alarm names who signed both, everywhere and once", () => {
  const world = new TopologyWorld(upTo(4));
  world.linkAll();
  world.run(10_000);
  world.silent.add(4);
  const said = { sequence: 900, date: world.wall };
  const [one, two] = [forge(4, { ...said, neighbours: [idOf(1)] }), forge(4, { ...said, neighbours: [idOf(2)] })];
  world.at(1).handleList(one, world.now, world.wall);
  world.at(2).handleList(two, world.now, world.wall);
  world.at(3).handleList(one, world.now, world.wall);
  world.spread(1, one);
  world.spread(2, two);
  world.run(1_000);
  for (const number of [1, 2, 3]) {
    assert.ok(world.gaps(number).includes("contradiction 4"));
    const alarms = world.outputs.filter(({ at, output }) => at === number && output.type === "contradiction");
    assert.deepEqual(alarms, [{ at: number, output: { type: "contradiction", peer: idOf(4) } }]);
  }
});

test("[TOP-12] a contradiction in the log is told the same way, and only of members", () => {
  const topology = topologyOf(1);
  topology.setRoster([idOf(1), idOf(2)], NOW);
  topology.reportContradiction(idOf(2), NOW);
  topology.reportContradiction(idOf(2), NOW);
  topology.reportContradiction(idOf(3), NOW);
  topology.handleTimeout(NOW);
  assert.deepEqual(topology.gaps, [{ kind: "contradiction", peer: idOf(2) }]);
  assert.equal(drain(topology).filter(({ type }) => type === "contradiction").length, 1);
  topology.setRoster([idOf(1)], NOW);
  topology.handleTimeout(instant(NOW + 5_000));
  assert.deepEqual(topology.gaps, []);
});

/** 1 to 6 linked with each other, 7 to 12 likewise, 6 and 7 with each other; 12 with 11 alone. */
function twoIslands(): TopologyWorld {
  const world = new TopologyWorld(upTo(12));
  for (const [from, to] of [
    [1, 6],
    [7, 11],
  ] as const)
    for (let a = from; a <= to; a++) for (let b = a + 1; b <= to; b++) world.link(a, b);
  world.link(6, 7);
  world.link(11, 12);
  return world;
}

test("[TOP-9] above nine members a missing link is none, but a cut vertex and a single neighbour are", () => {
  const world = twoIslands();
  world.run(20_000);
  const expected = ["cut-vertex 11", "cut-vertex 6", "cut-vertex 7", "hangs-on 12 11"];
  for (const number of upTo(12)) assert.deepEqual(world.gaps(number), expected, `as ${number} sees it`);
  world.link(1, 8);
  world.link(2, 12);
  world.run(20_000);
  for (const number of upTo(12)) assert.deepEqual(world.gaps(number), []);
});

test("[TOP-9] a room that grows past nine, and shrinks again, changes what it takes for a gap", () => {
  const world = new TopologyWorld(upTo(10));
  world.linkAll();
  world.unlink(1, 2);
  world.run(30_000);
  for (const number of upTo(10)) assert.deepEqual(world.gaps(number), []);
  world.vanish(10);
  world.run(30_000);
  for (const number of upTo(9))
    assert.deepEqual(
      world.gaps(number).map((text) => text.split(" ")[0]),
      ["not-connected"],
    );
});

test("[TOP-9] somebody who is gone is no gap, and neither are two that went together", () => {
  const world = new TopologyWorld(upTo(6));
  world.linkAll();
  world.run(10_000);
  world.vanish(5);
  world.vanish(6);
  world.outputs.length = 0;
  world.run(60_000);
  assert.ok(world.outputs.every(({ output }) => output.type !== "gaps"));
});

test("at most GAPS_MAX gaps are told; a finding that goes and comes again begins anew", () => {
  const finding = (i: number): Finding => ({
    key: `${i}`,
    gap: { kind: "cut-vertex", peer: `${i}` as PeerId },
    wait: 1_000 as Duration,
  });
  const many = Array.from({ length: GAPS_MAX + 1 }, (_, i) => finding(i));
  const watch = new GapWatch();
  assert.equal(watch.update(many, NOW), false);
  assert.equal(watch.nextDue(NOW), NOW + 1_000);
  assert.equal(watch.update(many, instant(NOW + 1_000)), true);
  assert.equal(watch.gaps.length, GAPS_MAX);
  assert.equal(watch.update([finding(1)], instant(NOW + 2_000)), true);
  assert.equal(watch.update([finding(2)], instant(NOW + 2_000)), true);
  assert.deepEqual(watch.gaps, []);
});
