import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomWorld } from "./room-world.ts";

test("rooms: two come together by an invitation, say something, and a restart keeps the room", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const [ada, ben] = [world.person("ada"), world.person("ben")];
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  world.until("both see both", () => ada.members(room).length === 2 && ben.members(room).length === 2);
  ada.say(room, "hello");
  world.until("ben heard", () => ben.heard(room).includes("hello"));
  ben.say(room, "hi");
  world.until("ada heard", () => ada.heard(room).includes("hi"));
  world.restart("ben");
  assert.deepEqual(ben.members(room), ada.members(room));
  world.until("linked again", () => ben.endpoint.rooms.stateOf(room)?.onlineCount === 2);
  ada.say(room, "again");
  world.until("ben heard it after the restart", () => ben.heard(room).includes("again"));
});

test("rooms: whoever starts dials at once also those who always came to it", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  world.run(2_000);
  world.person("ada").host.kill(false);
  world.run(120_000); // ben tries more and more rarely
  world.start("ada");
  world.until("linked again", () => world.edges(room, "ada").length === 1, 1_000);
});

test("rooms: all link to all, and one message reaches each once", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
  const room = world.roomOfAll();
  const people = [...world.people.values()];
  world.until("all are linked", () => people.every(({ endpoint }) => endpoint.rooms.mapOf(room).edges.length === 6));
  world.run(1_000);
  for (const person of people) person.say(room, `from ${person.name}`);
  world.until("all heard all", () => people.every((person) => person.heard(room).length === 3));
  world.run(60_000);
  for (const person of people) assert.equal(person.heard(room).length, 3);
});

test("[RSE-2] [RSE-3] [RSE-5] rooms: a channel to a member that cannot be dialled goes through another", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  world.wall("ada", "cem");
  const [ada, ben, cem] = [world.person("ada"), world.person("ben"), world.person("cem")];
  const room = world.create("ben", "bridge");
  world.bringIn(room, "ben", "ada");
  world.bringIn(room, "ben", "cem");
  world.until("ada sees cem online", () =>
    ada.endpoint.rooms.membersOf(room).some(({ peer, path }) => peer === cem.id && path.kind === "routed"),
  );
  cem.ask((rooms) => rooms.serve(room, "board/1", true));
  ada.ask((rooms, at) => rooms.reach(room, cem.id, 7, at));
  world.until("a session is there", () => ada.of("connected").some(({ request }) => request === 7));
  const session = ada.of("connected").find(({ request }) => request === 7)?.session;
  assert.ok(session !== undefined);
  const channel = ada.ask((rooms) => rooms.openChannel(session.id, room, "board/1", 0));
  assert.ok(channel !== undefined);
  world.until("it is open", () => ada.of("channel").some(({ output }) => output.type === "accepted"));
  const [opened] = cem.of("channel").filter(({ output }) => output.type === "opened");
  assert.deepEqual(opened?.room, { room, protocol: "board/1" });
  ada.ask(() => session.stack.send(channel, new TextEncoder().encode("through ben")));
  world.until("it arrives", () => cem.of("channel").some(({ output }) => output.type === "messages"));
  assert.equal(session.stack.activeLink?.traits.kind, "routed");
  world.wall("ada", "cem", false);
  world.until("the straight way takes over", () => session.stack.activeLink?.traits.kind === "tcp", 120_000);
  assert.ok(ben.members(room).length === 3);
});

test("rooms: whoever is expelled hears of it, and nothing that is said afterwards", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.roomOfAll();
  const [ada, ben, cem] = [world.person("ada"), world.person("ben"), world.person("cem")];
  ada.say(room, "before");
  world.until("all heard", () => ben.heard(room).length === 1 && cem.heard(room).length === 1);
  assert.equal(
    ada.ask((rooms, at) => rooms.expel(room, cem.id, at)),
    undefined,
  );
  world.until("cem knows", () => cem.endpoint.rooms.stateOf(room)?.state === "expelled");
  world.until("ben knows", () => ben.members(room).length === 2);
  ben.say(room, "after");
  world.until("ada heard", () => ada.heard(room).includes("after"));
  world.run(30_000);
  assert.deepEqual(cem.heard(room), ["before"]);
  assert.equal(
    ben.ask((rooms, at) => rooms.expel(room, ada.id, at)),
    "notAllowed",
  );
});

test("[RSE-7] rooms: a room code lets somebody in, and is good for one", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  const code = world.person("ada").ask((rooms, at) => rooms.showCode(room, at));
  assert.ok(typeof code !== "string");
  const near = ["ada", "ben"].map((name) => world.person(name).address);
  // Told to ben over the room, who can answer as well.
  world.until("ben shows it too", () => world.person("ben").endpoint.rooms.shownCodeOf(room)?.text === code.text);
  const request = world.join("cem", code.text, [world.person("ben").address]);
  world.until("cem is in", () => world.joinEnd("cem", request) !== undefined);
  assert.equal(world.joinEnd("cem", request), room);
  world.until("it is over", () => world.person("ada").endpoint.rooms.shownCodeOf(room) === undefined);
  const late = world.join("dana", code.text, near);
  world.until("dana is told", () => world.joinEnd("dana", late) !== undefined);
  assert.notEqual(world.joinEnd("dana", late), room);
});

test("rooms: a wrong code is told, and costs a try at the door where it was tried", () => {
  const world = new RoomWorld(["ada", "cem"]);
  const room = world.create("ada", "kitchen");
  const code = world.person("ada").ask((rooms, at) => rooms.showCode(room, at));
  assert.ok(typeof code !== "string");
  const [number] = code.text.split("-");
  const request = world.join("cem", `${number}-amber-canyon`, [world.person("ada").address]);
  world.until("cem is told", () => world.joinEnd("cem", request) !== undefined);
  assert.equal(world.joinEnd("cem", request), "wrongCode");
  assert.equal(world.person("ada").endpoint.rooms.shownCodeOf(room)?.triesLeft, 2);
});

test("rooms: where somebody must say yes, an admin elsewhere can", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.create("ada", "club", { ways: "approval" });
  const [link] = world.invite(room, "ada");
  const first = world.join("ben", link ?? "");
  world.until("ada is asked", () => world.person("ada").endpoint.rooms.requestsOf(room).length === 1);
  assert.equal(world.joinEnd("ben", first), undefined);
  world.person("ada").ask((rooms, at) => rooms.approve(room, world.id("ben"), at));
  world.until("ben is in", () => world.joinEnd("ben", first) === room);
  const knock = world
    .person("ben")
    .ask((rooms, at) => rooms.knockLink(room, { hints: [world.person("ben").address], relays: [] }, at));
  assert.ok(typeof knock !== "string");
  const second = world.join("cem", knock.link);
  world.until("ada hears of it", () => world.person("ada").endpoint.rooms.requestsOf(room).length === 1);
  assert.equal(
    world.person("ben").ask((rooms, at) => rooms.approve(room, world.id("cem"), at)),
    "notAllowed",
  );
  world.person("ada").ask((rooms, at) => rooms.approve(room, world.id("cem"), at));
  world.until("cem is in", () => world.joinEnd("cem", second) === room);
  world.until("nobody waits", () => world.person("ben").endpoint.rooms.requestsOf(room).length === 0);
});

test("rooms: refused is refused", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const room = world.create("ada", "club", { ways: "approval" });
  const [link] = world.invite(room, "ada");
  const request = world.join("ben", link ?? "");
  world.until("ada is asked", () => world.person("ada").endpoint.rooms.requestsOf(room).length === 1);
  world.person("ada").ask((rooms, at) => rooms.refuse(room, world.id("ben"), at));
  world.until("ben is told", () => world.joinEnd("ben", request) === "denied");
});

test("rooms: a challenge is answered by the code that the member tells", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const room = world.create("ada", "club", { ways: "challenge", challengedBy: "any" });
  const knock = world
    .person("ada")
    .ask((rooms, at) => rooms.knockLink(room, { hints: [world.person("ada").address], relays: [] }, at));
  assert.ok(typeof knock !== "string");
  const request = world.join("ben", knock.link);
  world.until("ada is asked", () => world.person("ada").endpoint.rooms.requestsOf(room).length === 1);
  world.person("ada").ask((rooms, at) => rooms.challenge(room, world.id("ben"), at));
  const [asked] = world.person("ada").endpoint.rooms.requestsOf(room);
  assert.ok(asked?.code !== undefined);
  const { text } = asked.code;
  world.until("ben is asked", () => world.person("ben").endpoint.rooms.challengesOf(room).length === 1);
  world.person("ben").ask((rooms, at) => rooms.answerChallenge(room, world.id("ada"), text, at));
  world.until("ben is in", () => world.joinEnd("ben", request) === room);
});

test("[RSE-3] [RSE-7] rooms: a cut is one's own, and advice to the others", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.roomOfAll();
  const [ada, ben, cem] = [world.person("ada"), world.person("ben"), world.person("cem")];
  world.until("all are linked", () => ada.endpoint.rooms.mapOf(room).edges.length === 3);
  ada.ask((rooms, at) => rooms.cut(room, cem.id, true, at));
  world.until("the link is gone", () => ada.endpoint.rooms.mapOf(room).edges.length === 2);
  world.until("ben is told", () => ben.of("roomAdvice").length === 1);
  world.run(60_000);
  assert.equal(ada.endpoint.stateOf(cem.id), "none");
  assert.equal(ben.members(room).length, 3);
  cem.say(room, "over ben");
  world.until("it still comes, over ben", () => ada.heard(room).includes("over ben"));
  ada.ask((rooms, at) => rooms.cut(room, cem.id, false, at));
  world.until("linked again", () => ada.endpoint.rooms.mapOf(room).edges.length === 3);
});

test("rooms: who leaves is gone for all, and the room goes on", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.roomOfAll();
  const [ada, ben, cem] = [world.person("ada"), world.person("ben"), world.person("cem")];
  world.until("all are linked", () => ada.endpoint.rooms.mapOf(room).edges.length === 3);
  ada.ask((rooms, at) => rooms.leave(room, at));
  world.until("it is told", () => ben.members(room).length === 2 && cem.members(room).length === 2);
  assert.equal(ada.endpoint.rooms.stateOf(room)?.state, "left");
  ben.say(room, "still here");
  world.until("cem heard", () => cem.heard(room).includes("still here"));
  assert.equal(
    ada.ask((rooms, at) => rooms.forget(room, at)),
    undefined,
  );
  world.run(1_000);
  world.restart("ada");
  assert.deepEqual(ada.endpoint.rooms.all, []);
});

test("rooms: where every member asks, each links only to who answered its own challenge", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.create("ada", "club", { ways: "peers" });
  const [ada, ben, cem] = [world.person("ada"), world.person("ben"), world.person("cem")];
  const knock = ada.ask((rooms, at) => rooms.knockLink(room, { hints: [ada.address], relays: [] }, at));
  assert.ok(typeof knock !== "string");
  for (const guest of [ben, cem]) {
    const request = world.join(guest.name, knock.link);
    world.answerChallenge(room, "ada", guest.name);
    world.until(`${guest.name} is in`, () => world.joinEnd(guest.name, request) === room);
  }
  world.until("ben knows cem", () => ben.members(room).length === 3);
  world.run(30_000);
  assert.deepEqual(world.edges(room, "ada"), ["ada-ben", "ada-cem"]);
  world.answerChallenge(room, "ben", "cem");
  world.until("all are linked", () => world.edges(room, "ada").length === 3, 120_000);
});

test("[RSE-8] rooms: whoever was away when it was expelled hears of it when it is back", () => {
  const world = new RoomWorld(["ada", "ben", "cem"], { privacy: "open" });
  const room = world.roomOfAll();
  world.until("all are linked", () => world.edges(room, "cem").length === 3);
  world.person("cem").host.kill(false);
  world.person("ada").ask((rooms, at) => rooms.expel(room, world.id("cem"), at));
  world.until("ben knows", () => world.person("ben").members(room).length === 2);
  world.start("cem");
  world.until("cem knows", () => world.person("cem").endpoint.rooms.stateOf(room)?.state === "expelled");
});

test("[RSE-1] rooms: a channel with a tag that says nothing here is refused like a protocol that nobody serves", () => {
  const world = new RoomWorld(["ada", "ben"], { privacy: "open" });
  const [ada, ben] = [world.person("ada"), world.person("ben")];
  world.create("ben", "secret");
  ada.ask((_, at, endpoint) => endpoint.connect({ peer: undefined, hints: [ben.address] }, 5, at));
  world.until("a session is there", () => ada.of("connected").length === 1);
  const [connected] = ada.of("connected");
  const codes = [`room.${"a".repeat(22)}`, `room.${"a".repeat(22)}/board/1`, "room.x", "room."].map((name) => {
    ada.ask((_, _at, endpoint) => endpoint.openChannel(connected?.session.id ?? 0, name, 0));
    const before = ada.of("channel").length;
    world.until("it is answered", () => ada.of("channel").length > before);
    const output = ada.of("channel").at(-1)?.output;
    return output?.type === "reset" ? output.code : output?.type;
  });
  assert.deepEqual(codes, [2, 2, 2, 2]); // RESET.refused
});

test("rooms: strict invitations are completed by who made them alone", () => {
  const world = new RoomWorld(["ada", "ben", "cem"]);
  const room = world.create("ada", "vault", { ways: "strict" });
  world.bringIn(room, "ada", "ben");
  const [link] = world.invite(room, "ada");
  world.until(
    "ben knows of it",
    () => (world.person("ben").endpoint.rooms.membershipOf(room)?.invitations.size ?? 0) > 1,
  );
  world.person("ada").host.kill(false);
  const early = world.join("cem", link ?? "", [world.person("ben").address]);
  world.until("ben lets nobody in", () => world.joinEnd("cem", early) !== undefined, 120_000);
  assert.notEqual(world.joinEnd("cem", early), room);
  world.start("ada");
  const request = world.join("cem", link ?? "", [world.person("ben").address]);
  world.until("ada does", () => world.joinEnd("cem", request) === room);
});

test("rooms: an invitation is good for one, and a member that did not make it lets its guest in", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
  const room = world.create("ada", "kitchen");
  world.bringIn(room, "ada", "ben");
  const [link = ""] = world.invite(room, "ada");
  world.until(
    "ben knows of it",
    () => (world.person("ben").endpoint.rooms.membershipOf(room)?.invitations.size ?? 0) > 1,
  );
  world.person("ada").host.kill(false);
  const first = world.join("cem", link, [world.person("ben").address]);
  world.until("cem is in", () => world.joinEnd("cem", first) === room);
  const second = world.join("dana", link, [world.person("ben").address]);
  world.until("dana is told", () => world.joinEnd("dana", second) !== undefined, 120_000);
  // In this privacy nobody even answers: the door that the link opens is closed.
  assert.ok(["used", "unreachable"].includes(world.joinEnd("dana", second) ?? ""));
});

test("rooms: as many as are kept, and none beyond; texts that are no tickets", () => {
  const world = new RoomWorld(["ada"]);
  const ada = world.person("ada");
  for (let i = 0; i < 64; i++) assert.notEqual(typeof ada.ask((rooms, at) => rooms.create(`r${i}`, {}, at)), "string");
  assert.equal(
    ada.ask((rooms, at) => rooms.create("one more", {}, at)),
    "limit",
  );
  assert.equal(
    ada.ask((rooms, at) => rooms.create("\u202e\u0000", {}, at)),
    "argument",
  );
  for (const text of ["", "kith://join#AAAA", "7-ember", "x".repeat(10_000)]) {
    const request = world.join("ada", text);
    world.until("told", () => world.joinEnd("ada", request) !== undefined);
    assert.equal(world.joinEnd("ada", request), "ticket");
  }
  world.run(1_000);
  world.restart("ada");
  assert.equal(ada.endpoint.rooms.all.length, 64);
});

test("rooms: a joining whose link breaks in the middle begins anew", () => {
  const world = new RoomWorld(["ada", "ben"]);
  const room = world.create("ada", "kitchen");
  const [link = ""] = world.invite(room, "ada");
  const request = world.join("ben", link);
  world.until("it has begun", () =>
    world
      .person("ben")
      .of("roomJoinStep")
      .some(({ step }) => step === "proving"),
  );
  world.restart("ada");
  world.until("ben is in", () => world.joinEnd("ben", request) !== undefined, 120_000);
  assert.equal(world.joinEnd("ben", request), room);
});

test("rooms: between two members, a session over others outlives the one that passed it on", () => {
  const world = new RoomWorld(["ada", "ben", "cem", "dana"]);
  const room = world.roomOfAll();
  const [ada, dana] = [world.person("ada"), world.person("dana")];
  world.until("all are linked", () => world.edges(room, "ada").length === 6);
  world.wall("ada", "dana");
  world.until("the straight way is gone", () => !world.edges(room, "ben").includes("ada-dana"), 120_000);
  dana.ask((rooms) => rooms.serve(room, "board/1", true));
  ada.ask((rooms, at) => rooms.reach(room, dana.id, 7, at));
  world.until("a session is there", () => ada.of("connected").some(({ request }) => request === 7));
  const session = ada.of("connected").find(({ request }) => request === 7)?.session;
  const channel = session && ada.ask((rooms) => rooms.openChannel(session.id, room, "board/1", 0));
  assert.ok(session !== undefined && channel !== undefined);
  world.until("it is open", () => ada.of("channel").some(({ output }) => output.type === "accepted"));
  for (const name of ["ben", "cem"]) {
    world.person(name).host.kill(true);
    ada.ask(() => session.stack.send(channel, new TextEncoder().encode(`without ${name}`)));
    const heard = (): number => dana.of("channel").filter(({ output }) => output.type === "messages").length;
    const before = heard();
    world.until(`it arrives without ${name}`, () => heard() > before, 180_000);
    world.start(name);
    world.until(`${name} is back`, () => world.edges(room, "ada").includes(["ada", name].sort().join("-")), 180_000);
  }
});
