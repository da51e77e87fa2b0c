import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { World } from "./session-world.test.ts";

/** Gives each side `count` frames to send and runs until the other has them all. */
function exchange(world: World, count: number, within: number, first = 0): void {
  for (const side of world.sides) for (let i = 0; i < count; i++) side.waiting.push(first + i);
  const [a, b] = world.sides;
  const isDone = (): boolean => [a, b].every((side) => side.acked.size >= first + count && side.waiting.length === 0);
  assert.ok(world.runUntil(isDone, within), `acked ${a.acked.size} and ${b.acked.size} of ${first + count}`);
  for (const side of [a, b]) {
    const got = new Set(side.received);
    for (let i = first; i < first + count; i++) assert.ok(got.has(i), `${side.name} misses ${i}`);
  }
}

test("session: frames cross an ordered link once, in order, and are acknowledged", () => {
  const world = new World(1);
  world.link(0, { ordered: true });
  exchange(world, 500, 10_000);
  const [a, b] = world.sides;
  const expected = Array.from({ length: 500 }, (_, i) => i);
  assert.deepEqual(a.received, expected);
  assert.deepEqual(b.received, expected);
  assert.equal(a.types()[0], "pathValidated");
  assert.ok(a.types().includes("confirmed") && !a.types().includes("lost"));
});

test("[SES-1] session: all that is sent arrives, whatever an unordered link loses, repeats and reorders", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.double({ min: 0, max: 0.4, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 40 }),
      (seed, loss, duplication, latencyMax, jobDelayMax) => {
        const world = new World(seed);
        world.redials = true; // two in five lost: a path may well seem dead
        world.jobDelayMax = jobDelayMax; // answers of jobs come in any order
        world.link(0, { ordered: false, recordBytesMax: 1_200, loss, duplication, latencyMax });
        exchange(world, 120, 600_000);
        if (loss < 0.1) for (const side of world.sides) assert.ok(!side.types().includes("pathFailed"));
      },
    ),
    { numRuns: 150 },
  );
});

test("[SES-9] session: a link that dies loses nothing: another carries on", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.boolean(), fc.nat(40), (seed, ordered, before) => {
      const world = new World(seed);
      world.link(0, { ordered, recordBytesMax: 2_000 });
      for (const side of world.sides) for (let i = 0; i < 200; i++) side.waiting.push(i);
      world.run(before);
      world.unlink(0);
      world.run(500);
      const number = world.sides[0].session.takePathNumber()!;
      assert.equal(number, 2);
      world.link(number, { ordered, recordBytesMax: 2_000 });
      for (const side of world.sides) side.usePath = number;
      exchange(world, 0, 60_000, 200);
      world.run(2_000); // the new path is validated even if there was nothing left to do
      for (const side of world.sides) {
        assert.deepEqual(new Set(side.received), new Set(Array.from({ length: 200 }, (_, i) => i)));
        assert.ok(side.outputs.some((output) => output.type === "pathValidated" && output.path === number));
      }
    }),
    { numRuns: 60 },
  );
});
