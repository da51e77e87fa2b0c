/** FileReceiver: what must be durable before what, and in which order parts are claimed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import { FileHasher, fileLeaf, type HashOutput } from "./file-hash.ts";
import { CHUNK_HEADER_BYTES, decodeFileMessage, encodeFileMessage, writeChunkHeader } from "./file-message.ts";
import { FileReceiver } from "./file-receiver.ts";
import { fill, ID, laterProvider, manifestOf, provider, WALL } from "./file-world.test.ts";
import { encodeManifest, manifestHash } from "./manifest.ts";

function chunkMessage(file: number, chunk: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + content.length);
  bytes.set(content, CHUNK_HEADER_BYTES);
  writeChunkHeader(bytes, file, chunk, fileLeaf(provider, content));
  return bytes;
}

function offerOf(contents: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Uint8Array[] {
  const encoded = encodeManifest(manifestOf(contents));
  const bytes = contents.reduce((sum, content) => sum + content.bytes.length, 0);
  const hash = manifestHash(provider, encoded);
  return [
    encodeFileMessage({ type: "offer", id: ID, entries: contents.length, bytes, manifestHash: hash }),
    encodeFileMessage({ type: "entries", count: contents.length, encoded }),
  ];
}

/** A receiver that carries everything out at once; what it transmits comes back. */
function drain(
  receiver: FileReceiver,
  parts: { file: number; bytes: number }[],
  content: readonly Uint8Array[],
): Uint8Array[] {
  const sent: Uint8Array[] = [];
  for (let output = receiver.poll(); output !== undefined; output = receiver.poll()) {
    assert.notEqual(output.type, "violation");
    if (output.type === "offered") receiver.accept(WALL);
    if (output.type === "store") receiver.handleStored(output.token);
    if (output.type === "prepare") receiver.handlePrepared(parts);
    if (output.type === "read") {
      const { token, file, offset, length } = output;
      receiver.handleRead(token, content[file]?.subarray(offset, offset + length) ?? new Uint8Array());
    }
    if (output.type === "write") receiver.handleWritten(output.token);
    if (output.type === "transmit") sent.push(output.bytes);
  }
  return sent;
}

test("[FILE-2] parts are claimed in order, also when an earlier file began after a later one", () => {
  const contents = [0, 1].map((seed) => ({ path: `${seed}`, bytes: fill(2 * FILE_CHUNK_BYTES, seed) }));
  const bytes = contents.map((content) => content.bytes);
  const receiver = new FileReceiver({ provider, id: ID, restored: undefined });
  receiver.handleChannelOpened();
  receiver.handleMessages(offerOf(contents));
  // After a restart the second file's part is there and, say, the first one's is lost.
  drain(receiver, [{ file: 1, bytes: FILE_CHUNK_BYTES + 9 }], bytes);
  receiver.handleMessages([chunkMessage(0, 0, bytes[0]?.subarray(0, FILE_CHUNK_BYTES) ?? new Uint8Array())]);
  drain(receiver, [], bytes);
  receiver.handleChannelOpened();
  receiver.handleMessages(offerOf(contents));
  const accept = decodeFileMessage(drain(receiver, [], bytes)[0] ?? new Uint8Array());
  assert.ok(accept.type === "accept");
  assert.deepEqual(
    accept.claims.map(({ file, chunks }) => [file, chunks]),
    [
      [0, 1],
      [1, 1],
    ],
    "in order, and of a part only the whole chunks",
  );
});

test("[FILE-12] nothing is placed before the record that all is verified is durable", () => {
  const contents = ["a", "b"].map((path) => ({ path, bytes: fill(5, 1) }));
  const receiver = new FileReceiver({ provider, id: ID, restored: undefined });
  const stores: number[] = [];
  const step = (isStoring: boolean): string[] => {
    const types: string[] = [];
    for (let output = receiver.poll(); output !== undefined; output = receiver.poll()) {
      types.push(output.type);
      if (output.type === "offered") receiver.accept(WALL);
      if (output.type === "store" && isStoring) receiver.handleStored(output.token);
      else if (output.type === "store") stores.push(output.token);
      if (output.type === "prepare") receiver.handlePrepared([]);
      if (output.type === "write" || output.type === "finish") receiver.handleWritten(output.token);
    }
    return types;
  };
  receiver.handleChannelOpened();
  receiver.handleMessages(offerOf(contents));
  step(true);
  for (const [file, { bytes }] of contents.entries()) {
    const root = fileLeaf(provider, bytes);
    receiver.handleMessages([chunkMessage(file, 0, bytes), encodeFileMessage({ type: "fileEnd", file, root })]);
    step(false);
  }
  assert.equal(stores.length, 1, "the record of the first file is on its way");
  receiver.handleStored(stores[0] ?? 0);
  assert.ok(!step(false).includes("place"), "that record is not of all files");
  receiver.handleStored(stores[1] ?? 0);
  assert.ok(step(false).includes("place"));
});

test("[FILE-4] of chunks that are hashed elsewhere none is written before it was found good, and all in their order", () => {
  const content = fill(3 * FILE_CHUNK_BYTES, 7);
  const chunks = [0, 1, 2].map((at) => content.subarray(at * FILE_CHUNK_BYTES, (at + 1) * FILE_CHUNK_BYTES));
  const tree = new FileHasher(provider);
  for (const chunk of chunks) tree.add(fileLeaf(provider, chunk));
  const receiver = new FileReceiver({ provider: laterProvider, id: ID, restored: undefined });
  receiver.handleChannelOpened();
  receiver.handleMessages(offerOf([{ path: "one", bytes: content }]));
  drain(receiver, [], []);
  receiver.handleMessages([
    ...chunks.map((chunk, at) => chunkMessage(0, at, chunk)),
    encodeFileMessage({ type: "fileEnd", file: 0, root: tree.root() }),
  ]);
  const seen: string[] = [];
  const look = (): HashOutput[] => {
    const hashes: HashOutput[] = [];
    for (let output = receiver.poll(); output !== undefined; output = receiver.poll())
      if (output.type === "hash") hashes.push(output);
      else if (output.type === "write") seen.push(`write ${output.offset / FILE_CHUNK_BYTES}`);
      else if (output.type === "finish") seen.push("finish");
    return hashes;
  };
  const [first, second, third] = look();
  const answer = (job: HashOutput | undefined): void => {
    assert.ok(job !== undefined);
    receiver.handleHashed(job.token, provider.sha256(...job.parts));
    look();
  };
  assert.deepEqual(seen, []);
  answer(third);
  answer(second);
  answer(second); // once is enough
  assert.deepEqual(seen, []);
  answer(first);
  assert.deepEqual(seen, ["write 0", "write 1", "write 2", "finish"]);
});
