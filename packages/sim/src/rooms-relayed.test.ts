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
