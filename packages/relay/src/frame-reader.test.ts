import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameHeadBytes, frameOf, OPCODE, writeFrameHead } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { clientFrame, type FrameFields } from "./testing/raw-client.ts";

type Heard = readonly ["message" | "ping", string] | readonly ["close" | "violation", number];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function readerOf(bytesMax = 66_560): { readonly heard: Heard[]; readonly reader: FrameReader } {
  const heard: Heard[] = [];
  const reader = new FrameReader(
    {
      handleMessage: (message) => heard.push(["message", hex(message)]),
      handlePing: (payload) => heard.push(["ping", hex(payload)]),
      handleClose: (code) => heard.push(["close", code]),
      handleViolation: (code) => heard.push(["violation", code]),
    },
    bytesMax,
  );
  return { heard, reader };
}

/** Gives `bytes` in pieces that end at `cuts`; each is a copy, for a reader owns what it reads. */
function readInPieces(reader: FrameReader, bytes: Uint8Array, cuts: readonly number[]): void {
  let from = 0;
  for (const to of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    reader.read(bytes.slice(from, to));
    from = to;
  }
}

test("FrameReader gives each message whole, however the bytes are cut", () => {
  const payload = fc.uint8Array({ maxLength: 700 });
  const piece = fc.oneof(
    payload.map((bytes) => ({ bytes: clientFrame(bytes), heard: [["message", hex(bytes)]] })),
    fc.uint8Array({ maxLength: 125 }).map((bytes) => ({
      ...{ bytes: clientFrame(bytes, { opcode: OPCODE.ping }), heard: [["ping", hex(bytes)]] },
    })),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytes: clientFrame(bytes, { opcode: OPCODE.pong }), heard: [] })),
    fc.array(payload, { minLength: 2, maxLength: 4 }).map((parts) => ({
      bytes: Buffer.concat(
        parts.flatMap((part, index) => [
          clientFrame(part, { opcode: index === 0 ? 2 : 0, isFinal: index === parts.length - 1 }),
          ...(index < parts.length - 1 ? [clientFrame(Uint8Array.of(7), { opcode: OPCODE.pong })] : []),
        ]),
      ),
      heard: [["message", parts.map(hex).join("")]],
    })),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (pieces, cuts) => {
      const { heard, reader } = readerOf();
      readInPieces(reader, Buffer.concat(pieces.map(({ bytes }) => bytes)), cuts);
      assert.deepEqual(
        heard,
        pieces.flatMap((one) => one.heard),
      );
    }),
  );
});

test("FrameReader takes masks off messages of every length and place in memory", () => {
  for (const length of [0, 1, 63, 64, 65, 66, 67, 125, 126, 1_024, 65_535, 65_536, 66_560]) {
    for (let shift = 0; shift < 4; shift++) {
      const payload = new Uint8Array(length).map((_, index) => (index * 7 + shift) & 0xff);
      const before = clientFrame(new Uint8Array(shift), { opcode: OPCODE.pong });
      const { heard, reader } = readerOf();
      reader.read(Buffer.concat([before, clientFrame(payload)]));
      assert.deepEqual(heard, [["message", hex(payload)]], `${length} bytes at ${shift}`);
    }
  }
});

const FORBIDDEN: readonly (readonly [name: string, payload: Uint8Array, fields: FrameFields, code: number])[] = [
  ["a text", Buffer.from("hello"), { opcode: OPCODE.text }, 1002],
  ["a frame without mask", new Uint8Array(4), { mask: undefined }, 1002],
  ["a reserved bit", new Uint8Array(4), { reserved: 0x40 }, 1002],
  ["a reserved opcode", new Uint8Array(4), { opcode: 3 }, 1002],
  ["a reserved control opcode", new Uint8Array(4), { opcode: 11 }, 1002],
  ["a continuation of nothing", new Uint8Array(4), { opcode: OPCODE.continuation }, 1002],
  ["a ping in parts", new Uint8Array(4), { opcode: OPCODE.ping, isFinal: false }, 1002],
  ["a ping of 126 bytes", new Uint8Array(126), { opcode: OPCODE.ping }, 1002],
  ["a close of one byte", new Uint8Array(1), { opcode: OPCODE.close }, 1002],
  ["one byte over the limit", new Uint8Array(0), { length: 66_561 }, 1009],
  ["a length of 2^53", new Uint8Array(0), { length: 2 ** 53 }, 1009],
];

for (const [name, payload, fields, code] of FORBIDDEN) {
  test(`FrameReader refuses ${name}, byte by byte too, and hears nothing after it`, () => {
    const bytes = Buffer.concat([clientFrame(payload, fields), clientFrame(Uint8Array.of(1))]);
    for (const cuts of [[], Array.from({ length: bytes.length }, (_, index) => index)]) {
      const { heard, reader } = readerOf();
      readInPieces(reader, bytes, cuts);
      assert.deepEqual(heard, [["violation", code]]);
    }
  });
}

test("FrameReader refuses fragments that are together over the limit, and more than 128 of them", () => {
  const part = (index: number, length: number) =>
    clientFrame(new Uint8Array(length), { opcode: index === 0 ? 2 : 0, isFinal: false });
  const large = readerOf(100);
  large.reader.read(Buffer.concat([part(0, 60), part(1, 40), part(2, 1)]));
  assert.deepEqual(large.heard, [["violation", 1009]]);
  const many = readerOf();
  many.reader.read(Buffer.concat(Array.from({ length: 129 }, (_, index) => part(index, 1))));
  assert.deepEqual(many.heard, [["violation", 1002]]);
});

test("FrameReader hears a close and its code, and nothing after it", () => {
  for (const [payload, code] of [
    [new Uint8Array(0), 1005],
    [Uint8Array.of(0x03, 0xe9), 1001],
  ] as const) {
    const { heard, reader } = readerOf();
    reader.read(Buffer.concat([clientFrame(payload, { opcode: OPCODE.close }), clientFrame(Uint8Array.of(1))]));
    assert.deepEqual(heard, [["close", code]]);
  }
});

test("FrameReader never throws and ends at the first violation, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
      const { heard, reader } = readerOf();
      readInPieces(reader, bytes, cuts);
      const last = heard.findIndex(([kind]) => kind === "violation" || kind === "close");
      assert.ok(last === -1 || last === heard.length - 1);
    }),
    { numRuns: 500 },
  );
});

test("a frame that we write says its length as RFC 6455 wants it", () => {
  for (const [length, head] of [
    [0, "8200"],
    [125, "827d"],
    [126, "827e007e"],
    [65_535, "827effff"],
    [65_536, "827f0000000000010000"],
  ] as const) {
    const into = new Uint8Array(12).fill(0xee);
    assert.equal(writeFrameHead(into, 1, OPCODE.binary, length), 1 + frameHeadBytes(length));
    assert.equal(hex(into.subarray(1, 1 + frameHeadBytes(length))), head);
  }
  assert.equal(hex(frameOf(OPCODE.pong, Uint8Array.of(1, 2))), "8a020102");
});
