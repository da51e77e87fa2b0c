import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { Reader } from "../lib/reader.ts";
import { WireError } from "../lib/wire-error.ts";
import { ACK_RANGES_MAX } from "./limits.ts";
import {
  type AckRange,
  decodeSessionFrame,
  encodeSessionFrame,
  isSessionFrame,
  type SessionFrame,
  sessionFrameBytes,
} from "./session-frame.ts";

interface FrameCase {
  readonly name: string;
  readonly bytes: string;
  readonly frame?: Record<string, unknown>;
  readonly error?: string;
}
const vectors = new URL("../../../../spec/vectors/session-frames.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, "utf8")) as { cases: FrameCase[] };

function encode(frame: SessionFrame): Uint8Array {
  const target = new Uint8Array(sessionFrameBytes(frame));
  assert.equal(encodeSessionFrame(frame, target, 0), target.length, "size told and size used");
  return target;
}

function decode(bytes: Uint8Array): SessionFrame {
  const reader = new Reader(bytes);
  const frame = decodeSessionFrame(reader.u8(), reader);
  reader.end();
  return frame;
}

/** As the vectors write it: bytes in hex. */
const plain = (frame: SessionFrame): Record<string, unknown> =>
  "data" in frame ? { ...frame, data: bytesToHex(frame.data) } : { ...frame };

// [FRM-5] is the case "close with code 0".
for (const { name, bytes, frame, error } of cases) {
  test(`session frame vector: ${name}`, () => {
    const input = hexToBytes(bytes.replaceAll(" ", ""));
    if (error !== undefined) {
      assert.throws(() => decode(input), { name: "WireError", code: error });
      return;
    }
    const decoded = decode(input);
    assert.deepEqual(plain(decoded), frame);
    assert.deepEqual(encode(decoded), input);
  });
}

test("session frames: the vectors were there", () => assert.ok(cases.length >= 16, `${cases.length} cases`));

/** Ranges from the top down, with gaps between. */
const ackRanges = fc
  .tuple(fc.nat(2 ** 40), fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { minLength: 1, maxLength: ACK_RANGES_MAX }))
  .map(([top, steps]) => {
    const ranges: AckRange[] = [];
    let last = top + 601 * steps.length;
    for (const [length, gap] of steps) {
      ranges.push({ first: last - length, last });
      last -= length + gap + 2;
    }
    return ranges;
  });

const anyFrame: fc.Arbitrary<SessionFrame> = fc.oneof(
  fc.constant<SessionFrame>({ type: "ping" }),
  fc.record({ type: fc.constant("close" as const), code: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    type: fc.constantFrom("pathProbe" as const, "pathReply" as const),
    data: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({ type: fc.constant("ack" as const), path: fc.nat(0xffff), ranges: ackRanges }),
);

test("session frames: decode is the inverse of encode", () => {
  fc.assert(fc.property(anyFrame, (frame) => assert.deepEqual(decode(encode(frame)), { ...frame })));
});

test("session frames: truncated at every byte is ERR_TRUNCATED, one byte more is ERR_TRAILING", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const bytes = encode(frame);
      for (let end = 1; end < bytes.length; end++)
        assert.throws(() => decode(bytes.subarray(0, end)), { code: "ERR_TRUNCATED" });
      assert.throws(() => decode(Uint8Array.of(...bytes, 0)), { code: "ERR_TRAILING" });
    }),
    { numRuns: 50 },
  );
});

test("session frames: any bytes give a frame that encodes to them, or a WireError", () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 9, 10, 11), fc.uint8Array({ maxLength: 40 }), (type, rest) => {
      const bytes = Uint8Array.of(type, ...rest);
      let frame: SessionFrame;
      try {
        frame = decode(bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
        return;
      }
      assert.deepEqual(encode(frame), bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("[FRM-4] session frames: at the limit of ranges and one above", () => {
  const ranges = (count: number): AckRange[] =>
    Array.from({ length: count }, (_, i) => ({ first: 2 * (count - i), last: 2 * (count - i) }));
  const most: SessionFrame = { type: "ack", path: 0, ranges: ranges(ACK_RANGES_MAX) };
  assert.deepEqual(decode(encode(most)), most);
  assert.throws(() => encode({ type: "ack", path: 0, ranges: ranges(ACK_RANGES_MAX + 1) }), AssertionError);
  assert.throws(() => encode({ type: "ack", path: 0, ranges: [] }), AssertionError);
});

test("session frames: which types are the session's", () => {
  const known = Array.from({ length: 256 }, (_, type) => type).filter(isSessionFrame);
  assert.deepEqual(known, [1, 2, 9, 10, 11]);
});
