/** Members that betray their room by what they sign, keep to themselves, or give away: as rooms-hostile.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OperationBody, WallTime } from "@kith/core";
import { scene } from "./room-scene.ts";
import { identityOf } from "./room-world.ts";

const ROTATE: OperationBody = { kind: "rotate", bundle: new Uint8Array(32), recipients: 1 };

test("hostile 6: two operations or two lists of one number: a contradiction, by name, and both are kept", () => {
  for (const what of ["operations", "lists"] as const) {
    const all = scene();
    const { world, mal } = all;
    const { ada, ben } = all;
    if (what === "operations") {
      const [one, two] = [0, 1].map((recipients) =>
        mal.operation({ ...ROTATE, recipients } as OperationBody, { incarnation: "cd".repeat(16) }),
      );
      mal.sayOperations(one === undefined ? [] : [one], [ada.id]);
      mal.sayOperations(two === undefined ? [] : [two], [ben.id]);
    } else {
      mal.lieInLists((to, neighbours) => ({ neighbours: to === ben.id ? [] : neighbours }));
    }
    const all3 = (): boolean => all.honest.every((person) => all.gaps(person).includes("contradiction mal"));
    world.until(`all see two ${what}`, all3, 60_000);
    for (const person of all.honest) assert.ok(all.notes(person).includes("room-contradiction mal"), what);
    if (what === "operations")
      for (const { name } of all.honest) assert.equal(all.operationsBy(name, mal.person.id, "rotate"), 2);
    mal.behave();
    all.assertTheyGoOn("later");
  }
});

test("hostile 6: an admin's fork from an old head voids a junior's later acts, and those wait for somebody's yes", () => {
  const all = scene(["ada", "mal", "ben", "cem"], (world, room) => {
    for (const name of ["mal", "ben"])
      world.person("ada").ask((rooms, at) => rooms.setRole(room, world.id(name), "admin", at));
    world.until(
      "they are admins",
      () => world.person("ben").endpoint.rooms.membershipOf(room)?.roleOf(world.id("ben")) === "admin",
    );
  });
  const { world, room, mal } = all;
  const { ada, ben } = all;
  const old = mal.heads.map(({ id }) => id).sort();
  world.add("dana");
  world.bringIn(room, "ben", "dana");
  world.until("all know dana", () => all.honest.every((person) => person.members(room).length === 5));
  mal.sayOperations([mal.operation({ kind: "expel", subject: ben.id }, { parents: old })]);
  world.until("it counts", () => !ada.members(room).includes(ben.id));
  world.run(2_000);
  const membership = ada.endpoint.rooms.membershipOf(room) ?? assert.fail();
  assert.equal(membership.removed.get(ben.id)?.by, mal.person.id, "who did it stands in the log");
  assert.equal(membership.awaiting.get(world.id("dana"))?.why, "void");
  assert.deepEqual(all.notes(ada), [], "it is a right of its role: nobody is alarmed");
});

test("hostile 6: below a checkpoint of the owner such a fork is void", () => {
  const all = scene(["ada", "mal", "ben", "cem"], (world, room) => {
    for (const name of ["mal", "ben"])
      world.person("ada").ask((rooms, at) => rooms.setRole(room, world.id(name), "admin", at));
    world.until(
      "they are admins",
      () => world.person("ben").endpoint.rooms.membershipOf(room)?.roleOf(world.id("ben")) === "admin",
    );
  });
  const { world, room, mal } = all;
  const { ada, ben } = all;
  const old = mal.heads.map(({ id }) => id).sort();
  world.add("dana");
  world.bringIn(room, "ben", "dana");
  world.run(2_000);
  const hand = all.betray("ada"); // its program makes one
  world.run(6_000);
  hand.sayOperations([hand.operation({ kind: "checkpoint" })]);
  world.watch.traitors.delete(ada.id);
  world.until("it is there", () => all.operationsBy("cem", ada.id, "checkpoint") > 0);
  mal.sayOperations([mal.operation({ kind: "expel", subject: ben.id }, { parents: old })]);
  world.run(5_000);
  for (const { name } of all.honest) {
    const membership = world.person(name).endpoint.rooms.membershipOf(room);
    assert.ok(membership?.isMember(ben.id) && membership.isMember(world.id("dana")));
  }
  all.assertTheyGoOn("later");
});

test("hostile 7: an admission that is kept from others makes no member to them; the difference shows, until it lies about that too", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben, cem } = all;
  const digest = ada.endpoint.rooms.membershipOf(room)?.digest ?? assert.fail();
  mal.keepLogFrom([ada.id, ben.id, cem.id]);
  world.add("eve");
  world.bringIn(room, "mal", "eve");
  world.run(30_000);
  const eve = world.person("eve");
  for (const person of [ada, ben, cem]) {
    assert.equal(person.members(room).length, 4);
    const gaps = all.gaps(person);
    assert.ok(gaps.includes("roster-differs mal"), gaps.join());
    assert.ok(
      gaps.some((gap) => gap.startsWith("outsider mal")),
      gaps.join(),
    );
  }
  ada.say(room, "among us");
  world.run(5_000);
  assert.deepEqual(eve.heard(room), [], "its key is hashed forward for her: what others say is not under that");
  // R43: with its lists as if nothing were, only what it could pass on by itself is left, and that does not show.
  mal.betray({});
  mal.keepLogFrom([ada.id, ben.id, cem.id], { neighbours: [ada.id, ben.id, cem.id], rosterDigest: digest });
  world.until("nothing shows", () => [ada, ben, cem].every((person) => all.gaps(person).length === 0), 90_000);
  all.assertTheyGoOn("later");
});

test("hostile 8: who was expelled does not come back: new key and old link, links of its own, old disk, old heads", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben, cem } = all;
  const [open = ""] = world.invite(room, "mal");
  const [spent = ""] = world.invite(room, "ada");
  world.add("dana");
  const request = world.join("dana", spent);
  world.until("dana is in", () => world.joinEnd("dana", request) === room);
  world.until("all know", () => all.honest.every((person) => person.members(room).length === 5));
  const [disk, known] = [mal.person.host.store.snapshot(), mal.log];
  ada.ask((rooms, at) => rooms.expel(room, mal.person.id, at));
  world.until("mal knows", () => mal.person.endpoint.rooms.stateOf(room)?.state === "expelled");
  for (const [name, link] of [
    ["mal two", spent],
    ["mal three", open],
  ] as const) {
    world.add(name);
    const again = world.join(name, link, [ben.address]);
    world.until("it is told", () => world.joinEnd(name, again) !== undefined, 120_000);
    assert.notEqual(world.joinEnd(name, again), room, name);
  }
  mal.person.host.kill(false);
  mal.person.host.store.restore(disk);
  world.start("mal");
  const again = all.betray("mal");
  assert.equal(mal.person.endpoint.rooms.stateOf(room)?.state, "in", "so it thinks");
  ben.say(room, "without it");
  world.run(10_000);
  assert.deepEqual(mal.person.heard(room), []);
  // A friend inside hands on what it writes on old heads: it is kept, and counts for nothing.
  const friend = all.betray("cem");
  const eve = identityOf("eve").peerId;
  const late = again.operation(
    { kind: "admit", subject: eve, name: "eve", role: "member", how: { by: "code" } },
    {},
    known,
  );
  friend.sayOperations([late], [ada.id]);
  friend.say(again.broadcast(again.random(16), 0, again.random(60)), [ada.id]);
  world.run(3_000);
  for (const person of [ada, ben, cem]) {
    const membership = person.endpoint.rooms.membershipOf(room);
    assert.equal(membership?.isMember(eve) || membership?.isMember(mal.person.id), false);
  }
  assert.deepEqual(all.notes(ada), [], "who hands it on may have heard it before the expulsion");
  all.assertTheyGoOn("later");
  assert.ok(world.watch.sealedAfterRemoval > 0, "the watch saw something");
});

test("hostile 9: what a member gives away ends with its expulsion; an invitation given away shows with its voucher", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben } = all;
  const [link = ""] = world.invite(room, "mal");
  world.add("eve");
  const request = world.join("eve", link, [ben.address]);
  world.until("eve is in", () => world.joinEnd("eve", request) === room);
  world.until("all know", () => all.honest.every((person) => person.members(room).length === 5));
  const shown = ada.endpoint.rooms.membersOf(room).find(({ peer }) => peer === world.id("eve"));
  assert.equal(
    world.nameOf(shown?.admittedBy ?? mal.person.id),
    "mal",
    "whoever completed it, the inviter stands there",
  );
  for (const peer of [mal.person.id, world.id("eve")]) ada.ask((rooms, at) => rooms.expel(room, peer, at));
  world.until("ben knows", () => ben.members(room).length === 3);
  all.assertTheyGoOn("without them"); // with both of their keys together: the watch looks at each, and they hold the same
});

test("hostile 9: an identity given away runs twice, and those who see both say so", () => {
  const all = scene();
  const { world, room, mal } = all;
  const { ada, ben } = all;
  const twin = world.add("eve", mal.identity, mal.person.host.store.snapshot());
  const isSeen = (): boolean => all.honest.some((person) => all.notes(person).includes("runs-twice mal"));
  world.until("somebody notices", isSeen, 120_000);
  ada.ask((rooms, at) => rooms.expel(room, mal.person.id, at));
  world.until("ben knows", () => ben.members(room).length === 3);
  const before = twin.heard(room).length;
  all.assertTheyGoOn("without them");
  assert.equal(twin.heard(room).length, before);
});

test("hostile: what is not its right, and dates far from ours, change nothing; no one is alarmed", () => {
  const all = scene();
  const { world, room, mal, ada, ben } = all;
  const before = ada.endpoint.rooms.membershipOf(room)?.digest;
  const policy = ada.endpoint.rooms.membershipOf(room)?.policy ?? assert.fail();
  const bodies: OperationBody[] = [
    { kind: "expel", subject: ada.id },
    { kind: "expel", subject: ben.id },
    { kind: "role", subject: mal.person.id, role: "owner" },
    { kind: "policy", policy, name: "mine" },
    { kind: "admit", subject: identityOf("eve").peerId, name: "eve", role: "admin", how: { by: "approval" } },
    { kind: "checkpoint" },
  ];
  mal.sayOperations(bodies.map((body) => mal.operation(body)));
  const tomorrow = (ada.at.wall + 86_400_000) as WallTime;
  mal.sayOperations([mal.operation(ROTATE, { date: tomorrow })]);
  world.run(2_000);
  assert.equal(all.operationsBy("ben", mal.person.id), bodies.length, "they are kept, but the one from tomorrow");
  assert.deepEqual(ada.endpoint.rooms.membershipOf(room)?.digest, before);
  assert.equal(ben.endpoint.rooms.stateOf(room)?.name, "room of all");
  assert.deepEqual([...all.notes(ada), ...all.gaps(ada)], []);
  all.assertTheyGoOn("later");
});
