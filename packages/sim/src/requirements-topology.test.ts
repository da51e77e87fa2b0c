/** R34, R36, R37, R41 and R42: who is linked to whom, as whole endpoints see it, and what they do about it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomGap, RoomId } from "@kith/core";
import { linkedPairs } from "./room-record.ts";
import { RoomWorld } from "./room-world.ts";

const SECONDS = 1_000;
const NAMES = ["ada", "ben", "cem", "dana", "eli", "fay", "gus", "hal"];

test("R34 R36: each of 2 to 8 members sees the net as it is within 10 s of each arrival, all linked to all, and no gap ever", () => {
  const world = new RoomWorld(NAMES);
  const room = world.create("ada", "kitchen");
  const gaps: RoomGap[] = [];
  for (const { host } of world.people.values()) {
    const { onTurn } = host;
    host.onTurn = (endpoint) => {
      onTurn(endpoint);
      gaps.push(...endpoint.rooms.gapsOf(room));
    };
  }
  for (const [index, newcomer] of NAMES.entries()) {
    if (index === 0) continue;
    world.bringIn(room, NAMES[index - 1] ?? "", newcomer);
    const edges = (index * (index + 1)) / 2;
    const inside = NAMES.slice(0, index + 1);
    world.until(
      `${inside.length} see all`,
      () => inside.every((name) => world.edges(room, name).length === edges),
      10 * SECONDS,
    );
    assert.equal(linkedPairs(world).length, edges);
    for (const name of inside) assert.deepEqual(world.edges(room, name), linkedPairs(world), name);
  }
  world.run(20 * SECONDS);
  assert.deepEqual(gaps, []);
});

test("R34: each member sees within 10 s that a link is gone, and that it is back", () => {
  const names = NAMES.slice(0, 4);
  const world = new RoomWorld(names);
  const room = world.roomOfAll();
  const see = (edges: number): void =>
    world.until(
      `all see ${edges}`,
      () => names.every((name) => world.edges(room, name).length === edges),
      10 * SECONDS,
    );
  see(6);
  world.run(10 * SECONDS);
  world.wall("ada", "dana");
  see(5);
  for (const name of names) assert.ok(!world.edges(room, name).includes("ada-dana"));
  world.wall("ada", "dana", false);
  see(6);
});

/** Ada, ben and mal in a room without admins, all linked; xen answered mal's challenge and nobody else's. */
function withHanger(): { world: RoomWorld; room: RoomId } {
  const world = new RoomWorld(["ada", "ben", "mal", "xen"]);
  const room = world.create("ada", "club", { ways: "peers" });
  const [ada, mal] = [world.person("ada"), world.person("mal")];
  const knock = (name: string): string => {
    const made = world
      .person(name)
      .ask((rooms, at) => rooms.knockLink(room, { hints: [world.person(name).address], relays: [] }, at));
    return typeof made === "string" ? assert.fail(made) : made.link;
  };
  for (const guest of ["ben", "mal"]) {
    const request = world.join(guest, knock("ada"));
    world.answerChallenge(room, "ada", guest);
    world.until(`${guest} is in`, () => world.joinEnd(guest, request) === room);
  }
  world.answerChallenge(room, "ben", "mal");
  world.until("the three are linked", () => world.edges(room, ada.name).length === 3, 60 * SECONDS);
  const request = world.join("xen", knock(mal.name));
  world.answerChallenge(room, "mal", "xen");
  world.until("xen is in", () => world.joinEnd("xen", request) === room);
  return { world, room };
}

test("R37: a peer that one member alone let near is shown to all others as a gap that names that member", () => {
  const { world, room } = withHanger();
  world.run(30 * SECONDS);
  const [xen, mal] = [world.id("xen"), world.id("mal")];
  for (const name of ["ada", "ben"]) {
    const gaps = world.person(name).endpoint.rooms.gapsOf(room);
    const hangs = gaps.filter(({ kind }) => kind === "hangs-on");
    assert.deepEqual(hangs, [{ kind: "hangs-on", peer: xen, neighbour: mal }], name);
    const pairs = gaps.flatMap((gap) => (gap.kind === "not-connected" ? [[gap.a, gap.b].sort().join()] : []));
    const expected = ["ada", "ben"].map((other) => [world.id(other), xen].sort().join());
    assert.deepEqual(pairs.sort(), expected.sort(), name);
  }
  for (const name of world.people.keys())
    assert.deepEqual(world.edges(room, name), ["ada-ben", "ada-mal", "ben-mal", "mal-xen"], name);
});

test("R41: cut off by all others, a conspirator and whoever hangs on it have no link with any of them", () => {
  const { world, room } = withHanger();
  const mal = world.id("mal");
  for (const name of ["ada", "ben"]) world.person(name).ask((rooms, at) => rooms.cut(room, mal, true, at));
  world.run(60 * SECONDS);
  for (const name of ["ada", "ben"]) {
    assert.deepEqual(world.edges(room, name), ["ada-ben"]);
    const asking = world.person(name).endpoint.rooms.requestsOf(room);
    assert.deepEqual(
      asking.filter(({ peer }) => peer === mal),
      [],
      "its knocks are not listed",
    );
  }
  world.person("ada").say(room, "between us");
  world.run(10 * SECONDS);
  assert.deepEqual(world.person("ben").heard(room), ["between us"]);
  for (const name of ["mal", "xen"]) assert.deepEqual(world.person(name).heard(room), [], name);
});

test("R41: where somebody may expel, whom it expels invited in vain", () => {
  const world = new RoomWorld(["ada", "ben", "mal", "xen"], { privacy: "open" });
  const room = world.create("ada", "kitchen");
  for (const name of ["ben", "mal"]) world.bringIn(room, "ada", name);
  world.until("linked", () => world.edges(room, "ada").length === 3);
  world.run(10 * SECONDS);
  const [link = ""] = world.invite(room, "mal");
  world.run(2 * SECONDS);
  // At the same time: mal lets somebody in, and is expelled.
  world.part(["mal", "xen"], ["ada", "ben"]);
  const request = world.join("xen", link);
  world.until("xen is in", () => world.joinEnd("xen", request) === room);
  world.person("ada").ask((rooms, at) => rooms.expel(room, world.id("mal"), at));
  world.part(["mal", "xen"], ["ada", "ben"], false);
  world.until("mal knows", () => world.person("mal").endpoint.rooms.stateOf(room)?.state === "expelled", 120 * SECONDS);
  world.run(60 * SECONDS);
  for (const name of ["ada", "ben"]) {
    assert.equal(world.person(name).members(room).length, 2, name);
    assert.deepEqual(world.edges(room, name), ["ada-ben"]);
  }
  const [honest, others] = [
    ["ada", "ben"],
    ["mal", "xen"],
  ];
  const crossing = (pair: string): boolean =>
    [honest, others].every((side) => side.some((name) => pair.includes(name)));
  assert.deepEqual(linkedPairs(world).filter(crossing), []);
});

test("R42: to cut somebody off is each member's own act; what others hear of it is advice, and changes nothing", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "mal"]);
  const room = world.roomOfAll();
  const [ada, mal] = [world.person("ada"), world.person("mal")];
  world.until("linked", () => world.edges(room, "ada").length === 6);
  mal.ask((rooms, at) => rooms.cut(room, ada.id, true, at));
  world.run(60 * SECONDS);
  for (const name of ["ada", "ben", "cem"]) {
    const [advice] = world.person(name).of("roomAdvice");
    assert.deepEqual([advice?.from, advice?.peer, advice?.isCut], [mal.id, ada.id, true], name);
    assert.equal(world.person(name).members(room).length, 4, name);
  }
  assert.deepEqual(linkedPairs(world), ["ada-ben", "ada-cem", "ben-cem", "ben-mal", "cem-mal"]);
  // Nor can a member expel whom it may not.
  assert.equal(
    mal.ask((rooms, at) => rooms.expel(room, ada.id, at)),
    "notAllowed",
  );
  ada.say(room, "still here");
  world.until("all hear it", () => ["ben", "cem", "mal"].every((name) => world.person(name).heard(room).length === 1));
});
