/** The parts of the simulator: a world that does not notice what is wrong proves nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeProvider } from "@kith/sdk/node";
import fc from "fast-check";
import { Cable, type CableWorld } from "./cable.ts";
import { EventQueue } from "./event-queue.ts";
import { HostClock } from "./host-clock.ts";
import { Ledger, PLAINTEXT_MARK, Violation } from "./ledger.ts";
import { PLANS } from "./plan.ts";
import { SimRandom } from "./sim-random.ts";
import { Trace } from "./trace.ts";
import { NonceLedger, watchProvider } from "./watched-provider.ts";
import { CALM, type Climate, Weather } from "./weather.ts";
import { World } from "./world.ts";

test("SimRandom: the same seed gives the same numbers, another seed and another fork others", () => {
  const draw = (random: SimRandom): number[] => Array.from({ length: 20 }, () => random.u32());
  assert.deepEqual(draw(new SimRandom("1")), draw(new SimRandom("1")));
  assert.notDeepEqual(draw(new SimRandom("1")), draw(new SimRandom("2")));
  assert.notDeepEqual(draw(new SimRandom("1").fork("a")), draw(new SimRandom("1").fork("b")));
  const disturbed = new SimRandom("1");
  draw(disturbed);
  assert.deepEqual(
    draw(disturbed.fork("a")),
    draw(new SimRandom("1").fork("a")),
    "forks do not depend on what was drawn",
  );
});

test("SimRandom: numbers keep within their bounds, and reach them", () => {
  const random = new SimRandom("bounds");
  const numbers = Array.from({ length: 2_000 }, () => random.between(3, 7));
  assert.deepEqual([...new Set(numbers)].sort(), [3, 4, 5, 6, 7]);
  assert.equal(random.bytes(7).length, 7);
});

test("EventQueue: takes what comes first, and of one moment what was planned first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (moments) => {
      const queue = new EventQueue();
      const taken: [number, number][] = [];
      for (const [order, at] of moments.entries()) queue.plan(at, () => taken.push([at, order]));
      while (queue.size > 0) queue.take()?.();
      assert.deepEqual(
        taken,
        [...taken].sort(([a, i], [b, j]) => a - b || i - j),
      );
      assert.equal(taken.length, moments.length);
    }),
  );
});

function cable(climate: Partial<Climate>, isOrdered: boolean) {
  const random = new SimRandom("cable");
  const weather = new Weather({ ...CALM, ...climate }, Number.POSITIVE_INFINITY, random);
  const world = { now: 0, events: new EventQueue(), weather, random, tap: () => {} } satisfies CableWorld;
  const heard: number[] = [];
  const ends: string[] = [];
  const pipe = new Cable(world, { isOrdered, names: ["a", "b"] });
  pipe.listen(1, {
    onPacket: (bytes) => heard.push(new DataView(bytes.buffer).getUint32(0)),
    onRoom: () => {},
    onClosed: () => ends.push("b"),
  });
  const send = (number: number): void => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    pipe.write(0, bytes);
  };
  const run = (): void => {
    for (let next = world.events.nextAt; next !== undefined; next = world.events.nextAt) {
      world.now = next;
      world.events.take()?.();
    }
  };
  return { pipe, heard, ends, send, run };
}

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

test("Cable, ordered: nothing is lost, repeated or overtaken, and what was written before the end arrives", () => {
  const { pipe, heard, ends, send, run } = cable({ latencyMax: 500, loss: 1, duplication: 1 }, true);
  for (const number of HUNDRED) send(number);
  pipe.close(0);
  run();
  assert.deepEqual([heard, ends], [HUNDRED, ["b"]]);
});

test("Cable, unordered: packets are lost, repeated and overtake each other", () => {
  const { heard, send, run } = cable({ latencyMax: 500, loss: 0.3, duplication: 0.3 }, false);
  for (const number of HUNDRED) send(number);
  run();
  assert.notDeepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  );
  assert.ok(new Set(heard).size < 100 && heard.length > new Set(heard).size);
});

test("Cable: a cut holds back what is ordered, and drops what is not", () => {
  const cuts = [{ from: "a", to: "b", start: 0, end: 10_000, period: undefined }];
  for (const [isOrdered, arrives] of [
    [true, [1]],
    [false, []],
  ] as const) {
    const { heard, send, run } = cable({ cuts }, isOrdered);
    send(1);
    run();
    assert.deepEqual(heard, arrives);
  }
});

test("HostClock: the wall is wrong by its skew, and a clock that sleeps stands still", () => {
  for (const sleeps of [true, false]) {
    const clock = new HostClock({ wallSkew: 500, sleeps });
    const before = clock.at(1_000);
    clock.sleep(1_000);
    assert.equal(clock.wake(61_000), 60_000);
    const after = clock.at(61_000);
    assert.equal(after.now - before.now, sleeps ? 0 : 60_000);
    assert.equal(after.wall - before.wall, 60_000);
  }
});

test("NonceLedger: a key meets a nonce once, whatever handle it goes by", () => {
  const provider = watchProvider(createNodeProvider({ isSeeded: true }), new NonceLedger());
  const [key, nonce, aad] = [new Uint8Array(32).fill(1), new Uint8Array(12), new Uint8Array(0)];
  provider.seal(provider.importAeadKey(key), nonce, aad, aad);
  provider.seal(provider.importAeadKey(new Uint8Array(32).fill(2)), nonce, aad, aad);
  assert.throws(() => provider.seal(provider.importAeadKey(key), nonce, aad, aad), /same nonce twice/);
});

test("Ledger.hear: a text twice, out of order or of another's making is a violation", () => {
  const world = new World(PLANS[0], "ledger", new Trace(false));
  const [one, two] = world.people.map(({ host }) => host);
  assert.ok(one !== undefined && two !== undefined);
  const ledger = new Ledger();
  const texts = Array.from({ length: 3 }, () => ledger.nextText(one, two, 0));
  ledger.hear(two, one, "id 1", texts[0] ?? "");
  ledger.hear(two, one, "id 3", texts[2] ?? "");
  assert.throws(() => ledger.hear(two, one, "id 3", texts[2] ?? ""), Violation);
  assert.throws(() => ledger.hear(two, one, "id 2", texts[1] ?? ""), Violation);
  assert.throws(() => ledger.hear(one, two, "id 4", texts[1] ?? ""), Violation);
});

test("Watch: a mark in a packet is seen wherever it stands", () => {
  const world = new World(PLANS[0], "watch", new Trace(false));
  const packet = Buffer.concat([Buffer.alloc(1_000, 7), Buffer.from(PLAINTEXT_MARK), Buffer.alloc(5)]);
  assert.throws(() => world.net.tap(packet, "a", "b"), Violation);
  const identity = Buffer.from(world.people[0]?.host.id ?? "", "hex");
  assert.equal(identity.length, 32);
  assert.throws(() => world.net.tap(Buffer.concat([Buffer.alloc(3), identity]), "a", "b"), Violation);
  world.net.tap(Buffer.alloc(1_000, 7), "a", "b");
});
