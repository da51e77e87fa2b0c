/** Commands typed into a running `kith up`. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { wordsOf } from "./command-prompt.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { BOB, fakeContact, fakeNearby } from "./testing/fake-people.ts";
import { TerminalPerson } from "./testing/terminal-person.ts";

process.env["TZ"] = "UTC";
const home = mkdtempSync(join(tmpdir(), "kith-prompt-"));
after(() => rmSync(home, { recursive: true, force: true }));
const bob = fakeContact(BOB, "Bob", { session: "open" });
const CTRL_C = "\u0003";

async function up(kith: FakeKith): Promise<TerminalPerson> {
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/\n>$/);
  return person;
}

async function leave(person: TerminalPerson): Promise<void> {
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
}

test("a command runs on the node that is there, and the next is asked for", async () => {
  const person = await up(new FakeKith({ contacts: [bob] }));
  person.type("trust list\r");
  await person.sees(/> trust list\nNAME +ROLE.*\nBob +member[\s\S]*\n>$/);
  person.type("kith version\r");
  await person.sees(/kith 0\.1\.0/);
  await person.sees(/\n>$/);
  await leave(person);
});

test("what goes wrong is told, and the node goes on", async () => {
  const person = await up(new FakeKith());
  person.type("frobnicate\r");
  await person.sees(/unknown command 'frobnicate'[\s\S]*\n>$/);
  person.type("trust show nobody\r");
  await person.sees(/Cannot find nobody[\s\S]*\n>$/);
  person.type("up\r");
  await person.sees(/Cannot do that here[\s\S]*\n>$/);
  person.type("exit\r");
  assert.equal(await person.ended, 0);
});

test("pairing by its number asks its questions in the same place", async () => {
  const kith = new FakeKith({ nearby: [fakeNearby("n", "Dora")], pairing: { name: "Dora" } });
  const person = await up(kith);
  person.type("pair 1 --words\r");
  await person.sees(/Are they the same there\? \[y\/n\]/);
  person.type("y\r");
  await person.sees(/Agree, and remember/);
  person.type("y\r");
  await person.sees(/✓ Dora is your contact now[\s\S]*\n>$/);
  await leave(person);
});

test("a question from outside comes before the command line, which is back afterwards", async () => {
  const kith = new FakeKith({ pairing: { name: "Bob", theyShow: true } });
  const person = await up(kith);
  person.type("trust li");
  await person.sees(/> trust li/);
  kith.pairing.arrive("pin");
  await person.sees(/Code that the other device shows:$/m);
  person.type("st\r"); // fingers were faster than eyes
  await person.sees(/A code has six digits/);
  person.type("\r");
  await person.sees(/it was cancelled/);
  await person.sees(/\n>$/);
  assert.equal(kith.pairing.all.get()[0]?.step.at, "failed");
  await leave(person);
});

test("chat takes lines until an empty one", async () => {
  const kith = new FakeKith({ contacts: [bob] });
  const person = await up(kith);
  person.type("chat Bob\r");
  await person.sees(/to Bob>$/m);
  person.type("hello\r");
  await person.sees(/✓✓ Bob has it/);
  await person.sees(/to Bob>$/m);
  person.type("\r");
  await person.sees(/\n>$/);
  assert.equal((await kith.chat.history(BOB))[0]?.text, "hello");
  await leave(person);
});

test("Ctrl-C ends the command that runs first, then the node", async () => {
  writeFileSync(join(home, "big.iso"), "x");
  const kith = new FakeKith({ contacts: [bob], transferEnd: "stuck" });
  const person = await up(kith);
  person.type("send Bob big.iso\r");
  await person.sees(/big\.iso .* 75 %/);
  person.type(CTRL_C);
  await person.sees(/Cancelled, on both sides/);
  await person.sees(/\n>$/);
  assert.equal(kith.transfers.get()[0]?.state, "cancelled");
  await leave(person);
});

test("words are split as a shell splits them", () => {
  assert.deepEqual(wordsOf(`send Bob "my photo.jpg" 'a b' c\\ d e"f g"h`), [
    "send",
    "Bob",
    "my photo.jpg",
    "a b",
    "c d",
    "ef gh",
  ]);
  assert.deepEqual(wordsOf(`pair "Dora's phone" "say \\"hi\\""`), ["pair", "Dora's phone", 'say "hi"']);
  assert.deepEqual(wordsOf("   "), []);
  assert.deepEqual(wordsOf(`"open`), ["open"]);
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      const quoted = words.map((word) => `"${word.replace(/["\\]/g, "\\$&")}"`).join(" ");
      assert.deepEqual(wordsOf(quoted), words);
    }),
  );
});
