/** FileSender and FileReceiver: how transfers end, what goes wrong, and what hostile peers get. Kills: file-crash.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../lib/time.ts";
import { FILE_CHUNK_BYTES, FILE_IO_BYTES_MAX, STORE_RETRY } from "../../wire/limits.ts";
import { fileLeaf } from "./file-hash.ts";
import type { FileMessage } from "./file-message.ts";
import { CHUNK_HEADER_BYTES, decodeFileMessage, encodeFileMessage, writeChunkHeader } from "./file-message.ts";
import { FileReceiver } from "./file-receiver.ts";
import { FileSender } from "./file-sender.ts";
import { fill, ID, manifestOf, provider, WALL, World } from "./file-world.test.ts";
import { encodeManifest, manifestHash } from "./manifest.ts";

const HUGE = [{ path: "big", bytes: fill(40 * FILE_CHUNK_BYTES, 4) }]; // more than is ever under way
const BIG = [{ path: "big", bytes: fill(6 * FILE_CHUNK_BYTES + 5, 4) }];

function chunkMessage(
  file: number,
  chunk: number,
  content: Uint8Array,
  leaf = fileLeaf(provider, content),
): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + content.length);
  bytes.set(content, CHUNK_HEADER_BYTES);
  writeChunkHeader(bytes, file, chunk, leaf);
  return bytes;
}

/** Runs until `when`, then calls `then` once. */
function interrupt(world: World, when: () => boolean, then: () => void): void {
  let isDone = false;
  world.kill = () => {
    if (!isDone && when()) {
      isDone = true;
      then();
    }
    return "no";
  };
  world.open();
  world.run();
  assert.ok(isDone, "the moment came");
}

const ends = (world: World): unknown[] => [world.sender.heardOf("ended")[0], world.receiver.heardOf("ended")[0]];

test("[FILE-6] a declined offer ends both sides, and stores nothing at the receiver", () => {
  const world = new World(BIG);
  world.receiver.answer = "decline";
  world.open();
  world.run();
  assert.deepEqual(ends(world), [
    { type: "ended", outcome: "stopped", reason: "declined", by: "remote", canResume: false },
    { type: "ended", outcome: "stopped", reason: "declined", by: "local", canResume: false },
  ]);
  assert.equal(world.receiver.disk.size + world.sender.disk.size + world.receiver.parts.size, 0);
});

test("[FILE-6] an offer may be answered long after its channel is gone", () => {
  const world = new World(BIG);
  world.receiver.answer = "wait";
  world.open();
  world.run();
  assert.equal(world.receiver.machine?.phase, "offered");
  world.close();
  world.receiver.machine?.accept(WALL);
  world.run();
  world.open();
  world.run();
  assert.equal(world.receiver.placed.length, 1);
  assert.equal(world.receiver.heardOf("offered").length, 1, "asked once");
});

for (const side of ["sender", "receiver"] as const) {
  test(`[FILE-8] a transfer cancelled by the ${side} ends on both sides, and leaves nothing behind`, () => {
    const world = new World(HUGE);
    interrupt(
      world,
      () => world.receiver.parts.size > 0,
      () => world[side].machine?.cancel(),
    );
    for (const end of ends(world)) {
      const { reason, canResume } = end as { reason: string; canResume: boolean };
      assert.deepEqual([reason, canResume], ["cancelled", false]);
    }
    assert.equal(world.receiver.disk.size + world.sender.disk.size + world.receiver.parts.size, 0);
    assert.equal(world.receiver.placed.length, 0);
  });
}

test("[FILE-8] a full disk stops the transfer on both sides, and a later try goes on from there", () => {
  const world = new World(BIG);
  world.receiver.capacity = 3 * FILE_CHUNK_BYTES;
  world.open();
  world.run();
  assert.deepEqual(
    ends(world).map((end) => (end as { reason: string; canResume: boolean }).reason),
    ["diskFull", "diskFull"],
  );
  assert.equal(world.receiver.bytesOnDisk, 3 * FILE_CHUNK_BYTES);
  world.receiver.capacity = Number.POSITIVE_INFINITY;
  world.sender.heard.length = 0;
  world.crash("sender"); // a new machine from the record, as a person's second try
  world.run();
  assert.equal(world.receiver.placed.length, 1);
  assert.equal(world.sentAgain, 0);
});

test("[FILE-8] a file that has become shorter stops as changed, and one that cannot be read as unreadable", () => {
  const shorter = new World(BIG);
  shorter.sender.contents[0] = { path: "big", bytes: fill(FILE_CHUNK_BYTES + 1, 4) };
  shorter.open();
  shorter.run();
  assert.equal((ends(shorter)[0] as { reason: string }).reason, "changed");
  assert.equal((ends(shorter)[1] as { reason: string }).reason, "changed");
  assert.equal(shorter.receiver.parts.size, 0, "what came of it is of no use");

  const sender = new FileSender({
    provider,
    record: { id: ID, offeredAt: WALL, source: new Uint8Array(), manifest: manifestOf(BIG) },
    isNew: false,
  });
  sender.handleChannelOpened();
  while (sender.poll() !== undefined);
  sender.handleMessages([encodeFileMessage({ type: "accept", first: 0, claims: [] })]);
  const outputs = [];
  for (let output = sender.poll(); output !== undefined; output = sender.poll()) outputs.push(output);
  const read = outputs.find((output) => output.type === "read");
  assert.ok(read?.type === "read");
  sender.handleReadFailed(999, "unreadable"); // of nobody
  assert.equal(sender.phase, "sending");
  sender.handleReadFailed(read.token, "unreadable");
  const last = [sender.poll(), sender.poll(), sender.poll()];
  assert.ok(last[0]?.type === "transmit");
  assert.deepEqual(decodeFileMessage(last[0].bytes), { type: "stop", reason: "unreadable" });
  assert.deepEqual(last[1], { type: "ended", outcome: "stopped", reason: "unreadable", by: "local", canResume: true });
  assert.equal(last[2], undefined);
});

for (const [name, type, at] of [
  ["a chunk", 3, 100],
  ["a leaf hash", 3, 20],
  ["a root", 4, 10],
] as const) {
  test(`[FILE-4] ${name} that does not match its hash stops the transfer as corrupt, with nothing placed`, () => {
    const world = new World(BIG);
    world.tamper = (bytes) => {
      const copy = bytes.slice();
      if (copy[0] === type) copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    world.open();
    world.run();
    assert.deepEqual(
      ends(world).map((end) => (end as { reason: string }).reason),
      ["corrupt", "corrupt"],
    );
    assert.equal(world.receiver.placed.length + world.receiver.parts.size + world.receiver.disk.size, 0);
  });
}

test("[FILE-7] a part that was damaged on disk is found, and only what cannot be trusted is sent again", () => {
  const world = new World(BIG);
  interrupt(
    world,
    () => world.receiver.bytesOnDisk >= 6 * FILE_CHUNK_BYTES,
    () => {
      const part = world.receiver.parts.get(0);
      if (part !== undefined) part[4 * FILE_CHUNK_BYTES + 9] = 0xff; // in the fifth chunk: peaks end at 4 and 6
      world.crash("receiver");
    },
  );
  assert.equal(world.receiver.placed.length, 1);
  assert.ok(Buffer.from(world.receiver.placed[0]?.get("big") ?? []).equals(BIG[0]?.bytes ?? new Uint8Array()));
  assert.equal(world.sentAgain, 2, "the fifth and the sixth");
});

test("[FILE-7] a sender whose file has other content under the same size restarts it, and never mixes", () => {
  const world = new World(HUGE);
  const other = fill(HUGE[0]?.bytes.length ?? 0, 99);
  interrupt(
    world,
    () => world.receiver.bytesOnDisk >= 5 * FILE_CHUNK_BYTES,
    () => {
      world.sender.contents[0] = { path: "big", bytes: other };
      world.crash("sender");
    },
  );
  assert.ok(Buffer.from(world.receiver.placed[0]?.get("big") ?? []).equals(other));
});

test("a folder without files, and ten thousand small files, arrive", () => {
  const folders = new World([{ path: "a" }, { path: "a/b" }]);
  folders.open();
  folders.run();
  assert.equal(folders.receiver.placed.length, 1);
  assert.equal(folders.sender.heardOf("ended")[0]?.outcome, "complete");
  const many = new World(Array.from({ length: 10_000 }, (_, i) => ({ path: `many/${i}`, bytes: fill(i % 50, i) })));
  many.open();
  many.run();
  assert.equal(many.receiver.placed[0]?.size, 10_000);
});

test("[FILE-6] an offer that was completed before is answered at once, and nothing is received twice", () => {
  const world = new World(BIG);
  world.open();
  world.run();
  const { sender } = world;
  sender.machine = new FileSender({
    provider,
    record: { id: ID, offeredAt: WALL, source: new Uint8Array(), manifest: manifestOf(BIG) },
    isNew: true,
  });
  sender.heard.length = 0;
  world.receiver.machine = undefined;
  world.close();
  world.open();
  world.run();
  assert.equal(sender.heardOf("ended")[0]?.outcome, "complete");
  assert.equal(sender.heardOf("read").length, 0);
  assert.equal(world.receiver.placed.length, 1);
});

test("FileSender reads ahead within its bound, and stops at a full channel", () => {
  const sender = new FileSender({
    provider,
    record: {
      id: ID,
      offeredAt: WALL,
      source: new Uint8Array(),
      manifest: manifestOf([{ path: "x", bytes: fill(40 * FILE_CHUNK_BYTES, 1) }]),
    },
    isNew: false,
  });
  sender.handleChannelOpened();
  while (sender.poll() !== undefined);
  sender.handleMessages([encodeFileMessage({ type: "accept", first: 0, claims: [] })]);
  const drain = (): { reads: number[]; sent: number } => {
    const result = { reads: [] as number[], sent: 0 };
    for (let output = sender.poll(); output !== undefined; output = sender.poll()) {
      if (output.type === "read") result.reads.push(output.token);
      if (output.type === "transmit") result.sent += 1;
    }
    return result;
  };
  const { reads } = drain();
  assert.equal(reads.length, FILE_IO_BYTES_MAX / FILE_CHUNK_BYTES);
  sender.handleFull();
  for (const token of [...reads].reverse())
    sender.handleRead(token, new Uint8Array(CHUNK_HEADER_BYTES + FILE_CHUNK_BYTES));
  assert.deepEqual(drain(), { reads: [], sent: 0 });
  sender.handleWritable();
  const after = drain();
  assert.equal(after.sent, reads.length);
  assert.equal(after.reads.length, reads.length);
});

test("a transaction that failed is tried again", () => {
  const sender = new FileSender({
    provider,
    record: { id: ID, offeredAt: WALL, source: new Uint8Array(), manifest: manifestOf(BIG) },
    isNew: true,
  });
  const first = sender.poll();
  assert.ok(first?.type === "store");
  sender.handleStoreFailed(first.token, instant(5));
  assert.equal(sender.nextTimeout(), 5 + STORE_RETRY);
  sender.handleTimeout(instant(5 + STORE_RETRY));
  assert.deepEqual(sender.poll(), first);
});

/** A receiver that has accepted `BIG` and waits for its first chunk. */
function receiving(): FileReceiver {
  const receiver = new FileReceiver({ provider, id: ID, restored: undefined });
  receiver.handleChannelOpened();
  receiver.handleMessages(offerOf());
  for (let output = receiver.poll(); output !== undefined; output = receiver.poll()) {
    if (output.type === "offered") receiver.accept(WALL);
    if (output.type === "store") receiver.handleStored(output.token);
    if (output.type === "prepare") receiver.handlePrepared([]);
  }
  assert.equal(receiver.phase, "receiving");
  return receiver;
}

function offerOf(id = ID, contents = BIG): Uint8Array[] {
  const encoded = encodeManifest(manifestOf(contents));
  const bytes = contents.reduce((sum, content) => sum + content.bytes.length, 0);
  const hash = manifestHash(provider, encoded);
  return [
    encodeFileMessage({ type: "offer", id, entries: contents.length, bytes, manifestHash: hash }),
    encodeFileMessage({ type: "entries", count: contents.length, encoded }),
  ];
}

const chunk0 = fill(FILE_CHUNK_BYTES, 1);

test("[FILE-11] FileReceiver answers what must not come with a violation, and writes nothing of it", () => {
  const hash = new Uint8Array(32);
  const cases: readonly [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(), "ERR_TRUNCATED"],
    ["an unknown type", Uint8Array.of(0x77), "ERR_UNKNOWN_TYPE"],
    ["a second offer", offerOf()[0] ?? hash, "ERR_UNEXPECTED"],
    ["an accept", encodeFileMessage({ type: "accept", first: 0, claims: [] }), "ERR_UNEXPECTED"],
    ["a complete", encodeFileMessage({ type: "complete" }), "ERR_UNEXPECTED"],
    ["the second chunk first", chunkMessage(0, 1, chunk0), "ERR_UNEXPECTED"],
    ["a chunk of another file", chunkMessage(1, 0, chunk0), "ERR_UNEXPECTED"],
    ["a short chunk", chunkMessage(0, 0, chunk0.subarray(1)), "ERR_VALUE"],
    ["an end before its chunks", encodeFileMessage({ type: "fileEnd", file: 0, root: hash }), "ERR_UNEXPECTED"],
    ["a chunk over the limit", chunkMessage(0, 0, fill(FILE_CHUNK_BYTES + 1, 1)), "ERR_TOO_LARGE"],
  ];
  for (const [name, bytes, code] of cases) {
    const receiver = receiving();
    receiver.handleMessages([bytes, chunkMessage(0, 0, chunk0)]);
    const outputs = [];
    for (let output = receiver.poll(); output !== undefined; output = receiver.poll()) outputs.push(output);
    assert.deepEqual(outputs, [{ type: "violation", code }], name);
    assert.equal(receiver.phase, "receiving", `${name}: the transfer itself can go on`);
  }
});

test("[FILE-1] [FILE-11] FileReceiver refuses an offer that contradicts itself, or the one it knows", () => {
  const [offer = chunk0, entries = chunk0] = offerOf();
  const other = offerOf(ID, [{ path: "other", bytes: BIG[0]?.bytes ?? chunk0 }]);
  const lies = offer.slice();
  lies[25] = (lies[25] ?? 0) ^ 1; // the sum of sizes
  const forged = offer.slice();
  forged[30] = (forged[30] ?? 0) ^ 1; // the hash
  const cases: readonly [string, readonly Uint8Array[], string][] = [
    ["entries without an offer", [entries], "ERR_UNEXPECTED"],
    ["a chunk without an offer", [chunkMessage(0, 0, chunk0)], "ERR_UNEXPECTED"],
    ["a wrong sum", [lies, entries], "ERR_VALUE"],
    ["a wrong hash", [forged, entries], "ERR_CRYPTO"],
    ["two offers", [offer, offer], "ERR_UNEXPECTED"],
    ["another transfer's id", offerOf("f".repeat(32) as typeof ID), "ERR_VALUE"],
  ];
  for (const [name, messages, code] of cases) {
    const receiver = new FileReceiver({ provider, id: ID, restored: undefined });
    receiver.handleChannelOpened();
    receiver.handleMessages(messages);
    const outputs = [];
    for (let output = receiver.poll(); output !== undefined; output = receiver.poll()) outputs.push(output);
    assert.deepEqual(outputs, [{ type: "violation", code }], name);
  }
  const receiver = receiving();
  receiver.handleChannelClosed();
  receiver.handleChannelOpened();
  receiver.handleMessages(other);
  assert.deepEqual(receiver.poll(), { type: "violation", code: "ERR_VALUE" });
});

test("[FILE-11] FileSender answers what must not come with a violation, and goes back to waiting", () => {
  const peak = new Uint8Array(32);
  const before: readonly [string, FileMessage, string][] = [
    ["written before accept", { type: "written", file: 0, chunk: 0 }, "ERR_UNEXPECTED"],
    ["an offer", { type: "offer", id: ID, entries: 1, bytes: 1, manifestHash: peak }, "ERR_UNEXPECTED"],
    ["files beyond the offer", { type: "accept", first: 2, claims: [] }, "ERR_VALUE"],
    [
      "a claim beyond the offer",
      { type: "accept", first: 0, claims: [{ file: 1, chunks: 1, peaks: [peak] }] },
      "ERR_VALUE",
    ],
    [
      "a claim beyond the file",
      { type: "accept", first: 0, claims: [{ file: 0, chunks: 8, peaks: [peak] }] },
      "ERR_VALUE",
    ],
  ];
  const after: typeof before = [
    ["a second accept", { type: "accept", first: 0, claims: [] }, "ERR_UNEXPECTED"],
    ["a place beyond the file", { type: "written", file: 0, chunk: 8 }, "ERR_VALUE"],
    ["a place beyond the files", { type: "written", file: 2, chunk: 0 }, "ERR_VALUE"],
  ];
  for (const [isAccepted, cases] of [
    [false, before],
    [true, after],
  ] as const) {
    for (const [name, message, code] of cases) {
      const record = { id: ID, offeredAt: WALL, source: new Uint8Array(), manifest: manifestOf(BIG) };
      const sender = new FileSender({ provider, record, isNew: false });
      sender.handleChannelOpened();
      if (isAccepted) sender.handleMessages([encodeFileMessage({ type: "accept", first: 0, claims: [] })]);
      while (sender.poll() !== undefined);
      assert.ok(message.type !== "chunk");
      sender.handleMessages([encodeFileMessage(message)]);
      assert.deepEqual(sender.poll(), { type: "violation", code }, name);
      assert.equal(sender.phase, "waiting", name);
    }
  }
});
