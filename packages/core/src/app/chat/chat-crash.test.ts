/** ChatMachine: two of them, killed and restored at every step. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { World } from "./chat-world.test.ts";

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
      assert.equal(world.a.machine.undelivered, 0);
    }),
    { numRuns: 300 },
  );
});
