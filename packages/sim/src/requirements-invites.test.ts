/**
 * R9 to R18: invitations. Here the guest dials the member that its link names, and the member decides what comes of
 * it: nobody is connected to for having arrived.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTicket, encodeTicket, hexToBytes, millis, type RoomId, Secret } from "@kith/core";
import { linkedPairs, PacketRecord } from "./room-record.ts";
import { RoomWorld } from "./room-world.ts";

const SECONDS = 1_000;
const HOURS = 3_600_000;

const invitationsAt = (world: RoomWorld, room: RoomId, name: string): number =>
  world.person(name).endpoint.rooms.membershipOf(room)?.invitations.size ?? 0;

function linkBytes(link: string): { readonly seed: Uint8Array } {
  const ticket = decodeTicket(link);
  if (ticket.kind !== "invitation") throw new Error("no invitation");
  return { seed: ticket.seed.reveal().slice() };
}

/** How a joining ends, however long that takes. */
function endOf(world: RoomWorld, who: string, request: number): string | undefined {
  world.until(`${who} is told`, () => world.joinEnd(who, request) !== undefined, 120 * SECONDS);
  return world.joinEnd(who, request);
}

test("R9: the inviter links to whoever presents its invitation, and no other link comes up", () => {
  const world = new RoomWorld(["ada", "ben", "xen"]);
  const room = world.create("ada", "kitchen");
  world.create("xen", "elsewhere");
  world.bringIn(room, "ada", "ben");
  world.until("linked", () => world.edges(room, "ada").join() === "ada-ben");
  const [ada, ben] = [world.person("ada"), world.person("ben")];
  assert.equal(ada.endpoint.rooms.membershipOf(room)?.members.get(ben.id)?.admittedBy, ada.id);
  world.run(30 * SECONDS);
  assert.deepEqual(linkedPairs(world), ["ada-ben"]);
  assert.deepEqual(ada.of("dial"), [], "the guest came to it");
});

test("R10: a member that has not heard of an invitation lets nobody in by it, until it has", () => {
  const world = new RoomWorld(["ada", "ben", "dana", "eli"], { privacy: "open" });
  const room = world.create("ada", "kitchen");
  for (const name of ["ben", "dana"]) world.bringIn(room, "ada", name);
  world.until("linked", () => world.edges(room, "ada").length === 3);
  world.run(5 * SECONDS);
  world.part(["dana"], ["ada", "ben"]);
  const [link = ""] = world.invite(room, "ada");
  const ticket = { ...decodeTicket(link), member: world.id("dana"), hints: [world.person("dana").address] };
  const early = world.join("eli", encodeTicket(ticket));
  assert.equal(endOf(world, "eli", early), "unknown");
  assert.equal(world.person("dana").members(room).length, 3);
  assert.deepEqual(world.person("eli").endpoint.rooms.all, []);
  world.part(["dana"], ["ada", "ben"], false);
  world.until("dana has heard", () => invitationsAt(world, room, "dana") === 3, 120 * SECONDS);
  const late = world.join("eli", encodeTicket(ticket));
  assert.equal(endOf(world, "eli", late), room);
});

test("R11: an invitation is with all connected members within a second, over their links alone", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const record = new PacketRecord(world);
  const room = world.roomOfAll();
  world.until("linked", () => world.edges(room, "ben").length === 3);
  record.announce();
  const [before, announced] = [invitationsAt(world, room, "ada"), record.announced.length];
  const [link = ""] = world.invite(room, "ben");
  world.run(1 * SECONDS);
  for (const name of ["ada", "cem"]) assert.equal(invitationsAt(world, room, name), before + 1, name);
  record.announce();
  assert.equal(record.announced.length, 2 * announced, "presence says no more than before");
  const keys = [...(world.person("ada").endpoint.rooms.membershipOf(room)?.invitations.keys() ?? [])];
  for (const secret of [linkBytes(link).seed, ...keys.map(hexToBytes)])
    assert.ok(!record.shows(secret.subarray(0, 12)));
});

test("R12: members that were told of an invitation link to whom it let in: AB, AC, BC, and nothing else", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "xen"]);
  const room = world.create("ada", "kitchen");
  world.create("xen", "elsewhere");
  world.bringIn(room, "ada", "ben");
  world.run(2 * SECONDS);
  world.bringIn(room, "ben", "cem");
  const all = ["ada-ben", "ada-cem", "ben-cem"];
  for (const name of ["ada", "ben", "cem"])
    world.until("linked", () => world.edges(room, name).join() === all.join(), 10 * SECONDS);
  assert.deepEqual(linkedPairs(world), all);
});

test("R13: who came in after an invitation was made lets its guest in, with everybody else away", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "eli"]);
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  const [forEli = ""] = world.invite(room, "ada");
  world.run(1 * SECONDS);
  world.bringIn(room, "ben", "cem");
  for (const name of ["ada", "ben"]) world.person(name).host.kill(true);
  const request = world.join("eli", forEli, [world.person("cem").address]);
  assert.equal(endOf(world, "eli", request), room);
  const { cem, eli } = { cem: world.person("cem"), eli: world.person("eli") };
  assert.equal(eli.endpoint.rooms.membershipOf(room)?.members.get(eli.id)?.admittedBy, cem.id);
});

test("R14: an invitation lets one in; whoever else comes with it is refused by all, and reported", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "xen"], { privacy: "open" });
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  const [link = ""] = world.invite(room, "ada");
  world.run(2 * SECONDS);
  const two = ["cem", "xen"].map((name) => [name, world.join(name, link)] as const); // at the same time
  const ends = two.map(([name, request]) => endOf(world, name, request));
  assert.deepEqual([...ends].sort(), [room, "used"].sort());
  const [winner = "", loser = ""] = ends[0] === room ? ["cem", "xen"] : ["xen", "cem"];
  world.until("all see it", () => world.person("ben").members(room).length === 3);
  // Later, at another member.
  const { hints: _, ...ticket } = decodeTicket(link);
  const ben = { member: world.id("ben"), hints: [world.person("ben").address] };
  world.until("ben knows", () => world.person("ben").members(room).includes(world.id(winner)));
  const again = world.join(loser, encodeTicket({ ...ticket, ...ben }));
  assert.equal(endOf(world, loser, again), "used");
  for (const name of ["ada", "ben"]) {
    assert.equal(world.person(name).members(room).length, 3);
    const gaps = world.person(name).endpoint.rooms.gapsOf(room);
    assert.deepEqual(gaps, [{ kind: "invitation-reused", peer: world.id(loser) }], name);
  }
  // Whoever is let in properly is no report any more.
  world.bringIn(room, "ada", loser);
  world.run(1 * SECONDS);
  assert.deepEqual(world.person("ada").endpoint.rooms.gapsOf(room), []);
});

test("R15: bindings made apart converge: the inviter's wins, and the other's links end everywhere", () => {
  const world = new RoomWorld(["ada", "cem", "xen", "yan"], { privacy: "open" });
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "cem");
  world.until("linked", () => world.edges(room, "cem").length === 1);
  const [link = ""] = world.invite(room, "ada");
  world.run(10 * SECONDS);
  world.part(["ada", "xen"], ["cem", "yan"]);
  // cem's binding is the older one, and loses all the same.
  const { hints: _, ...ticket } = decodeTicket(link);
  const cem = { member: world.id("cem"), hints: [world.person("cem").address] };
  const yan = world.join("yan", encodeTicket({ ...ticket, ...cem }));
  assert.equal(endOf(world, "yan", yan), room);
  const xen = world.join("xen", link);
  assert.equal(endOf(world, "xen", xen), room);
  world.until("linked apart", () => linkedPairs(world).join() === "ada-xen,cem-yan");
  world.part(["ada", "xen"], ["cem", "yan"], false);
  const kept = ["ada", "cem", "xen"];
  const members = kept.map((name) => world.id(name)).sort();
  for (const name of kept)
    world.until(
      `${name} sees who stays`,
      () => world.person(name).members(room).join() === members.join(),
      120 * SECONDS,
    );
  world.until("yan knows", () => world.person("yan").endpoint.rooms.stateOf(room)?.state === "expelled", 60 * SECONDS);
  world.until("all links are honest", () => world.edges(room, "ada").length === 3, 60 * SECONDS);
  world.run(60 * SECONDS);
  assert.ok(
    linkedPairs(world).every((pair) => !pair.includes("yan")),
    linkedPairs(world).join(),
  );
  for (const name of kept) {
    const gaps = world.person(name).endpoint.rooms.gapsOf(room);
    assert.deepEqual(gaps, [{ kind: "invitation-reused", peer: world.id("yan") }], name);
  }
});

for (const how of ["its time", "its inviter's word", "its inviter's removal"] as const) {
  test(`R16: an invitation ends with ${how}, and lets nobody in afterwards`, () => {
    const world = new RoomWorld(["ada", "ben", "xen"], { privacy: "open" });
    const room = world.create("ada", "kitchen");
    world.bringIn(room, "ada", "ben");
    world.run(2 * SECONDS);
    const [ada, ben] = [world.person("ada"), world.person("ben")];
    const terms = {
      uses: 1,
      lifetime: millis(30 * SECONDS),
      role: "member",
      hints: [ben.address],
      relays: [],
    } as const;
    const made = ben.ask((rooms, at) => rooms.invite(room, terms, at));
    assert.ok(typeof made !== "string");
    const [link = ""] = made.links;
    world.run(1 * SECONDS);
    if (how === "its time") world.run(30 * SECONDS);
    else if (how === "its inviter's word") ben.ask((rooms, at) => rooms.revokeInvitations(room, at));
    else ada.ask((rooms, at) => rooms.expel(room, ben.id, at));
    world.run(2 * SECONDS);
    const request = world.join("xen", link, [ada.address]);
    const expected = { "its time": "expired", "its inviter's word": "revoked", "its inviter's removal": "revoked" };
    assert.equal(endOf(world, "xen", request), expected[how]);
    assert.ok(!ada.members(room).includes(world.id("xen")));
    assert.deepEqual(world.person("xen").of("roomMessage"), []);
  });
}

test("R16: no invitation is without end", () => {
  const world = new RoomWorld(["ada"]);
  const room = world.create("ada", "kitchen");
  const terms = { uses: 1, role: "member", hints: [], relays: [] } as const;
  const forEver = world
    .person("ada")
    .ask((rooms, at) => rooms.invite(room, { ...terms, lifetime: millis(366 * 24 * HOURS) }, at));
  assert.equal(forEver, "argument");
});

test("R17: whoever knows an invitation's public key, as members do, does not come in by it", () => {
  const world = new RoomWorld(["ada", "ben", "xen"], { privacy: "open" });
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  const [link = ""] = world.invite(room, "ada");
  world.run(2 * SECONDS);
  const open = [...(world.person("ben").endpoint.rooms.membershipOf(room)?.invitations ?? [])];
  const [publicKey = ""] = open.find(([, { state }]) => state === "open") ?? [];
  const ticket = decodeTicket(link);
  assert.ok(ticket.kind === "invitation" && publicKey !== "");
  const request = world.join("xen", encodeTicket({ ...ticket, seed: new Secret(hexToBytes(publicKey)) }));
  assert.equal(endOf(world, "xen", request), "unknown");
  assert.equal(world.person("ada").members(room).length, 2);
});

test("R18: what is said of invitations is heard from members alone", () => {
  const world = new RoomWorld(["ada", "ben", "xen"], { privacy: "open" });
  const [ada, xen] = [world.person("ada"), world.person("xen")];
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  world.bringIn(room, "ada", "xen");
  world.until("linked", () => world.edges(room, "ada").length === 3);
  const before = invitationsAt(world, room, "ada");
  // xen keeps its links and its name for the room's channel, and is a member no more.
  world.wall("ada", "xen");
  world.wall("ben", "xen");
  ada.ask((rooms, at) => rooms.expel(room, xen.id, at));
  world.run(2 * SECONDS);
  world.invite(room, "xen");
  world.run(1 * SECONDS);
  const sealed = invitationsAt(world, room, "xen");
  assert.equal(sealed, before + 1);
  world.wall("ada", "xen", false);
  world.wall("ben", "xen", false);
  world.until("xen knows", () => xen.endpoint.rooms.stateOf(room)?.state === "expelled", 120 * SECONDS);
  world.run(10 * SECONDS);
  for (const name of ["ada", "ben"]) assert.equal(invitationsAt(world, room, name), before, name);
});
