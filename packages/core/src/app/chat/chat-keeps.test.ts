/** ChatMachine: texts that are kept, and texts that are in memory alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../../lib/hex.ts";
import { textToBytes } from "../../lib/utf8.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { type Side, World } from "./chat-world.test.ts";

const isOnDisk = (side: Side, words: string): boolean =>
  [...side.disk.values()].some((value) => bytesToHex(value).includes(bytesToHex(textToBytes(words)))) ||
  [...side.disk.keys()].some((key) => /^(log|state|mark|act)/.test(key));

test("[CHAT-20] what is not kept is on no disk, also while it waits, and arrives once", () => {
  const world = new World();
  const { a, b } = world;
  for (const side of [a, b]) side.machine.setKeeps(false, side.now);
  world.close();
  const id = a.send("whisper") as ChatMessageId;
  world.run();
  a.machine.act({ type: "edit", target: id, text: "whispers" }, a.now, a.wall);
  world.run();
  assert.ok(!isOnDisk(a, "whisper"));
  world.open();
  world.run();
  b.machine.act({ type: "react", target: id, symbol: "👍" }, b.now, b.wall);
  world.run();
  for (const side of [a, b]) {
    assert.ok(!isOnDisk(side, "whisper"));
    assert.equal([...side.machine.heldTexts()].filter(({ key }) => key.startsWith("log/")).length, 1);
  }
  assert.equal(b.heardOf("message").length, 1);
  a.restart();
  assert.deepEqual([a.machine.keeps, a.machine.stateOf(id), [...a.machine.heldTexts()]], [false, undefined, []]);
});

test("[CHAT-20] not to keep any longer erases what is stored; what waits still arrives, and is kept again when chosen", () => {
  const world = new World();
  const { a, b } = world;
  const first = a.send("first");
  world.run();
  world.close();
  a.send("second");
  world.run();
  a.machine.setKeeps(false, a.now);
  world.run();
  assert.ok(!isOnDisk(a, "first") && !isOnDisk(a, "second"));
  assert.deepEqual(a.heardOf("erased"), [{ type: "erased", ids: [first] }]);
  assert.deepEqual(a.heardOf("keeps"), [{ type: "keeps", keeps: false }]);
  world.open();
  world.run();
  assert.deepEqual(b.texts("in"), ["first", "second"]);
  a.machine.setKeeps(true, a.now);
  a.send("third");
  world.run();
  assert.deepEqual(a.texts("out"), ["third"]);
  assert.deepEqual(b.texts("in"), ["first", "second", "third"]);
});
