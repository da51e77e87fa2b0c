import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ChatMessageId,
  encodeChatMessage,
  instant,
  type PeerId,
  parseChatMessageId,
  parsePeerId,
  textToBytes,
  wallTime,
} from "@kith/core";
import type { Clock } from "./clock.ts";
import { Subject } from "./observable.ts";
import { AsyncQueue } from "./queue.ts";
import { RoomChatHandle } from "./room-chat-handle.ts";
import type { RoomBroadcast, RoomMessage } from "./rooms-api.ts";

const peer = (digit: string): PeerId => parsePeerId(digit.repeat(64)) ?? assert.fail();
const [ADA, BEN] = [peer("a"), peer("b")];
const id = parseChatMessageId("01".repeat(16)) ?? assert.fail();

function chat(): {
  readonly said: Uint8Array[];
  readonly heard: AsyncQueue<RoomMessage>;
  readonly handle: RoomChatHandle;
  readonly pass: (wait: number) => void;
} {
  const said: Uint8Array[] = [];
  const heard = new AsyncQueue<RoomMessage>({ max: 100 });
  const broadcast: RoomBroadcast = {
    send: async (message) => void said.push(message),
    messages: heard,
    missed: new Subject(new Map()),
    [Symbol.asyncDispose]: async () => heard.end(),
  };
  let count = 0;
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length).fill(7);
    new DataView(bytes.buffer).setUint32(0, ++count);
    return bytes;
  };
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  let time = 0;
  const clock: Clock = {
    now: () => instant(time),
    wall: () => wallTime(5 + time),
    schedule(wait, run) {
      const timer = { at: time + wait, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const pass = (wait: number): void => {
    time += wait;
    for (const due of timers.filter(({ at }) => at <= time)) {
      timers.splice(timers.indexOf(due), 1);
      due.run();
    }
  };
  const handle = new RoomChatHandle({ self: ADA, broadcast, random, clock, nameOf: (who) => who.slice(0, 1) });
  return { said, heard, handle, pass };
}

const UNTOUCHED = { reactions: [], isEdited: false, isDeleted: false };
const target = id;
const actId = (digit: string): ChatMessageId => parseChatMessageId(digit.repeat(32)) ?? assert.fail();

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("RoomChatHandle shows what members say, in their own names, and passes over what is no text", async () => {
  const { heard, handle } = chat();
  const text = encodeChatMessage({ type: "text", id, sentAt: wallTime(1), text: "hello" });
  const typing = encodeChatMessage({ type: "typing", isTyping: true });
  for (const bytes of [typing, textToBytes("garbage"), new Uint8Array(0), text]) {
    heard.push({ from: BEN, bytes, hops: 2, sentAt: 99 });
  }
  await settle();
  assert.deepEqual(handle.history.get(), [
    { id, from: BEN, name: "b", isOurs: false, text: "hello", sentAt: 99, hops: 2, ...UNTOUCHED },
  ]);
});

test("RoomChatHandle.send says a text once, and refuses one that is empty or over 16,000 bytes", async () => {
  const { said, handle } = chat();
  const mine = await handle.send("ä".repeat(8_000));
  assert.deepEqual([said.length, mine.isOurs, mine.name, handle.history.get().length], [1, true, "a", 1]);
  await assert.rejects(handle.send(""), { code: "ERR_ARGUMENT" });
  await assert.rejects(handle.send("ä".repeat(8_001)), { code: "ERR_ARGUMENT" });
  assert.equal(said.length, 1);
});

test("RoomChatHandle keeps the last 1,000, and watchers end with the room", async () => {
  const { heard, handle } = chat();
  const watched = (async () => {
    const texts: string[] = [];
    for await (const { text } of handle.watch()) texts.push(text);
    return texts;
  })();
  for (let i = 0; i < 1_002; i++) await handle.send(String(i));
  assert.deepEqual([handle.history.get().length, handle.history.get()[0]?.text], [1_000, "2"]);
  heard.end();
  assert.equal((await watched).at(-1), "1001");
});

test("[CHAT-19] members' reactions, edits and deletions stand the same whatever the order in which they come", async () => {
  const at = { sentAt: wallTime(1) };
  const text = encodeChatMessage({ type: "text", id, ...at, text: "hello" });
  const saying: readonly (readonly [PeerId, Uint8Array])[] = [
    [BEN, text],
    [ADA, encodeChatMessage({ type: "react", id: actId("2"), ...at, target, revision: 2, symbol: "+1" })],
    [ADA, encodeChatMessage({ type: "react", id: actId("3"), ...at, target, revision: 1, symbol: "old" })],
    [BEN, encodeChatMessage({ type: "edit", id: actId("4"), ...at, target, revision: 1, text: "hallo" })],
    [ADA, encodeChatMessage({ type: "edit", id: actId("5"), ...at, target, revision: 9, text: "forged" })],
    [ADA, encodeChatMessage({ type: "delete", id: actId("6"), ...at, target })],
  ];
  for (const order of [saying, [...saying].reverse(), [...saying.slice(3), ...saying.slice(0, 3)]]) {
    const { heard, handle } = chat();
    for (const [from, bytes] of order) heard.push({ from, bytes, hops: 1, sentAt: 2 });
    await settle();
    const [line, ...others] = handle.history.get();
    assert.deepEqual([line?.text, line?.isEdited, line?.isDeleted, others.length], ["hallo", true, false, 0]);
    assert.deepEqual(line?.reactions, [{ from: ADA, isOurs: true, symbol: "+1" }]);
    heard.push({
      from: BEN,
      bytes: encodeChatMessage({ type: "delete", id: actId("7"), ...at, target }),
      hops: 1,
      sentAt: 2,
    });
    await settle();
    const [gone] = handle.history.get();
    assert.deepEqual([gone?.text, gone?.isDeleted, gone?.reactions], ["", true, []]);
  }
});

test("RoomChatHandle replies, reacts, edits and deletes, and refuses what is not there or not ours", async () => {
  const { heard, handle, said, pass } = chat();
  heard.push({
    from: BEN,
    bytes: encodeChatMessage({ type: "text", id, sentAt: wallTime(1), text: "tea?" }),
    hops: 1,
    sentAt: 2,
  });
  await settle();
  const mine = await handle.send("yes", { replyTo: id });
  assert.equal(mine.replyTo, id);
  await handle.react(id, "+1");
  await handle.react(id, "");
  await handle.edit(mine.id, "yes, please");
  assert.deepEqual(
    handle.history.get().map(({ text, isEdited, reactions }) => [text, isEdited, reactions.length]),
    [
      ["tea?", false, 0],
      ["yes, please", true, 0],
    ],
  );
  await assert.rejects(handle.edit(id, "no"), { code: "ERR_ARGUMENT" });
  await assert.rejects(handle.delete(id), { code: "ERR_ARGUMENT" });
  await assert.rejects(handle.react("ff".repeat(16), "x"), { code: "ERR_ARGUMENT" });
  for (let i = 1; i < 10; i++) await handle.edit(mine.id, `${i}`);
  await assert.rejects(handle.edit(mine.id, "too often"), { code: "ERR_ARGUMENT" });
  pass(60_000);
  await handle.edit(mine.id, "later");
  await handle.delete(mine.id);
  await assert.rejects(handle.delete(mine.id), { code: "ERR_ARGUMENT" });
  assert.equal(said.length, 1 + 2 + 11 + 1);
  assert.equal(handle.history.get()[1]?.isDeleted, true);
});

test("[CHAT-19] a text of a room with a lifetime is gone when it is over, and passed over when it came too late", async () => {
  const { heard, handle, pass } = chat();
  const text = (words: string, name: string): Uint8Array =>
    encodeChatMessage({ type: "text", id: actId(name), sentAt: wallTime(1), text: words, lifetime: 60 });
  pass(100_000);
  heard.push({ from: BEN, bytes: text("too late", "1"), hops: 1, sentAt: 100_005 - 60_000 });
  heard.push({ from: BEN, bytes: text("half", "2"), hops: 1, sentAt: 100_005 - 30_000 });
  await settle();
  await handle.send("mine", { lifetime: 120 });
  await handle.send("stays");
  const texts = (): string[] => handle.history.get().map((message) => message.text);
  assert.deepEqual(texts(), ["half", "mine", "stays"]);
  assert.equal(handle.history.get()[0]?.expiresAt, 100_005 + 30_000);
  pass(29_999);
  assert.equal(texts().length, 3);
  pass(1);
  assert.deepEqual(texts(), ["mine", "stays"]);
  pass(90_000);
  assert.deepEqual(texts(), ["stays"]);
  await assert.rejects(handle.send("x", { lifetime: 59 }), { code: "ERR_ARGUMENT" });
});
