import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeChatMessage, type PeerId, parseChatMessageId, parsePeerId, textToBytes, wallTime } from "@kith/core";
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
} {
  const said: Uint8Array[] = [];
  const heard = new AsyncQueue<RoomMessage>({ max: 100 });
  const broadcast: RoomBroadcast = {
    send: async (message) => void said.push(message),
    messages: heard,
    missed: new Subject(new Map()),
    [Symbol.asyncDispose]: async () => heard.end(),
  };
  const random = (length: number): Uint8Array => new Uint8Array(length).fill(7);
  const handle = new RoomChatHandle({ self: ADA, broadcast, random, wall: () => 5, nameOf: (who) => who.slice(0, 1) });
  return { said, heard, handle };
}

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
    { id, from: BEN, name: "b", isOurs: false, text: "hello", sentAt: 99, hops: 2 },
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
