/** The codecs and the hash tree of file/1: frozen vectors (of a second implementation), round trips, damage. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../lib/hex.ts";
import { Reader } from "../../lib/reader.ts";
import { textToBytes } from "../../lib/utf8.ts";
import { WireError } from "../../lib/wire-error.ts";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { FileHasher, fileLeaf, peakEnds } from "./file-hash.ts";
import type { FileMessage } from "./file-message.ts";
import { CHUNK_HEADER_BYTES, decodeFileMessage, encodeFileMessage, writeChunkHeader } from "./file-message.ts";
import { provider } from "./file-world.test.ts";
import { chunkBytes, chunkCount, decodeManifest, encodeManifest, manifestHash } from "./manifest.ts";

interface Vectors {
  readonly cases: readonly { name: string; bytes: string; message?: unknown; error?: string }[];
  readonly manifests: readonly { name: string; encoded: string; hash?: string; entries?: unknown; error?: string }[];
  readonly trees: readonly { name: string; chunks: number; root: string; peaks: string[] }[];
}

const file = new URL("../../../../../spec/vectors/app-file.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

/** Bytes as hexadecimal digits, as the vectors have them. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? bytesToHex(field) : field)));

function encodeAny(message: FileMessage): Uint8Array {
  if (message.type !== "chunk") return encodeFileMessage(message);
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + message.content.length);
  bytes.set(message.content, CHUNK_HEADER_BYTES);
  writeChunkHeader(bytes, message.file, message.chunk, message.leaf);
  return bytes;
}

test("[FILE-2] file messages are as in spec/vectors/app-file.json, both ways", () => {
  for (const { name, bytes, message, error } of vectors.cases) {
    const wire = hexToBytes(bytes.replaceAll(/[| ]/g, ""));
    if (error !== undefined) assert.throws(() => decodeFileMessage(wire), { code: error }, name);
    else {
      const decoded = decodeFileMessage(wire);
      assert.deepEqual(plain(decoded), message, name);
      assert.equal(bytesToHex(encodeAny(decoded)), bytesToHex(wire), name);
    }
  }
  assert.ok(vectors.cases.length >= 36, `${vectors.cases.length} cases`);
});

test("[FILE-3] manifests are as in spec/vectors/app-file.json, both ways", () => {
  for (const { name, encoded, hash, entries, error } of vectors.manifests) {
    const wire = hexToBytes(encoded);
    if (error !== undefined) assert.throws(() => decodeManifest(wire), { code: error }, name);
    else {
      const manifest = decodeManifest(wire);
      assert.deepEqual(plain(manifest), entries, name);
      assert.equal(bytesToHex(encodeManifest(manifest)), encoded, name);
      assert.equal(bytesToHex(manifestHash(provider, wire)), hash, name);
    }
  }
});

const chunk = (index: number): Uint8Array => textToBytes(`chunk ${index}`);

test("[FILE-4] FileHasher makes the trees of spec/vectors/app-file.json", () => {
  for (const { name, chunks, root, peaks } of vectors.trees) {
    const hasher = new FileHasher(provider);
    for (let i = 0; i < chunks; i++) hasher.add(fileLeaf(provider, chunk(i)));
    assert.deepEqual(hasher.peaks.map(bytesToHex), peaks, name);
    assert.equal(bytesToHex(hasher.root()), root, name);
  }
});

test("FileHasher.truncate goes back to any peak, and from there to the same root", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (chunks, pick) => {
      const hasher = new FileHasher(provider);
      for (let i = 0; i < chunks; i++) hasher.add(fileLeaf(provider, chunk(i)));
      const root = bytesToHex(hasher.root());
      const ends = [0, ...peakEnds(chunks)];
      const end = ends[pick % ends.length] ?? 0;
      hasher.truncate(end);
      for (let i = end; i < chunks; i++) hasher.add(fileLeaf(provider, chunk(i)));
      assert.equal(bytesToHex(hasher.root()), root);
    }),
  );
  const hasher = new FileHasher(provider);
  for (let i = 0; i < 6; i++) hasher.add(fileLeaf(provider, chunk(i)));
  assert.throws(() => hasher.truncate(5), /no peak/);
});

test("[FILE-4] no two different lists of chunks have one root", () => {
  const roots = new Set<string>();
  for (let chunks = 0; chunks < 40; chunks++) {
    const hasher = new FileHasher(provider);
    for (let i = 0; i < chunks; i++) hasher.add(fileLeaf(provider, chunk(i)));
    roots.add(bytesToHex(hasher.root()));
  }
  // A node given as a chunk is not taken for the node: leaves and nodes have labels of their own.
  const [left, right] = [fileLeaf(provider, chunk(0)), fileLeaf(provider, chunk(1))];
  const forged = new FileHasher(provider);
  forged.add(fileLeaf(provider, Uint8Array.from([...left, ...right])));
  roots.add(bytesToHex(forged.root()));
  assert.equal(roots.size, 41);
});

test("chunkCount and chunkBytes cut any size without a rest", () => {
  fc.assert(
    fc.property(fc.nat(5 * FILE_CHUNK_BYTES), (size) => {
      let sum = 0;
      for (let i = 0; i < chunkCount(size); i++) {
        assert.ok(chunkBytes(size, i) > 0 && chunkBytes(size, i) <= FILE_CHUNK_BYTES);
        sum += chunkBytes(size, i);
      }
      assert.equal(sum, size);
    }),
  );
});

test("file messages and manifests survive damage: the same again, or a WireError", () => {
  const wires = [
    ...vectors.cases.map(({ bytes }) => ({ wire: hexToBytes(bytes.replaceAll(/[| ]/g, "")), isMessage: true })),
    ...vectors.manifests.map(({ encoded }) => ({ wire: hexToBytes(encoded), isMessage: false })),
  ].filter(({ wire }) => wire.length > 0);
  fc.assert(
    fc.property(fc.constantFrom(...wires), fc.nat(), fc.nat(255), fc.nat(), (given, at, flip, cut) => {
      const wire = given.wire.slice();
      wire[at % wire.length] = (wire[at % wire.length] ?? 0) ^ flip;
      for (const damaged of [wire, wire.subarray(0, cut % wire.length), Uint8Array.from([...wire, flip])]) {
        try {
          const again = given.isMessage
            ? encodeAny(decodeFileMessage(damaged))
            : encodeManifest(decodeManifest(damaged));
          assert.equal(bytesToHex(again), bytesToHex(damaged));
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
    { numRuns: 2_000 },
  );
  assert.throws(() => new Reader(new Uint8Array()).u8(), { code: "ERR_TRUNCATED" });
});
