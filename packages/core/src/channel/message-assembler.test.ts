import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesEqual, concatBytes } from "../lib/bytes.ts";
import { hexToBytes } from "../lib/hex.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { MessageAssembler, streamBytes } from "./message-assembler.ts";

const fillOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
const stream = (messages: readonly Uint8Array[]): Uint8Array =>
  concatBytes(...messages.map((message) => new Writer().varBytes(message).finish()));

/** Pieces of `bytes`, cut where `cuts` says. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map((value) => value % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const lengths = fc.array(
  fc.oneof(fc.nat(200), fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, MESSAGE_BYTES_MAX), fc.nat(70_000)),
  { maxLength: 8 },
);

test("MessageAssembler gives the same messages however the stream was cut [CHN-12]", () => {
  fc.assert(
    fc.property(lengths, fc.array(fc.nat(), { maxLength: 30 }), (sizes, cuts) => {
      const messages = sizes.map(fillOf);
      const whole = stream(messages);
      const assembler = new MessageAssembler();
      const out: Uint8Array[] = [];
      let pushed = 0;
      for (const piece of cut(whole, cuts)) {
        assembler.push(piece, out);
        pushed += piece.length;
        const delivered = out.reduce((sum, message) => sum + streamBytes(message.length), 0);
        assert.equal(delivered + assembler.pendingBytes, pushed, "every byte is delivered or pending");
      }
      assert.equal(assembler.isBetweenMessages, true);
      assert.equal(out.length, messages.length);
      for (const [i, message] of out.entries()) assert.ok(bytesEqual(message, messages[i]!), `message ${i}`);
    }),
  );
});

test("MessageAssembler gives out a message of any size as a view of the piece that holds all of it", () => {
  for (const size of [1, 127, 128, 16_383, 16_384, MESSAGE_BYTES_MAX]) {
    const piece = stream([fillOf(size)]);
    const out: Uint8Array[] = [];
    const assembler = new MessageAssembler();
    assembler.push(piece, out);
    assert.deepEqual([out[0]?.buffer === piece.buffer, assembler.hasSharedViews], [true, true], `${size}`);
  }
});

test("MessageAssembler takes a stream byte by byte", () => {
  const messages = [0, 1, 127, 128, 300, 16_383, 16_384].map(fillOf);
  const assembler = new MessageAssembler();
  const out: Uint8Array[] = [];
  for (const byte of stream(messages)) assembler.push(Uint8Array.of(byte), out);
  assert.deepEqual(out, messages);
});

test("MessageAssembler gives out plain arrays even for a Buffer", () => {
  const out: Uint8Array[] = [];
  new MessageAssembler().push(Buffer.from([1, 65, 2, 66, 67]), out);
  assert.deepEqual(
    out.map((message) => [message.constructor.name, ...message]),
    [
      ["Uint8Array", 65],
      ["Uint8Array", 66, 67],
    ],
  );
});

test("MessageAssembler refuses lengths that are too large or longer than needed, cut or not [CHN-13]", () => {
  const tooLarge = new Writer().varint(MESSAGE_BYTES_MAX + 1).finish();
  const cases = [
    ["8000", "ERR_VARINT"],
    ["808000", "ERR_VARINT"],
    ["ff00", "ERR_VARINT"],
    ["808080", "ERR_TOO_LARGE"],
    ["ffffffffffffff0f", "ERR_TOO_LARGE"],
  ] as const;
  for (const [hex, code] of cases) expectError(hexToBytes(hex), code);
  expectError(tooLarge, "ERR_TOO_LARGE");
  const fits = new MessageAssembler();
  fits.push(new Writer().varint(MESSAGE_BYTES_MAX).finish(), []);
  assert.equal(fits.pendingBytes, 3);
});

function expectError(bytes: Uint8Array, code: string): void {
  for (const pieces of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
    const assembler = new MessageAssembler();
    assert.throws(
      () => {
        for (const piece of pieces) assembler.push(piece, []);
      },
      (error) => error instanceof WireError && error.code === code,
    );
  }
}

test("MessageAssembler throws only WireError on random bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
      const assembler = new MessageAssembler();
      try {
        for (const piece of pieces) assembler.push(piece, []);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }),
  );
});

test("MessageAssembler says when a message is a view of what it was given", () => {
  const assembler = new MessageAssembler();
  const messages: Uint8Array[] = [];
  assembler.push(Uint8Array.of(3, 1, 2), messages);
  assembler.push(Uint8Array.of(3), messages);
  assert.equal(messages.length, 1);
  assert.equal(assembler.hasSharedViews, false, "copied: it spans two pieces");
  assembler.push(Uint8Array.of(1, 7, 9), messages);
  assert.equal(messages.length, 2);
  assert.equal(assembler.hasSharedViews, true);
});
