/**
 * Files over a contender's byte stream, as a careful program would send them: read ahead, SHA-256 on
 * both sides while the bytes pass, written as they come, the digests compared at the end.
 *
 *     u64 size · content · 32-byte digest        one byte back: 1 if it is the same
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Contender, Pipe } from "../contender/contender.ts";
import { benchFolder, MIB } from "./file-pair.ts";
import type { Answering } from "./scenario.ts";

const HEAD_BYTES = 8;
const DIGEST_BYTES = 32;

export async function receiveOverPipe(contender: Contender): Promise<Answering> {
  const inbox = mkdtempSync(join(benchFolder(), "inbox-"));
  const path = join(inbox, "received.bin");
  const address = await contender.listen((pipe) => void receive(pipe, path));
  return { address: JSON.stringify([address, path]) };
}

/** Sends `path`; returns where it is now. */
export async function sendOverPipe(contender: Contender, answered: string, path: string): Promise<string> {
  const [address, received]: [string, string] = JSON.parse(answered);
  const pipe = await contender.dial(address, "stream");
  const verdict = new Promise<number>((resolve) => pipe.onData((bytes) => resolve(bytes[0] ?? 0)));
  await using file = await open(path);
  const { size } = await file.stat();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeBigUInt64BE(BigInt(size));
  pipe.write(head);
  const hash = createHash("sha256");
  let next = read(file);
  for (;;) {
    const block = await next;
    if (block.length === 0) break;
    next = read(file); // the next one while this one is hashed and sent
    hash.update(block);
    if (!pipe.write(block)) await pipe.drain();
  }
  pipe.write(hash.digest());
  if ((await verdict) !== 1) throw new Error("the receiver has something else");
  return received;
}

async function read(file: FileHandle): Promise<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(MIB);
  const { bytesRead } = await file.read(block, 0, MIB);
  return block.subarray(0, bytesRead);
}

async function receive(pipe: Pipe, path: string): Promise<void> {
  await using file = await open(path, "w");
  const hash = createHash("sha256");
  const head = Buffer.alloc(HEAD_BYTES);
  const digest = Buffer.alloc(DIGEST_BYTES);
  let [at, left, filled] = [0, -1, 0];
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    const parts = gathered;
    [gathered, gatheredBytes] = [[], 0];
    if (parts.length > 0) writing = writing.then(() => file.writev(parts));
  };
  await new Promise<void>((resolve) =>
    pipe.onData((chunk) => {
      let from = 0;
      if (at < HEAD_BYTES) {
        const count = Math.min(HEAD_BYTES - at, chunk.length);
        head.set(chunk.subarray(0, count), at);
        [at, from] = [at + count, count];
        if (at === HEAD_BYTES) left = Number(head.readBigUInt64BE());
      }
      const body = chunk.subarray(from, from + Math.max(0, left));
      if (body.length > 0) {
        hash.update(body);
        gathered.push(body); // these contenders give out a new array each time
        [left, from, gatheredBytes] = [left - body.length, from + body.length, gatheredBytes + body.length];
        if (gatheredBytes >= MIB) flush();
      }
      const rest = chunk.subarray(from);
      digest.set(rest, filled);
      filled += rest.length;
      if (filled === DIGEST_BYTES) resolve();
    }),
  );
  flush();
  await writing;
  pipe.write(Uint8Array.of(hash.digest().equals(digest) ? 1 : 0));
}
