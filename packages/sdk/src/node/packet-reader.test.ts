import assert from "node:assert/strict";
import { test } from "node:test";
import { PACKET_BYTES_MAX, PREAUTH_PACKET_BYTES_MAX } from "@kith/core";
import fc from "fast-check";
import { PacketReader } from "./packet-reader.ts";
import { PacketWriter } from "./packet-writer.ts";

const packets = fc.array(
  fc.integer({ min: 1, max: 9_000 }).map((length) => new Uint8Array(length).map((_, i) => i * 7 + length)),
  {
    maxLength: 12,
  },
);

test("PacketWriter and PacketReader: how packets were parted and the stream was cut changes nothing", () => {
  fc.assert(
    fc.property(
      packets,
      fc.array(fc.nat(8_999)),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom(1, 3, 4, 5))),
      fc.nat(40),
      (sent, parts, cuts, from) => {
        const writer = new PacketWriter();
        sent.forEach((packet, i) => {
          const at = Math.min(parts[i] ?? 0, packet.length);
          writer.add([packet.subarray(0, at), packet.subarray(at)]);
        });
        const reader = new PacketReader();
        const got: Uint8Array[] = [];
        for (const chunk of cut(Buffer.concat(writer.take()), cuts)) {
          if (got.length >= from) reader.enlarge();
          for (let rest: Uint8Array = chunk; rest.length > 0; ) {
            const space = reader.space();
            assert.ok(space.length > 0);
            space.set(rest.subarray(0, space.length));
            reader.filled(Math.min(space.length, rest.length));
            rest = rest.subarray(space.length);
            for (let packet = reader.next(PACKET_BYTES_MAX); packet; packet = reader.next(PACKET_BYTES_MAX)) {
              got.push(packet.slice());
            }
          }
        }
        assert.deepEqual(got, sent);
      },
    ),
    { numRuns: 40 },
  );
});

test("PacketReader.next fails on the length alone: empty, over the limit, absurd", () => {
  for (const [header, code] of [
    ["00000000", "ERR_FRAME_EMPTY"],
    ["00001001", "ERR_FRAME_TOO_LARGE"],
    ["00010000", "ERR_FRAME_TOO_LARGE"],
    ["ffffffff", "ERR_FRAME_TOO_LARGE"],
    ["80000001", "ERR_FRAME_TOO_LARGE"],
  ] as const) {
    const reader = new PacketReader();
    feed(reader, Buffer.from(header, "hex"));
    assert.throws(() => reader.next(PREAUTH_PACKET_BYTES_MAX), { code });
  }
  const reader = new PacketReader();
  feed(reader, Buffer.from("0000ffff", "hex"));
  assert.equal(reader.next(PACKET_BYTES_MAX), undefined);
});

test("PacketReader stays small whatever a stranger sends, byte by byte", () => {
  const reader = new PacketReader();
  let largest = 0;
  for (let i = 0; i < 3; i++) {
    feed(reader, Buffer.from("00001000", "hex"));
    for (let j = 0; j < 4_096; j++) {
      assert.equal(reader.next(PREAUTH_PACKET_BYTES_MAX), undefined);
      feed(reader, Uint8Array.of(j));
      largest = Math.max(largest, reader.space().buffer.byteLength);
    }
    assert.equal(reader.next(PREAUTH_PACKET_BYTES_MAX)?.length, 4_096);
  }
  assert.equal(largest, 8_200);
});

test("PacketReader grows for a peer only, and only when a read fills it", () => {
  const reader = new PacketReader();
  reader.enlarge();
  assert.equal(reader.space().length, 8_200);
  reader.filled(100);
  assert.ok(reader.space().length <= 8_200);
  reader.filled(reader.space().length);
  assert.ok(reader.space().length > 262_144);
});

test("PacketWriter refuses an empty packet and one over the limit: our own bugs", () => {
  const writer = new PacketWriter();
  assert.throws(() => writer.add([]), { name: "AssertionError" });
  assert.throws(() => writer.add([new Uint8Array(PACKET_BYTES_MAX), new Uint8Array(1)]), { name: "AssertionError" });
  writer.add([new Uint8Array(PACKET_BYTES_MAX)]);
  assert.equal(writer.bytes, PACKET_BYTES_MAX + 4);
});

test("PacketWriter gathers small packets into few arrays and keeps large parts by reference", () => {
  const writer = new PacketWriter();
  for (let i = 0; i < 100; i++) writer.add([new Uint8Array(100)]);
  const large = new Uint8Array(60_000);
  writer.add([new Uint8Array(16), large, new Uint8Array(16)]);
  const chunks = writer.take();
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [4_060, 100 * 104 + 20 - 4_060, 60_000, 16], // a small slab first
  );
  assert.equal(chunks[2], large);
  assert.deepEqual(writer.take(), []);
});

function feed(reader: PacketReader, bytes: Uint8Array): void {
  reader.space().set(bytes);
  reader.filled(bytes.length);
}

function* cut(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const size = sizes.length === 0 ? stream.length : (sizes[i % sizes.length] ?? 1);
    yield stream.subarray(at, at + size);
    at += size;
  }
}
