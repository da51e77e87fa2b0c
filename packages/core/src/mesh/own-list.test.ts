/** When our own list is due, and how often in rooms of any size (spec/topology.md §3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, wallTime } from "../lib/time.ts";
import { decodeNeighbourList, readHints, readPeers } from "./neighbour-list.ts";
import { listPeriod, listSpacing, OwnList } from "./own-list.ts";
import { cheapProvider, digest, idOf, incarnation, member, NOW, ROOM_TAG, WALL } from "./topology-world.test.ts";

const own = (): OwnList =>
  new OwnList({
    ...{ provider: cheapProvider, identity: member(1), roomTag: ROOM_TAG },
    incarnation: incarnation(1),
  });
const at = (ms: number): Instant => instant(NOW + ms);

test("[TOP-4] renewed every 5 s up to 12 online, every 60 s above, and in large rooms so that lists cost the same", () => {
  for (const online of [1, 2, 12]) assert.equal(listPeriod(online), 5_000);
  for (const online of [13, 100, 240]) assert.equal(listPeriod(online), 60_000);
  assert.equal(listPeriod(1_000), 250_000);
  assert.equal(listPeriod(100_000), 300_000);
  for (let online = 1; online < 1_300; online++) {
    assert.equal(listPeriod(online) % 1_000, 0);
    assert.ok((online * 1_000) / listPeriod(online) <= 4.4, "lists a second in the whole room");
    assert.ok((online * 1_000) / listSpacing(online) <= 10);
  }
});

test("[TOP-4] changes are gathered for a moment, and at most one list is said in 5 s", () => {
  const list = own();
  assert.equal(list.nextDue(3), undefined); // nobody to tell
  list.setNeighbours([idOf(2)], NOW);
  list.setNeighbours([idOf(2), idOf(3)].sort(), at(100));
  assert.equal(list.take(at(249), WALL, 3), undefined);
  const first = decodeNeighbourList(list.take(at(250), WALL, 3) ?? new Uint8Array());
  assert.deepEqual(readPeers(first.neighbours), [idOf(2), idOf(3)].sort());
  assert.equal(first.sequence, 0);
  list.setDigest(digest(5), at(300));
  // Its renewal may come first: at the latest after 5 s, at the earliest after 4.
  const due = list.nextDue(3);
  assert.ok(due !== undefined && due >= at(4_250) && due <= at(5_250));
  const second = decodeNeighbourList(list.take(due, wallTime(WALL + 5_000), 3) ?? new Uint8Array());
  assert.equal(second.sequence, 1);
  assert.deepEqual(second.rosterDigest, digest(5));
  assert.equal(list.take(due, WALL, 3), undefined);
});

test("[TOP-4] in a large room the second list of a process follows after 5 s, the third one after the spacing", () => {
  const list = own();
  list.setNeighbours([idOf(2)], NOW);
  assert.ok(list.take(at(250), WALL, 1_000) !== undefined);
  list.setNeighbours([idOf(2), idOf(3)].sort(), at(1_000));
  assert.equal(list.nextDue(1_000), at(5_250));
  assert.ok(list.take(at(5_250), WALL, 1_000) !== undefined);
  list.setNeighbours([idOf(2)], at(6_000));
  assert.ok((list.nextDue(1_000) ?? 0) >= at(5_250 + 200_000));
});

test("[TOP-4] whoever has no neighbour says nothing, and speaks soon after it has one again", () => {
  const list = own();
  list.setNeighbours([idOf(2)], NOW);
  list.take(at(250), WALL, 2);
  list.setNeighbours([], at(1_000));
  assert.equal(list.nextDue(2), undefined);
  list.setNeighbours([idOf(3)], at(60_000));
  assert.ok((list.nextDue(2) ?? 0) <= at(60_250));
});

test("[TOP-4] members renew at different times, none later than it said", () => {
  const dues = new Set<number>();
  for (let number = 1; number < 20; number++) {
    const list = new OwnList({
      ...{ provider: cheapProvider, identity: member(number), roomTag: ROOM_TAG },
      incarnation: incarnation(1),
    });
    list.setNeighbours([idOf(30)], NOW);
    list.take(at(250), WALL, 100);
    const due = list.nextDue(100) ?? 0;
    assert.ok(due >= at(48_250) && due <= at(60_250));
    dues.add(due);
  }
  assert.ok(dues.size > 10);
});

test("[TOP-4] what a list promised is kept though the room has grown since, and once more, for one may be lost", () => {
  const list = own();
  list.setNeighbours([idOf(2)], NOW);
  const period = (ms: number): number =>
    decodeNeighbourList(list.take(at(ms), WALL, ms < 5_000 ? 2 : 100) ?? new Uint8Array()).period;
  assert.equal(period(250), 5_000);
  assert.ok((list.nextDue(100) ?? 0) <= at(5_250));
  assert.equal(period(5_250), 60_000);
  assert.ok((list.nextDue(100) ?? 0) <= at(10_250));
  assert.equal(period(10_250), 60_000);
  assert.ok((list.nextDue(100) ?? 0) >= at(10_250 + 48_000));
  assert.ok((list.nextDue(2) ?? 0) <= at(10_250 + 5_000));
});

test("[TOP-1] of our addresses, a list carries the first four that it may", () => {
  const list = own();
  list.setNeighbours([idOf(2)], NOW);
  list.setHints(["a b:1", "", "10.0.0.1:1", "ü:1", "x".repeat(256), "[fe80::1%eth0]:1", "c:1", "d:1", "e:1"], NOW);
  const { hints } = decodeNeighbourList(list.take(at(250), WALL, 2) ?? new Uint8Array());
  assert.deepEqual(readHints(hints), ["10.0.0.1:1", "[fe80::1%eth0]:1", "c:1", "d:1"]);
});
