/** What a room's endpoints do by themselves about who is in it, and what they write down of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AUDIT_HEAD_KEY, AUDIT_PREFIX, decodeAuditEntry, type RoomId } from "@kith/core";
import { RoomWorld } from "./room-world.ts";

const EVENTS = ["roomEntered", "roomLeft", "roomLost", "roomAdmitted", "roomExpelled", "roomRoleChanged", "authFailed"];

/** What its audit log says of rooms: event, peer's name, detail with `R` for the room. */
function written(world: RoomWorld, room: RoomId, name: string): readonly string[] {
  const kept = world.person(name).host.store.entries.filter(({ key }) => key.startsWith(AUDIT_PREFIX));
  kept.sort((a, b) => (a.key < b.key ? -1 : 1));
  return kept.flatMap(({ key, value }) => {
    if (key === AUDIT_HEAD_KEY) return [];
    const { event, peer, detail = "" } = decodeAuditEntry(value);
    if (!EVENTS.includes(event)) return [];
    const where = detail.replace(room.slice(0, 16), "R");
    return [[event, ...(peer === undefined ? [] : [world.nameOf(peer)]), where].join(" ").trim()];
  });
}

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

test("rooms: the audit log says what we did in a room, and what was done to us", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.create("ada", "garden");
  world.bringIn(room, "ada", "ben");
  world.person("ada").ask((rooms, at) => rooms.setRole(room, world.id("ben"), "admin", at));
  world.until("ben is admin", () => world.person("ben").endpoint.rooms.stateOf(room)?.role === "admin");
  world.bringIn(room, "ben", "cem");
  world.person("ben").ask((rooms, at) => rooms.expel(room, world.id("cem"), at));
  world.until("cem is out", () => world.person("cem").endpoint.rooms.stateOf(room)?.state === "expelled");
  world.person("ben").ask((rooms, at) => rooms.leave(room, at));
  world.run(1_000);
  world.restart("ada");
  world.run(1_000);
  assert.deepEqual(written(world, room, "ada"), [
    "roomEntered R founded",
    "roomAdmitted ben R invitation",
    "roomRoleChanged ben R given admin",
  ]);
  assert.deepEqual(written(world, room, "ben"), [
    "roomEntered ada R invitation",
    "roomRoleChanged ada R own admin",
    "roomAdmitted cem R invitation",
    "roomExpelled cem R",
    "roomLeft R",
  ]);
  assert.deepEqual(written(world, room, "cem"), ["roomEntered ben R invitation", "roomLost ben R expelled"]);
  world.bringIn(room, "ada", "cem");
  world.run(1_000);
  assert.deepEqual(written(world, room, "cem").slice(2), ["roomEntered ada R invitation"], "nothing twice");
});

test("rooms: a wrong answer to a challenge is written down, with who gave it", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const room = world.create("ada", "club", { ways: "challenge", challengedBy: "any" });
  const knock = world
    .person("ada")
    .ask((rooms, at) => rooms.knockLink(room, { hints: [world.person("ada").address], relays: [] }, at));
  assert.ok(typeof knock !== "string");
  world.join("ben", knock.link);
  world.until("ada is asked", () => world.person("ada").endpoint.rooms.requestsOf(room).length === 1);
  world.person("ada").ask((rooms, at) => rooms.challenge(room, world.id("ben"), at));
  const code = world.person("ada").endpoint.rooms.requestsOf(room)[0]?.code?.text ?? "";
  world.until("ben is asked", () => world.person("ben").endpoint.rooms.challengesOf(room).length === 1);
  const wrong = `${code.startsWith("1") ? "2" : "1"}${code.slice(1)}`;
  world.person("ben").ask((rooms, at) => rooms.answerChallenge(room, world.id("ada"), wrong, at));
  world.until("it is written", () => written(world, room, "ada").includes("authFailed ben challenge"));
});

test("[RSE-8] rooms: who was expelled while it was away hears it at every privacy level, and nothing else", () => {
  for (const privacy of ["contacts", "hidden"] as const) {
    const world = new RoomWorld(["ada", "ben", "cem"], { privacy });
    const room = world.roomOfAll();
    const [ada, cem] = [world.person("ada"), world.person("cem")];
    world.run(15_000); // prekeys, by which they know each other, are here
    cem.host.kill(true);
    ada.ask((rooms, at) => rooms.expel(room, cem.id, at));
    world.person("ben").host.kill(true); // the one that is there did not see it go
    world.run(5_000);
    world.restart("ada");
    ada.say(room, "without cem");
    world.start("cem");
    world.until("cem hears it", () => cem.endpoint.rooms.stateOf(room)?.state === "expelled", 120_000);
    world.run(60_000);
    assert.deepEqual(cem.heard(room), []);
    assert.equal(ada.endpoint.stateOf(cem.id), "none", "its session ended");
  }
});

test("rooms: a newcomer that stops at once is recognised when it comes back", () => {
  const world = new RoomWorld(["ada", "ben"], { privacy: "contacts" });
  const room = world.create("ada", "garden");
  const [link = ""] = world.invite(room, "ada");
  world.join("ben", link);
  const { host } = world.person("ben");
  const isKept = (): boolean => host.store.get(`room/${room}/about`) !== undefined;
  for (let ms = 0; ms < 10_000 && !isKept(); ms++) world.run(1);
  assert.ok(isKept());
  host.kill(true);
  world.run(1_000);
  world.start("ben");
  world.until("both are linked", () => world.edges(room, "ben").length === 1, 60_000);
});
