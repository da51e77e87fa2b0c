/** Whatever the links do: once all is whole again, everybody has everything, once and in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesToHex } from "../lib/hex.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { decodeBroadcast } from "./envelope.ts";
import { type Host, MeshWorld } from "./mesh-fixture.test.ts";

type Act =
  | { readonly type: "say"; readonly who: number }
  | { readonly type: "cut"; readonly a: number; readonly b: number }
  | { readonly type: "part"; readonly mask: number }
  | { readonly type: "leave"; readonly who: number }
  | { readonly type: "heal" };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("say" as const), who: fc.nat(31) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("cut" as const), a: fc.nat(31), b: fc.nat(31) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("part" as const), mask: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), who: fc.nat(31) }) },
  { weight: 1, arbitrary: fc.constant({ type: "heal" as const }) },
);
/** Less than ten seconds in all: a hole that lasts longer is missed. */
const steps = fc.array(fc.tuple(act, fc.nat(300)), { minLength: 5, maxLength: 26 });

/** Copies of one broadcast over one direction of one link. */
class Crossings {
  readonly #count = new Map<string, number>();
  most = 0;
  add(from: Host, to: Host, bytes: Uint8Array): void {
    if (bytes[0] !== MESH_MESSAGE.broadcast) return;
    const { origin, sequence } = decodeBroadcast(bytes);
    const name = `${from.number}-${to.number}-${origin}-${sequence}`;
    const count = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, count);
    this.most = Math.max(this.most, count);
  }
}

function live(members: number, seed: number, acts: readonly (readonly [Act, number])[]): MeshWorld {
  const world = new MeshWorld({ members, seed, delayMin: 1, delayMax: 120 });
  const crossings = new Crossings();
  const cut = new Set<string>();
  let mask = 0;
  const nameOf = (a: number, b: number): string => `${Math.min(a, b)}-${Math.max(a, b)}`;
  world.mayLink = (a, b) =>
    !cut.has(nameOf(a.number, b.number)) && ((mask >> a.number) & 1) === ((mask >> b.number) & 1);
  world.onWay = (from, to, bytes) => {
    crossings.add(from, to, bytes);
    return bytes;
  };
  const heal = (): void => {
    cut.clear();
    mask = 0;
    for (const host of world.hosts) if (!host.isUp) world.start(host, false);
  };
  const said = new Map<Host, string[]>(world.hosts.map((host) => [host, []]));
  world.run(2_000);
  for (const [{ ...what }, pause] of acts) {
    if (what.type === "say") {
      const host = world.host(what.who % members);
      const texts = said.get(host) ?? [];
      texts.push(`${host.number}/${texts.length}`);
      world.say(host, texts.at(-1) ?? "");
    } else if (what.type === "cut") cut.add(nameOf(what.a % members, what.b % members));
    else if (what.type === "part") mask = what.mask;
    else if (what.type === "leave") world.stop(world.host(what.who % members), pause);
    else heal();
    world.applyCuts();
    world.run(pause);
  }
  heal();
  world.run(75_000);
  for (const host of world.hosts) {
    for (const other of world.hosts)
      if (other !== host)
        assert.deepEqual(host.texts(other.peer), said.get(other), `${host.number} of ${other.number}`);
    assert.deepEqual(host.missed, []);
    assert.deepEqual(host.misbehaved, []);
  }
  assert.ok(crossings.most <= 2, `${crossings.most} copies over one link in one direction`);
  return world;
}

test("[MSH-9] [MSH-12] 3 to 8 members, links that die, partitions: in the end everybody has everything, in order", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 8 }),
      fc.nat(),
      steps,
      (members, seed, acts) => void live(members, seed, acts),
    ),
    { numRuns: 25 },
  );
});

test("[MSH-14] a link that ends and comes back at once brings nothing a third time", () => {
  const say = { type: "say", who: 0 } as const;
  live(3, 0, [
    [say, 18],
    [say, 63],
    [{ type: "part", mask: 126 }, 0],
    [{ type: "heal" }, 225],
    [say, 30],
    [{ type: "cut", a: 23, b: 0 }, 0],
    [say, 0],
    [say, 0],
    [{ type: "cut", a: 0, b: 0 }, 0],
  ]);
});

test("[MSH-14] in a full mesh at rest a broadcast crosses each link of its origin once, and no other", () => {
  const world = new MeshWorld({ members: 8 });
  world.run(10_000);
  const ways: string[] = [];
  world.onWay = (from, to, bytes) => {
    if (bytes[0] === MESH_MESSAGE.broadcast || bytes[0] === MESH_MESSAGE.have) ways.push(`${from.number}-${to.number}`);
    return bytes;
  };
  world.say(world.host(3), "once");
  world.run(2_000);
  assert.deepEqual(
    ways.sort(),
    [0, 1, 2, 4, 5, 6, 7].map((number) => `3-${number}`),
  );
});

test("[MSH-9] what comes early waits, what is nowhere is missed after a while, and the rest goes on", () => {
  const world = new MeshWorld({ members: 2 });
  world.run(5_000);
  const [a, b] = [world.host(0), world.host(1)];
  world.say(a, "0");
  world.run(500);
  // A neighbour that keeps one from us, now and for ever.
  const kept = 1;
  world.onWay = (_from, to, bytes) => {
    const isBroadcast = bytes[0] === MESH_MESSAGE.broadcast || bytes[0] === MESH_MESSAGE.repair;
    if (to !== b || !isBroadcast || decodeBroadcast(bytes).sequence !== kept) return bytes;
    return Uint8Array.of(MESH_MESSAGE.prune);
  };
  for (const text of ["1", "2", "3"]) world.say(a, text);
  world.run(9_000);
  assert.deepEqual(b.texts(), ["0"]);
  world.run(5_000);
  assert.deepEqual(b.texts(), ["0", "2", "3"]);
  const { stream } = a.mesh;
  assert.deepEqual(b.missed, [{ type: "missed", origin: a.peer, stream, from: kept, to: kept + 1, isStart: false }]);
});

test("[MSH-10] history is bounded; who comes after gets the newest, and hears that there was more", () => {
  const world = new MeshWorld({ members: 3 });
  const late = world.host(2);
  world.stop(late);
  world.run(3_000);
  for (let i = 0; i < 4_200; i++) {
    world.say(world.host(0), `${i}`);
    world.run(8);
  }
  world.run(3_000);
  world.start(late, true);
  world.run(40_000);
  const texts = late.texts().map(Number);
  assert.equal(texts.at(-1), 4_199);
  assert.ok(texts.length <= 4_096 && texts.length >= 1_000, `${texts.length}`);
  assert.deepEqual(
    texts,
    Array.from({ length: texts.length }, (_, i) => 4_200 - texts.length + i),
  );
  assert.deepEqual(late.missed.map(({ from, to, isStart }) => ({ from, to, isStart })), [{ from: 0, to: texts[0], isStart: true }]); // biome-ignore format: one line
});

test("[MSH-11] a fifth process of a member retires its first, and what that said does not come again", () => {
  const world = new MeshWorld({ members: 3 });
  world.run(3_000);
  const [a, b] = [world.host(0), world.host(1)];
  const envelopes: Uint8Array[] = [];
  world.onWay = (from, to, bytes) => {
    if (from === a && to === b && bytes[0] === MESH_MESSAGE.broadcast) envelopes.push(bytes);
    return bytes;
  };
  for (let i = 0; i < 5; i++) {
    world.say(a, `process ${i}`);
    world.run(500);
    world.stop(a, 10);
    world.run(500);
    world.start(a, true);
    world.run(5_000);
  }
  assert.deepEqual(
    b.texts(),
    [0, 1, 2, 3, 4].map((i) => `process ${i}`),
  );
  assert.equal(new Set(envelopes.map((bytes) => bytesToHex(bytes.subarray(54, 70)))).size, 5);
  for (const envelope of envelopes) world.inject(world.host(2), b, envelope.slice());
  world.run(15_000);
  assert.equal(b.texts().length, 5);
});
