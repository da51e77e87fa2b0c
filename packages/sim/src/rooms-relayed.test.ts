/** Rooms whose members have nothing between them but a relay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomWorld } from "./room-world.ts";

const NAMES = ["ada", "ben", "cem"];

function apart(world: RoomWorld): void {
  for (const [index, one] of NAMES.entries()) world.part([one], NAMES.slice(index + 1));
}

const kinds = (world: RoomWorld, who: string): string[] =>
  NAMES.filter((name) => name !== who).map(
    (name) => world.person(who).endpoint.sessionOf(world.id(name))?.stack.activeLink?.traits.kind ?? "none",
  );

for (const privacy of ["open", "contacts", "hidden"] as const) {
  test(`[MEE-1] rooms: members who are no contacts meet at a relay, and what one says reaches all once (${privacy})`, () => {
    const world = new RoomWorld(NAMES, { relays: 1, privacy });
    const room = world.roomOfAll();
    apart(world);
    const people = [...world.people.values()];
    world.until(
      "all are linked over the relay",
      () => NAMES.every((who) => kinds(world, who).every((kind) => kind === "relayed")),
      120_000,
    );
    for (const person of people) person.say(room, `from ${person.name}`);
    world.until("all heard all", () => people.every((person) => person.heard(room).length === 2));
    for (const name of NAMES) world.restart(name);
    world.until(
      "linked again",
      () => people.every(({ endpoint }) => endpoint.rooms.stateOf(room)?.onlineCount === 3),
      120_000,
    );
    world.relays[0]?.restart(2_000);
    world.run(30_000);
    people[0]?.say(room, "still here?");
    world.until(
      "after the relay restarted",
      () => people.slice(1).every((person) => person.heard(room).includes("still here?")),
      120_000,
    );
  });
}

for (const isWalledFirst of [true, false]) {
  const when = isWalledFirst ? "before it stopped" : "after it stopped";
  test(`[MSH-6] rooms: two whom only a relay brings together are linked over it once it is back (apart ${when})`, () => {
    for (let seed = 0; seed < 5; seed++) {
      const world = new RoomWorld(NAMES, { relays: 1, seed: `back ${seed}` });
      const room = world.roomOfAll();
      world.run(5_000);
      const [relay] = world.relays;
      assert.ok(relay !== undefined);
      if (!isWalledFirst) relay.restart(90_000);
      world.wall("ben", "cem");
      world.run(10_000 + 7_000 * seed); // tries of theirs are under way, or rest
      if (isWalledFirst) relay.restart(20_000 + 7_000 * seed);
      const areThere = (): boolean => relay.gauges.connections === NAMES.length && relay.gauges.unready === 0;
      world.until("the relay is back", () => relay.canAnswer, 90_000);
      world.until("all are there again", areThere, 70_000);
      const isLinked = (): boolean =>
        NAMES.every((who) => who === "ada" || world.edges(room, who).includes("ben-cem")) &&
        kinds(world, "ben")[1] === "relayed";
      world.until("they are linked", isLinked, 6_000);
    }
  });
}

test("rooms: whose relayed link went while one through others stayed is dialled at the relay again", () => {
  for (let seed = 0; seed < 4; seed++) {
    const world = new RoomWorld(NAMES, { relays: 1, seed: `beside ${seed}` });
    const room = world.roomOfAll();
    const [ben, cem, relay] = [world.person("ben"), world.person("cem"), world.relays[0]];
    assert.ok(relay !== undefined);
    const areThere = (): boolean => relay.gauges.connections === NAMES.length && relay.gauges.unready === 0;
    const isRelayed = (): boolean => ben.endpoint.sessionOf(cem.id)?.stack.ways.relayed === true;
    relay.restart(60_000);
    world.wall("ben", "cem");
    world.run(30_000);
    cem.ask((rooms) => rooms.serve(room, "test/1", true));
    ben.ask((rooms, at) => rooms.reach(room, cem.id, 1, at));
    world.until("there is a way through ada", () => (ben.endpoint.sessionOf(cem.id)?.stack.linkCount ?? 0) > 0, 30_000);
    const session = ben.endpoint.sessionOf(cem.id);
    ben.ask((rooms) => session && rooms.openChannel(session.id, room, "test/1", 0)); // keeps it
    world.until("there is a relayed link beside it", isRelayed, 120_000);
    world.run(1_000);
    relay.restart(1_000);
    world.until("it is gone", () => !isRelayed(), 30_000);
    assert.ok((session?.stack.linkCount ?? 0) > 0, "the other one stayed");
    world.until("all are there again", () => relay.canAnswer && areThere(), 90_000);
    world.until("the relayed one is back", isRelayed, 6_000);
  }
});

test("rooms: whoever was expelled does not meet the others at a relay any more, and they do not watch for it", () => {
  const world = new RoomWorld(NAMES, { relays: 1 });
  const room = world.roomOfAll();
  const [ada, ben, cem] = NAMES.map((name) => world.person(name));
  assert.ok(ada !== undefined && ben !== undefined && cem !== undefined);
  world.run(2_000);
  ada.ask((rooms, at) => rooms.expel(room, cem.id, at));
  world.until("ben knows", () => ben.members(room).length === 2);
  apart(world);
  world.until("the two meet", () => kinds(world, "ada")[0] === "relayed", 120_000);
  world.run(300_000);
  assert.deepEqual(kinds(world, "cem"), ["none", "none"]);
  assert.equal(kinds(world, "ada")[1], "none");
});
