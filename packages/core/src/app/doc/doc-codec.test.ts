/** The codec of doc/1: frozen vectors (of a second implementation), blobs through pieces, damage, hostile partners. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { instant } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { DOC_MESSAGE } from "../../wire/registry.ts";
import { DOC_EXCHANGES_MAX, DOC_MESSAGE_BYTES_MAX, DOC_PARTIAL_UPDATES_MAX } from "../../wire/room-app-limits.ts";
import { BlobAssembler, type DocMessage, decodeDocMessage, encodeDocMark, OutgoingBlob } from "./doc-message.ts";
import { DocWorld } from "./doc-world.test.ts";

interface Vectors {
  readonly cases: readonly { name: string; bytes: string; message?: unknown; error?: string }[];
}

const file = new URL("../../../../../spec/vectors/doc.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? bytesToHex(field) : field)));

function encode(message: DocMessage): Uint8Array {
  if (message.type === "mark") return encodeDocMark(message.mark);
  const writer = new Writer().u8(DOC_MESSAGE[message.type]).u32(message.serial).u32(message.bytes);
  return writer.u32(message.offset).bytes(message.content).finish();
}

test("[DOC-2] doc messages are as in spec/vectors/doc.json, both ways", () => {
  for (const { name, bytes, message, error } of vectors.cases) {
    const wire = hexToBytes(bytes.replaceAll(/[| ]/g, ""));
    if (error !== undefined) assert.throws(() => decodeDocMessage(wire), { code: error }, name);
    else {
      const decoded = decodeDocMessage(wire);
      assert.deepEqual(plain(decoded), message, name);
      assert.equal(bytesToHex(encode(decoded)), bytesToHex(wire), name);
    }
  }
  assert.ok(vectors.cases.length >= 20);
});

test("[DOC-2] a blob of any size goes through its pieces; one that lacks a piece, or has one twice, is lost", () => {
  const pieceBytes = DOC_MESSAGE_BYTES_MAX - 13;
  const size = fc.oneof(fc.nat(100), fc.constantFrom(pieceBytes - 1, pieceBytes, pieceBytes + 1, 5 * pieceBytes));
  fc.assert(
    fc.property(size, fc.nat(10), fc.constantFrom("none", "drop", "repeat"), (bytes, at, damage) => {
      const blob = Uint8Array.from({ length: bytes }, (_, place) => place % 251);
      const outgoing = new OutgoingBlob("diff", 3, blob);
      const pieces: Uint8Array[] = [];
      while (!outgoing.isDone) pieces.push(outgoing.take());
      const wanted = pieces.length > 1 && damage !== "none" ? damage : "none";
      if (wanted !== "none") pieces.splice(at % pieces.length, 1, ...(wanted === "drop" ? [] : twice(pieces, at)));
      const assembler = new BlobAssembler();
      const results = pieces.map((piece) => {
        const decoded = decodeDocMessage(piece);
        assert.ok(decoded.type !== "mark");
        return assembler.add(decoded);
      });
      const whole = results.flatMap((result) => (result.blob === undefined ? [] : [result.blob]));
      if (wanted === "none") assert.deepEqual(whole.map(bytesToHex), [bytesToHex(blob)]);
      const isLost = results.some((result) => result.isLost);
      // The first piece twice begins the same blob anew; the last one missing shows only with the next blob.
      if (whole.length === 0) assert.ok(isLost || !assembler.isEmpty);
      else assert.deepEqual(whole.map(bytesToHex), [bytesToHex(blob)]);
    }),
  );
});

const twice = (pieces: readonly Uint8Array[], at: number): Uint8Array[] => {
  const piece = pieces[at % pieces.length] ?? new Uint8Array();
  return [piece, piece];
};

test("[DOC-2] damaged messages give nothing but a WireError", () => {
  const wires = vectors.cases.map(({ bytes }) => hexToBytes(bytes.replaceAll(/[| ]/g, "")));
  fc.assert(
    fc.property(fc.constantFrom(...wires), fc.nat(), fc.nat(255), fc.nat(80), (wire, at, value, length) => {
      const damaged = wire.slice(0, length);
      if (damaged.length > 0) damaged[at % damaged.length] = value;
      try {
        decodeDocMessage(damaged);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
  );
});

test("[DOC-7] whatever a member sends, an exchange ends, and the others stay equal", () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...vectors.cases.map(({ bytes }) => hexToBytes(bytes.replaceAll(/[| ]/g, "")))),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 10 }), fc.boolean(), (messages, isOurs) => {
      const world = new DocWorld(3);
      world.run(2_000);
      const [member, other, hostile] = [world.at(0), world.at(1), world.at(2)];
      hostile.isOnline = false;
      world.meet();
      member.machine.setMembers(
        [other, hostile].map(({ peer }) => ({ peer, isOnline: true, isNeighbour: true })),
        world.instant,
      );
      member.machine.handleChannelUp(hostile.peer, isOurs, world.instant);
      for (const bytes of messages) {
        member.machine.handleMessage(hostile.peer, bytes, world.instant);
        member.machine.handleBroadcast(hostile.peer, bytes, world.instant);
        world.drain(member);
      }
      world.run(15_000);
      member.replica.files.set("still", "works");
      world.publish(member);
      assert.ok(world.run(5_000, () => other.replica.files.toJSON()["still"] === "works"));
    }),
    { numRuns: 50 },
  );
});

test("[DOC-7] pieces of an exchange out of order are a violation; a lost piece of an update begins an exchange", () => {
  const world = new DocWorld(2);
  const [member, other] = [world.at(0), world.at(1)];
  world.run(10_000);
  const blobs = [1, 2].map((serial) => new OutgoingBlob("vector", serial, new Uint8Array(20_000)));
  const said = (): string[] => {
    world.drain(member);
    return member.outputs.splice(0).map((output) => (output.type === "misbehaved" ? output.code : output.type));
  };
  member.machine.handleChannelUp(other.peer, false, instant(world.now));
  said();
  for (const blob of blobs) member.machine.handleMessage(other.peer, blob.take(), instant(world.now));
  assert.deepEqual(said(), ["ERR_VALUE"]);
  const update = new OutgoingBlob("update", 1, new Uint8Array(20_000));
  update.take();
  member.machine.handleBroadcast(other.peer, update.take(), instant(world.now));
  world.run(600);
  assert.ok(said().includes("openChannel"));
});

test("[DOC-7] more exchanges, and more parts of updates, than are held: the next is refused, the oldest goes", () => {
  const world = new DocWorld(DOC_PARTIAL_UPDATES_MAX + 3);
  const member = world.at(0);
  const others = world.members.slice(1);
  world.run(10_000);
  member.outputs.length = 0;
  for (const other of others.slice(0, DOC_EXCHANGES_MAX + 1)) {
    member.machine.handleChannelUp(other.peer, false, instant(world.now));
  }
  world.drain(member);
  const refused = member.outputs.filter((output) => output.type === "closeChannel").map(({ peer }) => peer);
  assert.deepEqual(refused, [others[DOC_EXCHANGES_MAX]?.peer]);
  const blob = new OutgoingBlob("update", 1, new Uint8Array(20_000));
  const [first, second] = [blob.take(), blob.take()];
  for (const other of others.slice(0, DOC_PARTIAL_UPDATES_MAX + 1)) {
    member.machine.handleBroadcast(other.peer, first, instant(world.now));
  }
  member.outputs.length = 0;
  for (const other of others.slice(0, 2)) member.machine.handleBroadcast(other.peer, second, instant(world.now));
  world.drain(member);
  const applied = member.outputs.filter((output) => output.type === "apply").map(({ from }) => from);
  assert.deepEqual(applied, [others[1]?.peer], "the part of the first was forgotten");
  assert.ok(member.machine.nextTimeout() !== undefined, "an exchange will bring what it said");
});
