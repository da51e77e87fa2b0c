/** ChatMachine: edits and deletions by who wrote a text, and attachments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../../lib/hex.ts";
import { seconds } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { ITEM_CONTENT_BYTES_MAX } from "../../relay/sealed-item.ts";
import { CHAT_EDITS_A_MINUTE_MAX } from "../../wire/limits.ts";
import type { ChatAttachment } from "./chat-attachment.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { encodeChatMessage } from "./chat-message.ts";
import { type Side, START, World } from "./chat-world.test.ts";

const edit = (side: Side, from: string, to: string): ChatMessageId | undefined =>
  side.machine.act({ type: "edit", target: side.idOf(from), text: to }, side.now, side.wall);
const remove = (side: Side, text: string): ChatMessageId | undefined =>
  side.machine.act({ type: "delete", target: side.idOf(text) }, side.now, side.wall);

/** Whether these words are anywhere on the disk. */
const isOnDisk = (side: Side, words: string): boolean =>
  [...side.disk.values()].some((value) => bytesToHex(value).includes(bytesToHex(textToBytes(words))));

test("[CHAT-13] an edit replaces the words at both ends, of which nothing is left, and is told", () => {
  const world = new World();
  const { a, b } = world;
  const id = a.send("see you at noon");
  world.run();
  edit(a, "see you at noon", "see you at one");
  world.run();
  for (const side of [a, b]) {
    assert.deepEqual(
      side.archive.log.map(({ text, mark }) => [text, mark.edits]),
      [["see you at one", 1]],
    );
    assert.ok(!isOnDisk(side, "noon"));
  }
  const [change] = b.heardOf("changed");
  assert.deepEqual([change?.id, change?.text, change?.isEdited], [id, "see you at one", true]);
  assert.equal(edit(b, "see you at one", "never"), undefined, "not theirs to edit");
});

test("[CHAT-13] an edit or deletion of a text that the other wrote is receipted and changes nothing", () => {
  const world = new World();
  const { a, b } = world;
  a.send("mine");
  world.run();
  const target = a.idOf("mine");
  const acts = [
    { type: "edit", id: "e".repeat(32) as ChatMessageId, sentAt: START, target, revision: 1, text: "forged" },
    { type: "delete", id: "d".repeat(32) as ChatMessageId, sentAt: START, target },
  ] as const;
  for (const act of acts) a.machine.handleMessages([encodeChatMessage(act)], a.now, a.wall);
  world.run();
  assert.deepEqual(a.texts("out"), ["mine"]);
  assert.deepEqual(a.heardOf("changed"), []);
  assert.equal(a.archive.seen.length, 2);
  assert.equal(b.machine.undelivered, 0);
});

test("[CHAT-13] an edit of what waits for an absent peer arrives with it, and survives a restart", () => {
  const world = new World();
  const { a, b } = world;
  world.close();
  a.send("frist");
  a.send("second");
  world.run();
  edit(a, "frist", "first");
  world.run();
  assert.ok(!isOnDisk(a, "frist"));
  a.restart();
  world.open();
  world.run();
  assert.deepEqual(
    b.heardOf("message").map(({ text }) => text),
    ["first", "second"],
  );
  assert.deepEqual(
    b.archive.log.map(({ text, mark }) => [text, mark.edits]),
    [
      ["first", 1],
      ["second", 0],
    ],
  );
  assert.equal(a.machine.undelivered, 0);
});

test("[CHAT-13] at most ten edits of a text a minute are made", () => {
  const world = new World();
  const { a } = world;
  a.send("0");
  world.run();
  for (let i = 0; i < CHAT_EDITS_A_MINUTE_MAX; i++) {
    assert.notEqual(edit(a, `${i}`, `${i + 1}`), undefined);
    world.run();
  }
  assert.equal(edit(a, "10", "no"), undefined);
  a.pass(seconds(60));
  assert.notEqual(edit(a, "10", "yes"), undefined);
});

test("[CHAT-14] a deletion leaves a tombstone at both ends: no words, no reactions, no later act counts", () => {
  const world = new World();
  const { a, b } = world;
  a.send("regret");
  world.run();
  b.react("regret", "👎");
  world.run();
  edit(a, "regret", "regrets");
  a.machine.act({ type: "delete", target: b.idOf("regret") }, a.now, a.wall); // in one turn with the edit
  world.run();
  for (const side of [a, b]) {
    const [logged] = side.archive.log;
    assert.deepEqual([logged?.text, logged?.mark.isDeleted, side.reactions("")], ["", true, ["", ""]]);
    assert.ok(!isOnDisk(side, "regret") && !isOnDisk(side, "👎"));
  }
  assert.deepEqual(b.heardOf("changed").at(-1)?.isDeleted, true);
  assert.equal(remove(a, ""), undefined, "once");
  assert.equal(edit(a, "", "back"), undefined);
  const target = a.idOf("");
  const late = {
    type: "react",
    id: "c".repeat(32) as ChatMessageId,
    sentAt: START,
    target,
    revision: 9,
    symbol: "x",
  } as const;
  a.machine.handleMessages([encodeChatMessage(late)], a.now, a.wall);
  world.run();
  assert.deepEqual(a.reactions(""), ["", ""]);
  a.restart();
  assert.equal(a.machine.undelivered, 0);
});

test("[CHAT-14] what is deleted before it left is never sent, also when a relay brings it later", () => {
  const world = new World();
  const { a, b } = world;
  world.close();
  const id = a.send("regret");
  world.run();
  const load = a.machine.mailFor(ITEM_CONTENT_BYTES_MAX, a.now);
  a.machine.handleKept(load?.messages ?? [], a.now);
  remove(a, "regret");
  world.run();
  a.restart();
  world.open();
  world.run();
  b.machine.handleMail(load?.messages ?? [], 1, b.now, b.wall);
  world.run();
  assert.deepEqual(b.heardOf("message"), []);
  assert.ok(!isOnDisk(a, "regret") && !isOnDisk(b, "regret"));
  assert.equal(a.machine.stateOf(id as ChatMessageId), "expired");
  assert.equal(a.machine.undelivered, 0);
});

test("a text that is deleted before it was on the disk is not said to be queued", () => {
  const { a } = new World();
  const id = a.send("regret") as ChatMessageId;
  assert.notEqual(a.machine.act({ type: "delete", target: id }, a.now, a.wall), undefined);
  const outputs: string[] = [];
  for (let output = a.machine.poll(); output !== undefined; output = a.machine.poll()) {
    if (output.type === "store") a.machine.handleStored(output.token, a.now);
    else if (output.type === "state") outputs.push(output.state);
  }
  assert.deepEqual(outputs, ["expired"]);
});

test("[CHAT-15] what a text says of its file arrives with it, and stays over a restart", () => {
  const world = new World();
  const { a, b } = world;
  const attachment: ChatAttachment = {
    ...{ kind: "voice", source: "transfer", reference: "ab".repeat(16), size: 12_345 },
    ...{ name: "voice.ogg", mediaType: "audio/ogg", width: 0, height: 0, duration: 4_200 },
  };
  world.close();
  a.machine.sendText("", a.now, a.wall, { attachment });
  world.run();
  a.restart();
  world.open();
  world.run();
  assert.deepEqual(b.heardOf("message")[0]?.attachment, attachment);
  assert.deepEqual(
    [a, b].map((side) => side.archive.log[0]?.attachment),
    [attachment, attachment],
  );
  assert.throws(() => a.machine.sendText("", a.now, a.wall), /text of 0 bytes/);
  assert.throws(() => a.machine.sendText("", a.now, a.wall, { attachment: { ...attachment, name: "" } }), /name/);
});
