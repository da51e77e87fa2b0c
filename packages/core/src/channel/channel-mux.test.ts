import assert from "node:assert/strict";
import { test } from "node:test";
import type { CarriedFrame } from "../wire/channel-frame.ts";
import { CHANNELS_MAX, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { RESET } from "../wire/registry.ts";
import type { FakeRecord } from "./fake-record.test.ts";
import { bulk, bytes, connected, exchange, fill, interactive, NOW, outputs, pair } from "./mux-fixture.test.ts";
import { TURN_BYTES } from "./turn-ring.ts";

const types = (record: FakeRecord): string[] => record.carried.map((frame) => frame.type);
const text = (message: Uint8Array): string => Buffer.from(message).toString();

test("ChannelMux opens, accepts, talks both ways, finishes and closes", () => {
  const [a, b] = pair();
  assert.equal(a.open("chat/1", { class: interactive }), 0);
  assert.equal(b.open("file/1", { class: bulk }), 1);
  a.send(0, bytes("early"));
  exchange(a, b);
  assert.deepEqual(outputs(b), [{ type: "opened", channel: 0, protocol: "chat/1", class: interactive }]);
  b.accept(0);
  b.send(0, bytes("hello"));
  exchange(b, a);
  assert.deepEqual(outputs(a), [
    { type: "opened", channel: 1, protocol: "file/1", class: bulk },
    { type: "accepted", channel: 0 },
    { type: "messages", channel: 0, messages: [bytes("hello")], memory: [], bytes: 6 },
  ]);
  a.send(0, bytes("late"));
  a.finish(0);
  exchange(a, b);
  assert.deepEqual(outputs(b), [
    { type: "messages", channel: 0, messages: [bytes("early"), bytes("late")], memory: [], bytes: 11 },
    { type: "finished", channel: 0 },
  ]);
  assert.deepEqual(outputs(a), [{ type: "delivered", channel: 0 }], "the other direction may go on for hours");
  b.send(0, bytes("word"));
  exchange(b, a);
  b.finish(0);
  exchange(b, a);
  exchange(a, b);
  assert.deepEqual(outputs(a), [
    { type: "messages", channel: 0, messages: [bytes("word")], memory: [], bytes: 5 },
    { type: "finished", channel: 0 },
    { type: "closed", channel: 0 },
  ]);
  assert.deepEqual(outputs(b), [
    { type: "delivered", channel: 0 },
    { type: "closed", channel: 0 },
  ]);
});

test("ChannelMux puts all messages of a turn into one data frame, and gives them out as one batch", () => {
  const [a, b] = connected();
  for (let i = 0; i < 100; i++) a.send(0, bytes(`${i}`));
  const record = fill(a);
  assert.deepEqual(types(record), ["data"]);
  b.handleFrames(record.frames());
  const [batch, ...rest] = outputs(b);
  assert.ok(batch?.type === "messages" && rest.length === 0);
  assert.deepEqual(
    batch.messages.map(text),
    Array.from({ length: 100 }, (_, i) => `${i}`),
  );
});

test("ChannelMux sends a finish again when it was lost, and not once one arrived", () => {
  const [a, b] = connected();
  a.finish(0);
  const first = fill(a);
  a.lost(first.carried);
  const second = fill(a);
  assert.deepEqual(types(second), ["finish"]);
  b.handleFrames(second.frames());
  b.handleFrames(first.frames());
  a.acked(second.carried);
  a.lost(first.carried);
  assert.equal(fill(a).isEmpty, true);
  assert.deepEqual(outputs(b), [{ type: "finished", channel: 0 }]);
});

test("ChannelMux.poll does not add to a batch that was given out", () => {
  const [a, b] = connected();
  a.send(0, bytes("1"));
  exchange(a, b);
  const first = b.poll();
  a.send(0, bytes("2"));
  exchange(a, b);
  assert.ok(first?.type === "messages" && first.messages.length === 1);
  assert.deepEqual(
    outputs(b).map((output) => output.type),
    ["messages"],
  );
});

test("ChannelMux sends no data before the accept, and an accept overtaken by data is no matter [CHN-4]", () => {
  const [a, b] = pair();
  a.open("chat/1", { class: interactive });
  a.send(0, bytes("x"));
  a.finish(0);
  const opening = fill(a);
  assert.deepEqual(types(opening), ["open"]);
  assert.equal(a.hasPending(NOW), false);
  b.handleFrames(opening.frames());
  b.accept(0);
  const accept = fill(b);
  b.send(0, bytes("y"));
  a.handleFrames(fill(b).frames());
  assert.deepEqual(
    outputs(a).map((output) => output.type),
    ["accepted", "messages"],
  );
  assert.equal(fill(a).isEmpty, true, "still without credit");
  a.handleFrames(accept.frames());
  assert.deepEqual(types(fill(a)), ["data", "finish"]);
});

test("ChannelMux.reset ends both directions, forgets what was queued and is sent until acknowledged [CHN-10]", () => {
  const [a, b] = connected();
  a.send(0, bytes("never seen"));
  b.send(0, bytes("on its way"));
  const late = fill(b);
  a.reset(0, RESET.cancelled);
  assert.equal(a.send(0, bytes("no")), false);
  a.finish(0);
  a.consumed(0, 0);
  const lostRecord = fill(a);
  assert.deepEqual(types(lostRecord), ["reset"]);
  a.handleFrames(late.frames());
  a.lost(lostRecord.carried);
  exchange(a, b);
  assert.deepEqual(outputs(a), []);
  assert.deepEqual(outputs(b), [{ type: "reset", channel: 0, code: RESET.cancelled }]);
  b.lost(late.carried);
  assert.equal(fill(b).isEmpty, true, "nothing of a dead channel is sent again");
  assert.deepEqual([a.channelCount, b.channelCount], [0, 0]);
});

test("ChannelMux ignores an open that its own reset overtook [CHN-11]", () => {
  const [a, b] = pair();
  a.open("chat/1", { class: interactive });
  const open = fill(a);
  a.reset(0, RESET.cancelled);
  const reset = fill(a);
  b.handleFrames(reset.frames());
  b.handleFrames(open.frames());
  b.handleFrames(reset.frames());
  assert.deepEqual(outputs(b), []);
  assert.equal(b.channelCount, 0);
});

test("ChannelMux.refuse tells the opener why; crossing resets end on both sides", () => {
  const [a, b] = pair();
  a.open("x/1", { class: interactive });
  exchange(a, b);
  b.refuse(0, RESET.refused);
  exchange(b, a);
  assert.deepEqual(outputs(a), [{ type: "reset", channel: 0, code: RESET.refused }]);

  const [c, d] = connected();
  c.reset(0, RESET.cancelled);
  d.reset(0, RESET.protocolError);
  const [fromC, fromD] = [fill(c), fill(d)];
  d.handleFrames(fromC.frames());
  c.handleFrames(fromD.frames());
  assert.deepEqual([outputs(c), outputs(d), c.channelCount, d.channelCount], [[], [], 0, 0]);
});

test("ChannelMux opens CHANNELS_MAX channels and goes on when the peer gives some back [CHN-5]", () => {
  const [a, b] = pair();
  for (let i = 0; i < CHANNELS_MAX; i++) assert.equal(a.open("x/1", { class: interactive }), 2 * i);
  assert.equal(a.open("x/1", { class: interactive }), undefined);
  exchange(a, b);
  b.refuse(0, RESET.refused);
  const refusal = fill(b);
  a.handleFrames(refusal.frames());
  assert.equal(a.open("x/1", { class: interactive }), undefined, "the other side still waits for its reset's arrival");
  b.acked(refusal.carried);
  exchange(b, a);
  assert.equal(a.open("x/1", { class: interactive }), 2 * CHANNELS_MAX);
  assert.equal(a.open("x/1", { class: interactive }), undefined);
});

test("ChannelMux serves more channels one after the other than its limit, also when their frames get lost", () => {
  const [a, b] = pair();
  let opened = 0;
  for (let round = 0; round < 5_000 && opened < 4 * CHANNELS_MAX; round++) {
    const id = a.open("x/1", { class: interactive });
    if (id !== undefined) {
      opened++;
      if (round % 3 === 0) a.reset(id, RESET.cancelled);
    }
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const record = fill(from);
      if (round % 5 === 4) from.lost(record.carried);
      else {
        to.handleFrames(record.frames());
        from.acked(record.carried);
      }
      for (const output of outputs(to)) if (output.type === "opened") to.refuse(output.channel, RESET.refused);
    }
  }
  assert.equal(opened, 4 * CHANNELS_MAX);
});

test("ChannelMux shares records among bulk channels, byte by byte fairly, after interactive ones [CHN-14]", () => {
  const [a, b] = pair();
  for (const channelClass of [bulk, bulk, bulk, interactive]) a.open("x/1", { class: channelClass });
  exchange(a, b);
  for (const id of [0, 2, 4, 6]) b.accept(id);
  exchange(b, a);
  for (const id of [0, 2, 4]) a.send(id, new Uint8Array(MESSAGE_BYTES_MAX));
  a.send(6, bytes("first"));
  const sentBy = new Map<number, number>();
  for (let i = 0; i < 10; i++) {
    const data = fill(a, 20_000).carried.filter((frame) => frame.type === "data");
    if (i === 0) assert.equal(data[0]?.channel, 6, "interactive data leaves first");
    for (const { channel, length } of data) sentBy.set(channel, (sentBy.get(channel) ?? 0) + length);
  }
  const counts = [0, 2, 4].map((id) => sentBy.get(id) ?? 0);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= TURN_BYTES, `${counts}`);
});

test("ChannelMux.setSendRateMax holds bulk to the rate and interactive never", () => {
  const [a, b] = connected(bulk);
  const chat = a.open("chat/1", { class: interactive });
  assert.ok(chat !== undefined);
  exchange(a, b);
  b.accept(chat);
  exchange(b, a);
  const rate = 1_000_000;
  a.setSendRateMax(rate, NOW);
  a.send(0, new Uint8Array(MESSAGE_BYTES_MAX));
  let sent = 0;
  let now = NOW;
  for (;;) {
    while (a.hasPending(now)) {
      for (const frame of fill(a, 65_000, now).carried) {
        if (frame.type === "data" && frame.channel === 0) sent += frame.length;
      }
    }
    const next = a.nextTimeout();
    if (next === undefined) break;
    assert.ok(next > now && next - now <= 20, "in steps of a turn");
    now = next;
    a.send(chat, bytes("!"));
    assert.equal(a.hasPending(now), true);
    const [frame] = fill(a, 7, now).carried; // no room for bulk behind it
    assert.ok(frame?.type === "data" && frame.channel === chat);
  }
  assert.equal(sent, MESSAGE_BYTES_MAX + 3);
  const seconds = (now - NOW) / 1_000;
  assert.ok(Math.abs(sent - seconds * rate) <= rate / 10 + TURN_BYTES, `${sent} bytes in ${seconds} s`);
  a.setSendRateMax(undefined, now);
  a.send(0, new Uint8Array(300_000));
  assert.equal(a.nextTimeout(), undefined);
  assert.equal(a.hasPending(now), true);
});

test("ChannelMux splits control over records that are small, and loses none", () => {
  const [a, b] = pair();
  for (let i = 0; i < 50; i++) a.open("protocol-with-a-long-name/1", { class: interactive });
  const records: CarriedFrame[][] = [];
  for (let record = fill(a, 100); !record.isEmpty; record = fill(a, 100)) {
    b.handleFrames(record.frames());
    records.push(record.carried);
  }
  assert.ok(records.length > 10);
  assert.equal(outputs(b).filter((output) => output.type === "opened").length, 50);
});

test("ChannelMux says what it received and does not send again what the peer received [CHN-15]", () => {
  const [a, b] = connected(bulk);
  a.send(0, new Uint8Array(200_000));
  const records = [fill(a), fill(a), fill(a), fill(a)];
  b.handleFrames(records[0]!.frames());
  b.handleFrames(records[1]!.frames());
  assert.deepEqual(b.receivedOffsets(), [{ channel: 0, offset: sum(records.slice(0, 2)) }]);
  b.announceReceived();
  a.lost(records.flatMap((record) => record.carried));
  a.handleFrames(fill(b).frames());
  assert.deepEqual(
    fill(a).carried.map((frame) => frame.type === "data" && frame.offset),
    [sum(records.slice(0, 2))],
  );
});

const sum = (records: readonly FakeRecord[]): number =>
  records.flatMap((record) => record.carried).reduce((total, f) => total + (f.type === "data" ? f.length : 0), 0);

test("ChannelMux tells every offset of many channels, in several frames", () => {
  const [a, b] = pair();
  for (let i = 0; i < 100; i++) a.open("x/1", { class: interactive });
  exchange(a, b);
  for (let i = 0; i < 100; i++) b.accept(2 * i);
  exchange(b, a);
  for (let i = 0; i < 100; i++) a.send(2 * i, bytes("x"));
  exchange(a, b);
  b.announceReceived();
  const told: number[] = [];
  for (let record = fill(b, 200); !record.isEmpty; record = fill(b, 200)) {
    for (const frame of record.carried)
      if (frame.type === "received") told.push(...frame.offsets.map((o) => o.channel));
  }
  assert.equal(new Set(told).size, 100);
});
