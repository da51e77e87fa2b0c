import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes } from "../lib/bytes.ts";
import { WireError } from "../lib/wire-error.ts";
import { WHOLE_MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { SendStream } from "./send-stream.ts";
import { SLAB_BYTES, SlabPool } from "./slab-pool.ts";

const opened = (): SendStream => {
  const stream = new SendStream(new SlabPool());
  stream.allow(Number.MAX_SAFE_INTEGER);
  return stream;
};

/** Sends all that is ready; returns what and where. */
function sendAll(stream: SendStream, pieceMax = 1_000_000): { offset: number; bytes: Uint8Array }[] {
  const pieces: { offset: number; bytes: Uint8Array }[] = [];
  for (let ready = stream.pieceLength; ready > 0; ready = stream.pieceLength) {
    const length = Math.min(ready, pieceMax);
    pieces.push({ offset: stream.pieceOffset, bytes: concatBytes(...stream.pieceParts(length)) });
    stream.pieceSent(length);
  }
  return pieces;
}

test("SendStream resends lost bytes before fresh ones, and none that were acknowledged", () => {
  const stream = opened();
  stream.write(new Uint8Array(99)); // 100 bytes with its prefix
  sendAll(stream);
  stream.write(new Uint8Array(9));
  stream.acked(40, 20);
  stream.lost(0, 100);
  assert.deepEqual(
    sendAll(stream).map(({ offset, bytes }) => [offset, bytes.length]),
    [
      [0, 40],
      [60, 40],
      [100, 10],
    ],
  );
  stream.acked(0, 40);
  stream.lost(0, 60); // a late report about bytes that arrived
  assert.equal(stream.pieceLength, 0);
  assert.equal(stream.buffered, 50);
});

test("SendStream sends no offset at or over the limit, and the limit never falls", () => {
  const stream = new SendStream(new SlabPool());
  stream.write(new Uint8Array(99));
  assert.equal(stream.pieceLength, 0);
  stream.allow(10);
  stream.allow(5);
  assert.equal(stream.pieceLength, 10);
  sendAll(stream);
  assert.deepEqual([stream.pieceLength, stream.isSent], [0, false]);
  stream.allow(100);
  sendAll(stream);
  assert.equal(stream.isSent, true);
});

test("SendStream.ackedTo takes what was sent and refuses more", () => {
  const stream = opened();
  stream.write(new Uint8Array(99));
  stream.pieceSent(50);
  stream.ackedTo(30);
  stream.ackedTo(20);
  assert.equal(stream.buffered, 70);
  assert.throws(
    () => stream.ackedTo(51),
    (error) => error instanceof WireError && error.code === "ERR_VALUE",
  );
});

test("SendStream gives slabs back when the peer has their bytes", () => {
  const given: Uint8Array[] = [];
  let taken = 0;
  class CountingPool extends SlabPool {
    override take(): Uint8Array {
      taken++;
      return super.take();
    }
    override give(slab: Uint8Array): void {
      given.push(slab);
    }
  }
  const stream = new SendStream(new CountingPool());
  stream.allow(Number.MAX_SAFE_INTEGER);
  stream.write(new Uint8Array(200_000));
  assert.equal(taken, 4);
  sendAll(stream);
  stream.acked(0, SLAB_BYTES - 1);
  assert.equal(given.length, 0);
  stream.acked(SLAB_BYTES - 1, 1);
  assert.equal(given.length, 1);
  stream.acked(SLAB_BYTES, stream.end - SLAB_BYTES);
  assert.equal(given.length, 4, "an idle channel holds none");
  stream.write(new Uint8Array(10));
  stream.discard();
  assert.equal(given.length, 5);
  assert.deepEqual([stream.buffered, stream.pieceLength], [0, 0]);
});

test("SendStream carries the bytes written, whatever is lost and acknowledged", () => {
  const step = fc.tuple(fc.constantFrom("write", "send", "ack", "lose"), fc.nat(20_000), fc.nat(50));
  fc.assert(
    fc.property(fc.array(step, { size: "medium" }), (steps) => {
      const stream = opened();
      const expected: number[] = [];
      const flying: { offset: number; length: number }[] = [];
      const got: (number | undefined)[] = []; // by offset
      const take = (max: number): void => {
        for (const { offset, bytes } of sendAll(stream, max)) {
          for (const [i, byte] of bytes.entries()) got[offset + i] = byte;
          flying.push({ offset, length: bytes.length });
        }
      };
      for (const [what, size, index] of steps) {
        if (what === "write") {
          const message = Uint8Array.from({ length: size }, (_, i) => (i * size + i) & 0xff);
          for (let rest = size; ; rest = Math.floor(rest / 128)) {
            expected.push(rest >= 128 ? (rest % 128) | 128 : rest);
            if (rest < 128) break;
          }
          for (const byte of message) expected.push(byte);
          stream.write(message);
        } else if (what === "send") take(size + 1);
        else {
          const piece = flying.splice(index % Math.max(1, flying.length), 1)[0];
          if (piece !== undefined && what === "ack") stream.acked(piece.offset, piece.length);
          if (piece !== undefined && what === "lose") {
            stream.lost(piece.offset, piece.length);
            for (let i = 0; i < piece.length; i++) got[piece.offset + i] = undefined;
          }
        }
      }
      take(SLAB_BYTES);
      assert.equal(stream.end, expected.length);
      for (const [offset, byte] of expected.entries()) {
        if (got[offset] !== byte) assert.fail(`byte ${offset} is ${got[offset]}, not ${byte}`);
      }
    }),
    { numRuns: 50 },
  );
});

test("SendStream ends a piece before a message that is to be sent whole, and cuts larger and smaller ones anywhere", () => {
  const stream = opened();
  stream.write(new Uint8Array(10_000)); //                           2 bytes of prefix
  stream.write(new Uint8Array(WHOLE_MESSAGE_BYTES_MAX)); //          3
  stream.write(new Uint8Array(100)); //                              1
  stream.write(new Uint8Array(WHOLE_MESSAGE_BYTES_MAX + 1)); //      3
  assert.equal(stream.wholeLength(10_001), 0);
  assert.equal(stream.wholeLength(10_002), 10_002);
  assert.equal(stream.wholeLength(66_000), 10_002);
  assert.equal(stream.wholeLength(10_002 + 65_539 + 50), 10_002 + 65_539 + 50);
  assert.equal(stream.wholeLength(100_000), 100_000);
  stream.pieceSent(10_003);
  assert.equal(stream.wholeLength(5_000), 5_000, "what is begun goes on");
});

test("SendStream waits with a message to be sent whole while more credit must come, and not for ever", () => {
  const stream = new SendStream(new SlabPool());
  stream.allow(15_000);
  stream.write(new Uint8Array(10_000));
  stream.write(new Uint8Array(10_000));
  assert.equal(stream.pieceLength, 10_002);
  stream.pieceSent(10_002);
  assert.equal(stream.pieceLength, 0);
  stream.acked(0, 10_002);
  assert.equal(stream.pieceLength, 15_000 - 10_002, "nothing is under way: this peer gives little credit");
  stream.allow(30_000);
  assert.equal(stream.pieceLength, 10_002);
});
