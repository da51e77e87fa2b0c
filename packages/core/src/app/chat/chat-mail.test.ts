/** ChatMachine: what can wait at a relay, both ways, and how often it counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { days, hours, millis, minutes } from "../../lib/time.ts";
import { ITEM_CONTENT_BYTES_MAX } from "../../relay/sealed-item.ts";
import { OUTBOX_LIFETIME, SEEN_IDS_LIFETIME, SEEN_IDS_MAX } from "../../wire/limits.ts";
import { ITEM_LIFETIME_MAX, ITEM_LIFETIME_MIN, ITEM_MESSAGES_MAX } from "../../wire/mail-limits.ts";
import { encodeSeen, seenKey } from "./chat-entry.ts";
import { type ChatMessageId, chatIdFromBytes } from "./chat-id.ts";
import type { MailLoad } from "./chat-mail.ts";
import { type Side, World } from "./chat-world.test.ts";
import { encodeMailContent, type MailMessage } from "./mail-content.ts";

const loadOf = (side: Side): MailLoad | undefined => side.machine.mailFor(ITEM_CONTENT_BYTES_MAX, side.now);
const textsOf = (load: MailLoad | undefined): string[] =>
  (load?.messages ?? []).flatMap((message) => (message.type === "text" ? [message.text] : []));

function away(): World {
  const world = new World();
  world.close();
  return world;
}

/** A relay takes what `from` has and hands it to `to`, as often as said. */
function mail(world: World, from: Side, to: Side, times = 1): readonly MailMessage[] {
  world.run();
  const load = loadOf(from);
  if (load === undefined) return [];
  for (let time = 0; time < times; time++) to.machine.handleMail(load.messages, time, to.now, to.wall);
  from.machine.handleKept(load.messages, from.now);
  world.run();
  return load.messages;
}

test("[CHAT-10] a text that a relay keeps is shown so, stays in the outbox over a restart, and is not kept twice", () => {
  const world = away();
  const { a } = world;
  const id = a.send("until you are back");
  assert.equal(loadOf(a), undefined, "not durable yet");
  world.run();
  assert.ok(a.machine.wantsMail);
  const load = loadOf(a);
  assert.deepEqual(textsOf(load), ["until you are back"]);
  a.machine.handleKept(load?.messages ?? [], a.now);
  world.run();
  assert.deepEqual(a.states(id), ["queued", "kept"]);
  a.restart();
  assert.equal(a.machine.stateOf(id as ChatMessageId), "kept");
  assert.equal(a.machine.undelivered, 1);
  assert.ok(!a.machine.wantsMail && a.machine.wantsChannel);
  assert.equal(loadOf(a), undefined);
  world.open();
  world.run();
  assert.deepEqual(world.b.texts("in"), ["until you are back"]);
  assert.deepEqual(a.states(id), ["queued", "kept", "stored"]);
});

test("[CHAT-10] what was kept and is confirmed makes room for what is written next", () => {
  const world = away();
  const { a, b } = world;
  a.send("first");
  mail(world, a, b);
  mail(world, b, a);
  assert.ok(!a.machine.wantsMail);
  a.send("second");
  world.run();
  assert.ok(a.machine.wantsMail);
  assert.deepEqual(textsOf(loadOf(a)), ["second"]);
});

test("[ITEM-10] a text that is not durable yet has no receipt", () => {
  const world = away();
  const { a, b } = world;
  a.send("careful");
  world.run();
  b.machine.handleMail(loadOf(a)?.messages ?? [], 1, b.now, b.wall);
  const store = b.machine.poll();
  assert.ok(!b.machine.wantsMail);
  assert.equal(loadOf(b), undefined);
  b.machine.handleChannelOpened(b.now);
  assert.equal(b.machine.poll(), undefined);
  b.machine.handleStored(store?.type === "store" ? store.token : 0, b.now);
  assert.ok(b.machine.wantsMail);
});

test("[CHAT-10] a text comes by a relay, twice, and by a session, and is one", () => {
  const world = away();
  const { a, b } = world;
  a.send("once");
  mail(world, a, b, 3);
  assert.deepEqual(b.texts("in"), ["once"]);
  assert.deepEqual(
    b.heardOf("mailTaken").map(({ item }) => item),
    [0, 1, 2],
  );
  world.open();
  world.run();
  assert.deepEqual(b.texts("in"), ["once"]);
  assert.equal(b.heardOf("message").length, 1);
  assert.equal(a.machine.undelivered, 0);
  assert.ok(b.archive.seen.every(({ isSettled }) => isSettled));
});

test("[ITEM-9] an item is taken when what it brought is durable, not before", () => {
  const world = away();
  const { a, b } = world;
  a.send("durable");
  world.run();
  b.machine.handleMail(loadOf(a)?.messages ?? [], 7, b.now, b.wall);
  const store = b.machine.poll();
  assert.equal(store?.type, "store");
  assert.equal(b.machine.poll(), undefined);
  // The same item again, before the first copy is on the disk: it waits for the same transaction.
  b.machine.handleMail(loadOf(a)?.messages ?? [], 8, b.now, b.wall);
  assert.equal(b.machine.poll(), undefined);
  b.machine.handleStored(store.type === "store" ? store.token : 0, b.now);
  assert.deepEqual([b.machine.poll()?.type, b.machine.poll()?.type], ["message", "mailTaken"]);
});

test("[ITEM-10] receipts go by a relay too, once each, and settle in a session only", () => {
  const world = away();
  const { a, b } = world;
  const id = a.send("did you get it?");
  mail(world, a, b);
  assert.deepEqual(mail(world, b, a), [{ type: "receipt", state: "stored", ids: [id] }]);
  assert.deepEqual(a.states(id), ["queued", "kept", "stored"]);
  assert.equal(a.machine.undelivered, 0);
  assert.deepEqual(mail(world, b, a), []);
  b.restart();
  assert.ok(!b.machine.wantsMail);
  assert.ok(b.archive.seen.every(({ isSettled, isMailed }) => !isSettled && isMailed));
  b.machine.markRead([id as ChatMessageId], b.now);
  assert.deepEqual(mail(world, b, a), [{ type: "receipt", state: "read", ids: [id] }]);
  assert.deepEqual(a.states(id), ["queued", "kept", "stored", "read"]);
  b.restart();
  assert.ok(!b.machine.wantsMail && b.machine.wantsChannel);
  world.open();
  world.run();
  assert.ok(b.archive.seen.every(({ isSettled }) => isSettled) && b.archive.log.every(({ isSettled }) => isSettled));
});

test("[ITEM-9] what a relay hands out again is taken again, and nothing is said of it in a session", () => {
  const world = away();
  const { a, b } = world;
  const id = a.send("did you get it?");
  const there = mail(world, a, b);
  const back = mail(world, b, a);
  assert.deepEqual([there.length, back], [1, [{ type: "receipt", state: "stored", ids: [id] }]]);
  world.open();
  world.run();
  assert.ok(b.archive.seen.every(({ isSettled }) => isSettled));
  const before = [a.heardOf("transmit").length, b.heardOf("transmit").length];
  a.machine.handleMail(back, 8, a.now, a.wall);
  b.machine.handleMail(there, 9, b.now, b.wall);
  world.run();
  assert.deepEqual([a.heardOf("mailTaken").at(-1)?.item, b.heardOf("mailTaken").at(-1)?.item], [8, 9]);
  assert.deepEqual([a.heardOf("transmit").length, b.heardOf("transmit").length], before);
  // The first of it is news to whoever has a channel open.
  const more = a.send("and this?");
  const store = a.machine.poll();
  assert.ok(store?.type === "store" && store.puts.length > 0 && more !== undefined);
  b.machine.handleMail([{ type: "text", id: more, sentAt: a.wall, text: "and this?" }], 10, b.now, b.wall);
  world.run();
  assert.equal(b.heardOf("transmit").length, (before[1] ?? 0) + 1);
});

test("an item takes as much as fits, in order, and no text that is nearly over or much younger", () => {
  const world = away();
  const { a } = world;
  for (let index = 0; index < 5; index++) a.send(`${index}`.repeat(16_000));
  world.run();
  const load = loadOf(a);
  assert.deepEqual(
    textsOf(load).map((text) => text[0]),
    ["0", "1", "2", "3"],
  );
  assert.ok(encodeMailContent(load?.messages ?? []).length <= ITEM_CONTENT_BYTES_MAX);
  assert.equal(load?.lifetime, ITEM_LIFETIME_MAX);

  const many = away();
  for (let index = 0; index < 400; index++) many.a.send("x");
  many.run();
  assert.equal(loadOf(many.a)?.messages.length, ITEM_MESSAGES_MAX);

  const old = away();
  old.a.send("old");
  old.run();
  old.a.pass(days(2));
  old.a.send("young");
  old.run();
  assert.deepEqual(textsOf(loadOf(old.a)), ["old"]);
  assert.equal(loadOf(old.a)?.lifetime, days(12));
  old.a.pass(OUTBOX_LIFETIME - days(2) - ITEM_LIFETIME_MIN + minutes(1));
  assert.deepEqual(textsOf(loadOf(old.a)), ["young"]);
  assert.equal(loadOf(old.a)?.lifetime, days(2) + hours(1) - minutes(1));
});

test("what was confirmed, or has expired, while a relay took it stays so", () => {
  const world = away();
  const { a, b } = world;
  const id = a.send("overtaken");
  world.run();
  const load = loadOf(a);
  world.open();
  world.run();
  a.machine.handleKept(load?.messages ?? [], a.now);
  world.run();
  assert.deepEqual(a.states(id), ["queued", "sent", "stored"]);
  assert.deepEqual(b.texts("in"), ["overtaken"]);
});

test("[ITEM-11] where ids were forgotten early, texts come by session alone", () => {
  const world = away();
  const { a, b } = world;
  for (let i = 0; i < SEEN_IDS_MAX; i++) {
    const id = chatIdFromBytes(Uint8Array.from([9, i >> 8, i & 255, ...new Uint8Array(13)]));
    b.disk.set(seenKey(id), encodeSeen(0, "yes"));
  }
  b.restart();
  a.send("makes one give way");
  mail(world, a, b);
  assert.deepEqual(b.texts("in"), ["makes one give way"]);
  a.send("waits for a session");
  mail(world, a, b);
  b.restart();
  a.send("this too");
  mail(world, a, b);
  assert.deepEqual(b.texts("in"), ["makes one give way"]);
  assert.equal(b.heardOf("mailTaken").length, 3);
  world.open();
  world.run();
  assert.deepEqual(b.texts("in"), ["makes one give way", "waits for a session", "this too"]);
  world.close();
  b.pass(SEEN_IDS_LIFETIME + millis(1));
  a.send("as before");
  mail(world, a, b);
  assert.equal(b.texts("in").at(-1), "as before");
});

test("[CHAT-10] exactly once by relays and sessions in any order, whichever side is killed at any time", () => {
  const act = fc.constantFrom("a writes", "b writes", "a mails", "b mails", "meet", "part", "relay repeats");
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.array(fc.nat(120), { maxLength: 8 }), (acts, kills) => {
      const world = away();
      const { a, b } = world;
      const at = new Set(kills);
      world.kill = (step) => (at.has(step) ? (step % 2 === 0 ? "before" : "after") : "no");
      const kept: { to: Side; messages: readonly MailMessage[] }[] = [];
      let count = 0;
      for (const each of acts) {
        if (each === "a writes") a.send(`a ${count++}`);
        else if (each === "b writes") b.send(`b ${count++}`);
        else if (each === "meet" && !world.isOpen) world.open();
        else if (each === "part" && world.isOpen) world.close();
        else if (each === "a mails") kept.push({ to: b, messages: mail(world, a, b) });
        else if (each === "b mails") kept.push({ to: a, messages: mail(world, b, a) });
        else for (const { to, messages } of kept) to.machine.handleMail(messages, 99, to.now, to.wall);
        world.run();
      }
      world.kill = () => "no";
      if (!world.isOpen) world.open();
      world.run();
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        assert.deepEqual(to.texts("in").sort(), from.texts("out").sort());
        assert.equal(from.machine.undelivered, 0);
      }
    }),
    { numRuns: 300 },
  );
});
