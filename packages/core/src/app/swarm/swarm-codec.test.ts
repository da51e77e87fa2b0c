/** The codecs of swarm/1: frozen vectors (of a second implementation), round trips, damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { fileLeaf } from "../file/file-hash.ts";
import { ChunkSet, commonChunks } from "./chunk-set.ts";
import { rootOfLeaves } from "./leaf-list.ts";
import { provider } from "./swarm-member.test.ts";
import {
  decodeSwarmBroadcast,
  decodeSwarmMessage,
  encodeSwarmBroadcast,
  encodeSwarmMessage,
  SWARM_CHUNK_HEADER_BYTES,
  type SwarmMessage,
  swarmFileId,
  writeSwarmChunkHeader,
} from "./swarm-message.ts";

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly message?: unknown;
  readonly error?: string;
}

interface Vectors {
  readonly files: readonly { name: string; bytes: number; chunks: number; root: string; id: string }[];
  readonly broadcasts: readonly Case[];
  readonly messages: readonly Case[];
  readonly sets: readonly { name: string; size: number; set: string; chunks?: number[]; error?: string }[];
}

const file = new URL("../../../../../spec/vectors/swarm.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

/** Bytes as hexadecimal digits, as the vectors have them. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? bytesToHex(field) : field)));

function encodeAny(message: SwarmMessage): Uint8Array {
  if (message.type !== "chunk") return encodeSwarmMessage(message);
  const bytes = new Uint8Array(SWARM_CHUNK_HEADER_BYTES + message.content.length);
  bytes.set(message.content, SWARM_CHUNK_HEADER_BYTES);
  writeSwarmChunkHeader(bytes, message.file, message.chunk);
  return bytes;
}

function check<T>(cases: readonly Case[], decode: (bytes: Uint8Array) => T, encode: (message: T) => Uint8Array): void {
  for (const { name, bytes, message, error } of cases) {
    const wire = hexToBytes(bytes.replaceAll(/[| ]/g, ""));
    if (error !== undefined) assert.throws(() => decode(wire), { code: error }, name);
    else {
      const decoded = decode(wire);
      assert.deepEqual(plain(decoded), message, name);
      assert.equal(bytesToHex(encode(decoded)), bytesToHex(wire), name);
    }
  }
}

test("[SWA-2] swarm messages are as in spec/vectors/swarm.json, both ways", () => {
  check(vectors.broadcasts, decodeSwarmBroadcast, encodeSwarmBroadcast);
  check(vectors.messages, decodeSwarmMessage, encodeAny);
  assert.ok(vectors.broadcasts.length + vectors.messages.length >= 60);
});

test("[SWA-2] a chunk of more than a chunk is too large", () => {
  const message = new Uint8Array(SWARM_CHUNK_HEADER_BYTES + FILE_CHUNK_BYTES + 1);
  writeSwarmChunkHeader(message, swarmFileId(provider, 0, new Uint8Array(32)), 0);
  assert.throws(() => decodeSwarmMessage(message), { code: "ERR_TOO_LARGE" });
  assert.equal(decodeSwarmMessage(message.subarray(0, -1)).type, "chunk");
});

test("[SWA-1] the id of a file is over its size and its root", () => {
  for (const { name, bytes, chunks, root, id } of vectors.files) {
    const content = Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + Math.floor(at / FILE_CHUNK_BYTES)) % 251);
    const leaves = new Uint8Array(32 * chunks);
    for (let at = 0; at < chunks; at++) {
      const chunk = content.subarray(at * FILE_CHUNK_BYTES, (at + 1) * FILE_CHUNK_BYTES);
      leaves.set(fileLeaf(provider, chunk), 32 * at);
    }
    assert.equal(bytesToHex(rootOfLeaves(provider, leaves)), root, name);
    assert.equal(swarmFileId(provider, bytes, hexToBytes(root)), id, name);
    assert.notEqual(swarmFileId(provider, bytes + 1, hexToBytes(root)), id, name);
  }
});

test("[SWA-2] sets of chunks are as in the vectors, both ways", () => {
  for (const { name, size, set, chunks, error } of vectors.sets) {
    const read = (): ChunkSet => ChunkSet.fromBytes(size, hexToBytes(set));
    if (error !== undefined) assert.throws(read, { code: error }, name);
    else {
      const decoded = read();
      assert.deepEqual([...decoded], chunks, name);
      assert.equal(decoded.count, chunks?.length, name);
      assert.equal(bytesToHex(decoded.toBytes()), set, name);
    }
  }
});

test("ChunkSet agrees with a set of numbers, and survives the wire", () => {
  const operations = fc.array(fc.tuple(fc.constantFrom("add", "delete"), fc.nat(99)), { maxLength: 200 });
  fc.assert(
    fc.property(operations, fc.array(fc.nat(99)), fc.nat(20), (steps, others, start) => {
      const [set, model, other] = [new ChunkSet(100), new Set<number>(), new ChunkSet(100)];
      for (const [what, chunk] of steps) {
        if (what === "add") assert.equal(set.add(chunk), !model.has(chunk) && model.add(chunk) !== undefined);
        else assert.equal(set.delete(chunk), model.delete(chunk));
      }
      for (const chunk of others) other.add(chunk);
      assert.deepEqual(
        [...set],
        [...model].sort((a, b) => a - b),
      );
      assert.equal(set.count, model.size);
      assert.deepEqual([...ChunkSet.fromBytes(100, set.toBytes())], [...set]);
      const common = [...commonChunks(set, other, start % 4)].sort((a, b) => a - b);
      assert.deepEqual(
        common,
        [...set].filter((chunk) => other.has(chunk)),
      );
      set.addAll();
      assert.deepEqual([set.count, set.isFull, [...set].length], [100, true, 100]);
    }),
  );
});

test("[SWA-2] damaged messages give nothing but a WireError", () => {
  const wires = [...vectors.messages, ...vectors.broadcasts].map(({ bytes }) =>
    hexToBytes(bytes.replaceAll(/[| ]/g, "")),
  );
  fc.assert(
    fc.property(fc.constantFrom(...wires), fc.nat(), fc.nat(255), fc.nat(80), (wire, at, value, length) => {
      const damaged = wire.slice(0, length);
      if (damaged.length > 0) damaged[at % damaged.length] = value;
      for (const decode of [decodeSwarmMessage, decodeSwarmBroadcast]) {
        try {
          decode(damaged);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }
    }),
  );
});
