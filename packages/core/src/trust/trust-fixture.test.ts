/** What the tests of trust share: identities, seeded chance, draining, and damage done to bytes. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { identityFromSeed, type LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import type { StoreEntry } from "../lib/store-entry.ts";
import { type Instant, instant, type WallTime, wallTime } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";

export const provider = nobleProvider;
export const NOW: Instant = instant(1_000_000);
export const WALL: WallTime = wallTime(1_800_000_000_000);
export const at = (ms: number): Instant => instant(NOW + ms);
export const wallAt = (ms: number): WallTime => wallTime(WALL + ms);

/** SHA-256 over a counter: the same for the same seed. */
export function seeded(seed: number): RandomSource {
  let count = 0;
  return (length) => {
    const blocks: Uint8Array[] = [];
    for (let have = 0; have < length; have += 32)
      blocks.push(provider.sha256(new Writer().u32(seed).u32(count++).finish()));
    return concatBytes(...blocks).slice(0, length);
  };
}

const identities = new Map<number, LocalIdentity>();
/** The same for the same number; making one is slow. */
export function person(number: number): LocalIdentity {
  const known = identities.get(number);
  if (known !== undefined) return known;
  const made = identityFromSeed(provider, new Secret(new Uint8Array(32).fill(number)));
  identities.set(number, made);
  return made;
}

/** Any 32 bytes are a PeerId where nobody signs. */
export const peer = (number: number): PeerId => number.toString(16).padStart(64, "0") as PeerId;

export function drain<Output>(machine: { poll(): Output | undefined }): Output[] {
  const outputs: Output[] = [];
  for (let output = machine.poll(); output !== undefined; output = machine.poll()) outputs.push(output);
  return outputs;
}

/** A store that keeps what machines put out, as the driver would. */
export class Disk {
  readonly entries = new Map<string, Uint8Array>();
  keep<Output extends { readonly type: string }>(outputs: readonly Output[]): readonly Output[] {
    for (const output of outputs) {
      if (!isStore(output)) continue;
      for (const key of output.deletes) this.entries.delete(key);
      for (const { key, value } of output.puts) this.entries.set(key, value);
    }
    return outputs;
  }
  get restored(): StoreEntry[] {
    return [...this.entries].map(([key, value]) => ({ key, value }));
  }
}

function isStore(output: { readonly type: string }): output is {
  readonly type: "store";
  readonly puts: readonly StoreEntry[];
  readonly deletes: readonly string[];
} {
  return output.type === "store";
}

export function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** Truncated, extended, flipped, spliced: the decoder gives a value or a WireError, and never takes a wrong length. */
export function assertStrict(sample: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  for (let length = 0; length < sample.length; length++) {
    assert.notEqual(
      codeOf(() => decode(sample.subarray(0, length))),
      undefined,
      `cut to ${length} bytes`,
    );
  }
  assert.notEqual(
    codeOf(() => decode(concatBytes(sample, Uint8Array.of(0)))),
    undefined,
    "one byte more",
  );
  fc.assert(
    fc.property(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
      const broken = sample.slice();
      broken[index] = (broken[index] ?? 0) ^ flip;
      codeOf(() => decode(broken));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void codeOf(() => decode(bytes))));
}

const ROOT = join(import.meta.dirname, "../../../..");

/** The cases of one of our frozen vector files. */
export function vectors<Case>(name: string): readonly Case[] {
  const path = join(ROOT, "spec/vectors", name);
  assert.ok(existsSync(path), `${name} is missing`);
  const file: { cases: Case[] } = JSON.parse(readFileSync(path, "utf8"));
  assert.ok(file.cases.length > 0);
  return file.cases;
}

/** `|` and spaces in vectors are for the reader. */
export const unspaced = (hex: string): string => hex.replace(/[\s|]/g, "");

test("the fixture's chance is the same for the same seed", () => {
  assert.deepEqual(seeded(1)(40), seeded(1)(40));
  assert.notDeepEqual(seeded(1)(40), seeded(2)(40));
});
