/** What a peer may try with channels: every rule broken once, and every limit reached. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionError } from "../lib/assert.ts";
import { WireError } from "../lib/wire-error.ts";
import type { ChannelFrame } from "../wire/channel-frame.ts";
import { CHANNEL_WINDOW_BYTES, CHANNELS_MAX, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { RESET } from "../wire/registry.ts";
import { ChannelMux } from "./channel-mux.ts";
import { bytes, fill, interactive, outputs } from "./mux-fixture.test.ts";

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof WireError && error.code === code;

const open = (channel: number): ChannelFrame => ({ type: "open", channel, class: 0, protocol: "x/1", credit: 100 });
const data = (channel: number, offset: number, length: number): ChannelFrame => ({
  type: "data",
  channel,
  offset,
  bytes: new Uint8Array(length),
});

/** A mux with even ids that the peer opened 1 to, that accepted 3, closed 5, offered 0 and has 2 open. */
function seasoned(): ChannelMux {
  const mux = new ChannelMux({ isEven: true });
  mux.handleFrames([open(1), open(3), open(5)]);
  mux.accept(3);
  mux.handleFrames([{ type: "reset", channel: 5, code: 1 }]);
  mux.open("x/1", { class: interactive });
  mux.open("x/1", { class: interactive });
  fill(mux);
  mux.handleFrames([{ type: "accept", channel: 2, credit: 100 }]);
  mux.open("x/1", { class: interactive }); // 4: not in any record yet
  outputs(mux);
  return mux;
}

test("ChannelMux fails the peer for frames that break the rules [CHN-3] [CHN-6]", () => {
  const cases: [string, ChannelFrame[], string][] = [
    ["data for a channel never opened by the peer", [data(7, 0, 1)], "ERR_CHANNEL"],
    ["data for a channel never opened by us", [data(6, 0, 1)], "ERR_CHANNEL"],
    ["data for a channel of ours that no record offered", [data(4, 0, 1)], "ERR_CHANNEL"],
    ["reset of a channel of ours that no record offered", [{ type: "reset", channel: 4, code: 1 }], "ERR_CHANNEL"],
    ["accept of a channel of ours that no record offered", [{ type: "accept", channel: 4, credit: 9 }], "ERR_CHANNEL"],
    ["reset of a channel never opened by us", [{ type: "reset", channel: 100, code: 1 }], "ERR_CHANNEL"],
    ["an open with an id of ours", [open(2)], "ERR_CHANNEL"],
    ["an open over the limit", [open(2 * (CHANNELS_MAX + 1) + 1)], "ERR_CHANNEL"],
    ["a reset over the limit", [{ type: "reset", channel: 4_294_967_295, code: 1 }], "ERR_CHANNEL"],
    ["an accept by the opener", [{ type: "accept", channel: 3, credit: 9 }], "ERR_UNEXPECTED"],
    ["a finish before our accept", [{ type: "finish", channel: 1, offset: 0 }], "ERR_UNEXPECTED"],
    ["data before our accept", [data(1, 0, 1)], "ERR_CREDIT"],
    ["data over the credit", [data(3, CHANNEL_WINDOW_BYTES, 1)], "ERR_CREDIT"],
    ["data far over the credit", [data(3, 2 ** 50, 1)], "ERR_CREDIT"],
    ["data over the finish", [{ type: "finish", channel: 3, offset: 1 }, data(3, 0, 2)], "ERR_VALUE"],
    ["two finishes", [3, 4].map((offset) => ({ type: "finish", channel: 3, offset })), "ERR_VALUE"],
    ["received what was never sent", [{ type: "received", offsets: [{ channel: 2, offset: 1 }] }], "ERR_VALUE"],
    ["received of a channel never opened", [{ type: "received", offsets: [{ channel: 8, offset: 0 }] }], "ERR_CHANNEL"],
  ];
  for (const [name, frames, code] of cases) {
    const mux = seasoned();
    assert.throws(() => mux.handleFrames(frames), isCode(code), name);
  }
});

test("ChannelMux takes repeats and frames for channels that are over as if nothing came [CHN-2]", () => {
  const mux = seasoned();
  mux.handleFrames([
    open(3),
    open(5),
    data(5, 0, 10),
    data(5, 2 ** 50, 10),
    { type: "finish", channel: 5, offset: 3 },
    { type: "reset", channel: 5, code: 2 },
    { type: "credit", channel: 5, limit: 2 ** 53 - 1 },
    { type: "credit", channel: 2, limit: 1 },
    { type: "accept", channel: 2, credit: 1 },
    { type: "channels", limit: 0 },
    { type: "received", offsets: [{ channel: 5, offset: 1_000 }] },
  ]);
  assert.deepEqual(outputs(mux), []);
  assert.ok(mux.open("x/1", { class: interactive }) !== undefined, "a lower limit means nothing");
});

test("ChannelMux keeps at most CHANNELS_MAX channels of a peer that opens without end", () => {
  const mux = new ChannelMux({ isEven: true });
  let opened = 0;
  assert.throws(() => {
    for (let id = 1; id < 2_000_000; id += 2) {
      mux.handleFrames([open(id)]);
      mux.refuse(id, RESET.tooMany); // never acknowledged
      fill(mux);
      opened++;
    }
  }, isCode("ERR_CHANNEL"));
  assert.equal(opened, CHANNELS_MAX);
  assert.equal(mux.channelCount, CHANNELS_MAX);
});

test("ChannelMux shares one empty array among empty messages, which still take credit", () => {
  const mux = seasoned();
  for (let offset = 0; offset < CHANNEL_WINDOW_BYTES; offset += 65_536) mux.handleFrames([data(3, offset, 65_536)]);
  const [batch] = outputs(mux);
  assert.ok(batch?.type === "messages");
  assert.equal(batch.messages.length, CHANNEL_WINDOW_BYTES);
  assert.equal(new Set(batch.messages).size, 1);
  assert.throws(() => mux.handleFrames([data(3, CHANNEL_WINDOW_BYTES, 1)]), isCode("ERR_CREDIT"));
});

test("ChannelMux asserts when its commands are misused", () => {
  const mux = seasoned();
  const misuses: (() => unknown)[] = [
    () => mux.open("Not A Name", { class: interactive }),
    () => mux.accept(2),
    () => mux.send(1, bytes("x")),
    () => mux.finish(1),
    () => mux.send(2, new Uint8Array(MESSAGE_BYTES_MAX + 1)),
    () => mux.reset(2, 0),
    () => mux.consumed(2, 1),
  ];
  for (const misuse of misuses) assert.throws(misuse, AssertionError, misuse.toString());
  mux.finish(2);
  assert.throws(() => mux.send(2, bytes("x")), AssertionError);
  assert.throws(() => mux.finish(2), AssertionError);
  // But a channel that the peer ended meanwhile is no misuse.
  for (const command of [
    () => mux.accept(5),
    () => mux.send(5, bytes("x")),
    () => mux.finish(5),
    () => mux.reset(5, 1),
    () => mux.consumed(5, 9),
  ])
    command();
});
