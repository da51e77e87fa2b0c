import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, textToBytes } from "@kith/core";
import type { Endpoint } from "./api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import type { Room } from "./rooms-api.ts";
import { Lab } from "./testing/lab.ts";
import { first, until } from "./testing/until.ts";

const quick = { provider: nodeProvider, endOfTurn: (run: () => void) => process.nextTick(run) };

const inviteTo = async (room: Room): Promise<string> => {
  const { links } = await room.invite();
  assert.ok(links[0]);
  return links[0];
};

const isNamed = (room: Room, count: number): Promise<readonly string[]> =>
  until(room.members, (all) => (all.length === count ? all.map(({ name }) => name).sort() : undefined));

test("a room is made, joined by invitation, and what is said there is heard by all", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await using cem = await lab.endpoint("Cem", quick);
  const garden = await ada.rooms.create("Garden");
  assert.deepEqual(await isNamed(garden, 1), ["Ada"]);

  const steps: string[] = [];
  const bens = await ben.rooms.join(await inviteTo(garden), { onStep: (step) => steps.push(step) });
  assert.equal(bens.id, garden.id);
  assert.equal(bens.view.get().name, "Garden");
  assert.deepEqual(steps, ["looking", "proving", "receiving"]);
  assert.deepEqual(await isNamed(garden, 2), ["Ada", "Ben"]);

  // Whoever was let in lets others in; the founder hears of it.
  const cems = await cem.rooms.join(await inviteTo(bens));
  for (const room of [garden, bens, cems]) assert.deepEqual(await isNamed(room, 3), ["Ada", "Ben", "Cem"]);
  await until(garden.topology, ({ edges }) =>
    edges.filter(({ claimed }) => claimed === "both").length === 3 ? true : undefined,
  );

  await cems.chat.send("hello, both of you");
  for (const room of [garden, bens]) {
    const line = await until(room.chat.history, (lines) => lines[0]);
    assert.deepEqual([line.text, line.name, line.isOurs, line.hops], ["hello, both of you", "Cem", false, 0]);
  }
});

test("members whom one let in find each other: lists say where", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await using cem = await lab.endpoint("Cem", quick);
  const garden = await ada.rooms.create("Garden");
  const bens = await ben.rooms.join(await inviteTo(garden));
  const cems = await cem.rooms.join(await inviteTo(garden));
  for (const room of [garden, bens, cems])
    await until(room.members, (all) => all.filter(({ path }) => path.kind === "direct").length === 2 || undefined);
});

test("an endpoint that comes back is in its rooms, and hears what was said while it was away", async () => {
  const lab = new Lab();
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  const store = new MemoryStore();
  store.close = async () => {}; // what is on a disk outlives the endpoint
  const kept = { ...quick, identity: createIdentity(nodeProvider, random), store };
  await using ada = await lab.endpoint("Ada", quick);
  const ben = await lab.endpoint("Ben", kept);
  const garden = await ada.rooms.create("Garden");
  await ben.rooms.join(await inviteTo(garden));
  await ben.close();
  await garden.chat.send("where is Ben?");

  await using again = await lab.endpoint("Ben", kept);
  const [view] = again.rooms.all.get();
  assert.deepEqual([view?.id, view?.name, view?.state, view?.role], [garden.id, "Garden", "in", "member"]);
  const bens = again.rooms.get(garden.id);
  assert.ok(bens);
  assert.deepEqual(await isNamed(bens, 2), ["Ada", "Ben"]);
  const line = await until(bens.chat.history, (lines) => lines[0]);
  assert.equal(line.text, "where is Ben?");
});

test("a program has channels in a room, to one member and to all", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  const here = await ada.rooms.create("Lab");
  const there = await ben.rooms.join(await inviteTo(here));

  const served = there.channels("echo/1");
  const [channel, theirs] = await Promise.all([here.open("echo/1", ben.id), first(served)]);
  assert.deepEqual([channel.protocol, theirs.protocol, theirs.peer], ["echo/1", "echo/1", ada.id]);
  await channel.send(textToBytes("one"));
  assert.deepEqual(await first(theirs.messages), textToBytes("one"));

  const [board, wall] = [here.broadcast("board/1"), there.broadcast("board/1")];
  await board.send(textToBytes("to all"));
  const { from, bytes, hops } = await first(wall.messages);
  assert.deepEqual([from, bytes, hops], [ada.id, textToBytes("to all"), 0]);
  await assert.rejects(board.send(new Uint8Array(16_385)), { code: "ERR_TOO_LARGE" });
});

test("tickets that lead nowhere are refused with a reason, and commands that are not allowed too", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  await using cem = await lab.endpoint("Cem", quick);
  const room = await ada.rooms.create("Small");
  const ticket = await inviteTo(room);
  await assert.rejects(ben.rooms.join("nonsense"), { code: "ERR_TICKET" });
  const bens = await ben.rooms.join(ticket);
  await assert.rejects(cem.rooms.join(ticket), { code: "ERR_TICKET" });
  await assert.rejects(bens.expel(ada.id), { code: "ERR_NOT_AUTHORIZED" });
  await assert.rejects(ada.rooms.create(""), { code: "ERR_ARGUMENT" });
  await room.expel(ben.id);
  assert.equal(await bens.closed, "expelled");
  await assert.rejects(bens.chat.send("still here?"), { code: "ERR_ROOM_LEFT" });
  await ben.rooms.forget(bens.id);
  assert.equal(ben.rooms.get(bens.id), undefined);
  await assert.rejects(ben.rooms.forget(bens.id), { code: "ERR_ROOM_UNKNOWN" });
});

const membersOnline = (room: Room): Promise<true> =>
  until(room.members, (all) => (all.every(({ isOnline }) => isOnline) ? true : undefined));

test("a challenge: wrong answers are counted, the right one lets in", async () => {
  const lab = new Lab();
  await using ada = await lab.endpoint("Ada", quick);
  await using ben = await lab.endpoint("Ben", quick);
  const room = await ada.rooms.create("Careful", { ways: "challenge", challengedBy: "any" });
  let asked: Room | undefined;
  const joining = ben.rooms.join(await room.knockLink(), {
    onStep: (_, known) => {
      asked = known ?? asked;
    },
  });
  const request = await until(room.requests, (all) => all[0]);
  assert.deepEqual([request.name, request.wants], ["Ben", "challenge"]);
  await room.challenge(request.peer);
  const { code } = await until(room.requests, (all) => all.find((each) => each.code !== undefined));
  assert.ok(code && asked);
  await until(asked.challenges, (all) => all[0]);
  const wrong = code.text === "000000" ? "000001" : "000000";
  await assert.rejects(asked.answerChallenge(ada.id, wrong), { code: "ERR_WRONG_CODE" });
  await until(asked.challenges, (all) => all[0]);
  const right = (ben as Endpoint).rooms.get(asked.id);
  assert.ok(right);
  const [, entered] = await Promise.all([right.answerChallenge(ada.id, code.text), joining]);
  await membersOnline(entered);
});
