/** ChatMachine: lifetimes agreed by both, and texts that are gone when they are due. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../../lib/hex.ts";
import { days, hours, minutes, seconds } from "../../lib/time.ts";
import { textToBytes } from "../../lib/utf8.ts";
import type { ChatMessageId } from "./chat-id.ts";
import type { ChatDeed } from "./chat-pen.ts";
import { LIFETIME_OFF, LIFETIME_UNTIL_CLOSED } from "./chat-term.ts";
import { type Side, World } from "./chat-world.test.ts";

const act = (side: Side, deed: ChatDeed): ChatMessageId | undefined => side.machine.act(deed, side.now, side.wall);

function agree(world: World, lifetime: number): void {
  act(world.a, { type: "propose", lifetime });
  world.run();
  act(world.b, { type: "answer", isAccepted: true });
  world.run();
}

function pass(world: World, wait: number): void {
  for (const side of [world.a, world.b]) side.pass(wait);
  world.run();
}

/** Rows of texts and of what was done to them, and whether these words are in any row. */
const leftOf = (side: Side, words: string): readonly [readonly string[], boolean] => [
  [...side.disk.keys()].filter((key) => /^(log|state|mark|act)/.test(key)),
  [...side.disk.values()].some((value) => bytesToHex(value).includes(bytesToHex(textToBytes(words)))),
];

test("[CHAT-16] a lifetime counts from when both agreed, not before, and is in each text", () => {
  const world = new World();
  const { a, b } = world;
  act(a, { type: "propose", lifetime: 60 });
  world.run();
  a.send("still stays");
  world.run();
  assert.deepEqual(
    [a, b].map((side) => side.machine.agreement.lifetime),
    [LIFETIME_OFF, LIFETIME_OFF],
  );
  assert.deepEqual(b.machine.agreement.theirs?.lifetime, 60);
  act(b, { type: "answer", isAccepted: true });
  world.run();
  assert.deepEqual(
    [a, b].map((side) => side.machine.agreement.lifetime),
    [60, 60],
  );
  assert.equal(act(b, { type: "answer", isAccepted: true }), undefined, "answered");
  a.send("goes");
  b.send("goes too");
  world.run();
  assert.deepEqual(
    a.archive.log.map(({ lifetime }) => lifetime),
    [undefined, 60, 60],
  );
  a.restart();
  b.restart();
  assert.deepEqual(
    [a, b].map((side) => side.machine.agreement.lifetime),
    [60, 60],
  );
  act(b, { type: "propose", lifetime: LIFETIME_OFF });
  world.close();
  world.open();
  world.run();
  act(a, { type: "answer", isAccepted: false });
  world.run();
  assert.deepEqual(
    [a, b].map((side) => side.machine.agreement.lifetime),
    [60, 60],
  );
  assert.deepEqual(b.machine.agreement.ours, []);
});

test("[CHAT-16] both ends agree on the same, whoever proposes and accepts what at once, even if one lost what was", () => {
  const step = fc.record({
    who: fc.constantFrom("a" as const, "b" as const),
    deed: fc.oneof(
      fc.constantFrom(0, 1, 60, 3_600, 86_400).map((lifetime) => ({ type: "propose" as const, lifetime })),
      fc.boolean().map((isAccepted) => ({ type: "answer" as const, isAccepted })),
    ),
    runs: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.nat(14), (steps, lossAt) => {
      const world = new World();
      for (const [index, { who, deed, runs }] of steps.entries()) {
        if (index === lossAt) {
          world.run();
          world.close();
          world.b.disk.delete("terms");
          world.b.restart();
          world.open();
        }
        const side = world[who];
        // A fifth without an answer is refused, and the one below must not be.
        if (deed.type === "answer" || side.machine.agreement.ours.length < 3) act(side, deed);
        if (runs) world.run();
      }
      world.run();
      const isLost = lossAt < steps.length;
      if (!isLost) assert.equal(world.a.machine.agreement.lifetime, world.b.machine.agreement.lifetime);
      act(world.a, { type: "propose", lifetime: 120 });
      world.run();
      act(world.b, { type: "answer", isAccepted: true });
      world.run();
      assert.deepEqual(world.a.machine.agreement.lifetime, world.b.machine.agreement.lifetime);
    }),
    { numRuns: 400 },
  );
});

test("[CHAT-17] a text and all that was done to it is gone at both ends when due, counted from receipt", () => {
  const world = new World();
  const { a, b } = world;
  agree(world, 60);
  const kept = a.archive.log.length;
  assert.equal(kept, 0);
  world.close();
  const id = a.send("whisper") as ChatMessageId;
  world.run();
  pass(world, hours(5));
  assert.equal(a.machine.goneAt(id), undefined, "it has not arrived: its time does not run");
  world.open();
  world.run();
  b.react("whisper", "👍");
  act(a, { type: "edit", target: id, text: "whispers" });
  world.run();
  pass(world, seconds(59));
  assert.deepEqual([a.texts("out"), b.texts("in")], [["whispers"], ["whispers"]]);
  act(b, { type: "react", target: id, symbol: "🎉" }); // on its way when the text goes
  pass(world, seconds(1));
  for (const side of [a, b]) {
    assert.deepEqual(leftOf(side, "whisper"), [[], false]);
    assert.deepEqual(side.heardOf("erased"), [{ type: "erased", ids: [id] }]);
    assert.equal(side.machine.stateOf(id), undefined);
    assert.equal(side.machine.undelivered, 0);
  }
  world.close();
  world.open();
  world.run();
  assert.equal(b.heardOf("message").length, 1, "its id is remembered");
});

test("[CHAT-17] what waits to be done to a text goes with it, though the peer is away", () => {
  const world = new World();
  agree(world, 60);
  world.a.send("whisper");
  world.run();
  world.close();
  world.b.react("whisper", "👍");
  act(world.a, { type: "edit", target: world.b.idOf("whisper"), text: "whispers" });
  world.run();
  assert.deepEqual(
    [world.a, world.b].map((side) => side.machine.undelivered),
    [1, 1],
  );
  pass(world, seconds(60));
  for (const side of [world.a, world.b]) {
    assert.deepEqual(leftOf(side, "whisper"), [[], false]);
    assert.equal(side.machine.undelivered, 0);
  }
});

test("[CHAT-17] over a restart a lifetime goes on: the wall clock shortens it, and never lengthens it", () => {
  for (const [away, isGone] of [
    [seconds(29), false],
    [seconds(30), true],
    [days(3_650), true],
    [-days(3_650), false],
  ] as const) {
    const world = new World();
    agree(world, 60);
    world.a.send("whisper");
    world.run();
    pass(world, seconds(30));
    world.close();
    for (const side of [world.a, world.b]) {
      side.machine.handleTimeout(side.now);
      side.machine.forget([], side.now);
    }
    // The last transaction was at the receipt: 30 s before the end.
    for (const side of [world.a, world.b]) side.restart(away);
    for (const side of [world.a, world.b]) side.pass(0);
    world.run();
    for (const side of [world.a, world.b]) {
      assert.equal(side.archive.log.length === 0, isGone, `away ${away}`);
      side.pass(seconds(60));
    }
    world.run();
    for (const side of [world.a, world.b]) assert.deepEqual(leftOf(side, "whisper"), [[], false], `away ${away}`);
  }
});

test("[CHAT-17] a clock that is set back before a crash gives a text at most a minute back", () => {
  const world = new World();
  agree(world, 3_600);
  world.a.send("whisper");
  world.run();
  for (let minute = 0; minute < 50; minute++) pass(world, minutes(1));
  world.b.restart(-days(1));
  world.b.pass(minutes(11));
  world.run();
  assert.deepEqual(leftOf(world.b, "whisper"), [[], false]);
});

test("[CHAT-18] a text until the chat is closed is on no disk, and gone at both ends when one closes", () => {
  const world = new World();
  const { a, b } = world;
  agree(world, LIFETIME_UNTIL_CLOSED);
  const id = a.send("secret") as ChatMessageId;
  b.send("secrets");
  world.run();
  act(b, { type: "react", target: id, symbol: "👍" });
  act(a, { type: "edit", target: id, text: "secretly" });
  world.run();
  for (const side of [a, b]) assert.deepEqual(leftOf(side, "secret"), [[], false]);
  assert.deepEqual(b.heardOf("changed").at(-1)?.text, "secretly");
  assert.equal([...a.machine.heldTexts()].filter(({ key }) => key.startsWith("log/")).length, 2);
  act(a, { type: "close" });
  world.run();
  for (const side of [a, b]) {
    assert.deepEqual([...side.machine.heldTexts()], []);
    assert.equal(side.heardOf("erased")[0]?.ids.length, 2);
    assert.equal(side.machine.undelivered, 0);
    assert.ok(!side.disk.has("fleeting"));
  }
});

test("[CHAT-18] a process that ends closes: the peer's copies go when it is back, undelivered ones never leave", () => {
  const world = new World();
  const { a, b } = world;
  agree(world, LIFETIME_UNTIL_CLOSED);
  a.send("secret");
  world.run();
  world.close();
  a.send("never");
  b.send("waits");
  world.run();
  a.restart();
  world.open();
  world.run();
  assert.deepEqual(
    b.heardOf("erased").map(({ ids }) => ids.length),
    [1],
  );
  assert.deepEqual(
    b.heardOf("message").map(({ text }) => text),
    ["secret"],
  );
  assert.deepEqual(
    a.heardOf("message").map(({ text }) => text),
    ["waits"],
    "written to a chat that is open there",
  );
  assert.equal(a.machine.undelivered + b.machine.undelivered, 0);
});

test("[CHAT-17] nothing is left after its time, whichever side is killed at any output", () => {
  const story = (world: World): void => {
    agree(world, 60);
    const id = world.a.send("whisper");
    world.run();
    const here = world.b.archive.log.find((entry) => entry.id === id);
    if (here !== undefined) act(world.b, { type: "react", target: here.id, symbol: "👍" });
    world.run();
    pass(world, seconds(60));
  };
  const quiet = new World();
  story(quiet);
  assert.equal(quiet.b.heardOf("erased").length, 1);
  for (let at = 0; at < quiet.step; at++) {
    for (const when of ["before", "after"] as const) {
      const world = new World();
      world.kill = (step) => (step === at ? when : "no");
      story(world);
      pass(world, seconds(61)); // a kill may have made the receipt, and so its sender's time, later
      for (const side of [world.a, world.b]) {
        const timed = side.archive.log.filter(({ lifetime }) => lifetime !== undefined);
        assert.deepEqual(timed, [], `killed ${when} output ${at}`);
        assert.equal(side.machine.undelivered, 0);
      }
    }
  }
});

test("[CHAT-16] a proposal is refused while four are not answered", () => {
  const world = new World();
  for (let count = 0; count < 4; count++) assert.ok(act(world.a, { type: "propose", lifetime: 60 + count }));
  assert.equal(act(world.a, { type: "propose", lifetime: 120 }), undefined);
  world.run();
  act(world.b, { type: "answer", isAccepted: false });
  world.run();
  assert.ok(act(world.a, { type: "propose", lifetime: 120 }));
});
