/** What a room's endpoints do by themselves about who is in it, and what they write down of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomId } from "@kith/core";
import { RoomWorld } from "./room-world.ts";

/** Ada gives roles until the log has at least `count` operations of hers. */
function govern(world: RoomWorld, room: RoomId, count: number): void {
  for (let i = 0; i < count; i++) {
    const role = i % 2 === 0 ? "guest" : "member";
    world.person("ada").ask((rooms, at) => rooms.setRole(room, world.id("eli"), role, at));
  }
}

test("[ROM-21] rooms: once it was quiet, an admin that forks from an old head voids nothing", () => {
  for (const isMade of [false, true]) {
    const world = new RoomWorld(["ada", "ben", "cem", "dana", "eli"]);
    const { room, cut } = partedAdmin(world);
    world.bringIn(room, "cem", "dana");
    govern(world, room, isMade ? 16 : 4);
    world.run(65_000);
    world.person("ben").ask((rooms, at) => rooms.expel(room, world.id("cem"), at));
    cut(false);
    const members = (name: string): readonly string[] =>
      world
        .person(name)
        .members(room)
        .map((peer) => world.nameOf(peer))
        .sort();
    const expected = isMade ? ["ada", "ben", "cem", "dana", "eli"] : ["ada", "ben", "eli"];
    world.until(
      "ada and ben agree",
      () => ["ada", "ben"].every((name) => members(name).join() === expected.join()),
      120_000,
    );
    world.run(5_000);
    assert.deepEqual(members("ada"), expected);
    assert.deepEqual(members("ben"), expected);
  }
});

/** Ada's room, with ben an admin whom nothing reaches. */
function partedAdmin(world: RoomWorld): { readonly room: RoomId; readonly cut: (isCut: boolean) => void } {
  const room = world.create("ada", "garden", { inviters: "member" });
  for (const name of ["ben", "cem", "eli"]) world.bringIn(room, "ada", name);
  world.person("ada").ask((rooms, at) => rooms.setRole(room, world.id("ben"), "admin", at));
  world.until("ben is admin", () => world.person("ben").endpoint.rooms.stateOf(room)?.role === "admin");
  const cut = (isCut: boolean): void => world.part(["ben"], ["ada", "cem", "dana", "eli"], isCut);
  cut(true);
  return { room, cut };
}
