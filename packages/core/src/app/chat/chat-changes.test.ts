/** ChatMachine: replies and reactions, both ways, exactly once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ITEM_CONTENT_BYTES_MAX } from "../../relay/sealed-item.ts";
import { CHAT_REVISIONS_MAX } from "../../wire/limits.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { encodeChatMessage } from "./chat-message.ts";
import { START, World } from "./chat-world.test.ts";

test("[CHAT-11] a reply says at both ends which text it answers, also after a restart", () => {
  const world = new World();
  world.a.send("lunch?");
  world.run();
  const question = world.b.idOf("lunch?");
  world.close();
  world.b.machine.sendText("yes", world.b.now, world.b.wall, { replyTo: question });
  world.run();
  world.b.restart();
  world.open();
  world.run();
  assert.equal(world.a.heardOf("message")[0]?.replyTo, question);
  assert.deepEqual(
    [world.a, world.b].map((side) => side.archive.log.find(({ text }) => text === "yes")?.replyTo),
    [question, question],
  );
});

test("[CHAT-12] a reaction is replaced and taken back, at both ends, told once it is durable", () => {
  const world = new World();
  const { a, b } = world;
  a.send("hello");
  world.run();
  const acted = b.react("hello", "👍");
  assert.deepEqual(b.heardOf("changed"), [], "not durable yet");
  world.run();
  assert.deepEqual(b.heardOf("acted"), [{ type: "acted", id: acted }]);
  const [change] = a.heardOf("changed");
  assert.deepEqual([change?.id, change?.ours, change?.theirs], [a.idOf("hello"), "", "👍"]);
  assert.deepEqual(
    [a.reactions("hello"), b.reactions("hello")],
    [
      ["", "👍"],
      ["👍", ""],
    ],
  );
  a.react("hello", "🎉");
  b.react("hello", "👎");
  world.run();
  assert.deepEqual(
    [a.reactions("hello"), b.reactions("hello")],
    [
      ["🎉", "👎"],
      ["👎", "🎉"],
    ],
  );
  b.react("hello", "");
  world.run();
  assert.deepEqual(
    [a.reactions("hello"), b.reactions("hello")],
    [
      ["🎉", ""],
      ["", "🎉"],
    ],
  );
  assert.equal(a.machine.undelivered + b.machine.undelivered, 0);
  assert.deepEqual(
    [...a.disk.keys(), ...b.disk.keys()].filter((key) => key.startsWith("act/")),
    [],
  );
});

test("[CHAT-12] a reaction waits for an absent peer over a restart, behind the text it is to", () => {
  const world = new World();
  world.close();
  world.a.send("hello");
  world.run();
  world.a.react("hello", "🙂");
  world.run();
  world.a.restart();
  assert.equal(world.a.machine.undelivered, 2);
  world.open();
  world.run();
  assert.deepEqual(world.b.reactions("hello"), ["", "🙂"]);
  assert.equal(world.a.machine.undelivered, 0);
});

test("[CHAT-12] of one person's reactions to a text the highest revision stands, in whatever order they come", () => {
  const revisions = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 });
  fc.assert(
    fc.property(revisions, (order) => {
      const world = new World();
      world.b.send("hello");
      world.run();
      const target = world.b.idOf("hello");
      for (const revision of order) {
        const id = `${revision}`.repeat(32) as ChatMessageId;
        const bytes = encodeChatMessage({ type: "react", id, sentAt: START, target, revision, symbol: `${revision}` });
        world.b.machine.handleMessages([bytes], world.b.now, world.b.wall);
        world.run();
      }
      assert.deepEqual(world.b.reactions("hello"), ["", `${Math.max(...order)}`]);
    }),
  );
});

test("[CHAT-12] a reaction to a text that is not here is receipted and changes nothing; none is made", () => {
  const world = new World();
  const target = "cd".repeat(16) as ChatMessageId;
  const id = "ab".repeat(16) as ChatMessageId;
  const bytes = encodeChatMessage({ type: "react", id, sentAt: START, target, revision: 1, symbol: "x" });
  world.b.machine.handleMessages([bytes], world.b.now, world.b.wall);
  world.run();
  assert.deepEqual(world.b.heardOf("changed"), []);
  assert.deepEqual(
    world.b.archive.seen.map((seen) => [seen.id, seen.isSettled]),
    [[id, true]],
  );
  assert.equal(world.b.machine.act({ type: "react", target, symbol: "x" }, world.b.now, world.b.wall), undefined);
});

test("[CHAT-12] a person changes a reaction 1,000 times, and no more", () => {
  const world = new World();
  world.a.send("hello");
  world.run();
  for (let i = 0; i < CHAT_REVISIONS_MAX; i++) assert.notEqual(world.a.react("hello", `${i}`), undefined);
  assert.equal(world.a.react("hello", "no"), undefined);
  world.run();
  assert.deepEqual(world.b.reactions("hello"), ["", `${CHAT_REVISIONS_MAX - 1}`]);
});

test("[CHAT-10] a reaction that a relay brings before its text stays with its sender, and comes by a channel", () => {
  const world = new World();
  world.close();
  const { a, b } = world;
  a.send("hello");
  world.run();
  a.react("hello", "🙂");
  world.run();
  const load = a.machine.mailFor(ITEM_CONTENT_BYTES_MAX, a.now);
  const [text, act] = load?.messages ?? [];
  assert.deepEqual([text?.type, act?.type], ["text", "react"]);
  a.machine.handleKept(load?.messages ?? [], a.now);
  for (const [item, message] of [act, text, act].entries()) {
    if (message !== undefined) b.machine.handleMail([message], item, b.now, b.wall);
    if (item === 0) {
      world.run();
      assert.deepEqual(b.archive.seen, [], "no receipt for what was not applied");
      assert.deepEqual(
        b.heardOf("note").map(({ code }) => code),
        ["act-early"],
      );
    }
  }
  world.run();
  assert.deepEqual(b.reactions("hello"), ["", "🙂"]);
  a.restart();
  assert.equal(a.machine.wantsMail, false, "the relay has both");
  world.open();
  world.run();
  assert.equal(a.machine.undelivered, 0);
  assert.equal(b.heardOf("changed").length, 1);
});

test("what is forgotten takes its reactions with it", () => {
  const world = new World();
  world.a.send("hello");
  world.run();
  world.b.react("hello", "👍");
  world.run();
  const id = world.b.idOf("hello");
  world.b.machine.forget([id], world.b.now);
  world.run();
  assert.deepEqual(
    [...world.b.disk.keys()].filter((key) => !/^(clock|seen)/.test(key)),
    [],
  );
});
