import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { seconds } from "@kith/core";
import type { Endpoint } from "./api.ts";
import type { EndpointOptions } from "./create-endpoint.ts";
import type { FilePort } from "./file-port.ts";
import type { JoinCodePurpose, JoinCodeStep } from "./join-codes-api.ts";
import { MemoryStore } from "./memory-store.ts";
import { nodeProvider } from "./node/node-crypto.ts";
import { nodeFiles } from "./node/node-files.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { Lab } from "./testing/lab.ts";
import { MemoryMailboxes } from "./testing/memory-mailboxes.ts";
import { MemoryRelay } from "./testing/memory-relay.ts";
import { until } from "./testing/until.ts";

type At<Name extends JoinCodeStep["at"]> = Extract<JoinCodeStep, { at: Name }>;

/** Two people who share a relay and nothing else: no network of theirs leads to the other. */
class World {
  readonly mailboxes = new MemoryMailboxes();
  readonly relay: MemoryRelay | undefined;
  readonly #folders: string[] = [];

  constructor(relay?: MemoryRelay) {
    this.relay = relay;
  }

  async endpoint(name: string, options: Partial<EndpointOptions> = {}): Promise<Endpoint & { readonly inbox: string }> {
    const inbox = await this.folder();
    const files = nodeFiles(inbox);
    const { relay, mailboxes } = this;
    const meeting = relay === undefined ? { mailboxes } : { relays: [relay.address], webSocket: relay.open };
    const more = { provider: nodeProvider, files, ...meeting, ...options };
    return Object.assign(await new Lab().endpoint(name, more), { inbox });
  }

  async folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), "kith-codes-"));
    this.#folders.push(made);
    return made;
  }

  async clear(): Promise<void> {
    this.relay?.stop();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }
}

function worldFor(context: TestContext, relay?: MemoryRelay): World {
  const world = new World(relay);
  context.after(() => world.clear());
  return world;
}

/** Until the code `id` is at that step. */
function at<Name extends JoinCodeStep["at"]>(endpoint: Endpoint, id: string, name: Name): Promise<At<Name>> {
  return until(endpoint.joinCodes.all, (views) => {
    const step = views.find((view) => view.id === id)?.step;
    if (step?.at === name) return step as At<Name>;
    if (step?.at === "failed" || step?.at === "done") assert.fail(`${endpoint.name} is at ${JSON.stringify(step)}`);
    return undefined;
  });
}

async function show(endpoint: Endpoint, purpose: JoinCodePurpose): Promise<{ id: string } & At<"show">> {
  const id = await endpoint.joinCodes.create(purpose);
  return { id, ...(await at(endpoint, id, "show")) };
}

/** Another code than the right one, for the same mailbox. */
function wrongOf(code: string): string {
  const [words = "", host] = code.split("@");
  const other = words.endsWith("-acorn") ? "castle" : "acorn";
  return `${words.split("-")[0]}-${other}-acorn${host === undefined ? "" : `@${host}`}`;
}

for (const where of ["mailboxes in memory", "a relay"]) {
  test(`two people become contacts by a code, and their own identities meet over the same relay (${where})`, async (context) => {
    const world = worldFor(context, where === "a relay" ? new MemoryRelay() : undefined);
    await using ada = await world.endpoint("Ada", { store: new MemoryStore() });
    await using ben = await world.endpoint("Ben");
    for (const one of [ada, ben]) assert.deepEqual(one.trust.contacts.get(), []); // as every view of them looks
    const made = await show(ada, { for: "contact" });
    assert.match(made.code, /^[0-9]+-[a-z]+-[a-z]+(@relay\.localhost)?$/);
    assert.equal(made.isLonger, false);
    const tried = await ben.joinCodes.join(` ${made.code.toUpperCase().replaceAll("-", " ")}`);
    const asked = await at(ada, made.id, "consent");
    assert.deepEqual([asked.peer, asked.name], [ben.id, "Ben"]);
    await ada.joinCodes.answer(made.id, { accept: true, role: "guest" });
    const back = await at(ben, tried, "consent");
    assert.deepEqual([back.peer, back.name], [ada.id, "Ada"]);
    await ben.joinCodes.answer(tried, { accept: true });
    const [hers, his] = [await at(ada, made.id, "done"), await at(ben, tried, "done")];
    assert.deepEqual([hers.contact?.peer, hers.contact?.role, hers.contact?.verifiedBy], [ben.id, "guest", "code"]);
    assert.deepEqual([his.contact?.peer, his.contact?.name], [ada.id, "Ada"]);
    const session = await until(ada.openSessions, (all) => all.find(({ peer }) => peer === ben.id));
    assert.ok(session.isContact);
    await ben.chat.send(ada.id, "hello through the relay");
    const [message] = await until(ada.chat.unread, (all) => (all.length > 0 ? all : undefined));
    assert.equal(message?.text, "hello through the relay");
    const entries = await ada.audit.entries();
    assert.ok(entries.some(({ event, detail, peer }) => event === "paired" && detail === "code" && peer === ben.id));
  });
}

test("either person may say no, and neither has a contact then", async (context) => {
  const world = worldFor(context);
  await using ada = await world.endpoint("Ada");
  await using ben = await world.endpoint("Ben");
  const made = await show(ada, { for: "contact" });
  const tried = await ben.joinCodes.join(made.code);
  await at(ada, made.id, "consent");
  await ada.joinCodes.answer(made.id, { accept: false });
  assert.equal((await at(ada, made.id, "failed")).reason, "denied");
  assert.equal((await at(ben, tried, "failed")).reason, "denied");
  assert.deepEqual([ada.trust.contacts.get(), ben.trust.contacts.get()], [[], []]);
});

for (const where of ["mailboxes in memory", "a relay"]) {
  test(`a wrong code ends it for both; the right one finds nobody later; and the third code has three words (${where})`, async (context) => {
    const world = worldFor(context, where === "a relay" ? new MemoryRelay() : undefined);
    const store = new MemoryStore();
    await using ada = await world.endpoint("Ada", { store });
    await using ben = await world.endpoint("Ben");
    for (let burnt = 0; burnt < 2; burnt++) {
      const made = await show(ada, { for: "contact" });
      assert.equal(made.code.split("@")[0]?.split("-").length, 3);
      const tried = await ben.joinCodes.join(wrongOf(made.code));
      assert.equal((await at(ada, made.id, "failed")).reason, "wrong-code");
      assert.equal((await at(ben, tried, "failed")).reason, "wrong-code");
      await assert.rejects(ben.joinCodes.join(made.code), { code: "ERR_JOIN_CODE" });
    }
    const longer = await show(ada, { for: "contact" });
    assert.equal(longer.code.split("@")[0]?.split("-").length, 4);
    assert.equal(longer.isLonger, true);
    const tried = await ben.joinCodes.join(longer.code);
    await at(ada, longer.id, "consent");
    await ada.joinCodes.cancel(longer.id);
    await at(ben, tried, "failed");
    assert.equal((await store.list("trust/burnt-codes")).length, 1);
  });
}

test("what can be no code never reaches the relay", async (context) => {
  const world = worldFor(context);
  await using ben = await world.endpoint("Ben");
  for (const text of ["", "7", "acorn-canyon", "7-acorn", "7-acorn-xxxx", "7-acorn-canyon@"])
    await assert.rejects(ben.joinCodes.join(text), { code: "ERR_ARGUMENT" }, text);
  assert.deepEqual(world.mailboxes.entered, []);
  await assert.rejects(ben.joinCodes.join("7-acorn-canyon"), { code: "ERR_JOIN_CODE" });
});

test("a relay that is not there, or none at all, is said at once", async (context) => {
  const world = worldFor(context);
  await using ada = await world.endpoint("Ada");
  await using lone = await new Lab().endpoint("Lone", { provider: nodeProvider });
  await assert.rejects(lone.joinCodes.create({ for: "contact" }), { code: "ERR_RELAY" });
  const made = await show(ada, { for: "contact" });
  world.mailboxes.crash();
  assert.equal((await at(ada, made.id, "failed")).reason, "lost");
  await assert.rejects(ada.joinCodes.create({ for: "contact" }), { code: "ERR_RELAY" });
});

for (const where of ["mailboxes in memory", "a relay"]) {
  test(`files go to whoever has the code; nobody is named, and nobody becomes a contact (${where})`, async (context) => {
    const world = worldFor(context, where === "a relay" ? new MemoryRelay() : undefined);
    await using ada = await world.endpoint("Ada");
    await using ben = await world.endpoint("Ben");
    const folder = await world.folder();
    const path = join(folder, "plan.txt");
    const content = "a plan\n".repeat(100_000);
    await writeFile(path, content);
    const made = await show(ada, { for: "files", paths: [path] });
    const tried = await ben.joinCodes.join(made.code);
    const { transfer } = await at(ben, tried, "offered");
    assert.deepEqual([transfer.names, transfer.bytesTotal], [["plan.txt"], content.length]);
    const directory = await world.folder();
    await ben.joinCodes.answer(tried, { accept: true, directory });
    const [sent, got] = [await at(ada, made.id, "done"), await at(ben, tried, "done")];
    assert.equal(sent.transfer?.bytesDone, content.length);
    assert.equal(got.transfer?.directory, directory);
    assert.equal(await readFile(join(directory, "plan.txt"), "utf8"), content);
    assert.deepEqual([ada.trust.contacts.get(), ben.trust.contacts.get()], [[], []]);
    assert.deepEqual([ada.files.transfers.get(), ben.files.transfers.get()], [[], []]);
    assert.notEqual(transfer.peer, ada.id);
  });
}

test("files that nobody wants are not sent, and files that cannot be read make no code", async (context) => {
  const world = worldFor(context);
  await using ada = await world.endpoint("Ada");
  await using ben = await world.endpoint("Ben");
  const path = join(await world.folder(), "plan.txt");
  await assert.rejects(ada.joinCodes.create({ for: "files", paths: [path] }), { code: "ERR_FILE" });
  await writeFile(path, "x");
  const made = await show(ada, { for: "files", paths: [path] });
  const tried = await ben.joinCodes.join(made.code);
  await at(ben, tried, "offered");
  await ben.joinCodes.answer(tried, { accept: false });
  assert.equal((await at(ada, made.id, "failed")).reason, "denied");
  assert.equal((await at(ben, tried, "failed")).reason, "denied");
});

for (const where of ["mailboxes in memory", "a relay"]) {
  test(`a room is joined by a code, through the relay alone (${where})`, async (context) => {
    const world = worldFor(context, where === "a relay" ? new MemoryRelay() : undefined);
    await using ada = await world.endpoint("Ada");
    await using ben = await world.endpoint("Ben");
    const garden = await ada.rooms.create("Garden");
    const made = await show(ada, { for: "room", room: garden.id });
    const tried = await ben.joinCodes.join(made.code);
    const { invitation } = await at(ben, tried, "done");
    await at(ada, made.id, "done");
    assert.ok(invitation !== undefined);
    const room = await ben.rooms.join(invitation);
    assert.equal(room.id, garden.id);
    await until(garden.members, (all) => (all.length === 2 ? true : undefined));
    await room.chat.send("here I am");
    assert.equal((await until(garden.chat.history, (lines) => lines[0])).text, "here I am");
    assert.deepEqual(ada.trust.contacts.get(), []);
  });
}

test("members who met over a relay go straight once they can: where each is, they tell each other", {
  timeout: 20_000,
}, async (context) => {
  const world = worldFor(context, new MemoryRelay());
  const { network } = new Lab();
  network.cut("ada", "ben");
  await using ada = await world.endpoint("Ada", { transports: [network.transport("ada")] });
  await using ben = await world.endpoint("Ben", { transports: [network.transport("ben")] });
  const garden = await ada.rooms.create("Garden");
  const made = await show(ada, { for: "room", room: garden.id });
  const { invitation } = await at(ben, await ben.joinCodes.join(made.code), "done");
  await ben.rooms.join(invitation ?? "");
  const onPath = (endpoint: Endpoint, kind: string): Promise<true> =>
    until(endpoint.openSessions, ([session]) => (session?.path?.kind === kind ? true : undefined));
  await Promise.all([onPath(ada, "relayed"), onPath(ben, "relayed")]);
  network.heal("ada", "ben");
  await Promise.all([onPath(ada, "memory"), onPath(ben, "memory")]);
});

test("a code that somebody takes back is over at once, and one that is nobody's makes no room", async (context) => {
  const world = worldFor(context);
  await using ada = await world.endpoint("Ada");
  await using ben = await world.endpoint("Ben");
  const made = await show(ada, { for: "contact" });
  await ada.joinCodes.cancel(made.id);
  assert.equal((await at(ada, made.id, "failed")).reason, "cancelled");
  await assert.rejects(ada.joinCodes.answer(made.id, { accept: true }), { code: "ERR_PAIRING_STEP" });
  await until(ada.joinCodes.all, () => true);
  await assert.rejects(ben.joinCodes.join(made.code), { code: "ERR_JOIN_CODE" });
  const room = "0".repeat(64) as Parameters<Endpoint["rooms"]["get"]>[0];
  await assert.rejects(ada.joinCodes.create({ for: "room", room }), { code: "ERR_ROOM_UNKNOWN" });
});

test("a code lives as long as it was given, and says when it ends", async (context) => {
  const world = worldFor(context);
  await using ada = await world.endpoint("Ada");
  const before = Date.now();
  const id = await ada.joinCodes.create({ for: "contact" }, { lifetimeMs: 200 });
  const { expiresAt } = await at(ada, id, "show");
  assert.ok(expiresAt >= before + 200 && expiresAt <= Date.now() + 200);
  assert.equal((await at(ada, id, "failed")).reason, "expired");
});

test("files go on after the relay was away", async (context) => {
  const relay = new MemoryRelay();
  const world = worldFor(context, relay);
  await using ada = await world.endpoint("Ada", { sendRateMax: 2_000_000 });
  await using ben = await world.endpoint("Ben");
  const path = join(await world.folder(), "film.bin");
  await writeFile(path, new Uint8Array(3_000_000).fill(7));
  const made = await show(ada, { for: "files", paths: [path] });
  const tried = await ben.joinCodes.join(made.code);
  await at(ben, tried, "offered");
  await ben.joinCodes.answer(tried, { accept: true });
  const isMoving = (): Promise<true> =>
    until(ben.joinCodes.all, ([view]) =>
      view?.step.at === "moving" && view.step.transfer.bytesDone > 200_000 ? true : undefined,
    );
  await isMoving();
  relay.stop();
  relay.start();
  await Promise.all([at(ada, made.id, "done"), at(ben, tried, "done")]);
  assert.equal((await readFile(join(ben.inbox, "film.bin"))).length, 3_000_000);
});

/** A relay for invited ones, and Ada, who owns it. */
async function club(context: TestContext) {
  const relay = new MemoryRelay({ claimCode: "mine" });
  const world = worldFor(context, relay);
  const ada = await world.endpoint("Ada", { store: new MemoryStore(), sendRateMax: 2_000_000 });
  context.after(() => ada.close());
  await ada.relays.manage(relay.address, { type: "claim", code: "mine" });
  await ada.relays.manage(relay.address, { type: "policy", policy: "invited" });
  return { relay, world, ada };
}

test("[MEE-13] at a relay for invited ones a member's code lets a stranger in, for that code alone", async (context) => {
  const { relay, world, ada } = await club(context);
  await using ben = await world.endpoint("Ben");
  await until(ben.relays, ([view]) => (view?.problem === "unwelcome" ? true : undefined));
  const [made, second] = [await show(ada, { for: "contact" }), await show(ada, { for: "contact" })];
  const wrong = await ben.joinCodes.join(wrongOf(second.code));
  const tried = await ben.joinCodes.join(made.code);
  await at(ada, made.id, "consent");
  await ada.joinCodes.answer(made.id, { accept: true });
  await at(ben, tried, "consent");
  await ben.joinCodes.answer(tried, { accept: true });
  await Promise.all([at(ada, made.id, "done"), at(ben, tried, "done")]);
  assert.deepEqual(
    ada.trust.contacts.get().map(({ peer, verifiedBy }) => [peer, verifiedBy]),
    [[ben.id, "code"]],
  );
  const failed = await until(ben.joinCodes.all, (all) =>
    all.find(({ id, step }) => id === wrong && step.at === "failed"),
  );
  assert.equal(failed.step.at === "failed" && failed.step.reason, "wrong-code");
  const [view] = ben.relays.get();
  assert.equal(view?.problem, "unwelcome", "to its own key the relay is as closed as before");
  await assert.rejects(show(ben, { for: "contact" }), /takes nobody without an invitation/, "nor may he make codes");
  assert.equal(relay.counters.meetings, 2);
});

test("[MEE-13] files by a code of a relay for invited ones go on after the relay was away", async (context) => {
  const { relay, world, ada } = await club(context);
  await using ben = await world.endpoint("Ben");
  const path = join(await world.folder(), "film.bin");
  await writeFile(path, new Uint8Array(3_000_000).fill(7));
  const made = await show(ada, { for: "files", paths: [path] });
  const tried = await ben.joinCodes.join(made.code);
  await at(ben, tried, "offered");
  await ben.joinCodes.answer(tried, { accept: true });
  await until(ben.joinCodes.all, ([view]) =>
    view?.step.at === "moving" && view.step.transfer.bytesDone > 200_000 ? true : undefined,
  );
  relay.stop();
  relay.start();
  await Promise.all([at(ada, made.id, "done"), at(ben, tried, "done")]);
  assert.equal((await readFile(join(ben.inbox, "film.bin"))).length, 3_000_000);
});

for (const when of ["asked", "answered"]) {
  test(`a relay that is away for a moment costs no contact: ${when}`, { timeout: 40_000 }, async (context) => {
    const relay = new MemoryRelay();
    const world = worldFor(context, relay);
    await using ada = await world.endpoint("Ada");
    await using ben = await world.endpoint("Ben");
    const restart = (): void => {
      relay.stop();
      relay.start();
    };
    const made = await show(ada, { for: "contact" });
    const tried = await ben.joinCodes.join(made.code);
    await at(ada, made.id, "consent");
    if (when === "asked") restart();
    await ada.joinCodes.answer(made.id, { accept: true });
    await at(ben, tried, "consent");
    await ben.joinCodes.answer(tried, { accept: true });
    if (when === "answered") restart(); // what was said last is lost on the way
    const [hers, his] = await Promise.all([at(ada, made.id, "done"), at(ben, tried, "done")]);
    assert.deepEqual([hers.contact?.peer, his.contact?.peer], [ben.id, ada.id]);
  });
}

test("who has the code and never gives what it is for is left", async (context) => {
  const world = worldFor(context);
  const clock = new FakeClock();
  const ticking = setInterval(() => clock.advance(seconds(1)), 20); // fifty times as fast as the other's
  context.after(() => clearInterval(ticking));
  await using ada = await world.endpoint("Ada", { files: { ...nodeFiles(await world.folder()), select: stuck() } });
  await using ben = await world.endpoint("Ben", { clock });
  const made = await show(ada, { for: "files", paths: ["anything"] });
  const tried = await ben.joinCodes.join(made.code);
  await until(ben.joinCodes.all, ([view]) => (view?.for === "files" ? true : undefined));
  assert.equal((await at(ben, tried, "failed")).reason, "lost");
});

/** Files are there when the code is made, and then the disk hangs. */
function stuck(): FilePort["select"] {
  let asked = 0;
  return () => (asked++ === 0 ? Promise.resolve({ manifest: [], source: new Uint8Array(0) }) : new Promise(() => {}));
}
