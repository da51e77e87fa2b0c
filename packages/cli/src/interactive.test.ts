/** Commands with a person at the terminal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { interrupted } from "./interrupted.ts";
import { FakeKith } from "./testing/fake-kith.ts";
import { FAKE_CODE } from "./testing/fake-pairing.ts";
import { BOB, fakeContact, fakeMessage, fakeNearby, fakeTransfer } from "./testing/fake-people.ts";
import { TerminalPerson } from "./testing/terminal-person.ts";

process.env["TZ"] = "UTC";
const home = mkdtempSync(join(tmpdir(), "kith-screen-"));
after(() => rmSync(home, { recursive: true, force: true }));
const bob = fakeContact(BOB, "Bob", { session: "open" });
const CTRL_C = "\u0003";

test("up shows who is near as it changes, and leaves cleanly with Ctrl-C", async () => {
  const kith = new FakeKith();
  const person = new TerminalPerson(["up"], { kith, home, isFresh: true });
  await person.sees(/Nobody is near yet/);
  assert.match(person.screen, /^Ada\n {2}fingerprint {2}ADA0/);
  kith.nearby.set([fakeNearby("n", "Dora")]);
  await person.sees(/1 {2}Dora +stranger/);
  assert.match(person.screen, /Type a command: pair 1 +help +Ctrl-C leaves/);
  kith.nearby.set([]);
  await person.sees(/Nobody is near yet/);
  assert.doesNotMatch(person.screen, /Dora/, "the old table is gone");
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
  assert.equal(kith.isClosed, true);
  assert.equal(person.isCursorShown, true);
  assert.match(person.screen, /Leaving …$/);
});

test("up asks for the code and the consent when somebody pairs", async () => {
  const kith = new FakeKith({ pairing: { name: "Bob", theyShow: true } });
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/Nobody is near/);
  kith.pairing.arrive("pin");
  await person.sees(/Code that the other device shows:$/m);
  person.type("000000\r");
  await person.sees(/not the code\. 2 tries left/);
  person.type(`${FAKE_CODE.slice(0, 3)} ${FAKE_CODE.slice(3)}\r`);
  await person.sees(/Agree, and remember\? \[y\/n\]/);
  assert.match(person.screen, /fingerprint {2}B0B1-B0B1/);
  person.type("y\r");
  await person.sees(/Bob is your contact now/);
  assert.equal(kith.contacts.get()[0]?.peer, BOB);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("a question that is settled elsewhere is withdrawn", async () => {
  const kith = new FakeKith({ pairing: { name: "Bob", theyShow: true } });
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/Nobody is near/);
  const id = kith.pairing.arrive("pin");
  await person.sees(/Code that the other device shows/);
  await kith.pairing.answer(id, { type: "cancel" });
  await person.sees(/Cannot pair: it was cancelled/);
  await person.seesNo(/Code that the other device shows:$/m);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("a changed key is told loudly in up, though it needs no answer", async () => {
  const kith = new FakeKith({ pairing: { name: "Bob", ends: "key-changed" } });
  const person = new TerminalPerson(["up"], { kith, home });
  kith.pairing.arrive("first-use");
  await person.sees(/THE KEY IS NOT THE ONE YOU KNOW/);
  person.type(CTRL_C);
  await person.ended;
});

test("up asks for offered files; yes takes them, a withdrawn offer asks no more", async () => {
  const kith = new FakeKith({ contacts: [bob] });
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/Nobody is near/);
  kith.transfers.set([
    fakeTransfer("aa", BOB, { names: ["plan.pdf"] }),
    fakeTransfer("bb", BOB, { names: ["virus.exe"] }),
  ]);
  await person.sees(/Bob offers plan\.pdf \(1 file, 4\.0 MB\)\. Take it\? \[y\/n\]/);
  person.type("y\r");
  await person.sees(/✓ plan\.pdf from Bob: done in \/inbox/);
  await person.sees(/Bob offers virus\.exe/);
  kith.changeTransfer(kith.transfers.get()[1]?.id ?? "", { state: "cancelled", cancelledBy: "peer" });
  await person.sees(/virus\.exe from Bob: cancelled by the other side/);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("up shows messages as they come", async () => {
  const kith = new FakeKith({ contacts: [bob] });
  const person = new TerminalPerson(["up"], { kith, home });
  await person.sees(/Nobody is near/);
  kith.events.push({ type: "message", message: fakeMessage("a", BOB, "hello\nthere") });
  await person.sees(/Bob: hello\n +there/);
  person.type(CTRL_C);
  await person.ended;
});

test("chat sends lines, shows their states, typing and presence", async () => {
  const kith = new FakeKith({ contacts: [bob], unread: [fakeMessage("a", BOB, "are you there?")] });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/11:59 Bob: are you there\?\nBob is here\n>/);
  assert.deepEqual(kith.unread.get(), [], "shown is read");
  person.type("yes");
  await person.sees(/> yes/);
  assert.deepEqual(kith.typed, [true]);
  person.type("\r");
  await person.sees(/12:00 you: yes ✓✓\nBob is here/);
  assert.deepEqual(kith.typed, [true, false]);
  kith.events.push({ type: "state", id: "1".padStart(32, "0"), state: "read" });
  await person.sees(/read 12:00/);
  kith.events.push({ type: "typing", peer: BOB, isTyping: true });
  await person.sees(/Bob is typing …/);
  kith.events.push({ type: "message", message: fakeMessage("b", BOB, "good") });
  await person.sees(/Bob: good/);
  assert.doesNotMatch(person.screen, /typing/);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("chat shows what a message answers, and who thinks what of it", async () => {
  const kith = new FakeKith({ contacts: [bob] });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/Bob is here/);
  const asked = fakeMessage("a", BOB, "lunch?");
  kith.events.push({ type: "message", message: asked });
  kith.events.push({ type: "message", message: fakeMessage("b", BOB, "or tea?", { replyTo: asked.id }) });
  await person.sees(/Bob: \(to "lunch\?"\) or tea\?/);
  const react = (symbol: string): void =>
    kith.events.push({
      type: "changed",
      peer: BOB,
      id: asked.id,
      isEdited: false,
      isDeleted: false,
      reactions: symbol === "" ? [] : [{ isOurs: false, symbol }],
    });
  react("+1");
  await person.sees(/Bob \+1 to "lunch\?"/);
  react("");
  await person.sees(/Bob took back \+1 from "lunch\?"/);
  const change = { type: "changed", peer: BOB, id: asked.id, reactions: [] } as const;
  kith.events.push({ ...change, isEdited: true, isDeleted: false, text: "dinner?" });
  await person.sees(/Bob changed "lunch\?" to: dinner\?/);
  kith.events.push({ ...change, isEdited: false, isDeleted: true, text: "" });
  await person.sees(/Bob deleted "dinner\?"/);
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("what stands behind a slash is done to the last message of whoever is meant, and is not sent", async () => {
  const kith = new FakeKith({
    contacts: [bob],
    unread: [fakeMessage("a", BOB, "lunch?")],
    lifetime: { agreed: "off", asked: 3_600 },
  });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/Bob: lunch\?/);
  person.type("/react +1\r");
  await person.sees(/you \+1 to "lunch\?"/);
  person.type("/delete\r");
  await person.sees(/No message of yours is here/);
  person.type("at one\r");
  await person.sees(/you: at one/);
  person.type("/edit at two\r");
  await person.sees(/you changed "at one" to: at two/);
  person.type("/delete\r");
  await person.sees(/you deleted "at two"/);
  person.type("/edit\r");
  await person.sees(/needs the new words/);
  person.type("/lifetime 1h\r");
  person.type("/etc/hosts is a file\r");
  await person.sees(/you: \/etc\/hosts is a file/);
  assert.deepEqual(kith.lifetime, { agreed: 3_600 }, "a wish for what the contact asks is a yes");
  person.type(CTRL_C);
  assert.equal(await person.ended, 0);
});

test("chat keeps unsent messages in sight and says so at the end", async () => {
  const kith = new FakeKith({ contacts: [fakeContact(BOB, "Bob")] });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/Bob is away: messages wait/);
  person.type("later\r");
  await person.sees(/you: later ◷ queued/);
  kith.contacts.set([bob]);
  await person.sees(/Bob is here/);
  person.type("/quit\r");
  assert.equal(await person.ended, 0);
  assert.match(person.screen, /1 message under way: the running node delivers them/);
});

test("chat says which messages a relay keeps", async () => {
  const kith = new FakeKith({ contacts: [fakeContact(BOB, "Bob")], hasRelay: true });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/Bob is away: messages wait/);
  person.type("later\r");
  await person.sees(/you: later ✉ kept/);
  kith.events.push({ type: "state", id: "1".padStart(32, "0"), state: "stored" });
  await person.sees(/you: later ✓✓/);
  person.type("/quit\r");
  assert.equal(await person.ended, 0);
  assert.doesNotMatch(person.screen, /under way/);
});

test("an error in chat is shown and the conversation goes on", async () => {
  const kith = new FakeKith({ contacts: [bob] });
  const person = new TerminalPerson(["chat", "Bob"], { kith, home });
  await person.sees(/Bob is here/);
  kith.chat.send = () => Promise.reject(new Error("Cannot send the message: over 16 KiB"));
  person.type("x\r");
  await person.sees(/over 16 KiB/);
  person.type("\u0004");
  assert.equal(await person.ended, 0);
});

test("send shows progress; Ctrl-C cancels on both sides", async () => {
  writeFileSync(join(home, "big.iso"), "x");
  const kith = new FakeKith({ contacts: [bob], transferEnd: "stuck" });
  const person = new TerminalPerson(["send", "Bob", "big.iso"], { kith, home });
  await person.sees(/big\.iso +█{15}░{5} +75 % {2}7\.5 MB of 10\.0 MB {2}2\.5 MB/);
  person.type(CTRL_C);
  assert.equal(await person.ended, 130);
  assert.equal(kith.transfers.get()[0]?.state, "cancelled");
  assert.match(person.screen, /Cancelled, on both sides\./);
});

test("pair with Ctrl-C in the middle cancels the pairing", async () => {
  const kith = new FakeKith({ pairing: { name: "Dora", theyShow: true }, nearby: [fakeNearby("n", "Dora")] });
  const person = new TerminalPerson(["pair", "Dora", "--pin"], { kith, home });
  await person.sees(/Code that/);
  person.type(CTRL_C);
  assert.equal(await person.ended, 130);
  assert.deepEqual(kith.pairing.all.get()[0]?.step, { at: "failed", reason: "cancelled" });
});

test("a signal ends a watching command without a word", async () => {
  const kith = new FakeKith({ nearby: [fakeNearby("n", "Dora")] });
  const person = new TerminalPerson(["peers", "--watch"], { kith, home });
  await person.sees(/Dora/);
  person.stop.abort(interrupted());
  assert.equal(await person.ended, 0);
  assert.match(person.screen, /Dora/);
});

test("a passphrase is not shown", async () => {
  const person = new TerminalPerson(["id", "export", "me.kith", "--force"], { kith: new FakeKith(), home });
  await person.sees(/New passphrase:/);
  person.type("correct horse\r");
  await person.sees(/Again:/);
  person.type("correct horse\r");
  assert.equal(await person.ended, 0);
  assert.doesNotMatch(person.screen, /horse/);
});
