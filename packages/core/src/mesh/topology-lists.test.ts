/** What becomes of a list: newest wins, old ones and ghosts do not, liars hurt themselves (spec/topology.md §2-§4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../lib/bytes.ts";
import { type Duration, instant, wallTime } from "../lib/time.ts";
import { CLOCK_SKEW, LIST_BURST_MAX } from "../wire/limits.ts";
import { decodeNeighbourList, readPeers } from "./neighbour-list.ts";
import type { Topology } from "./topology.ts";
import {
  digest,
  drain,
  forge,
  idOf,
  incarnation,
  NOW,
  ROOM_TAG,
  TopologyWorld,
  topologyOf,
  WALL,
} from "./topology-world.test.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const later = (ms: number) => ({ now: instant(NOW + ms), wall: wallTime(WALL + ms) });

function observer(members: number): Topology {
  const topology = topologyOf(1);
  topology.setRoster(upTo(members).map(idOf), NOW);
  drain(topology);
  return topology;
}

test("[TOP-3] the highest sequence of an incarnation counts, whatever the order they come in", () => {
  const topology = observer(4);
  const two = forge(2, { sequence: 2, neighbours: [idOf(3)] });
  assert.equal(topology.handleList(forge(2, { sequence: 1, neighbours: [idOf(4)] }), NOW, WALL), "new");
  assert.equal(topology.handleList(two, NOW, WALL), "new");
  assert.equal(topology.handleList(two, NOW, WALL), "old");
  assert.equal(topology.handleList(forge(2, { sequence: 1, neighbours: [idOf(4)] }), NOW, WALL), "old");
  assert.deepEqual(topology.neighboursOf(idOf(2)), [idOf(3)]);
});

test("[TOP-3] a new incarnation replaces the old at once, and the old one never comes back", () => {
  const topology = observer(4);
  const old = { incarnation: incarnation(7), date: WALL };
  const fresh = { incarnation: incarnation(8), date: wallTime(WALL + 1_000), neighbours: [idOf(3)] };
  assert.equal(topology.handleList(forge(2, { ...old, sequence: 900, neighbours: [idOf(4)] }), NOW, WALL), "new");
  assert.equal(topology.handleList(forge(2, { ...fresh, sequence: 0 }), NOW, WALL), "new");
  assert.deepEqual(topology.neighboursOf(idOf(2)), [idOf(3)]);
  assert.equal(topology.handleList(forge(2, { ...old, sequence: 901 }), NOW, WALL), "old");
  // Not even when the new one has been silent so long that its list is forgotten.
  topology.handleTimeout(later(3_600_000).now);
  assert.equal(topology.stateOf(idOf(2), later(3_600_000).now), "offline");
  assert.equal(topology.handleList(forge(2, { ...old, sequence: 902 }), NOW, WALL), "old");
  assert.equal(topology.handleList(forge(2, { ...fresh, sequence: 0 }), NOW, WALL), "old");
  assert.equal(topology.view(NOW).nodes.length, 4);
  assert.equal(topology.view(NOW).edges.length, 0);
});

test("[TOP-3] a clock set back while a process runs opens no door for an older one", () => {
  const topology = observer(3);
  const dated = (ms: number) => ({ date: wallTime(WALL + ms) });
  topology.handleList(forge(2, { ...dated(5_000), sequence: 1 }), NOW, WALL);
  assert.equal(topology.handleList(forge(2, { ...dated(-5_000), sequence: 2 }), NOW, WALL), "new");
  const between = forge(2, { ...dated(0), incarnation: incarnation(7) });
  assert.equal(topology.handleList(between, NOW, WALL), "old");
});

test("[TOP-12] a third and fourth statement under one number are not passed on", () => {
  const topology = observer(5);
  const verdicts = [3, 4, 5].map((number) => topology.handleList(forge(2, { neighbours: [idOf(number)] }), NOW, WALL));
  assert.deepEqual(verdicts, ["new", "contradiction", "old"]);
  assert.deepEqual(topology.neighboursOf(idOf(2)), [idOf(3)]);
});

test("[TOP-3] a process that begins anew is one member at once: no ghost, no second node", () => {
  const world = new TopologyWorld(upTo(4));
  world.linkAll();
  world.run(12_000);
  world.vanish(4);
  world.run(1_000);
  world.enter(4, { incarnation: incarnation(44) });
  world.link(1, 4);
  world.run(6_000);
  for (const number of upTo(4)) {
    assert.equal(world.at(number).view(world.now).nodes.length, 4);
    assert.deepEqual(world.at(number).neighboursOf(idOf(4)), [idOf(1)]);
    assert.deepEqual(world.edges(number), ["1 2", "1 3", "1 4", "2 3"]);
  }
});

test("[TOP-4] dates too far ahead, or older than any list is believed, are ignored", () => {
  const skewed = (ms: number): string => observer(2).handleList(forge(2, { date: wallTime(WALL + ms) }), NOW, WALL);
  assert.equal(skewed(CLOCK_SKEW), "new");
  assert.equal(skewed(CLOCK_SKEW + 1), "ignored");
  assert.equal(skewed(-CLOCK_SKEW - 15_000), "new");
  assert.equal(skewed(-CLOCK_SKEW - 15_001), "ignored");
  assert.equal(skewed(Number.MAX_SAFE_INTEGER - WALL), "ignored");
});

test("[TOP-4] who has just come to a large room promises what the others do, and a few liars change nothing", () => {
  const promised = (heard: number, large: number, small: number): number => {
    const topology = observer(heard + 1);
    topology.setNeighbours([idOf(2)], NOW);
    for (let i = 0; i < heard; i++)
      topology.handleList(forge(2 + i, { period: (i < large ? 250_000 : small) as Duration }), NOW, WALL);
    const { now, wall } = later(250);
    return decodeNeighbourList(topology.ownList(now, wall) ?? new Uint8Array()).period;
  };
  assert.equal(promised(15, 15, 60_000), 250_000);
  assert.equal(promised(15, 3, 60_000), 60_000);
  assert.equal(promised(11, 11, 60_000), 5_000); // too few to say
});

test("[TOP-5] malformed, forged or of another room: refused; of a stranger or of ourselves: ignored", () => {
  const topology = observer(3);
  const list = forge(2, { neighbours: [idOf(3)] });
  for (const length of [0, 1, 17, 100, list.length - 1])
    assert.equal(topology.handleList(list.subarray(0, length), NOW, WALL), "refused");
  assert.equal(topology.handleList(concatBytes(list, Uint8Array.of(0)), NOW, WALL), "refused");
  const forged = list.slice();
  forged[90] = (forged[90] ?? 0) ^ 1; // of its digest
  assert.equal(topology.handleList(forged, NOW, WALL), "refused");
  const otherRoom = ROOM_TAG.map((byte) => byte ^ 1);
  assert.equal(topology.handleList(forge(2, { roomTag: otherRoom }), NOW, WALL), "refused");
  assert.equal(topology.handleList(forge(9), NOW, WALL), "ignored");
  assert.equal(topology.handleList(forge(1), NOW, WALL), "ignored");
  assert.deepEqual(drain(topology), []);
  assert.equal(topology.handleList(list, NOW, WALL), "new");
});

test("[TOP-5] what a list takes is copied: whoever handed it over may write over it", () => {
  const topology = observer(3);
  const list = forge(2, { neighbours: [idOf(3)], hints: ["10.0.0.2:9000"] });
  topology.handleList(list, NOW, WALL);
  list.fill(0);
  assert.deepEqual(topology.hintsOf(idOf(2)), ["10.0.0.2:9000"]);
  assert.deepEqual(topology.neighboursOf(idOf(2)), [idOf(3)]);
  const [kept] = [...topology.lists()];
  assert.deepEqual(readPeers(decodeNeighbourList(kept ?? list).neighbours), [idOf(3)]);
});

test("[TOP-5] a member with ever new lists is heard now and then, and others as before", () => {
  const topology = observer(3);
  const verdicts = Array.from({ length: 100 }, (_, i) => topology.handleList(forge(2, { sequence: i }), NOW, WALL));
  assert.equal(verdicts.filter((verdict) => verdict === "new").length, LIST_BURST_MAX);
  assert.equal(verdicts.filter((verdict) => verdict === "ignored").length, 100 - LIST_BURST_MAX);
  assert.equal(topology.handleList(forge(3), NOW, WALL), "new");
  const { now, wall } = later(2_000);
  assert.equal(topology.handleList(forge(2, { sequence: 200 }), now, wall), "new");
  assert.equal(topology.handleList(forge(2, { sequence: 201 }), now, wall), "ignored");
});

test("[TOP-5] forged lists do not use up what the member may say", () => {
  const topology = observer(2);
  for (let i = 0; i < 100; i++) {
    const forged = forge(2, { sequence: 1_000 + i });
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    assert.equal(topology.handleList(forged, NOW, WALL), "refused");
  }
  assert.equal(topology.handleList(forge(2), NOW, WALL), "new");
});

test("[TOP-7] ways are the shortest over links that both ends claim, and found anew when lists change", () => {
  const world = new TopologyWorld(upTo(6));
  for (let number = 1; number < 6; number++) world.link(number, number + 1);
  world.run(6_000);
  const topology = world.at(1);
  assert.equal(topology.hops(idOf(1)), 0);
  assert.equal(topology.hops(idOf(6)), 5);
  assert.equal(topology.nextHop(idOf(6)), idOf(2));
  assert.deepEqual(topology.path(idOf(4)), [idOf(2), idOf(3), idOf(4)]);
  assert.equal(topology.hops(idOf(9)), undefined);
  assert.equal(topology.nextHop(idOf(9)), undefined);
  world.link(1, 5);
  world.run(6_000);
  assert.equal(topology.hops(idOf(6)), 2);
  assert.deepEqual(topology.path(idOf(4)), [idOf(5), idOf(4)]);
  world.unlink(2, 3);
  world.unlink(4, 5);
  world.run(6_000);
  assert.equal(topology.hops(idOf(4)), undefined);
  assert.equal(topology.path(idOf(4)), undefined);
});

test("[TOP-7] a new link of ours is a way before its other end has said so; a liar's is not", () => {
  const topology = observer(5);
  topology.setNeighbours([idOf(2)], NOW);
  assert.equal(topology.nextHop(idOf(2)), idOf(2));
  // 2 claims to be linked to 3, which does not say so; 4 claims us.
  topology.handleList(forge(2, { neighbours: [idOf(1), idOf(3)] }), NOW, WALL);
  topology.handleList(forge(3, { neighbours: [idOf(5)] }), NOW, WALL);
  topology.handleList(forge(4, { neighbours: [idOf(1)] }), NOW, WALL);
  for (const number of [3, 4, 5]) assert.equal(topology.hops(idOf(number)), undefined);
});

test("[TOP-6] a goodbye ends a member at once; a list of a later process brings it back", () => {
  const world = new TopologyWorld(upTo(3));
  world.linkAll();
  world.run(6_000);
  world.spread(3, world.at(3).goodbye(world.now, world.wall));
  assert.equal(world.at(3).ownList(instant(world.now + 60_000), world.wall), undefined);
  world.vanish(3);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "offline");
  world.run(1_000);
  world.enter(3, { incarnation: incarnation(33) });
  world.link(2, 3);
  world.run(1_000);
  assert.equal(world.at(1).stateOf(idOf(3), world.now), "online");
});

test("[TOP-6] who loses all links is offline soon, though its list is fresh", () => {
  const world = new TopologyWorld(upTo(13));
  world.linkAll();
  world.run(70_000);
  world.vanish(13);
  world.run(6_000);
  assert.equal(world.at(1).stateOf(idOf(13), world.now), "offline");
});

test("[TOP-6] a member whose list has not come yet is online if two others say so, not by the word of one", () => {
  const topology = observer(5);
  topology.setNeighbours([idOf(2)], NOW);
  topology.handleList(forge(2, { neighbours: [1, 3, 4, 5].map(idOf) }), NOW, WALL);
  assert.equal(topology.stateOf(idOf(4), NOW), "offline");
  topology.handleList(forge(3, { neighbours: [idOf(2), idOf(4)] }), NOW, WALL);
  assert.equal(topology.stateOf(idOf(4), NOW), "online");
  assert.equal(topology.stateOf(idOf(5), NOW), "offline");
  // Once it was heard, its own lists decide.
  const last = forge(4, { neighbours: [2, 3].map(idOf) });
  assert.equal(topology.handleList(last, instant(NOW - 60_000), WALL), "new");
  topology.handleTimeout(NOW);
  assert.equal(topology.stateOf(idOf(4), NOW), "offline");
});

test("[TOP-6] a silent member's list is forgotten after six periods, and it is offline", () => {
  const topology = observer(3);
  topology.setNeighbours([idOf(3)], NOW);
  topology.handleList(forge(3, { neighbours: [idOf(1), idOf(2)], sequence: 1 }), NOW, WALL);
  topology.handleList(forge(2, { neighbours: [idOf(3)], sequence: 1 }), NOW, WALL);
  assert.equal(topology.heardCount, 3);
  const at = (ms: number): string => {
    topology.handleTimeout(later(ms).now);
    return topology.stateOf(idOf(2), later(ms).now);
  };
  topology.handleList(
    forge(3, { neighbours: [idOf(1), idOf(2)], sequence: 2, period: 300_000 as Duration }),
    NOW,
    WALL,
  );
  assert.equal(at(14_999), "online");
  assert.equal(at(15_000), "stale");
  assert.equal(at(29_999), "stale");
  assert.equal(at(30_000), "offline");
  assert.equal(topology.heardCount, 2);
  assert.equal([...topology.lists()].length, 1);
});

test("members that are no more leave nothing; their place is taken by others", () => {
  const topology = observer(4);
  topology.setNeighbours([idOf(2), idOf(3)], NOW);
  topology.handleList(forge(2, { neighbours: [idOf(3), idOf(4)], hints: ["a:1"] }), NOW, WALL);
  topology.handleList(forge(3, { neighbours: [idOf(2)] }), NOW, WALL);
  topology.setRoster([1, 3, 5, 6].map(idOf), NOW);
  assert.deepEqual(topology.hintsOf(idOf(2)), []);
  assert.deepEqual(topology.neighboursOf(idOf(3)), []);
  assert.deepEqual(topology.neighboursOf(idOf(1)), [idOf(3)]);
  assert.equal(topology.stateOf(idOf(2), NOW), "offline");
  assert.deepEqual(topology.neighboursOf(idOf(5)), []);
  assert.equal([...topology.lists()].length, 1);
  topology.setRoster(upTo(6).map(idOf), NOW);
  assert.deepEqual(topology.neighboursOf(idOf(3)), [idOf(2)]);
  assert.equal(topology.handleList(forge(2, { neighbours: [idOf(3)] }), NOW, WALL), "new");
});

test("at most so many lists are kept as they came as were asked for", () => {
  const topology = topologyOf(1, { keptListsMax: 2 });
  topology.setRoster(upTo(5).map(idOf), NOW);
  for (const number of [2, 3, 4, 5]) topology.handleList(forge(number, { neighbours: [idOf(1)] }), NOW, WALL);
  assert.equal([...topology.lists()].length, 2);
  assert.equal(topology.heardCount, 5);
});

test("a list that says what the one before said changes nothing", () => {
  const topology = observer(3);
  const fields = { neighbours: [idOf(3)], hints: ["a:1"], rosterDigest: digest(1) };
  topology.handleList(forge(2, { ...fields, sequence: 1 }), NOW, WALL);
  assert.deepEqual(drain(topology), [{ type: "changed" }]);
  topology.handleList(forge(2, { ...fields, sequence: 2, date: wallTime(WALL + 5_000) }), NOW, WALL);
  assert.deepEqual(drain(topology), []);
  for (const change of [{ neighbours: [] }, { hints: ["a:2"] }, { hints: [] }, { rosterDigest: digest(2) }]) {
    topology.handleList(forge(2, { ...fields, sequence: 3 }), NOW, WALL);
    const other = observer(3);
    other.handleList(forge(2, { ...fields, sequence: 1 }), NOW, WALL);
    drain(other);
    other.handleList(forge(2, { ...fields, ...change, sequence: 2 }), NOW, WALL);
    assert.deepEqual(drain(other), [{ type: "changed" }], JSON.stringify(change));
  }
});
