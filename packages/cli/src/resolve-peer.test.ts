import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { NearbyPeer } from "@kith/sdk";
import { verdictOf } from "./exit-code.ts";
import { NUMBER_KEPT_MS, PeerNumbers } from "./peer-numbers.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { BOB, CAROL, FAKE_NOW, fakeContact, fakeNearby, MALLORY } from "./testing/fake-people.ts";
import { runCli } from "./testing/run-cli.ts";

const home = mkdtempSync(join(tmpdir(), "kith-resolve-"));
after(() => rmSync(home, { recursive: true, force: true }));

/** Through a command that says whom it took. */
async function meant(kith: FakeKith, text: string): Promise<string> {
  const { exit, out, err } = await runCli(["trust", "show", text, "--json"], { kith, home });
  return exit === 0 ? JSON.parse(out).peer : JSON.parse(err).code;
}

const friends = [fakeContact(BOB, "Bob"), fakeContact(CAROL, "Carol Ann"), fakeContact(MALLORY, "2")];

test("a contact is meant by name in any case, by fingerprint, by PeerId", async () => {
  const kith = new FakeKith({ contacts: friends });
  for (const text of ["Bob", "bob", " BOB ", "b0b1", "B0B1 B0B1", "b0b1-b0b1", BOB, BOB.toUpperCase()]) {
    assert.equal(await meant(kith, text), BOB, text);
  }
  assert.equal(await meant(kith, "carol ann"), CAROL);
});

test("what names nobody says so", async () => {
  const kith = new FakeKith({ contacts: friends });
  for (const text of ["Bobby", "", "b0b", "B0B2", "9", "☃"])
    assert.equal(await meant(kith, text), "ERR_PEER_UNKNOWN", text);
});

test("a name that is another peer's number or fingerprint is never guessed at", async () => {
  const nearby = [fakeNearby("n1", "x"), fakeNearby("n2", "y", { peer: BOB })];
  const kith = new FakeKith({ contacts: friends, nearby });
  PeerNumbers.load(home).assign(nearby, FAKE_NOW);
  assert.equal(await meant(kith, "2"), "ERR_PEER_AMBIGUOUS"); // Mallory is called 2, Bob has the number 2, both are contacts
  const posing = new FakeKith({ contacts: [fakeContact(BOB, "Bob"), fakeContact(MALLORY, "B0B1")] });
  assert.equal(await meant(posing, "B0B1"), "ERR_PEER_AMBIGUOUS");
  assert.equal(await meant(posing, "B0B1 B0B1"), BOB);
});

test("a stranger who takes a contact's name cannot keep messages from the contact, but pairing must be told which", async () => {
  const contacts = [fakeContact(BOB, "Bob")];
  const posing = new FakeKith({ contacts, nearby: [fakeNearby("n", "bob ")] });
  assert.equal(await meant(posing, "Bob"), BOB);
  assert.match((await runCli(["pair", "Bob", "--words", "--json"], { kith: posing, home })).err, /ERR_PEER_AMBIGUOUS/);
  const seen = new FakeKith({ contacts, nearby: [fakeNearby("n", "Bob", { peer: BOB })] });
  assert.equal(
    (await runCli(["connect", "Bob"], { kith: seen, home })).exit,
    0,
    "the contact's own sighting is the contact",
  );
});

test("a stranger is no contact, and the error says how to change that", async () => {
  const kith = new FakeKith({ nearby: [fakeNearby("n", "Dora")] });
  const { err, exit } = await runCli(["chat", "Dora", "-m", "hi"], { kith, home });
  assert.equal(exit, 5);
  assert.match(err, /kith pair Dora/);
});

test("a node that just started waits for the peer to appear", async () => {
  const kith = new FakeKith({ contacts: [] });
  const running = runCli(["pair", "Dora", "--first-use", "--yes"], { kith, home, isFresh: true });
  setImmediate(() => kith.nearby.set([fakeNearby("n", "Dora")]));
  const { exit, err } = await running;
  assert.equal(exit, 0);
  assert.match(err, /Looking for Dora/);
  assert.equal(kith.isClosed, true, "its own node was ended");
});

test("an address is asked who is there", async () => {
  const kith = new FakeKith({ contacts: [fakeContact(BOB, "Bob", { session: "open" })] });
  const { exit } = await runCli(["chat", "192.168.1.7:41641", "-m", "hi"], { kith, home });
  assert.equal(exit, 0);
});

test("numbers stay with their peer while others come and go", () => {
  const folder = mkdtempSync(join(home, "n-"));
  const [a, b, c]: NearbyPeer[] = [fakeNearby("a", "A"), fakeNearby("b", "B"), fakeNearby("c", "C")];
  const d = fakeNearby("d", "D");
  assert.ok(a && b && c);
  assert.deepEqual(PeerNumbers.load(folder).assign([a, b], 0), [1, 2]);
  assert.deepEqual(
    PeerNumbers.load(folder).assign([c, b], 1_000),
    [3, 2],
    "1 is not given away while a screen may show it",
  );
  assert.deepEqual(PeerNumbers.load(folder).assign([b, a], 2_000), [2, 1], "back under the old number");
  assert.deepEqual(PeerNumbers.load(folder).assign([d], NUMBER_KEPT_MS + 5_000), [1], "forgotten by then");
});

test("a stranger keeps its number when we learn its key", () => {
  const folder = mkdtempSync(join(home, "n-"));
  const numbers = PeerNumbers.load(folder);
  assert.deepEqual(numbers.assign([fakeNearby("a", "A"), fakeNearby("b", "B")], 0), [1, 2]);
  assert.deepEqual(numbers.assign([fakeNearby("a", "A"), fakeNearby("b", "B", { peer: BOB })], 1), [1, 2]);
  assert.equal(numbers.find(2, [fakeNearby("b", "B", { peer: BOB })])?.peer, BOB);
});

test("every error of the SDK has an exit code of its meaning", async () => {
  const { readFileSync } = await import("node:fs");
  const source = readFileSync(join(import.meta.dirname, "../../sdk/src/endpoint-error.ts"), "utf8");
  const codes = [...source.matchAll(/\| "(ERR_\w+)"/g)].map(([, code = ""]) => code);
  assert.ok(codes.length > 10);
  for (const code of codes) {
    assert.notEqual(verdictOf(Object.assign(new Error("x"), { code })).exit, 1, `${code} ends as a bug`);
  }
});
