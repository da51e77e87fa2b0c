/** FileSender and FileReceiver: killed and restored at every step, with torn writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FILE_CHUNK_BYTES } from "../../wire/limits.ts";
import type { Content } from "./file-world.test.ts";
import { fill, World } from "./file-world.test.ts";

const CONTENTS: readonly Content[] = [
  { path: "photos" },
  { path: "photos/big.raw", bytes: fill(3 * FILE_CHUNK_BYTES + 77, 1) },
  { path: "photos/empty.txt", bytes: new Uint8Array() },
  { path: "photos/small.txt", bytes: fill(10, 2) },
  { path: "photos/even.bin", bytes: fill(2 * FILE_CHUNK_BYTES, 3) },
  { path: "photos/deep/er" },
];

function check(world: World, name: string): void {
  const { sender, receiver } = world;
  assert.equal(receiver.placed.length, 1, `${name}: placed once`);
  const files = CONTENTS.filter((content) => content.bytes !== undefined);
  assert.deepEqual(
    [...(receiver.placed[0] ?? [])].map(([path, bytes]) => [path, bytes.length]),
    files.map((file) => [file.path, file.bytes?.length]),
    name,
  );
  for (const { path, bytes } of files) {
    assert.ok(Buffer.from(receiver.placed[0]?.get(path) ?? []).equals(bytes ?? new Uint8Array()), `${name}: ${path}`);
  }
  assert.deepEqual([...sender.disk.keys()], [], `${name}: nothing left to send`);
  assert.deepEqual([...receiver.disk.keys()], ["done/0123456789abcdef0123456789abcdef"], name);
  assert.equal(receiver.parts.size, 0, name);
  assert.deepEqual([...sender.heardOf("violation"), ...receiver.heardOf("violation")], [], name);
  // Lost are at most the chunks that a kill tore; none that was whole on disk comes again.
  assert.equal(world.sentAgain, 0, `${name}: chunks sent again`);
}

test("[FILE-5] a transfer arrives once, whole and in its place", () => {
  for (let seed = 1; seed < 20; seed++) {
    const world = new World(CONTENTS, seed);
    world.open();
    world.run();
    check(world, `seed ${seed}`);
    assert.equal(world.sender.heardOf("ended")[0]?.outcome, "complete");
    assert.equal(world.receiver.heardOf("ended")[0]?.outcome, "complete");
    const written = world.sender.heardOf("progress").map((progress) => progress.written);
    assert.deepEqual(
      written,
      [...written].sort((a, b) => a - b),
    );
    const { total } = world.sender.heardOf("progress").at(-1) ?? { total: 0 };
    assert.equal(written.at(-1), total);
  }
});

test("[FILE-7] a transfer goes on after a kill of either side, or both, at any step, losing at most one chunk", () => {
  const quiet = new World(CONTENTS);
  quiet.open();
  quiet.run();
  let runs = 0;
  for (let at = 0; at < quiet.step; at++) {
    for (const who of ["sender", "receiver", "both"] as const) {
      for (const again of at % 4 === 0 ? [0, 3] : [0]) {
        const world = new World(CONTENTS, at + 1);
        // Its own record must be durable before there is anything to restore.
        world.open();
        let isDue = false;
        let first = -1;
        world.kill = (step) => {
          if (step === at && world.sender.disk.size + world.receiver.disk.size > 0) isDue = true;
          if (isDue && first < 0) {
            first = step;
            return who;
          }
          return again > 0 && step === first + again ? who : "no";
        };
        world.run();
        if (first < 0) continue; // killed before anything was stored: nobody was told that it was sent
        runs += 1;
        if (world.sender.machine !== undefined && world.receiver.placed.length === 0) {
          world.close();
          world.open();
          world.run();
        }
        check(world, `${who} killed at ${at}, again after ${again}`);
      }
    }
  }
  assert.ok(runs > 200, `${runs} runs`);
});

test("[FILE-7] a transfer survives many kills in a row", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 10 }), fc.nat(1_000), (gaps, seed) => {
      const world = new World(CONTENTS, seed);
      world.open();
      const kills = new Map<number, "sender" | "receiver" | "both">();
      let at = 12;
      for (const gap of gaps) {
        at += gap + 1;
        kills.set(at, (["sender", "receiver", "both"] as const)[gap % 3] ?? "both");
      }
      world.kill = (step) => kills.get(step) ?? "no";
      world.run();
      check(world, `${gaps}`);
    }),
    { numRuns: 60 },
  );
});
