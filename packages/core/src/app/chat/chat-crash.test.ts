/** ChatMachine: two of them, killed and restored at every step. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ChatMessageId } from "./chat-id.ts";
import { type Side, World } from "./chat-world.test.ts";

const EXPECTED = ["one", "two", "three", "four", "five"];

function scenario(world: World): void {
  for (const text of EXPECTED.slice(0, 3)) world.a.send(text);
  world.b.send("hello");
  world.run();
  for (const text of EXPECTED.slice(3)) world.a.send(text);
  world.run();
  const read = world.b.archive.log.filter((entry) => entry.direction === "in").map((entry) => entry.id);
  world.b.machine.markRead(read, world.b.now);
  world.run();
  for (const [side, symbol] of [
    [world.a, "1"],
    [world.b, "2"],
    [world.b, "3"],
  ] as const) {
    if (side.texts("in").length > 0) side.react(side.texts("in")[0] ?? "", symbol);
    world.run();
  }
}

/** The same with changes of words, which take texts away too. */
function editing(world: World): void {
  scenario(world);
  const own = (side: Side, index: number): ChatMessageId | undefined =>
    side.archive.log.filter(({ direction }) => direction === "out")[index]?.id;
  for (const [side, index, text] of [
    [world.a, 1, "new words"],
    [world.a, 2, undefined],
    [world.b, 0, "other words"],
    [world.a, 1, undefined],
  ] as const) {
    const id = own(side, index);
    if (id === undefined) continue;
    if (text === undefined) side.machine.act({ type: "delete", target: id }, side.now, side.wall);
    else side.machine.act({ type: "edit", target: id, text }, side.now, side.wall);
    world.run();
  }
}

/** Both ends know the same of every text. */
function assertSame(world: World, name: string): void {
  const views = [world.a, world.b].map((side) => {
    const mine = side === world.a ? "a" : "b";
    const theirs = side === world.a ? "b" : "a";
    return side.archive.log
      .map(({ id, text, mark: { edits, isDeleted }, mark }) => ({
        id,
        text,
        edits,
        isDeleted,
        [mine]: mark.ours.symbol,
        [theirs]: mark.theirs.symbol,
      }))
      .sort((x, y) => (x.id < y.id ? -1 : 1));
  });
  assert.deepEqual(views[0], views[1], name);
}

test("[CHAT-4] ChatMachine delivers each text once and in order, told, receipted and settled", () => {
  const world = new World();
  scenario(world);
  assert.deepEqual(world.b.texts("in"), EXPECTED);
  assert.deepEqual(
    world.b.heardOf("message").map((output) => output.text),
    EXPECTED,
  );
  assert.equal(world.a.machine.undelivered, 0);
  const [first] = world.a.archive.log;
  assert.deepEqual(world.a.states(first?.id), ["queued", "sent", "stored", "read"]);
  assert.ok(
    [...world.a.archive.log, ...world.b.archive.log].every((entry) => ["stored", "read"].includes(entry.state)),
  );
  assert.ok([...world.a.archive.seen, ...world.b.archive.seen].every((entry) => entry.isSettled));
  assert.ok(world.b.archive.log.every((entry) => entry.direction === "out" || entry.isSettled));
});

test("[CHAT-5] ChatMachine is exactly once whichever side is killed, before or after any output", () => {
  const quiet = new World();
  scenario(quiet);
  let runs = 0;
  for (let at = 0; at < quiet.step + 6; at++) {
    for (const when of ["before", "after"] as const) {
      for (const second of [0, 1, 2, 5]) {
        const world = new World();
        world.kill = (step) => (step === at || (second > 0 && step === at + second) ? when : "no");
        scenario(world);
        runs += 1;
        const name = `killed ${when} output ${at} and ${second} later`;
        // What is durable in the outbox arrives; what the kill kept from the disk was never "queued".
        assert.deepEqual(world.b.texts("in"), world.a.texts("out"), name);
        assert.deepEqual(world.a.texts("in"), world.b.texts("out"), name);
        assert.equal(new Set(world.b.texts("in")).size, world.b.texts("in").length, name);
        const told = world.a.heardOf("state").filter((output) => output.state === "queued");
        for (const { id } of told)
          assert.ok(
            world.b.archive.log.some((entry) => entry.id === id),
            name,
          );
        assertSame(world, name);
        assert.equal(world.a.machine.undelivered + world.b.machine.undelivered, 0, name);
        assert.ok(
          world.a.archive.log.every((entry) => entry.state !== "queued"),
          name,
        );
        const open = [...world.a.archive.seen, ...world.b.archive.seen].filter((entry) => !entry.isSettled);
        assert.deepEqual(open, [], `${name}: unsettled ids`);
      }
    }
  }
  assert.ok(runs > 100, `${runs} runs`);
});

test("[CHAT-5] ChatMachine is exactly once under random kills of both sides", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 12 }), fc.array(fc.boolean()), (kills, whens) => {
      const world = new World();
      const at = new Set(kills);
      world.kill = (step) => (at.has(step) ? (whens[step % (whens.length || 1)] ? "before" : "after") : "no");
      scenario(world);
      assert.deepEqual(world.b.texts("in"), world.a.texts("out"));
      assert.equal(new Set(world.b.texts("in")).size, world.b.texts("in").length);
      assertSame(world, "after random kills");
      assert.equal(world.a.machine.undelivered, 0);
    }),
    { numRuns: 300 },
  );
});

test("[CHAT-14] both ends have the same words, edited or gone, whichever side is killed at any output", () => {
  const quiet = new World();
  editing(quiet);
  assert.deepEqual(quiet.a.archive.log.filter(({ mark }) => mark.isDeleted).length, 2);
  for (let at = 0; at < quiet.step + 6; at++) {
    for (const when of ["before", "after"] as const) {
      const world = new World();
      world.kill = (step) => (step === at ? when : "no");
      editing(world);
      assertSame(world, `killed ${when} output ${at}`);
      assert.equal(world.a.machine.undelivered + world.b.machine.undelivered, 0);
      assert.deepEqual(
        [...world.a.disk.keys(), ...world.b.disk.keys()].filter((key) => key.startsWith("act/")),
        [],
      );
    }
  }
});
