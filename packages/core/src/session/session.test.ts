import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keyingPair, randomOf, World } from "./session-world.test.ts";

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

const action = fc.oneof(
  fc.record({ type: fc.constant("send" as const), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ type: fc.constant("wait" as const), span: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({ type: fc.constant("sleep" as const), span: fc.integer({ min: 20_000, max: 4_000_000 }) }),
  fc.record({ type: fc.constant("cut" as const) }),
  fc.record({ type: fc.constant("move" as const), ordered: fc.boolean(), byFirst: fc.boolean() }),
  fc.record({ type: fc.constant("rekey" as const), ordered: fc.boolean(), lag: fc.integer({ min: 0, max: 300 }) }),
);

test("[SES-1] [SES-4] session: cuts, moves, rekeying and sleep in any order lose nothing and repeat no nonce", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.array(action, { minLength: 1, maxLength: 14 }),
      (seed, loss, actions) => {
        const world = new World(seed);
        const [a, b] = world.sides;
        const weather = (ordered: boolean) => ({
          ordered,
          recordBytesMax: 1_500,
          ...(!ordered && { loss, duplication: 0.2, latencyMax: 60 }),
        });
        const serials = [0, 0];
        let keyings = 0;
        world.link(0, weather(false));

        /** New keys for both, the second a little later, as when the last message of a handshake is under way. */
        const rekey = (ordered: boolean, lag: number): void => {
          const pair = keyingPair(randomOf(world.chance), ++keyings);
          world.pipes.clear();
          a.session.adoptKeying(pair.initiator, world.instant);
          world.run(lag);
          b.session.adoptKeying(pair.responder, world.instant);
          world.link(0, weather(ordered));
          for (const side of world.sides) side.usePath = 0;
        };
        const move = (ordered: boolean, byFirst: boolean): void => {
          const number = (byFirst ? a : b).session.takePathNumber();
          if (number === undefined || !world.sides.every(({ session }) => session.canAddPath(number)))
            return rekey(ordered, 0);
          world.link(number, weather(ordered));
          for (const side of world.sides) side.usePath = number;
        };

        for (const act of actions) {
          if (act.type === "send") {
            for (const [i, side] of world.sides.entries())
              for (let n = 0; n < act.count; n++) side.waiting.push(serials[i]!++);
          } else if (act.type === "wait" || act.type === "sleep") world.run(act.span);
          else if (act.type === "cut") for (const pipe of world.pipes.values()) pipe.isCut = true;
          else if (act.type === "move") move(act.ordered, act.byFirst);
          else rekey(act.ordered, act.lag);
          for (const path of [...world.pipes.keys()])
            if (world.sides.some(({ session }) => session.stats(path) === undefined)) world.unlink(path);
        }
        rekey(true, 10);
        const isDone = (): boolean =>
          world.sides.every((side, i) => side.acked.size === serials[i] && side.waiting.length === 0);
        assert.ok(world.runUntil(isDone, 60_000), `acked ${a.acked.size} and ${b.acked.size} of ${serials}`);
        assert.deepEqual(new Set(b.received), a.acked);
        assert.deepEqual(new Set(a.received), b.acked);
      },
    ),
    { numRuns: 200 },
  );
});
