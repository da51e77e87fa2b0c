/**
 * Members that betray their room, in whole endpoints: what the others notice, whom they name, and that they go on.
 * What does not show is said where it does not (docs/threat-model-rooms.md §7).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeBroadcast,
  encodeTicket,
  hours,
  MESH_MESSAGE,
  type Operation,
  type OperationBody,
  type PeerId,
  peerIdToBytes,
  Secret,
  wallAfter,
} from "@kith/core";
import { scene } from "./room-scene.ts";
import { identityOf } from "./room-world.ts";

/** Where the author's PeerId lies. */
const [ORIGIN_AT, LIST_AUTHOR_AT, OPERATION_AUTHOR_AT] = [22, 17, 34];
const ROTATE: OperationBody = { kind: "rotate", bundle: new Uint8Array(32), recipients: 1 };
/** Of the limits of the mesh and the log (wire/mesh-limits.ts, wire/limits.ts). */
const [ORIGIN_BURST, PER_AUTHOR_MAX] = [400, 512];

/** As if `peer` had signed it: `at` is where it names its author. */
function inName(peer: PeerId, bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy.set(peerIdToBytes(peer), at);
  return copy;
}

test("hostile 1: what is forged in another's name goes no further than the first, who drops its bringer for a minute", () => {
  const all = scene(["ada", "ben", "cem", "dana", "mal"]);
  const { world, room, mal } = all;
  const { ada, ben, cem, dana } = all;
  ada.say(room, "true");
  world.until("it is heard", () => ben.heard(room).includes("true"));
  const heard = mal.heardBroadcasts.at(-1) ?? assert.fail("a broadcast");
  const broadcast = mal.broadcast(mal.random(16), 0, decodeBroadcast(heard).payload);
  mal.say(inName(ada.id, broadcast, ORIGIN_AT), [ben.id]);
  mal.say(inName(ada.id, mal.unicast(cem.id, mal.random(40)), ORIGIN_AT), [cem.id]);
  mal.sayLists([inName(ada.id, mal.list({ neighbours: [mal.person.id] }), LIST_AUTHOR_AT)], [dana.id]);
  mal.sayOperations([{ bytes: inName(ben.id, mal.operation(ROTATE).bytes, OPERATION_AUTHOR_AT) }], [ada.id]);
  const size = all.logSize("cem");
  world.run(50_000);
  assert.deepEqual(
    [ada, ben, cem, dana].map((person) => all.notes(person)),
    [["room-misbehaved mal"], ["mesh-forged mal"], ["mesh-forged mal"], ["mesh-garbage mal"]],
  );
  for (const { name } of all.honest)
    assert.ok(!world.edges(room, name).includes([name, "mal"].sort().join("-")), `${name} is rid of it`);
  assert.equal(all.logSize("cem"), size);
  for (const { name } of [ben, cem, dana]) assert.deepEqual(world.person(name).heard(room), ["true"]);
  world.run(45_000);
  assert.equal(world.edges(room, "ben").length, 10, "then it may try again");
  all.assertTheyGoOn("later");
});

test("hostile 2: what is replayed is delivered once and counted once, and nobody is named for it", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben } = all;
  for (const text of ["one", "two"]) ada.say(room, text);
  world.until("it is heard", () => ben.heard(room).length === 2);
  world.run(20_000);
  const operations = mal.log;
  const lists = mal.records.filter(({ message }) => message[0] === MESH_MESSAGE.lists);
  const unicasts = mal.records.filter(({ message }) => message[0] === MESH_MESSAGE.unicast);
  for (const message of mal.heardBroadcasts) mal.say(message);
  for (const { message } of [...lists.slice(0, 40), ...unicasts]) mal.say(message);
  for (let again = 0; again < 3; again++) mal.sayOperations(operations);
  world.run(2_000);
  for (const person of all.honest) {
    assert.deepEqual(all.notes(person), []);
    assert.deepEqual(all.gaps(person), [], "old lists do not come back");
  }
  assert.deepEqual(ben.heard(room), ["one", "two"]);
  all.assertTheyGoOn("later");
});

test("hostile 2: a joining that somebody heard as its host lets nobody else in", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada } = all;
  const [link = ""] = world.invite(room, "mal");
  const said: Uint8Array[] = [];
  mal.betray({
    joining: (_, message, from) => {
      if (from === "them") said.push(message);
      return from === "them" && said.length > 1 ? [] : [message]; // it hears the voucher, and does not let the guest in
    },
  });
  world.add("dana");
  world.join("dana", link);
  world.until("the voucher was shown", () => said.length >= 2);
  const eve = all.outsider("eve");
  eve.betray({ joining: (_, message, from) => (from === "us" ? [said.shift() ?? message] : [message]) });
  const expires = wallAfter(ada.at.wall, hours(1));
  const seed = new Secret(eve.random(32));
  const place = { room, member: ada.id, expires, name: "kitchen", hints: [ada.address], relays: [] };
  const request = world.join("eve", encodeTicket({ kind: "invitation", seed, ...place }));
  world.until("she is told", () => world.joinEnd("eve", request) !== undefined, 120_000);
  assert.notEqual(world.joinEnd("eve", request), room);
  for (const person of all.honest) assert.ok(!person.members(room).includes(eve.person.id));
  all.assertTheyGoOn("later");
});

test("hostile 3: a flood of broadcasts, unicasts, lists or garbage ends at the neighbours, who name its source", () => {
  const all = scene(["ada", "ben", "cem", "dana", "mal"]);
  const { world, mal } = all;
  const { ada, ben, cem, dana } = all;
  const stream = mal.random(16);
  for (let i = 0; i < ORIGIN_BURST + 560; i++) mal.say(mal.broadcast(stream, i, mal.random(8)), [ada.id]);
  for (let i = 0; i < 1_100; i++) mal.say(mal.unicast(ada.id, mal.random(8)), [ben.id]);
  for (let i = 0; i < 200; i++) mal.sayLists([mal.list({ sequence: i, neighbours: [] })], [cem.id]);
  mal.say(Uint8Array.of(MESH_MESSAGE.lists, ...mal.random(400)), [dana.id]);
  world.run(3_000);
  assert.ok(all.notes(ada).includes("mesh-flood mal"), all.notes(ada).join());
  assert.deepEqual(all.notes(dana), ["mesh-garbage mal"]);
  all.assertTheyGoOn("later");
});

test("hostile 3: a flood of operations fills its author's share of the log, keys and members stay as they are", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben } = all;
  const before = ada.endpoint.rooms.membershipOf(room)?.digest;
  const known = [...mal.log];
  const waiting: Operation[] = [];
  for (let i = 0; i < PER_AUTHOR_MAX + 40; i++) {
    const made = mal.operation(ROTATE, { sequence: i, incarnation: "ab".repeat(16) }, known.slice(-1));
    if (i % 2 === 0) known.push(made);
    waiting.push(made);
  }
  for (let from = 0; from < waiting.length; from += 64) mal.sayOperations(waiting.slice(from, from + 64), [ada.id]);
  world.run(5_000);
  const count = all.operationsBy(ben.name, mal.person.id);
  assert.ok(count <= PER_AUTHOR_MAX, `${count} operations of one author`);
  assert.deepEqual(ada.endpoint.rooms.membershipOf(room)?.digest, before);
  all.assertTheyGoOn("later");
});

test("hostile 4: a link that is not, one that is hidden and an outsider as neighbour show to all, by name", () => {
  const all = scene(["ada", "ben", "cem", "dana", "mal"]);
  const { world, room, mal } = all;
  const { ada, ben, cem, dana } = all;
  world.wall("mal", "dana");
  const eve = identityOf("eve").peerId;
  mal.lieInLists((_, neighbours) => ({
    neighbours: [...new Set([...neighbours.filter((peer) => peer !== ben.id), dana.id, eve])],
  }));
  const shown = ["one-sided ben mal", "one-sided mal dana", `outsider mal ${eve.slice(0, 8)}`];
  const honest = [ada, ben, cem, dana];
  world.until(
    "all see it",
    () => honest.every((person) => shown.every((gap) => all.gaps(person).includes(gap))),
    90_000,
  );
  for (const person of honest) {
    const others = all.gaps(person).filter((gap) => !shown.includes(gap));
    assert.deepEqual(others, [], "and nobody else is named");
    assert.ok(!world.edges(room, person.name).includes("ben-mal"), "a link counts when both say so");
  }
  assert.deepEqual(all.notes(ada), []);
  all.assertTheyGoOn("later");
});

test("hostile 5: who passes nothing on is not known for it, but that others hang on it is; a way around brings all", () => {
  const all = scene(["ada", "ben", "mal"]);
  const { world, room, mal } = all;
  const { ada, ben } = all;
  world.wall("ada", "ben");
  mal.keepBroadcasts();
  for (const text of ["one", "two", "three"]) {
    ada.say(room, text);
    world.run(5_000);
  }
  world.run(10_000);
  assert.deepEqual(ben.heard(room), [], "it is the only way");
  for (const person of [ada, ben]) {
    const gaps = all.gaps(person);
    assert.ok(gaps.includes("not-connected ada ben") || gaps.includes("not-connected ben ada"), gaps.join());
    for (const gap of ["hangs-on ada mal", "hangs-on ben mal"]) assert.ok(gaps.includes(gap), gaps.join());
    assert.deepEqual(all.notes(person), []);
  }
  world.wall("ada", "ben", false);
  world.until("it is there", () => ben.heard(room).length === 3, 90_000);
  all.assertTheyGoOn("later");
});
