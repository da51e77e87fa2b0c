/** Rooms with a person at the terminal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EndpointError } from "@kith/sdk";
import { FakeKith } from "./testing/fake-kith.ts";
import { ADA, BOB, CAROL, FAKE_NOW, MALLORY } from "./testing/fake-people.ts";
import {
  FAKE_CHALLENGE,
  type FakeRoom,
  type FakeRoomSetup,
  fakeMember,
  fakeRequest,
  fakeRoomFile,
  fakeRoomId,
} from "./testing/fake-rooms.ts";
import { runCli } from "./testing/run-cli.ts";
import { TerminalPerson } from "./testing/terminal-person.ts";

process.env["TZ"] = "UTC";
const home = mkdtempSync(join(tmpdir(), "kith-rooms-"));
after(() => rmSync(home, { recursive: true, force: true }));
const CTRL_C = "\u0003";

function family(more: FakeRoomSetup = {}): { readonly kith: FakeKith; readonly room: FakeRoom } {
  const kith = new FakeKith({ rooms: [{ members: [fakeMember(BOB, "Bob"), fakeMember(CAROL, "Cem")], ...more }] });
  const room = kith.rooms.get(fakeRoomId("4a11"));
  assert.ok(room);
  return { kith, room };
}

test("up has a line for each room, and tells what happens in it, once", async () => {
  const { kith, room } = family();
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/^Family: 3 of 3 online$/m);
  room.changeMember(CAROL, { isOnline: false });
  await person.sees(/^Family: 2 of 3 online$/m);
  room.ask(fakeRequest(MALLORY, "Mal"));
  await person.sees(
    /Mal wants to come into Family: kith room requests[\s\S]*Family: 2 of 3 online, 1 waits to come in$/m,
  );
  await room.approve(MALLORY);
  await person.sees(/Mal is in Family now, let in by you\./);
  room.setGaps([{ kind: "hangs-on", peer: CAROL, neighbour: BOB }]);
  await person.sees(/Family: Cem hangs on Bob alone\.[\s\S]*1 gap$/m);
  room.setGaps([{ kind: "contradiction", peer: MALLORY }]);
  await person.sees(/Family: Mal signed two statements that contradict each other\./);
  await room.expel(MALLORY);
  await person.sees(/Mal is no member of Family any more\./);
  room.say(BOB, "Bob", "lunch?");
  await person.sees(/12:00 Family, Bob: lunch\?/);
  room.fileViews.set([fakeRoomFile("f1", BOB)]);
  await person.sees(/Bob offers film\.bin \(4\.0 MB\) in Family\. Take it: kith room fetch f1f1f1f1/);
  room.changeFile(room.fileViews.get()[0]?.id ?? "", { sources: 2 });
  room.say(BOB, "Bob", "well?");
  await person.sees(/Family, Bob: well\?/);
  assert.equal(person.screen.match(/offers film/g)?.length, 1);
  room.setState("expelled");
  await person.sees(/You were expelled from Family\./);
  await person.seesNo(/^Family: .* online/m);
  assert.equal(person.screen.match(/wants to come into/g)?.length, 1);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("a room that is made or joined meanwhile is followed too", async () => {
  const kith = new FakeKith();
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/Nobody is near/);
  person.type("room create Club\r");
  await person.sees(/Let somebody in: kith room invite/);
  await person.sees(/^Club: 1 of 1 online$/m);
  await kith.rooms.join("kith://join#good");
  await person.sees(/You are in Bob's club\./);
  person.type("room chat Club\r");
  await person.sees(/What you type goes to all in Club/);
  person.type("anybody?\r");
  await person.sees(/to Club> anybody\?[\s\S]*^to Club>$/m);
  person.type("\r");
  await person.sees(/^>$/m);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("a room's chat shows what was said, what is said and who is there", async () => {
  const { kith, room } = family({ chat: [{ from: BOB, name: "Bob", text: "earlier" }] });
  const person = new TerminalPerson(["room", "chat"], { kith, home });
  await person.sees(/12:00 Bob: earlier[\s\S]*^Family: 3 of 3 online$/m);
  person.type("hello all\r");
  await person.sees(/12:00 you: hello all/);
  room.say(CAROL, "Cem", "two\nlines");
  await person.sees(/12:00 Cem: two\n {6}lines/);
  room.changeMember(BOB, { isOnline: false });
  await person.sees(/^Family: 2 of 3 online$/m);
  assert.equal(person.screen.match(/hello all/g)?.length, 1, "said once, though it is in the stream too");
  Object.assign(room.chat, { send: () => Promise.reject(new EndpointError("ERR_TOO_LARGE", "Cannot send: too long")) });
  person.type("x\r");
  await person.sees(/Cannot send: too long/);
  person.type("/quit\r");
  assert.equal(await person.ended, 0);
});

test("in a room's chat words are changed, deleted, reacted to and gone in time, and others are told of", async () => {
  const { kith, room } = family();
  const { talk } = room;
  const person = new TerminalPerson(["room", "chat"], { kith, home });
  await person.sees(/^Family: 3 of 3 online$/m);
  person.type("/react +1\r");
  await person.sees(/No message of another member is here/);
  const { id } = talk.say(BOB, "Bob", "lunch at one?");
  await person.sees(/12:00 Bob: lunch at one\?/);
  person.type("/react +1\r");
  await person.sees(/^you \+1 to "lunch at one\?"$/m);
  talk.react(CAROL, id, "ok");
  await person.sees(/^Cem ok to "lunch at one\?"$/m);
  talk.react(CAROL, id, "");
  await person.sees(/^Cem took back ok from "lunch at one\?"$/m);
  talk.change(id, { text: "lunch at two?", isEdited: true });
  await person.sees(/^Bob changed "lunch at one\?" to: lunch at two\?$/m);
  talk.change(id, { isDeleted: true, text: "" });
  await person.sees(/^Bob deleted "lunch at two\?"$/m);

  person.type("/edit\r");
  await person.sees(/Cannot do that: \/edit needs the new words/);
  person.type("/lifetime closed\r");
  await person.sees(/Cannot use closed: a time such as/);
  person.type("/lifetime 30s\r");
  await person.sees(/Cannot use 30s: 1min to 24h expected, or off/);
  person.type("/lifetime 1h\r");
  await person.sees(/What you say from now on is gone everywhere after 1 h 00 min/);
  person.type("soon gone\r");
  await person.sees(/12:00 you: soon gone/);
  const [ours] = talk.messages.get().slice(-1);
  assert.equal(ours?.expiresAt, FAKE_NOW + 3_600_000);
  person.type("/edit sooner\r");
  await person.sees(/^you changed "soon gone" to: sooner$/m);
  talk.drop(ours.id);
  await person.sees(/1 message erased: the time is over/);
  person.type("/lifetime off\r");
  await person.sees(/What you say from now on stays/);
  person.type("stays\r");
  await person.sees(/12:00 you: stays/);
  const [last] = talk.messages.get().slice(-1);
  assert.equal(last?.expiresAt, undefined);
  person.type("/delete\r");
  await person.sees(/^you deleted "stays"$/m);
  person.type("/quit\r");
  assert.equal(await person.ended, 0);
  assert.equal(person.screen.match(/erased/g)?.length, 1);
});

test("what was done to a room's messages before is shown with them", async () => {
  const { kith, room } = family({ chat: [{ from: BOB, name: "Bob", text: "one" }] });
  const { talk } = room;
  const [one] = talk.messages.get();
  assert.ok(one !== undefined);
  talk.react(CAROL, one.id, "ok");
  talk.change(one.id, { isEdited: true, text: "uno" });
  const two = talk.say(CAROL, "Cem", "yes");
  talk.change(two.id, { replyTo: one.id });
  const person = new TerminalPerson(["room", "chat"], { kith, home });
  await person.sees(/12:00 Bob: uno \(edited\) \[Cem ok\]\n12:00 Cem: \(to "uno"\) yes/);
  person.type("/quit\r");
  assert.equal(await person.ended, 0);
});

test("inside up, what is typed behind a slash is done in the room, and what cannot be is said", async () => {
  const { kith, room } = family();
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/^Family: 3 of 3 online$/m);
  person.type("room chat\r");
  await person.sees(/What you type goes to all in Family[\s\S]*^to Family>$/m);
  person.type("/edit no\r");
  await person.sees(/No message of yours is here[\s\S]*^to Family>$/m);
  person.type("/lifetime 1min\r");
  await person.sees(/gone everywhere after 1 min[\s\S]*^to Family>$/m);
  person.type("hi\r");
  await person.sees(/Said in Family[\s\S]*^to Family>$/m);
  person.type("/edit hello\r");
  await person.sees(/to Family> \/edit hello[\s\S]*^to Family>$/m);
  assert.deepEqual(
    room.talk.messages.get().map(({ text, isEdited, expiresAt }) => ({ text, isEdited, expiresAt })),
    [{ text: "hello", isEdited: true, expiresAt: FAKE_NOW + 60_000 }],
  );
  person.type("\r");
  await person.sees(/^>$/m);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("a newcomer is asked for the code, again after a wrong one", async () => {
  const kith = new FakeKith();
  const person = new TerminalPerson(["room", "join", "kith://join#challenge"], { kith, home });
  await person.sees(/Code that Bob tells you:$/m);
  person.type("000000\r");
  await person.sees(/That was not the code\. .*\nCode that Bob tells you:$/);
  person.type(`${FAKE_CHALLENGE.slice(0, 3)} ${FAKE_CHALLENGE.slice(3)}\r`);
  await person.sees(/✓ You are in Bob's club, as member/);
  assert.equal(await person.ended, 0);
});

test("a challenge that is answered in another window is not asked any more", async () => {
  const kith = new FakeKith();
  const person = new TerminalPerson(["room", "join", "kith://join#challenge"], { kith, home });
  await person.sees(/Code that Bob tells you:$/m);
  await kith.rooms.get(fakeRoomId("50"))?.answerChallenge(BOB, FAKE_CHALLENGE);
  await person.sees(/✓ You are in Bob's club/);
  assert.equal(await person.ended, 0);
});

test("Ctrl-C gives up joining, and a wait for somebody who uses a code", async () => {
  const kith = new FakeKith({ rooms: [{}] });
  const person = new TerminalPerson(["room", "join", "kith://join#challenge"], { kith, home });
  await person.sees(/Code that Bob tells you:$/m);
  person.type(CTRL_C);
  assert.equal(await person.ended, 130);
  const room = kith.rooms.get(fakeRoomId("4a11"));
  assert.ok(room);
  const code = { text: "123456", triesLeft: 3, expiresAt: FAKE_NOW + 60_000 };
  room.challenge = async () => room.requests.set([{ ...fakeRequest(MALLORY, "Mal"), code }]);
  room.ask(fakeRequest(MALLORY, "Mal"));
  const waiting = new TerminalPerson(["room", "challenge", "Mal", "--room", "4a11"], { kith, home });
  await waiting.sees(/Tell Mal this code.* 123 456/);
  waiting.stop.abort(new Error("enough"));
  assert.equal(await waiting.ended, 1);
});

test("fetching shows how far it is; Ctrl-C cancels it", async () => {
  const { kith, room } = family({ files: [fakeRoomFile("f1", BOB)], fetchEnd: { state: "fetching" } });
  const person = new TerminalPerson(["room", "fetch", "film.bin"], { kith, home });
  await person.sees(/film\.bin +█{15}░{5} +75 % {2}3\.0 MB of 4\.0 MB/);
  person.stop.abort(new Error("enough"));
  await person.ended;
  assert.match(person.screen, /Cancelled\./);
  assert.equal(room.fileViews.get()[0]?.state, "offered");
});

test("a fetch that fails says why, and ends with what that means", async () => {
  const { kith } = family({
    files: [fakeRoomFile("f1", BOB)],
    fetchEnd: { state: "failed", failure: "the disk is full" },
  });
  const { exit, err } = await runCli(["room", "fetch", "f1f1"], { kith, home });
  assert.equal(exit, 5);
  assert.match(err, /Cannot fetch film\.bin from Family: failed: the disk is full/);
});

test("the map is drawn again when the room changes", async () => {
  const { kith, room } = family();
  const person = new TerminalPerson(["room", "map", "--watch"], { kith, home, env: { LANG: "C" } });
  await person.sees(/^2 \* Bob +o\n3 \* Cem +o {2}o$/m);
  await person.sees(/^No gaps\.$/m);
  room.changeMember(CAROL, { isOnline: false });
  await person.sees(/^3 - Cem +\. {2}\.$/m);
  room.setGaps([{ kind: "not-connected", a: ADA, b: BOB }]);
  await person.sees(/You and Bob are not connected\./);
  assert.doesNotMatch(person.screen, /No gaps/);
  person.stop.abort();
  await person.ended;
});

test("a node that was just started waits for the others, and says so where nobody is there", async () => {
  const { kith, room } = family({
    members: [fakeMember(BOB, "Bob", { isOnline: false, path: { kind: "none" } })],
  });
  setTimeout(() => room.changeMember(BOB, { isOnline: true, path: { kind: "direct" } }), 5);
  const met = await runCli(["room", "members"], { kith, home, isFresh: true });
  assert.match(met.out, /Bob .* direct /);
  room.changeMember(BOB, { isOnline: false });
  const alone = await runCli(["room", "role", "Bob", "admin"], { kith, home });
  assert.match(alone.err, /Nobody else is online: the others hear of it when one of them is back\./);
});
