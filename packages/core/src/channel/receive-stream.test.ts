import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionError } from "../lib/assert.ts";
import { concatBytes } from "../lib/bytes.ts";
import { WireError } from "../lib/wire-error.ts";
import { CHANNEL_WINDOW_BYTES, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { ReceiveStream } from "./receive-stream.ts";

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof WireError && error.code === code;

const granted = (): ReceiveStream => {
  const stream = new ReceiveStream();
  stream.grant();
  return stream;
};

test("ReceiveStream takes data up to the credit and not a byte more [CHN-7]", () => {
  assert.throws(() => new ReceiveStream().handleData(0, Uint8Array.of(0), []), isCode("ERR_CREDIT"));
  const stream = granted();
  stream.handleData(CHANNEL_WINDOW_BYTES - 1, Uint8Array.of(0), []);
  assert.throws(() => stream.handleData(CHANNEL_WINDOW_BYTES - 1, Uint8Array.of(0, 0), []), isCode("ERR_CREDIT"));
  assert.throws(() => granted().handleFinish(CHANNEL_WINDOW_BYTES + 1), isCode("ERR_CREDIT"));
});

test("ReceiveStream refuses a finish that contradicts data, another finish, or a message [CHN-9]", () => {
  const data = granted();
  data.handleData(10, Uint8Array.of(0), []);
  assert.throws(() => data.handleFinish(10), isCode("ERR_VALUE"));
  data.handleFinish(11);
  data.handleFinish(11);
  assert.throws(() => data.handleFinish(12), isCode("ERR_VALUE"));
  assert.throws(() => data.handleData(11, Uint8Array.of(0), []), isCode("ERR_VALUE"));

  const inside = granted();
  inside.handleData(0, Uint8Array.of(5, 1, 2), []);
  assert.throws(() => inside.handleFinish(3), isCode("ERR_TRUNCATED"));
  const later = granted();
  later.handleFinish(3);
  assert.throws(() => later.handleData(0, Uint8Array.of(5, 1, 2), []), isCode("ERR_TRUNCATED"));
  const prefix = granted();
  prefix.handleFinish(1);
  assert.throws(() => prefix.handleData(0, Uint8Array.of(0x80), []), isCode("ERR_TRUNCATED"));
});

test("ReceiveStream gives a message once, however its pieces overlap and repeat", () => {
  const stream = granted();
  const out: Uint8Array[] = [];
  const whole = Uint8Array.of(2, 1, 2, 3, 4, 5, 6, 0);
  assert.equal(stream.handleData(6, whole.subarray(6), out), 0);
  assert.equal(stream.handleData(2, whole.subarray(2, 5), out), 0);
  assert.equal(stream.handleData(0, whole.subarray(0, 4), out), 3, "bytes of the first message");
  assert.equal(stream.handleData(1, whole.subarray(1), out), 5);
  assert.equal(stream.handleData(0, whole, out), 0, "a repeat");
  assert.deepEqual(out, [Uint8Array.of(1, 2), Uint8Array.of(4, 5, 6), new Uint8Array(0)]);
});

test("ReceiveStream keeps early bytes no longer than the gap before them", () => {
  const stream = granted();
  const whole = new Uint8Array(200_000); // empty messages
  stream.handleData(100, whole.subarray(0, 50), []);
  stream.handleData(150_000, whole.subarray(0, 50), []);
  assert.equal(stream.isGapped, true);
  stream.handleData(0, whole.subarray(0, 120), []);
  assert.equal(stream.isGapped, true);
  const out: Uint8Array[] = [];
  assert.equal(stream.handleData(0, whole, out), 200_000 - 150);
  assert.equal(stream.isGapped, false, "also what came again with the rest");
});

test("ReceiveStream keeps what came first once it was given out", () => {
  const stream = granted();
  const out: Uint8Array[] = [];
  stream.handleData(0, Uint8Array.of(1, 7), out);
  stream.handleData(0, Uint8Array.of(1, 8, 1, 9), out);
  assert.deepEqual(out, [Uint8Array.of(7), Uint8Array.of(9)]);
});

test("ReceiveStream renews credit by quarters, and the largest message always fits [CHN-8]", () => {
  const stream = granted();
  const out: Uint8Array[] = [];
  const message = concatBytes(Uint8Array.of(0xff, 0xff, 0x1f), new Uint8Array(524_287)); // 3 bytes of prefix and 524,287
  assert.equal(stream.handleData(0, message, out), 524_290);
  assert.equal(stream.isGrantDue, false, "nothing is consumed yet");
  stream.consume(524_287);
  assert.equal(stream.isGrantDue, false, "one byte short of a quarter");
  const unrenewed = stream.limit - stream.offset;
  assert.ok(unrenewed >= MESSAGE_BYTES_MAX + 3, "room for any message while less than a quarter is outstanding");
  stream.consume(1);
  assert.equal(stream.isGrantDue, true);
  assert.equal(stream.grant(), 524_288 + CHANNEL_WINDOW_BYTES);
  assert.equal(stream.isGrantDue, false);
  assert.throws(() => stream.consume(3), AssertionError, "more than was delivered");
});

test("ReceiveStream renews no credit after the finish", () => {
  const stream = granted();
  stream.handleData(0, concatBytes(Uint8Array.of(0x80, 0x80, 0x10), new Uint8Array(262_144)), []);
  stream.handleFinish(262_147);
  stream.consume(262_147);
  assert.deepEqual([stream.isGrantDue, stream.isFinished], [false, true]);
});

test("ReceiveStream holds no more than its window of scattered bytes, and takes them fast", () => {
  const stream = granted();
  for (let offset = 1; offset < CHANNEL_WINDOW_BYTES; offset += 2) stream.handleData(offset, Uint8Array.of(0), []);
  const out: Uint8Array[] = [];
  for (let offset = 0; offset < CHANNEL_WINDOW_BYTES; offset += 2) stream.handleData(offset, Uint8Array.of(0), out);
  assert.equal(out.length, CHANNEL_WINDOW_BYTES);
  assert.equal(stream.offset, CHANNEL_WINDOW_BYTES);
});
