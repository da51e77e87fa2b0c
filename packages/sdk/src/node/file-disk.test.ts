/** Files on a real disk: two machines joined by an array, real reads and writes, and what a disk does wrong. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import {
  FILE_CHUNK_BYTES,
  FileReceiver,
  FileSender,
  type Manifest,
  nobleProvider,
  parseTransferId,
  readFileArchive,
  type StoreOutput,
  safePaths,
  type TransferEnd,
  wallTime,
} from "@kith/core";
import { FileFault } from "../file-fault.ts";
import { runSink, runSource } from "../file-io.ts";
import { FileSink } from "./file-sink.ts";
import { FileSource, selectFiles } from "./file-source.ts";

const WALL = wallTime(1_800_000_000_000);
const ID = parseTransferId("00112233445566778899aabbccddeeff");
assert.ok(ID !== undefined);
const id = ID;
const provider: typeof nobleProvider = {
  ...nobleProvider,
  sha256: (...parts) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};

let home = "";
let out = "";
let inbox = "";

beforeEach(async () => {
  home = await fs.mkdtemp(join(tmpdir(), "kith-files-"));
  [out, inbox] = [join(home, "out"), join(home, "inbox")];
  await fs.mkdir(out);
  await fs.mkdir(inbox);
});

afterEach(() => {
  spawnSync("umount", ["-l", inbox]); // of the test that mounts a disk; nothing elsewhere
  return fs.rm(home, { recursive: true, force: true });
});

class Transfer {
  readonly sender: FileSender;
  readonly receiver: FileReceiver;
  readonly sink: FileSink;
  readonly #source: FileSource;
  readonly ends: TransferEnd[] = [];
  readonly disk = new Map<string, Uint8Array>();
  names: readonly string[] = [];
  chunks = 0;
  onFirstChunk: () => void = () => {};
  stopAfter = Number.POSITIVE_INFINITY;
  #resolve: () => void = () => {};
  #isScheduled = false;

  constructor(manifest: Manifest, paths: readonly string[], disk?: ReadonlyMap<string, Uint8Array>) {
    for (const [key, value] of disk ?? []) this.disk.set(key, value);
    const record = { id, offeredAt: WALL, source: new Uint8Array(), manifest };
    this.sender = new FileSender({ provider, record, isNew: true });
    const archive = readFileArchive(
      [...this.disk].map(([key, value]) => ({ key, value })),
      WALL,
    );
    this.receiver = new FileReceiver({ provider, id, restored: archive.incoming[0] });
    this.#source = new FileSource(manifest, paths);
    this.sink = new FileSink(inbox, id);
  }

  /** Until both have ended, or the process is "killed" after so many chunks. */
  async run(): Promise<void> {
    this.receiver.handleChannelOpened();
    this.sender.handleChannelOpened();
    const ended = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    this.#wake();
    await ended;
    await this.#source.close();
    await this.sink.close();
  }

  #wake = (): void => {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
    });
  };

  #turn(): void {
    let isBusy = true;
    while (isBusy) {
      isBusy = false;
      for (let output = this.sender.poll(); output !== undefined; output = this.sender.poll()) {
        isBusy = true;
        if (runSource(output, this.sender, this.#source, this.#wake)) continue;
        if (output.type === "store") this.sender.handleStored(output.token);
        if (output.type === "ended") this.#end(output);
        if (output.type !== "transmit") continue;
        if (output.bytes[0] === 3 && ++this.chunks > this.stopAfter) return this.#resolve();
        if (this.chunks === 1 && output.bytes[0] === 3) this.onFirstChunk();
        this.receiver.handleMessages([output.bytes.slice()]);
        if (output.bytes[0] === 3) this.#source.release(output.bytes);
      }
      for (let output = this.receiver.poll(); output !== undefined; output = this.receiver.poll()) {
        isBusy = true;
        if (runSink(output, this.receiver, this.sink, { wake: this.#wake, wallClock: () => WALL })) continue;
        if (output.type === "store") this.#store(output);
        if (output.type === "offered") this.receiver.accept(WALL);
        if (output.type === "placed") this.names = output.names;
        if (output.type === "ended") this.#end(output);
        if (output.type === "transmit") this.sender.handleMessages([output.bytes]);
      }
    }
  }

  #store(output: StoreOutput): void {
    for (const { key, value } of output.puts) this.disk.set(key, value);
    for (const key of output.deletes) this.disk.delete(key);
    this.receiver.handleStored(output.token);
  }

  #end(end: TransferEnd): void {
    this.ends.push(end);
    if (this.ends.length === 2) setTimeout(() => this.#resolve(), 20);
  }
}

async function sendAll(names: readonly string[]): Promise<Transfer> {
  const { manifest, paths } = await selectFiles(names.map((name) => join(out, name)));
  const transfer = new Transfer(manifest, paths);
  await transfer.run();
  return transfer;
}

const hashOf = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await fs.readFile(path))
    .digest("hex");

test("[FILE-12] a folder arrives with contents, dates and permissions, from a quarantine that is gone afterwards", async () => {
  await fs.mkdir(join(out, "trip/empty"), { recursive: true });
  await fs.writeFile(join(out, "trip/big.bin"), randomBytes(3 * FILE_CHUNK_BYTES + 99));
  await fs.writeFile(join(out, "trip/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await fs.writeFile(join(out, "trip/read-only.txt"), "x", { mode: 0o444 });
  await fs.writeFile(join(out, "trip/nothing"), "");
  await fs.utimes(join(out, "trip/big.bin"), 1_000_000_000, 1_234_567_890.123);
  await fs.utimes(join(out, "trip/empty"), 1, 1_111_111_111);
  const transfer = await sendAll(["trip"]);
  assert.deepEqual(transfer.ends, [
    { type: "ended", outcome: "complete" },
    { type: "ended", outcome: "complete" },
  ]);
  assert.deepEqual(transfer.names, ["trip"]);
  assert.deepEqual(await fs.readdir(inbox), ["trip"], "no quarantine left");
  assert.equal(await hashOf(join(inbox, "trip/big.bin")), await hashOf(join(out, "trip/big.bin")));
  assert.equal((await fs.stat(join(inbox, "trip/nothing"))).size, 0);
  assert.equal((await fs.stat(join(inbox, "trip/big.bin"))).mtimeMs, 1_234_567_890_123);
  assert.equal((await fs.stat(join(inbox, "trip/empty"))).mtimeMs, 1_111_111_111_000);
  assert.equal((await fs.stat(join(inbox, "trip/run.sh"))).mode & 0o7777, 0o755);
  assert.equal((await fs.stat(join(inbox, "trip/read-only.txt"))).mode & 0o7777, 0o444);
});

test("[FILE-12] nothing is overwritten: files and folders get a number", async () => {
  await fs.mkdir(join(out, "d"));
  await fs.writeFile(join(out, "d/x"), "new");
  await fs.writeFile(join(out, "a.txt"), "new");
  await fs.mkdir(join(inbox, "d"));
  await fs.writeFile(join(inbox, "a.txt"), "old");
  await fs.writeFile(join(inbox, "a (2).txt"), "older");
  const transfer = await sendAll(["a.txt", "d"]);
  assert.deepEqual(transfer.names, ["a (3).txt", "d (2)"]);
  assert.equal(await fs.readFile(join(inbox, "a.txt"), "utf8"), "old");
  assert.equal(await fs.readFile(join(inbox, "a (3).txt"), "utf8"), "new");
  assert.equal(await fs.readFile(join(inbox, "d (2)/x"), "utf8"), "new");
});

test("[FILE-7] a transfer whose processes ended goes on from the parts on disk", async () => {
  await fs.writeFile(join(out, "big"), randomBytes(40 * FILE_CHUNK_BYTES));
  const { manifest, paths } = await selectFiles([join(out, "big")]);
  const first = new Transfer(manifest, paths);
  first.stopAfter = 25;
  await first.run();
  const part = await fs.stat(join(inbox, ".kith-partial", id, "big"));
  assert.ok(part.size >= FILE_CHUNK_BYTES, `${part.size} bytes on disk`);
  const second = new Transfer(manifest, paths, first.disk);
  await second.run();
  assert.equal(second.chunks, 40 - Math.floor(part.size / FILE_CHUNK_BYTES));
  assert.equal(await hashOf(join(inbox, "big")), await hashOf(join(out, "big")));
});

test("[FILE-8] a file that changes after the offer, before or while it is read, is not sent", async () => {
  await fs.writeFile(join(out, "a"), randomBytes(FILE_CHUNK_BYTES * 2));
  const { manifest, paths } = await selectFiles([join(out, "a")]);
  await fs.writeFile(join(out, "a"), randomBytes(FILE_CHUNK_BYTES * 2));
  await fs.utimes(join(out, "a"), 1, 1);
  const transfer = new Transfer(manifest, paths);
  await transfer.run();
  assert.deepEqual(
    transfer.ends.map((end) => (end.outcome === "stopped" ? end.reason : "")),
    ["changed", "changed"],
  );
  const again = await selectFiles([join(out, "a")]);
  const source = new FileSource(again.manifest, again.paths);
  await source.read(0, 0, FILE_CHUNK_BYTES, 0);
  await fs.appendFile(join(out, "a"), "more");
  await assert.rejects(source.read(0, FILE_CHUNK_BYTES, FILE_CHUNK_BYTES, 0), { name: "FileFault", reason: "changed" });
  await source.close();
  await fs.rm(join(out, "a"));
  const gone = new FileSource(again.manifest, again.paths);
  await assert.rejects(gone.read(0, 0, 10, 0), { name: "FileFault", reason: "unreadable" });
});

test("[FILE-8] a disk without the room is refused before anything is sent", async () => {
  const huge: Manifest = [{ path: "a", kind: "file", size: 2 ** 50, mode: 0o644, modified: WALL }];
  const plan = { manifest: huge, paths: safePaths(huge), verified: 0, bytes: 2 ** 50 };
  await assert.rejects(new FileSink(inbox, id).prepare(plan), { reason: "diskFull" });
});

test("[FILE-8] a disk that fills up, or may not be written, stops the transfer on both sides with the reason", async (t) => {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", inbox]);
  if (mounted.status !== 0) return t.skip(`cannot mount a small disk: ${mounted.stderr}`);
  await fs.writeFile(join(out, "big"), randomBytes(12 * FILE_CHUNK_BYTES));
  const { manifest, paths } = await selectFiles([join(out, "big")]);
  const transfer = new Transfer(manifest, paths);
  transfer.onFirstChunk = () => writeFileSync(join(inbox, "other"), randomBytes(2_000_000)); // the room was there before
  await transfer.run();
  const reasons = (of: Transfer): unknown =>
    of.ends.map((end) => end.outcome === "stopped" && [end.reason, end.canResume]);
  assert.deepEqual(reasons(transfer), [
    ["diskFull", true],
    ["diskFull", true],
  ]);
  await fs.rm(join(inbox, "other"));
  const again = new Transfer(manifest, paths, transfer.disk);
  await again.run();
  assert.equal(await hashOf(join(inbox, "big")), await hashOf(join(out, "big")));
  assert.ok(again.chunks < 12, `${again.chunks} chunks the second time`);
  assert.equal(spawnSync("mount", ["-o", "remount,ro", inbox]).status, 0);
  const refused = new Transfer(manifest, paths);
  await refused.run();
  assert.deepEqual(reasons(refused), [
    ["notPermitted", true],
    ["notPermitted", true],
  ]);
});

test("[FILE-12] no link leads out of the quarantine, be it the quarantine itself or a part", async () => {
  const manifest: Manifest = [{ path: "a", kind: "file", size: 4, mode: 0o644, modified: WALL }];
  const plan = { manifest, paths: safePaths(manifest), verified: 0, bytes: 4 };
  const victim = join(home, "victim");
  await fs.writeFile(victim, "keep");
  await fs.mkdir(join(home, "elsewhere"));
  await fs.symlink(join(home, "elsewhere"), join(inbox, ".kith-partial"));
  await assert.rejects(new FileSink(inbox, id).prepare(plan), { reason: "notPermitted" });
  await fs.rm(join(inbox, ".kith-partial"));
  const sink = new FileSink(inbox, id);
  await sink.prepare(plan);
  await fs.symlink(victim, join(inbox, ".kith-partial", id, "a"));
  await assert.rejects(sink.write(0, 0, Buffer.from("evil")), { reason: "notPermitted" });
  assert.equal(await fs.readFile(victim, "utf8"), "keep");
});

test("selectFiles follows a link that was named, skips others, and says what is missing", async () => {
  await fs.mkdir(join(out, "d"));
  await fs.writeFile(join(out, "d/x"), "x");
  await fs.symlink("/etc/passwd", join(out, "d/link"));
  await fs.symlink(join(out, "d"), join(out, "named"));
  const { manifest, skipped } = await selectFiles([join(out, "named")]);
  assert.deepEqual(
    manifest.map((entry) => entry.path),
    ["d", "d/x"],
  );
  assert.deepEqual(skipped, [join(out, "d/link")]);
  await assert.rejects(selectFiles([join(out, "missing")]), { code: "ERR_FILE" });
  await assert.rejects(selectFiles([]), { code: "ERR_FILE" });
});

test("FileSink.place goes on where it was interrupted", async () => {
  const manifest: Manifest = ["a", "b"].map((path) => ({ path, kind: "file", size: 1, mode: 0o644, modified: WALL }));
  const plan = { manifest, paths: safePaths(manifest), verified: 0, bytes: 2 };
  const sink = new FileSink(inbox, id);
  await sink.prepare(plan);
  for (const file of [0, 1]) {
    await sink.write(file, 0, Buffer.from("x"));
    await sink.finish(file);
  }
  const quarantine = join(inbox, ".kith-partial", id);
  await fs.rename(join(quarantine, "a"), join(inbox, "a")); // moved
  await fs.link(join(quarantine, "b"), join(inbox, "b")); // half moved
  assert.deepEqual(await new FileSink(inbox, id).place(plan), ["a", "b"]);
  assert.deepEqual((await fs.readdir(inbox)).sort(), ["a", "b"]);
});

test("FileSink writes what waits together, in order, and reports each failure as a FileFault", async () => {
  const manifest: Manifest = [{ path: "a", kind: "file", size: 30, mode: 0o600, modified: WALL }];
  const sink = new FileSink(inbox, id);
  await sink.prepare({ manifest, paths: safePaths(manifest), verified: 0, bytes: 30 });
  await Promise.all([0, 10, 20, 5].map((offset, i) => sink.write(0, offset, Buffer.alloc(10, 65 + i))));
  assert.equal(Buffer.from(await sink.read(0, 0, 100)).toString(), "AAAAADDDDDDDDDDBBBBBCCCCCCCCCC");
  await sink.discard();
  await assert.rejects(sink.write(0, 0, Buffer.from("x")), FileFault);
});
