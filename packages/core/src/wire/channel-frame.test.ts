import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { putVarint } from "../lib/varint.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import {
  CHANNEL_ID_MAX,
  type ChannelFrame,
  channelFrameBytes,
  dataFrameOverhead,
  decodeChannelFrame,
  encodeChannelFrame,
  isChannelFrame,
  isProtocolName,
  RECEIVED_OFFSETS_MAX,
} from "./channel-frame.ts";
import { FRAME } from "./registry.ts";

const encode = (frame: ChannelFrame): Uint8Array => {
  const bytes = new Uint8Array(channelFrameBytes(frame));
  assert.equal(encodeChannelFrame(frame, bytes, 0), bytes.length, "channelFrameBytes tells the size");
  return bytes;
};

const decode = (bytes: Uint8Array): ChannelFrame => {
  const reader = new Reader(bytes);
  const frame = decodeChannelFrame(reader.u8(), reader);
  reader.end();
  return frame;
};

const varint = fc.oneof(fc.nat(300), fc.nat(2 ** 30), fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }));
const channel = fc.oneof(fc.nat(300), fc.integer({ min: 2 ** 31, max: CHANNEL_ID_MAX }));
const protocol = fc.stringMatching(/^[a-z0-9][a-z0-9._/-]{0,63}$/);
const frame: fc.Arbitrary<ChannelFrame> = fc.oneof(
  fc.record({
    type: fc.constant("open" as const),
    channel,
    class: fc.constantFrom(0 as const, 1 as const),
    protocol,
    credit: varint,
  }),
  fc.record({ type: fc.constant("accept" as const), channel, credit: varint }),
  fc.record({
    type: fc.constant("data" as const),
    channel,
    offset: fc.nat(2 ** 31),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: fc.constant("credit" as const), channel, limit: varint }),
  fc.record({ type: fc.constant("finish" as const), channel, offset: varint }),
  fc.record({ type: fc.constant("reset" as const), channel, code: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    type: fc.constant("received" as const),
    offsets: fc.array(fc.record({ channel, offset: varint }), { maxLength: 40 }),
  }),
  fc.record({ type: fc.constant("channels" as const), limit: varint }),
);

test("putVarint writes what Writer.varint writes", () => {
  fc.assert(
    fc.property(varint, (value) => {
      const target = new Uint8Array(8);
      const end = putVarint(target, 0, value);
      assert.deepEqual(target.subarray(0, end), new Writer().varint(value).finish());
    }),
  );
});

test("decodeChannelFrame reads what encodeChannelFrame wrote, and nothing shorter or longer", () => {
  fc.assert(
    fc.property(frame, (value) => {
      const bytes = encode(value);
      assert.ok(isChannelFrame(bytes[0]!));
      assert.deepEqual(decode(bytes), structuredClone(value)); // fast-check makes objects without a prototype
      for (let length = 1; length < bytes.length; length++) {
        assert.throws(() => decode(bytes.subarray(0, length)), WireError);
      }
      assert.throws(() => decode(Uint8Array.of(...bytes, 0)), isCode("ERR_TRAILING"));
    }),
  );
});

test("decodeChannelFrame throws only WireError on damaged frames, and what it accepts encodes the same", () => {
  fc.assert(
    fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const bytes = encode(value);
      const index = at % bytes.length;
      bytes[index] = bytes[index]! ^ flip;
      if (!isChannelFrame(bytes[0]!)) return;
      try {
        assert.deepEqual(encode(decode(bytes)), bytes);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof WireError && error.code === code;

test("decodeChannelFrame knows its types and no other", () => {
  const ours = new Set<number>([FRAME.open, FRAME.accept, FRAME.data, FRAME.credit, FRAME.finish, FRAME.reset]);
  ours.add(FRAME.received).add(FRAME.channels);
  for (let type = 0; type < 256; type++) {
    assert.equal(isChannelFrame(type), ours.has(type), `type ${type}`);
    if (ours.has(type)) continue;
    assert.throws(() => decodeChannelFrame(type, new Reader(new Uint8Array(20))), isCode("ERR_UNKNOWN_TYPE"));
  }
});

test("received frames hold RECEIVED_OFFSETS_MAX entries and no more", () => {
  const offsets = Array.from({ length: RECEIVED_OFFSETS_MAX }, (_, i) => ({ channel: i, offset: i }));
  const full: ChannelFrame = { type: "received", offsets };
  assert.deepEqual(decode(encode(full)), full);
  const over = encode({ type: "received", offsets: [...offsets, { channel: 0, offset: 0 }] });
  assert.throws(() => decode(over), isCode("ERR_LIMIT"));
});

test("isProtocolName takes plain names of at most 64 characters", () => {
  for (const name of ["chat/1", "x", "com.example.board/12", "a".repeat(64)]) assert.ok(isProtocolName(name), name);
  for (const name of ["", "Chat/1", "chat 1", "/1", "chät/1", "a".repeat(65), "chat/1\n", "a\u202e"]) {
    assert.ok(!isProtocolName(name), name);
  }
});

test("dataFrameOverhead is what a data frame takes beside its bytes", () => {
  for (const [id, offset, length] of [
    [0, 0, 1],
    [127, 128, 127],
    [2 ** 31, 2 ** 40, 65_000],
  ] as const) {
    const size = channelFrameBytes({ type: "data", channel: id, offset, bytes: new Uint8Array(length) });
    assert.equal(dataFrameOverhead(id, offset, length) + length, size);
  }
});

interface Vector {
  readonly name: string;
  readonly frame: string;
  readonly means?: Record<string, unknown>;
  readonly error?: string;
}

test("channel-frames.json: each frame means what it says, or fails as it says", () => {
  const url = new URL("../../../../spec/vectors/channel-frames.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, "utf8")) as { cases: Vector[] };
  assert.ok(cases.length >= 20);
  for (const { name, frame: text, means, error } of cases) {
    const bytes = hexToBytes(text.replace(/[ |]/g, ""));
    if (error !== undefined) {
      assert.throws(() => decode(bytes), isCode(error), name);
      continue;
    }
    const value = decode(bytes);
    const plain = value.type === "data" ? { ...value, bytes: Buffer.from(value.bytes).toString("hex") } : value;
    assert.deepEqual(plain, means, name);
    assert.deepEqual(encode(value), bytes, name);
  }
});
