/** Rooms of a node in another process, over a Unix socket. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EndpointError, type RoomChatMessage } from "@kith/sdk";
import { EXIT, verdictOf } from "../exit-code.ts";
import type { RoomChatChange } from "../kith.ts";
import { chatChanges } from "../room-chat-changes.ts";
import { FakeKith } from "../testing/fake-kith.ts";
import { ADA, BOB, FAKE_NOW } from "../testing/fake-people.ts";
import { FAKE_CHALLENGE, fakeMember, fakeRequest, fakeRoomId } from "../testing/fake-rooms.ts";
import { until } from "../waiting.ts";
import { serveControl } from "./control-server.ts";
import { connectControl, type RemoteKith } from "./remote-kith.ts";

const homes: string[] = [];
after(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

interface Pair extends AsyncDisposable {
  readonly kith: FakeKith;
  readonly remote: RemoteKith;
}

async function open(kith: FakeKith): Promise<Pair> {
  const home = mkdtempSync(join(tmpdir(), "kith-rooms-"));
  homes.push(home);
  const server = await serveControl(kith, home);
  const remote = await connectControl(home);
  assert.ok(remote);
  const dispose = async (): Promise<void> => {
    await remote.close();
    await server[Symbol.asyncDispose]();
  };
  return { kith, remote, [Symbol.asyncDispose]: dispose };
}

const ID = fakeRoomId("4a11");
const withBob = (): FakeKith =>
  new FakeKith({ rooms: [{ members: [fakeMember(BOB, "Bob")], chat: [{ from: BOB, name: "Bob", text: "hi" }] }] });
const rejectsWith = (work: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(work, (error) => verdictOf(error).code === code);

test("a room of a remote node looks like one of a local node", async () => {
  await using pair = await open(withBob());
  const [here, there] = [pair.kith.rooms.get(ID), await pair.remote.rooms.get(ID)];
  assert.ok(here && there);
  for (const state of ["view", "members", "requests", "topology", "gaps", "shownCode", "challenges"] as const)
    assert.deepEqual(there[state].get(), here[state].get(), state);
  assert.deepEqual(await there.chat.history.get(), here.talk.messages.get());
  assert.deepEqual(pair.remote.rooms.all.get(), pair.kith.rooms.all.get());
  assert.equal(await pair.remote.rooms.get(fakeRoomId("99")), undefined);
});

test("what is done to a remote room is seen with the answer", async () => {
  await using pair = await open(withBob());
  const room = await pair.remote.rooms.get(ID);
  assert.ok(room);
  await room.setRole(BOB, "admin");
  assert.equal(room.members.get().find(({ peer }) => peer === BOB)?.role, "admin");
  await room.setPolicy({ ways: "challenge", challengedBy: "every", inviters: "owner" });
  assert.deepEqual(room.view.get().policy, { ways: "challenge", challengedBy: "every", inviters: "owner" });
  await room.expel(BOB);
  assert.deepEqual(
    room.members.get().map(({ peer }) => peer),
    [ADA],
  );
  const made = await room.invite({ uses: 2, lifetimeMs: 1_000, role: "guest" });
  assert.equal(made.links.length, 2);
  await rejectsWith(room.invite({ uses: 65 }), "ERR_ARGUMENT");
  await rejectsWith(room.chat.send("x".repeat(16_001)), "ERR_TOO_LARGE");
});

test("joining tells its steps across the socket, and a challenge is answered there", async () => {
  await using pair = await open(new FakeKith());
  const steps: string[] = [];
  const room = await pair.remote.rooms.join("kith://join#challenge", {
    onStep: (step, at) => {
      steps.push(step);
      const [asker] = at?.challenges.get() ?? [];
      if (step === "challenged" && asker !== undefined) void at?.answerChallenge(asker.member, FAKE_CHALLENGE);
    },
  });
  assert.deepEqual(steps, ["looking", "proving", "challenged", "receiving"]);
  assert.equal(room.view.get().state, "in");
  await rejectsWith(pair.remote.rooms.join("kith://join#expired"), "ERR_TICKET");
});

test("who gives up joining is not kept waiting, and the node gives up too", async () => {
  const kith = new FakeKith();
  const given = Promise.withResolvers<void>();
  kith.rooms.join = (_ticket, { signal } = {}) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        given.resolve();
        reject(signal.reason);
      });
    });
  await using pair = await open(kith);
  const stop = new AbortController();
  const joining = pair.remote.rooms.join("kith://join#good", { signal: stop.signal });
  await pair.remote.audit.verify(); // the stream was asked for before this, so it runs now
  stop.abort(new Error("enough"));
  await assert.rejects(joining, /enough/);
  await given.promise;
});

test("of very many steps a client is told the last ones", async () => {
  const kith = new FakeKith();
  const joinOne = kith.rooms.join.bind(kith.rooms);
  kith.rooms.join = (ticket, options) => {
    for (let at = 0; at < 10_000; at++) options?.onStep?.(at % 2 === 0 ? "looking" : "proving", undefined);
    return joinOne(ticket, options);
  };
  await using pair = await open(kith);
  let told = 0;
  await pair.remote.rooms.join("kith://join#good", { onStep: () => void told++ });
  assert.ok(told <= 70, `${told} steps`);
});

test("states of a room and its messages come as they change", async () => {
  await using pair = await open(withBob());
  const [here, there] = [pair.kith.rooms.get(ID), await pair.remote.rooms.get(ID)];
  assert.ok(here && there);
  const { signal } = new AbortController();
  here.ask(fakeRequest(BOB, "Bob again"));
  await until(there.requests, () => (there.requests.get().length === 1 ? true : undefined), { signal });
  const first = ((): Promise<IteratorResult<RoomChatMessage>> => there.chat.watch()[Symbol.asyncIterator]().next())();
  await pair.remote.audit.verify();
  here.say(BOB, "Bob", "there?");
  assert.equal((await first).value?.text, "there?");
});

test("what becomes of a room's messages is done and told over the socket", async () => {
  await using pair = await open(withBob());
  const [here, there] = [pair.kith.rooms.get(ID), await pair.remote.rooms.get(ID)];
  assert.ok(here && there);
  const leaving = new AbortController();
  const changes = chatChanges(there, leaving)[Symbol.asyncIterator]();
  const next = async (): Promise<RoomChatChange> => {
    const { value, done } = await changes.next();
    assert.ok(done !== true);
    return value;
  };
  const [hi] = here.talk.messages.get();
  assert.ok(hi !== undefined);
  const first = next();
  await pair.remote.audit.verify();
  await there.chat.react(hi.id, "ok");
  assert.deepEqual(await first, {
    type: "changed",
    message: { ...hi, reactions: [{ from: ADA, isOurs: true, symbol: "ok" }] },
  });
  const { id, expiresAt } = await there.chat.send("soon gone", { lifetime: 60 });
  assert.equal(expiresAt, FAKE_NOW + 60_000);
  await there.chat.edit(id, "sooner");
  const edited = await next();
  assert.ok(edited.type === "changed" && edited.message.text === "sooner" && edited.message.isEdited);
  await there.chat.delete(id);
  const deleted = await next();
  assert.ok(deleted.type === "changed" && deleted.message.isDeleted);
  here.talk.drop(id);
  assert.deepEqual(await next(), { type: "erased", ids: [id] });
  here.talk.drop(hi.id); // makes room for newer ones: nothing to tell
  here.talk.say(BOB, "Bob", "new");
  await pair.remote.audit.verify(); // what was said is seen before it is changed
  const [said] = here.talk.messages.get();
  here.talk.change(said?.id ?? "", { text: "newer" });
  const newer = await next();
  assert.ok(newer.type === "changed" && newer.message.text === "newer");
  leaving.abort(new Error("enough"));
  await assert.rejects(changes.next(), /enough/);
  await rejectsWith(there.chat.send("x", { lifetime: "soon" as never }), "ERR_ARGUMENT");
});

test("a room is asked for by a whole id only, and arguments are read one by one", async () => {
  await using pair = await open(withBob());
  const { remote } = pair;
  const room = await remote.rooms.get(ID);
  assert.ok(room);
  await rejectsWith(
    room.files.cancel("nothing").then(() => remote.rooms.forget("../x" as typeof ID)),
    "ERR_ARGUMENT",
  );
  await rejectsWith(room.setPolicy({ ways: "anarchy" } as never), "ERR_ARGUMENT");
});

test("what rooms refuse ends kith by its meaning, with a fix beside it", () => {
  const ends = [
    ["ERR_TICKET", EXIT.refused],
    ["ERR_WRONG_CODE", EXIT.unverified],
    ["ERR_TRY_LATER", EXIT.unfinished],
    ["ERR_ROOM_LEFT", EXIT.refused],
    ["ERR_LIMIT", EXIT.refused],
  ] as const;
  for (const [code, exit] of ends) {
    const verdict = verdictOf(new EndpointError(code, "Cannot"));
    assert.equal(verdict.exit, exit, code);
    assert.ok(verdict.hint, code);
  }
});
