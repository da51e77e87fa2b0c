/**
 * R1 to R8: a room and who is there. No server runs in this version: what a requirement says of one is asked of the
 * presence on the local network, and of everything that leaves a machine.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeTicket,
  Endpoint,
  encodeTicket,
  hexToBytes,
  makeRooms,
  peerIdToBytes,
  type RoomId,
  Secret,
} from "@kith/core";
import { createNodeProvider } from "@kith/sdk/node";
import { Comings, linkedPairs, PacketRecord } from "./room-record.ts";
import { identityOf, RoomWorld } from "./room-world.ts";
import { SimRandom } from "./sim-random.ts";

const SECONDS = 1_000;

/** A link into the room with another seed: of an invitation that nobody made. */
function forged(link: string): string {
  const ticket = decodeTicket(link);
  if (ticket.kind !== "invitation") throw new Error("no invitation");
  return encodeTicket({ ...ticket, seed: new Secret(new SimRandom("nobody's seed").bytes(32)) });
}

/** Ada and ben in a room, and xen, who is in none and knows where they live. */
function withStranger(privacy: "open" | "contacts"): { world: RoomWorld; room: RoomId } {
  const world = new RoomWorld(["ada", "ben", "xen"], { privacy });
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  world.until("linked", () => world.edges(room, "ben").length === 1);
  return { world, room };
}

/** It came to nothing: no link, no word, no view of the room; `asks` where it is listed as somebody who asks. */
function assertStranger(world: RoomWorld, room: RoomId, asks = 0): void {
  const [ada, ben, xen] = ["ada", "ben", "xen"].map((name) => world.person(name));
  for (const member of [ada, ben]) {
    assert.equal(member?.members(room).length, 2);
    const dialled = member?.of("dial").filter(({ hints }) => hints.includes(xen?.address ?? ""));
    assert.deepEqual(dialled, [], "nobody dials it");
    assert.equal(member?.endpoint.rooms.requestsOf(room).length, asks);
  }
  ada?.say(room, "for members");
  world.run(10 * SECONDS);
  assert.equal(ben?.heard(room).at(-1), "for members");
  assert.deepEqual(xen?.of("roomMessage"), []);
  assert.deepEqual(xen?.endpoint.rooms.membersOf(room), []);
  assert.ok([undefined, "joining"].includes(xen?.endpoint.rooms.stateOf(room)?.state));
  assert.deepEqual(world.edges(room, "ada"), ["ada-ben"]);
}

for (const privacy of ["open", "contacts"] as const) {
  test(`R1: with a key that nobody invited, nobody links to a peer, and it reads nothing (${privacy})`, () => {
    const { world, room } = withStranger(privacy);
    const [link = ""] = world.invite(room, "ada");
    const request = world.join("xen", forged(link), [world.person("ben").address]);
    world.run(60 * SECONDS);
    assert.equal(world.joinEnd("xen", request), privacy === "open" ? "unknown" : "unreachable");
    assertStranger(world, room);
  });

  test(`R2: without any key, nobody links to a peer, and it reads nothing (${privacy})`, () => {
    const { world, room } = withStranger(privacy);
    const [xen, ben] = [world.person("xen"), world.person("ben")];
    xen.ask((_, at, endpoint) => endpoint.connect({ peer: undefined, hints: [ben.address] }, 9, at));
    world.run(30 * SECONDS);
    assertStranger(world, room);
    // Even if it heard of the room somewhere: then a person is asked, where somebody unknown may ask at all.
    const [link = ""] = world.invite(room, "ada");
    const { member, expires, name, hints, relays } = decodeTicket(link);
    const knock = encodeTicket({ kind: "knock", room, member, expires, name, hints, relays });
    const request = world.join("xen", knock, [ben.address]);
    world.run(60 * SECONDS);
    assert.equal(world.joinEnd("xen", request), privacy === "open" ? undefined : "unreachable");
    assertStranger(world, room, privacy === "open" ? 1 : 0);
  });
}

test("R3: the first one opens the room, sees itself arrive once, and links to nobody", () => {
  const world = new RoomWorld(["ada", "ben"], { privacy: "open" });
  const [ada] = [world.person("ada")];
  world.run(1 * SECONDS);
  const made = ada.ask((rooms, at) => rooms.create("kitchen", {}, at));
  assert.ok(typeof made !== "string");
  const comings = new Comings(world, made.room);
  world.run(60 * SECONDS);
  assert.equal(comings.count("ada", "arrived", ada.id), 1);
  assert.equal(ada.endpoint.rooms.stateOf(made.room)?.memberCount, 1);
  assert.deepEqual(ada.of("dial"), []);
  assert.deepEqual(linkedPairs(world), []);
});

test("R4: everybody, the newcomer included, is told of each arrival exactly once, with 2 to 6 members", () => {
  const names = ["ada", "ben", "cem", "dana", "eli", "fay"];
  const world = new RoomWorld(names);
  const room = world.create("ada", "kitchen");
  const comings = new Comings(world, room);
  world.run(1 * SECONDS);
  for (const [index, newcomer] of names.entries()) {
    if (index > 0) world.bringIn(room, "ada", newcomer);
    world.run(15 * SECONDS);
    for (const name of names.slice(0, index + 1))
      for (const arrived of names.slice(0, index + 1))
        assert.equal(comings.count(name, "arrived", world.id(arrived)), 1, `${arrived} at ${name}, ${index + 1}`);
  }
});

test("R5: nobody links to itself, whatever link, code or address of its own it comes upon", () => {
  const world = new RoomWorld(["ada", "ben"], { privacy: "open" });
  const [ada] = [world.person("ada")];
  const room = world.create("ada", "kitchen");
  const [own = ""] = world.invite(room, "ada");
  const copied = world.join("ada", own, [ada.address]);
  const code = ada.ask((rooms, at) => rooms.showCode(room, at));
  assert.ok(typeof code !== "string");
  ada.ask((_, at, endpoint) => {
    const { hints = [] } = endpoint.presence.announcement(at.wall) ?? {};
    endpoint.setNearby(
      [{ key: "mirror", addresses: [ada.address], presence: hints, name: "ada", seenAt: at.wall }],
      at,
    );
  });
  world.run(30 * SECONDS);
  assert.equal(world.joinEnd("ada", copied), room, "it is in already");
  assert.deepEqual(ada.of("dial"), []);
  assert.deepEqual(linkedPairs(world), []);
  assert.equal(ada.members(room).length, 1);
  // The copy is as good as before for somebody else.
  const request = world.join("ben", own);
  world.until("ben is in", () => world.joinEnd("ben", request) === room);
});

for (const isSilent of [false, true]) {
  test(`R6: after a death${isSilent ? " that nobody hears of" : " by kill -9"}, one departure is shown, and others come in`, () => {
    const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
    const room = world.create("ada", "kitchen");
    const comings = new Comings(world, room);
    for (const name of ["ben", "cem"]) world.bringIn(room, "ada", name);
    world.until("linked", () => ["ada", "ben", "cem"].every((name) => world.edges(room, name).length === 3));
    world.run(10 * SECONDS);
    const cem = world.person("cem");
    cem.host.kill(isSilent);
    world.run(90 * SECONDS);
    for (const name of ["ada", "ben"]) {
      assert.equal(comings.count(name, "online", cem.id), 1);
      assert.equal(comings.count(name, "offline", cem.id), 1);
      assert.equal(comings.count(name, "gone", cem.id), 0, "away is not out");
    }
    world.bringIn(room, "ben", "dana");
    world.until("linked", () => world.edges(room, "ada").join() === "ada-ben,ada-dana,ben-dana");
    assert.equal(comings.count("ada", "offline", world.id("ben")), 0);
  });
}

test("R6: rooms that were left and forgotten leave nothing behind", () => {
  const provider = createNodeProvider({ isSeeded: true });
  const { source: random } = new SimRandom("many rooms");
  const options = { provider, random, identity: identityOf("ada"), name: "ada", protocols: [] };
  const at = { now: 0 as never, wall: 1_700_000_000_000 as never };
  const endpoint = new Endpoint({ ...options, privacy: "open", restored: [], rooms: makeRooms }, at);
  const stored = new Set<string>();
  const drain = (): void => {
    endpoint.settle(at);
    for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll()) {
      if (output.type === "store") {
        for (const { key } of output.puts) stored.add(key);
        for (const key of output.deletes) stored.delete(key);
        endpoint.handleStored(output.token, true, at);
      } else if (output.type === "deletePrefix")
        for (const key of stored) if (key.startsWith(output.prefix)) stored.delete(key);
    }
  };
  const before = (): unknown => ({ census: endpoint.census, rooms: endpoint.rooms.all, next: endpoint.nextTimeout() });
  drain();
  /** But for the audit log, which keeps what happened, and is bounded by itself. */
  const kept = (): readonly string[] => [...stored].filter((key) => !key.startsWith("audit/")).sort();
  const [census, keptBefore] = [before(), kept()];
  for (let count = 0; count < 100; count++) {
    const made = endpoint.rooms.create(`room ${count}`, {}, at);
    assert.ok(typeof made !== "string");
    drain();
    assert.equal(endpoint.rooms.leave(made.room, at), undefined);
    drain();
    assert.equal(endpoint.rooms.forget(made.room, at), undefined);
    drain();
    drain();
  }
  at.now = 60_000 as never;
  endpoint.handleTimeout(at); // the sweep finds nothing
  drain();
  assert.deepEqual(before(), census);
  assert.deepEqual(kept(), keptBefore);
});

test("R7: what is meant for one member reaches it alone; an address that is nobody's is an error to its sender", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
  const record = new PacketRecord(world);
  const room = world.create("ada", "kitchen");
  world.create("dana", "elsewhere");
  for (const name of ["ben", "cem"]) world.bringIn(room, "ada", name);
  world.run(10 * SECONDS); // members tell each other their addresses
  world.wall("ada", "cem");
  const [ada, ben, cem, dana] = ["ada", "ben", "cem", "dana"].map((name) => world.person(name));
  assert.ok(ada !== undefined && ben !== undefined && cem !== undefined && dana !== undefined);
  world.until("ben is between", () => world.edges(room, "ada").join() === "ada-ben,ben-cem", 60 * SECONDS);
  for (const person of [ben, cem, dana]) person.ask((rooms) => rooms.serve(room, "board/1", true));
  ada.ask((rooms, at) => rooms.reach(room, cem.id, 7, at));
  world.until("a session is there", () => ada.of("connected").some(({ request }) => request === 7));
  const session = ada.of("connected").find(({ request }) => request === 7)?.session;
  const channel = session && ada.ask((rooms) => rooms.openChannel(session.id, room, "board/1", 0));
  assert.ok(session !== undefined && channel !== undefined);
  world.until("it is open", () => ada.of("channel").some(({ output }) => output.type === "accepted"));
  ada.ask(() => session.stack.send(channel, new TextEncoder().encode("for cem alone")));
  world.until("it arrives", () => cem.of("channel").some(({ output }) => output.type === "messages"));
  for (const person of [ben, dana]) assert.deepEqual(person.of("channel"), [], person.name);
  assert.ok(!record.showsText("for cem alone"));

  const heard = (): number => [ben, cem, dana].reduce((sum, { outputs }) => sum + outputs.length, 0);
  const before = heard();
  ada.ask((rooms, at) => rooms.reach(room, dana.id, 8, at));
  world.until("an error", () => ada.of("connectFailed").some(({ request }) => request === 8));
  const others = [ben, cem, dana].flatMap(({ outputs }) => outputs.slice(before));
  assert.deepEqual(
    others.filter(({ type }) => type === "connectFailed" || type === "channel"),
    [],
  );
  assert.equal(record.between("ada", "dana"), 0);
});

test("R8: no seed, no text, no name and no roster is in anything that leaves a machine", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const record = new PacketRecord(world);
  const marker = "planted marker 7f3a";
  record.announce();
  const room = world.create("ada", marker);
  const seeds: Uint8Array[] = [];
  for (const name of ["ben", "cem"]) {
    const [link = ""] = world.invite(room, "ada");
    const ticket = decodeTicket(link);
    assert.ok(ticket.kind === "invitation");
    seeds.push(ticket.seed.reveal().slice());
    const request = world.join(name, link);
    world.until("in", () => world.joinEnd(name, request) === room);
    record.announce();
  }
  world.until("linked", () => world.edges(room, "ada").length === 3);
  const [ada, ben] = [world.person("ada"), world.person("ben")];
  ada.say(room, marker);
  world.until("heard", () => ben.heard(room).includes(marker));
  const keys = [...(ada.endpoint.rooms.membershipOf(room)?.invitations.keys() ?? [])];
  ada.ask((rooms, at) => rooms.rename(room, `${marker} again`, at));
  ada.ask((rooms, at) => rooms.setRole(room, ben.id, "admin", at));
  ada.ask((rooms, at) => rooms.cut(room, ben.id, true, at));
  world.run(5 * SECONDS);
  ada.ask((rooms, at) => rooms.cut(room, ben.id, false, at));
  world.person("cem").host.kill(true);
  world.run(60 * SECONDS);
  record.announce();
  ada.ask((rooms, at) => rooms.expel(room, world.id("cem"), at));
  world.start("cem");
  world.run(30 * SECONDS);
  record.announce();
  assert.ok(record.packets.length > 100 && record.announced.length > 0);
  assert.equal(keys.length, 2);
  assert.ok(record.showsText("kith"), "what a hello begins with is found");
  for (const secret of [...seeds, ...keys.map(hexToBytes), hexToBytes(room)])
    assert.ok(!record.shows(secret.subarray(0, 12)));
  for (const { id } of world.people.values()) {
    assert.ok(!record.shows(peerIdToBytes(id).subarray(0, 12)));
    assert.ok(!record.showsText(id));
  }
  for (const text of [marker, room, "board/1", "chat/1"]) assert.ok(!record.showsText(text), text);
});
