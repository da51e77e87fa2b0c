/** The file to send, the same in every round, and the proof that what arrived is it. */
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, existsSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const MIB = 2 ** 20;

/** Made by main.ts for one run and removed after it; in memory if it can be, or the disk would be measured. */
export const benchFolder = (): string => process.env["KITH_BENCH_FOLDER"] ?? tmpdir();

/** A file of so many MiB that does not compress; made once. */
export function sourceFile(mebibytes: number): string {
  const path = join(benchFolder(), `source-${mebibytes}.bin`);
  if (existsSync(path) && statSync(path).size === mebibytes * MIB) return path;
  const block = new Uint8Array(MIB);
  const file = openSync(path, "w");
  try {
    for (let i = 0; i < mebibytes; i++) {
      if (i % 64 === 0) randomFillSync(block);
      block[0] = i & 0xff;
      block[1] = i >> 8;
      writeSync(file, block);
    }
  } finally {
    closeSync(file);
  }
  return path;
}

/** A sparse one: for its size alone. */
export function emptyFile(mebibytes: number): string {
  const path = join(benchFolder(), `empty-${mebibytes}.bin`);
  const file = openSync(path, "w");
  ftruncateSync(file, mebibytes * MIB);
  closeSync(file);
  return path;
}

/** Outside the measured time: every contender has checked already, in its own way. */
export function assertSameContent(one: string, other: string): void {
  if (digestOf(one) !== digestOf(other)) throw new Error(`${other} is not what was sent`);
}

export function digestOf(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  const block = new Uint8Array(4 * MIB);
  try {
    for (let count = readSync(file, block); count > 0; count = readSync(file, block))
      hash.update(block.subarray(0, count));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
