/** ChatMachine: what it sends, keeps, expires and refuses. Kills are in chat-crash.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, days, minutes, seconds, wallTime } from "../../lib/time.ts";
import {
  CHAT_IN_FLIGHT_MAX,
  CHAT_TEXT_BYTES_MAX,
  OUTBOX_LIFETIME,
  OUTBOX_MESSAGES_MAX,
  SEEN_IDS_LIFETIME,
  SEEN_IDS_MAX,
  STORE_RETRY,
  TYPING_LIFETIME,
} from "../../wire/limits.ts";
import { encodeSeen, seenKey } from "./chat-entry.ts";
import type { ChatMessageId } from "./chat-id.ts";
import { chatIdFromBytes } from "./chat-id.ts";
import { decodeChatMessage, encodeChatMessage } from "./chat-message.ts";
import { START, World } from "./chat-world.test.ts";

test("[CHAT-3] ChatMachine keeps texts for an absent peer across a restart, and sends them in order", () => {
  const world = new World();
  world.close();
  const ids = ["first", "second"].map((text) => world.a.send(text));
  world.run();
  assert.deepEqual(world.a.states(ids[0]), ["queued"]);
  world.a.restart(3_600_000);
  assert.equal(world.a.machine.wantsChannel, true);
  world.open();
  world.run();
  assert.deepEqual(world.b.texts("in"), ["first", "second"]);
  assert.equal(world.a.machine.stateOf(ids[1] as ChatMessageId), "stored");
});

test("[CHAT-2] ChatMachine sends nothing before it is durable, and tells nothing before it is", () => {
  const world = new World();
  const { a, b } = world;
  a.send("careful");
  const first = a.machine.poll();
  assert.equal(first?.type, "store");
  assert.equal(a.machine.poll(), undefined, "no transmit before handleStored");
  a.machine.handleStored(first.type === "store" ? first.token : 0, a.now);
  const outputs = [a.machine.poll(), a.machine.poll()];
  assert.deepEqual(
    outputs.map((output) => output?.type),
    ["state", "transmit"],
  );
  const text = outputs[1]?.type === "transmit" ? outputs[1].bytes : new Uint8Array();
  b.machine.handleMessages([text, text], b.now, b.wall);
  const store = b.machine.poll();
  assert.equal(store?.type, "store");
  const rest = b.machine.poll();
  assert.equal(rest?.type, "consumed", "the second copy is done with, the first not before it is stored");
  assert.equal(b.machine.poll(), undefined);
  b.machine.handleStored(store.type === "store" ? store.token : 0, b.now);
  const told = [b.machine.poll(), b.machine.poll(), b.machine.poll(), b.machine.poll()];
  assert.deepEqual(
    told.map((output) => output?.type),
    ["message", "consumed", "transmit", undefined],
  );
});

test("ChatMachine repeats a failed transaction and loses nothing", () => {
  const world = new World();
  world.a.send("stubborn");
  const first = world.a.machine.poll();
  assert.equal(first?.type, "store");
  world.a.machine.handleStoreFailed(first.type === "store" ? first.token : 0, world.a.now);
  assert.equal(world.a.machine.poll()?.type, "note");
  assert.equal(world.a.machine.poll(), undefined);
  assert.equal(world.a.machine.nextTimeout(), after(world.a.now, STORE_RETRY));
  world.a.pass(STORE_RETRY);
  world.run();
  assert.deepEqual(world.b.texts("in"), ["stubborn"]);
});

test("[CHAT-6] ChatMachine expires a text after the outbox's lifetime, whatever the wall clock does while it runs", () => {
  const world = new World();
  world.close();
  const id = world.a.send("too late");
  world.run();
  world.a.wall = wallTime(START + days(3_650)); // the clock is set ten years on
  world.a.machine.sendText("other", world.a.now, world.a.wall);
  world.a.pass(OUTBOX_LIFETIME - 1);
  world.run();
  assert.equal(world.a.machine.stateOf(id as ChatMessageId), "queued");
  world.a.pass(1);
  world.run();
  assert.deepEqual(world.a.states(id), ["queued", "expired"]);
  world.open();
  world.run();
  assert.deepEqual(world.b.texts("in"), []);
});

test("[CHAT-6] ChatMachine counts time away by the wall clock, between nothing and one lifetime", () => {
  for (const [away, state] of [
    [-days(3_650), "queued"],
    [OUTBOX_LIFETIME - minutes(1), "queued"],
    [OUTBOX_LIFETIME, "expired"],
    [days(3_650), "expired"],
  ] as const) {
    const world = new World();
    world.close();
    const id = world.a.send("away");
    world.run();
    world.a.restart(away);
    world.a.pass(0);
    world.run();
    assert.equal(world.a.machine.stateOf(id as ChatMessageId), state, `away ${away}`);
  }
});

test("[CHAT-6] ChatMachine still knows an id when its clock jumped ten years over one restart", () => {
  const world = new World();
  world.a.send("once");
  world.run();
  const copy = encodeChatMessage({
    type: "text",
    id: world.b.archive.log[0]?.id as ChatMessageId,
    sentAt: START,
    text: "once",
  });
  world.b.restart(days(3_650));
  world.b.pass(OUTBOX_LIFETIME);
  world.open();
  world.run();
  world.b.machine.handleMessages([copy], world.b.now, world.b.wall);
  world.run();
  assert.deepEqual(world.b.texts("in"), ["once"]);
  world.b.pass(SEEN_IDS_LIFETIME);
  world.run();
  assert.equal(world.b.archive.seen.length, 0, "forgotten in the end");
});

test("ChatMachine says no above the outbox's limit, and works again when there is room", () => {
  const world = new World();
  world.close();
  for (let i = 0; i < OUTBOX_MESSAGES_MAX; i++) assert.notEqual(world.a.send(`${i}`), undefined);
  assert.equal(world.a.send("one too many"), undefined);
  world.open();
  world.run();
  assert.equal(world.b.texts("in").length, OUTBOX_MESSAGES_MAX);
  assert.notEqual(world.a.send("again"), undefined);
  assert.throws(() => world.a.send("x".repeat(CHAT_TEXT_BYTES_MAX + 1)), /text of/);
  world.close();
  let bytes = 0;
  while (world.a.send("x".repeat(CHAT_TEXT_BYTES_MAX)) !== undefined) bytes += CHAT_TEXT_BYTES_MAX;
  assert.ok(bytes > 8_000_000 && bytes <= 8_388_608, `${bytes}`);
});

test("[CHAT-3] ChatMachine has a bounded number of texts under way to a peer that never answers", () => {
  const { a } = new World();
  for (let i = 0; i < 2 * CHAT_IN_FLIGHT_MAX; i++) a.send(`${i}`);
  let sent = 0;
  for (let output = a.machine.poll(); output !== undefined; output = a.machine.poll()) {
    if (output.type === "store") a.machine.handleStored(output.token, a.now);
    if (output.type === "transmit") sent += 1;
  }
  assert.equal(sent, CHAT_IN_FLIGHT_MAX);
});

test("ChatMachine stops at a full channel and goes on when it is writable", () => {
  const { a } = new World();
  for (let i = 0; i < 5; i++) a.send(`${i}`);
  const sent: number[] = [];
  const drain = (): void => {
    for (let output = a.machine.poll(); output !== undefined; output = a.machine.poll()) {
      if (output.type === "store") a.machine.handleStored(output.token, a.now);
      if (output.type !== "transmit") continue;
      sent.push(output.bytes.length);
      if (sent.length === 2) a.machine.handleFull(a.now);
    }
  };
  drain();
  assert.equal(sent.length, 2);
  a.machine.handleWritable(a.now);
  drain();
  assert.equal(sent.length, 5);
});

test("[CHAT-7] ChatMachine leaves a text with its sender when its ids are all unsettled, and makes room from settled ones", () => {
  const world = new World();
  world.close();
  for (let i = 0; i < SEEN_IDS_MAX; i++) {
    const id = chatIdFromBytes(Uint8Array.from([9, ...Uint8Array.from([i >> 8, i & 255]), ...new Uint8Array(13)]));
    world.b.disk.set(seenKey(id), encodeSeen(0, i === 7 ? "yes" : "no"));
  }
  world.b.restart();
  world.open();
  world.a.send("takes the settled one's place");
  world.a.send("stays");
  const kept = world.b.machine;
  for (let i = 0; i < 4; i++) {
    // Only A is drained into B, so that B's old ids are not settled meanwhile.
    for (let output = world.a.machine.poll(); output !== undefined; output = world.a.machine.poll()) {
      if (output.type === "store") {
        world.a.commit(output);
        world.a.machine.handleStored(output.token, world.a.now);
      }
      if (output.type === "transmit") kept.handleMessages([output.bytes], world.b.now, world.b.wall);
    }
  }
  const notes: string[] = [];
  for (let output = kept.poll(); output !== undefined; output = kept.poll()) {
    if (output.type === "store") {
      world.b.commit(output);
      kept.handleStored(output.token, world.b.now);
    }
    if (output.type === "note") notes.push(output.code);
  }
  assert.deepEqual(notes, ["seen-ids-full"]);
  assert.deepEqual(world.b.texts("in"), ["takes the settled one's place"]);
  assert.equal(world.b.archive.seen.length, SEEN_IDS_MAX);
});

test("[CHAT-8] ChatMachine tells typing while a channel is open, seldom, and forgets it by itself", () => {
  const world = new World();
  const { a, b } = world;
  a.machine.setTyping(true, a.now);
  a.machine.setTyping(true, a.now); // said already
  world.run();
  assert.equal(a.heardOf("transmit").length, 1);
  assert.deepEqual(
    b.heardOf("typing").map((output) => output.isTyping),
    [true],
  );
  assert.equal(b.machine.nextTimeout(), after(b.now, TYPING_LIFETIME));
  b.pass(TYPING_LIFETIME);
  world.run();
  assert.deepEqual(
    b.heardOf("typing").map((output) => output.isTyping),
    [true, false],
  );
  a.pass(seconds(3));
  a.machine.setTyping(true, a.now);
  world.run();
  a.send("done");
  world.run();
  assert.equal(b.heardOf("typing").at(-1)?.isTyping, false, "a text ends it");
  world.close();
  a.machine.setTyping(true, a.now);
  world.run();
  assert.equal(a.heardOf("transmit").filter((output) => decodeChatMessage(output.bytes).type === "typing").length, 2);
});

test("ChatMachine without persistence stores nothing and still delivers once", () => {
  const world = new World(false);
  const id = world.a.send("ephemeral");
  world.run();
  world.close();
  world.open();
  world.run();
  assert.deepEqual(world.a.states(id), ["queued", "sent", "stored"]);
  assert.deepEqual(
    world.b.heardOf("message").map((output) => output.text),
    ["ephemeral"],
  );
  assert.equal(world.a.heardOf("store").length + world.b.heardOf("store").length, 0);
});

test("[CHAT-9] ChatMachine answers every broken message with a violation, and lives on", () => {
  const text = encodeChatMessage({ type: "text", id: "ab".repeat(16) as ChatMessageId, sentAt: START, text: "hi" });
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(), "ERR_TRUNCATED"],
    ["unknown type", Uint8Array.of(0x7f), "ERR_UNKNOWN_TYPE"],
    ["truncated", text.subarray(0, -1), "ERR_TRUNCATED"],
    ["trailing", Uint8Array.from([...text, 0]), "ERR_TRAILING"],
    ["typing 2", Uint8Array.of(4, 2), "ERR_VALUE"],
  ];
  for (const [name, bytes, code] of cases) {
    const world = new World();
    world.b.machine.handleMessages([bytes, text], world.b.now, world.b.wall);
    world.run();
    assert.deepEqual(
      world.b.heardOf("violation").map((output) => output.code),
      [code],
      name,
    );
    assert.deepEqual(world.b.texts("in"), [], `${name}: nothing after it counts`);
    world.close();
    world.open();
    world.a.send("fine");
    world.run();
    assert.deepEqual(world.b.texts("in"), ["fine"], name);
  }
});

test("ChatMachine ignores receipts and settlements for texts that nobody sent", () => {
  const world = new World();
  const id = "cd".repeat(16) as ChatMessageId;
  for (const state of ["stored", "read"] as const) {
    world.b.machine.handleMessages(
      [
        encodeChatMessage({ type: "receipt", state, ids: [id] }),
        encodeChatMessage({ type: "settled", state, ids: [id] }),
      ],
      world.b.now,
      world.b.wall,
    );
  }
  world.run();
  assert.deepEqual(world.b.heardOf("state"), []);
  assert.deepEqual(world.b.archive.log, []);
});

test("ChatMachine.forget removes a text from the disk, not its id", () => {
  const world = new World();
  world.a.send("secret");
  world.run();
  const id = world.b.archive.log[0]?.id as ChatMessageId;
  world.b.machine.forget([id], world.b.now);
  world.run();
  assert.deepEqual(world.b.texts("in"), []);
  assert.deepEqual(
    world.b.archive.seen.map((entry) => entry.id),
    [id],
  );
});

test("readChatArchive lists damaged entries and reads the rest", () => {
  const world = new World();
  world.a.send("kept");
  world.run();
  world.a.disk.set("log/zz", Uint8Array.of(1));
  world.a.disk.set("state/0000000000000009", Uint8Array.of(77, 0));
  world.a.disk.set("other", Uint8Array.of());
  assert.deepEqual([...world.a.archive.unreadable].sort(), ["log/zz", "other", "state/0000000000000009"]);
  assert.deepEqual(world.a.texts("out"), ["kept"]);
  world.a.restart();
  world.run();
  assert.equal(world.a.heardOf("note").length, 3);
});
