import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError } from "../lib/assert.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { encodeFrame, encodeFrameHeader, FrameDecoder } from "./frame.ts";
import { PACKET_BYTES_MAX } from "./limits.ts";

/** Everything a decoder makes of `chunks`: payloads as hex, then the error's code if there was one. */
function decodeAll(chunks: readonly Uint8Array[], payloadMax?: number): { payloads: string[]; error?: string } {
  const decoder = new FrameDecoder(payloadMax);
  const payloads: string[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let payload = decoder.next(); payload !== undefined; payload = decoder.next())
        payloads.push(bytesToHex(payload));
    }
  } catch (error) {
    assert.ok(error instanceof WireError);
    return { payloads, error: error.code };
  }
  return { payloads };
}

const byteByByte = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));
const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.slice(from, places[i] ?? bytes.length));
}

test("frame: bytes by field", () => {
  assert.equal(bytesToHex(encodeFrame(hexToBytes("6869"))), "00000002" + "6869");
  assert.equal(bytesToHex(encodeFrameHeader(PACKET_BYTES_MAX)), "00010400");
});

test("frame: our own wrong sizes are bugs", () => {
  assert.throws(() => encodeFrame(new Uint8Array(0)), AssertionError);
  assert.throws(() => encodeFrame(new Uint8Array(PACKET_BYTES_MAX + 1)), AssertionError);
});

test("[FRM-1] frame: the largest passes, one above and 0 fail on the length alone", () => {
  assert.deepEqual(
    decodeAll([encodeFrame(new Uint8Array(PACKET_BYTES_MAX))]).payloads[0]?.length,
    2 * PACKET_BYTES_MAX,
  );
  assert.deepEqual(decodeAll([hexToBytes("00010401")]), { payloads: [], error: "ERR_FRAME_TOO_LARGE" });
  assert.deepEqual(decodeAll([hexToBytes("ffffffff")]), { payloads: [], error: "ERR_FRAME_TOO_LARGE" });
  assert.deepEqual(decodeAll([hexToBytes("00000001aa00000000")]), { payloads: ["aa"], error: "ERR_FRAME_EMPTY" });
  assert.deepEqual(decodeAll([hexToBytes("00000003aabbcc")], 2), { payloads: [], error: "ERR_FRAME_TOO_LARGE" });
});

test("[FRM-2] frame: how the stream is cut does not matter", () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (payloads, cuts) => {
      const stream = joined(payloads.map(encodeFrame));
      const expected = { payloads: payloads.map(bytesToHex) };
      assert.deepEqual(decodeAll(cutAt(stream, cuts)), expected);
      assert.deepEqual(decodeAll(byteByByte(stream)), expected);
    }),
  );
});

test("frame: damaged streams give the same verdict however they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (payloads, place, flip) => {
        const stream = joined(payloads.map(encodeFrame));
        const at = place % stream.length;
        stream[at] = (stream[at] ?? 0) ^ flip;
        assert.deepEqual(decodeAll([stream]), decodeAll(byteByByte(stream)));
      },
    ),
  );
});

test("frame: a payload within a chunk is a view of it, one across chunks is not", () => {
  const chunk = joined([encodeFrame(hexToBytes("0102")), hexToBytes("0000000403")]);
  const decoder = new FrameDecoder();
  decoder.push(chunk);
  assert.equal(decoder.next()?.buffer, chunk.buffer);
  assert.equal(decoder.next(), undefined);
  assert.equal(decoder.bytesHeld, 5);
  chunk.fill(0); // ours again
  decoder.push(hexToBytes("040506"));
  assert.deepEqual(decoder.next(), hexToBytes("03040506"));
});

test("[FRM-3] frame: an announced length reserves nothing", () => {
  const decoder = new FrameDecoder();
  decoder.push(hexToBytes("0000ffff"));
  assert.equal(decoder.next(), undefined);
  assert.equal(decoder.bytesHeld, 4);
  for (let i = 0; i < 1_000; i++) {
    decoder.push(Uint8Array.of(i & 0xff));
    assert.equal(decoder.next(), undefined);
  }
  assert.equal(decoder.bytesHeld, 1_004);
});

test("frame: a failed decoder stays failed", () => {
  const decoder = new FrameDecoder();
  decoder.push(new Uint8Array(8));
  assert.throws(() => decoder.next(), { code: "ERR_FRAME_EMPTY" });
  decoder.push(encodeFrame(Uint8Array.of(1)));
  assert.throws(() => decoder.next(), { code: "ERR_FRAME_EMPTY" });
});
