/** Messages that lie whole in a record, and whose memory that makes free (CHN-16). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PACKET_BYTES_MAX, RECORD_HEADER_BYTES, RECORD_TAG_BYTES, WHOLE_MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { ChannelMux } from "./channel-mux.ts";
import { FakeRecord } from "./fake-record.test.ts";
import { streamBytes } from "./message-assembler.ts";
import { bulk, bytes, connected, exchange, fill, NOW, outputs } from "./mux-fixture.test.ts";

test("ChannelMux sends messages of 64 KiB whole, each as one frame of a record [CHN-16]", () => {
  const [a, b] = connected(bulk);
  const capacity = PACKET_BYTES_MAX - RECORD_HEADER_BYTES - RECORD_TAG_BYTES;
  for (let i = 0; i < 5; i++) a.send(0, new Uint8Array(WHOLE_MESSAGE_BYTES_MAX).fill(i));
  for (let i = 0; i < 5; i++) {
    const record = new FakeRecord(capacity);
    a.fill(record, NOW);
    assert.deepEqual(
      record.carried.map((frame) => frame.type === "data" && frame.length),
      [streamBytes(WHOLE_MESSAGE_BYTES_MAX)],
    );
    const [frame] = record.frames();
    assert.ok(frame?.type === "data");
    b.handleFrames([frame]);
    const [batch] = outputs(b);
    assert.ok(batch?.type === "messages");
    assert.equal(batch.messages[0]?.buffer, frame.bytes.buffer, "given out as it lies in the record");
  }
});

test("ChannelMux gives a record's memory to the batch that alone has views of it", () => {
  const [a, b] = connected(bulk);
  a.send(0, bytes("alone"));
  const plaintext = new Uint8Array(100);
  assert.equal(b.handleFrames(fill(a).frames(), plaintext), true);
  const [batch] = outputs(b);
  assert.ok(batch?.type === "messages");
  assert.deepEqual(batch.memory, [plaintext]);

  a.open("other/1", { class: bulk });
  exchange(a, b);
  b.accept(2);
  outputs(b);
  exchange(b, a);
  for (const channel of [0, 2]) a.send(channel, bytes("together"));
  assert.equal(b.handleFrames(fill(a).frames(), plaintext), true);
  assert.deepEqual(
    outputs(b).map((output) => output.type === "messages" && output.memory),
    [[], []],
  );
});

test("ChannelMux goes on with less credit than a whole message wants, however it learns that nothing is under way [CHN-16]", () => {
  for (const how of ["acked", "received"] as const) {
    const mux = new ChannelMux({ isEven: true });
    mux.open("chat/1", { class: bulk });
    mux.acked(fill(mux).carried);
    mux.handleFrames([{ type: "accept", channel: 0, credit: 15_000 }]);
    for (let i = 0; i < 2; i++) mux.send(0, new Uint8Array(10_000));
    const first = fill(mux);
    assert.deepEqual(
      first.carried.map((frame) => frame.type === "data" && frame.length),
      [10_002],
    );
    assert.ok(fill(mux).isEmpty, "more credit will come");
    if (how === "acked") mux.acked(first.carried);
    else mux.handleReceivedOffsets([{ channel: 0, offset: 10_002 }]);
    assert.deepEqual(
      fill(mux).carried.map((frame) => frame.type === "data" && frame.length),
      [15_000 - 10_002],
      how,
    );
  }
});
