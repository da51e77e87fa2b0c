/** What strangers on a link and a lying peer can do to a session: at most cost it that link, at most close it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes } from "../lib/bytes.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { RECORDS_IN_FLIGHT_MAX, UNOPENABLE_RECORDS_MAX } from "../wire/limits.ts";
import { encodeRecordHeader, recordNonce } from "../wire/record-header.ts";
import { CLOSE, FRAME } from "../wire/registry.ts";
import { keyingPair, randomOf, type Side, seeded, World } from "./session-world.test.ts";
import { SendKeys } from "./traffic-keys.ts";

function connected(ordered: boolean): World {
  const world = new World(11);
  world.link(0, { ordered });
  for (const side of world.sides) side.waiting.push(0);
  world.run(1_000);
  for (const side of world.sides) side.outputs.length = 0;
  return world;
}

/** One sealed record of `side` with one frame in it. */
function record(world: World, side: Side, serial = 1): Uint8Array {
  side.waiting.push(serial);
  const packet = side.flush(0, 65_535, world.provider, world.instant)[0];
  assert.ok(packet !== undefined);
  return packet;
}

/** Everything `to` made of `packets`. */
function feed(world: World, to: 0 | 1, packets: readonly Uint8Array[]): string[] {
  for (const packet of packets) {
    world.arrive(to, 0, packet);
    world.run(0);
  }
  return world.sides[to].types();
}

test("[SES-20] a changed record costs an ordered link, and an unordered one only after many", () => {
  for (const ordered of [true, false]) {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const world = connected(ordered);
        const packet = record(world, world.sides[0]);
        const at = place % packet.length;
        packet[at] = packet[at]! ^ flip;
        const made = feed(world, 1, [packet]);
        assert.ok(!made.includes("frames") && !made.includes("closed"));
        assert.equal(made.includes("pathFailed"), ordered, `byte ${at}`);
      }),
      { numRuns: 60 },
    );
  }
});

test("[SES-21] an unordered link bears unopenable records up to the limit and not one more", () => {
  const world = connected(false);
  const broken = record(world, world.sides[0]).fill(0xaa, 20);
  const made = feed(
    world,
    1,
    Array.from({ length: UNOPENABLE_RECORDS_MAX - 1 }, () => broken),
  );
  assert.ok(!made.includes("pathFailed"));
  assert.equal(world.sides[1].session.stats(0)?.recordsUnopenable, UNOPENABLE_RECORDS_MAX - 1);
  assert.deepEqual(feed(world, 1, [broken]), ["pathFailed"]);
  assert.equal(world.sides[1].session.phase, "open", "never the session");
});

test("records cut short at every byte, and bytes of any kind, never get through", () => {
  const world = connected(false);
  const packet = record(world, world.sides[0]);
  for (let end = 0; end < packet.length; end++) {
    const fresh = connected(false);
    assert.deepEqual(feed(fresh, 1, [packet.slice(0, end)]), []);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const fresh = connected(false);
      assert.deepEqual(feed(fresh, 1, [bytes, concatBytes(Uint8Array.of(0x10), bytes)]), []);
    }),
    { numRuns: 50 },
  );
});

test("[SES-5] a record that comes again, later or at once, is taken once", () => {
  const world = connected(false);
  const [a, b] = world.sides;
  const packets = [1, 2, 3].map((serial) => record(world, a, serial));
  feed(world, 1, [...packets, ...packets, packets[1]!]);
  assert.deepEqual(b.received, [0, 1, 2, 3]);
  assert.equal(b.session.stats(0)?.recordsUnopenable, 0, "an unordered link may repeat");
  // Both copies pass the first check when the answers of their jobs are late; the second is dropped then.
  const again = record(world, a, 4);
  const jobs = [again, again].map((packet) => b.session.handleRecord(0, packet.slice(), world.instant)!);
  for (const job of jobs) {
    const plaintext = world.provider.open(job.key, job.nonce, job.header, job.sealed);
    b.session.handleOpened(job, plaintext, world.instant);
  }
  b.drain();
  assert.deepEqual(b.received, [0, 1, 2, 3, 4]);
});

test("[SES-20] an ordered link that repeats a record ends", () => {
  const world = connected(true);
  const packet = record(world, world.sides[0]);
  assert.deepEqual(feed(world, 1, [packet]), ["frames"]);
  assert.deepEqual(feed(world, 1, [packet]), ["frames", "pathFailed"]);
});

test("pings that nobody acknowledges do not pile up", () => {
  const world = connected(true);
  const b = world.sides[1];
  const seal = liar(world);
  world.meddle = () => undefined;
  b.waiting.push(1); // never acknowledged: a ping each probe timeout, for ever
  for (let hour = 0; hour < 10; hour++) {
    for (let i = 0; i < 360; i++) {
      world.run(10_000);
      world.arrive(1, 0, seal(Uint8Array.of(FRAME.ack, 0, 0, 0, 0, 0))); // it lives, but acknowledges old things only
    }
  }
  assert.equal(b.session.phase, "open");
  assert.ok(b.session.stats(0)!.bytesInFlight <= 100, `${b.session.stats(0)!.bytesInFlight} bytes`);
});

test("a record sent back to its sender does not open", () => {
  const world = connected(false);
  const packet = record(world, world.sides[0]);
  assert.deepEqual(feed(world, 0, [packet]), []);
  new DataView(packet.buffer).setUint32(4, 1_000); // even with the index that we answer to
  assert.deepEqual(feed(world, 0, [packet]), []);
  assert.equal(world.sides[0].session.stats(0)?.recordsUnopenable, 2);
});

test("a record of one path on another's link is dropped", () => {
  const world = connected(false);
  const [a, b] = world.sides;
  const number = a.session.takePathNumber()!;
  world.link(number, { ordered: false });
  const packet = record(world, a, 5);
  world.arrive(1, number, packet);
  world.run(0);
  assert.ok(!b.received.includes(5));
});

test("claims of other key phases change nothing", () => {
  const world = connected(false);
  for (const phase of [1, 2, 255]) {
    const packet = record(world, world.sides[0], phase);
    packet[1] = phase;
    assert.deepEqual(feed(world, 1, [packet]), []);
  }
  feed(world, 1, [record(world, world.sides[0], 9)]);
  assert.ok(world.sides[1].received.includes(9));
});

test("records, timeouts and answers after the end do nothing", () => {
  const world = connected(false);
  const [a, b] = world.sides;
  const packet = record(world, a);
  const job = b.session.handleRecord(0, packet, world.instant)!;
  b.session.removePath(0, world.instant);
  b.session.close(CLOSE.done, world.instant);
  assert.equal(b.session.phase, "ended");
  b.drain();
  b.outputs.length = 0;
  b.session.handleOpened(job, Uint8Array.of(FRAME.ping), world.instant);
  assert.equal(b.session.handleRecord(0, packet, world.instant), undefined);
  assert.equal(b.session.beginRecord(0, 65_535, world.instant), undefined);
  b.session.handleTimeout(world.instant);
  b.session.removePath(0, world.instant);
  b.session.fail(new WireError("ERR_CHANNEL", "too late"), world.instant);
  b.drain();
  assert.deepEqual(b.outputs, []);
});

/** A peer with the right keys that seals whatever it likes. */
function liar(world: World): (plaintext: Uint8Array) => Uint8Array {
  const { initiator } = keyingPair(randomOf(seeded(11)));
  const keys = new SendKeys(world.provider, initiator.sendSecret, world.instant);
  let counter = 1_000;
  return (plaintext) => {
    const header = encodeRecordHeader({ phase: 0, path: 0, index: initiator.remoteIndex, counter });
    const nonce = recordNonce(0, counter++);
    return concatBytes(header, ...world.provider.seal(keys.key, nonce, header, plaintext));
  };
}

// [FRM-6] is the first of them.
const violations: readonly [name: string, plaintext: readonly number[], error: WireErrorCode][] = [
  ["an unknown frame", [0x7f], "ERR_UNKNOWN_TYPE"],
  ["type 0", [0x00], "ERR_UNKNOWN_TYPE"],
  ["an ack of a record never sent", [FRAME.ack, 0, 0, 0xff, 0x7f, 0, 0], "ERR_VALUE"],
  ["a frame cut short", [FRAME.ping, FRAME.pathProbe, 1, 2, 3], "ERR_TRUNCATED"],
  ["close without a code", [FRAME.close, 0], "ERR_VALUE"],
  ["data without data", [FRAME.data, 0, 0, 0], "ERR_VALUE"],
];
for (const [name, plaintext, error] of violations) {
  test(`[SES-22] an opened record that breaks the spec closes the session: ${name}`, () => {
    const world = connected(true);
    const b = world.sides[1];
    world.arrive(1, 0, liar(world)(Uint8Array.from(plaintext)));
    world.run(0);
    assert.deepEqual(b.outputs, [{ type: "closed", reason: CLOSE.protocolError, by: "local", error }]);
    world.run(100);
    assert.deepEqual(world.sides[0].outputs.at(-2), { type: "closed", reason: CLOSE.protocolError, by: "peer" });
  });
}

test("an empty record breaks the spec, were one long enough to be sent", () => {
  const world = connected(true);
  const b = world.sides[1];
  const job = b.session.handleRecord(0, record(world, world.sides[0]), world.instant)!;
  b.session.handleOpened(job, new Uint8Array(0), world.instant);
  b.drain();
  assert.equal(b.outputs[0]?.type, "closed");
});

test("a flood of probes and pings gets one answer a record, and keeps nothing", () => {
  const world = connected(true);
  const b = world.sides[1];
  const seal = liar(world);
  for (let i = 0; i < 2_000; i++)
    world.arrive(1, 0, seal(Uint8Array.of(FRAME.ping, FRAME.pathProbe, ...new Uint8Array(8))));
  let packets = 0;
  world.meddle = () => {
    packets++;
    return undefined;
  };
  world.run(0);
  assert.equal(packets, 1);
  assert.equal(b.session.stats(0)?.bytesInFlight, 0);
  assert.equal(b.session.phase, "open");
});

test("a peer that answers but never acknowledges stalls only itself", () => {
  const world = connected(true);
  const b = world.sides[1];
  const seal = liar(world);
  world.meddle = () => undefined; // nothing of ours arrives, and nothing of the peer's but what we feed
  for (let round = 0; round < 2_000; round++) {
    for (let i = 0; i < 50; i++) b.waiting.push(i);
    world.run(100);
    world.arrive(1, 0, seal(Uint8Array.of(FRAME.ping)));
  }
  assert.ok(!b.types().includes("pathFailed"), "it lives");
  const stats = b.session.stats(0)!;
  assert.ok(stats.bytesInFlight <= 1_048_576 + 64 * RECORDS_IN_FLIGHT_MAX);
  assert.ok(b.waiting.length > 0, "the rest waits outside");
});

test("acknowledgements of a path that is gone are no violation", () => {
  const world = connected(true);
  world.arrive(1, 0, liar(world)(Uint8Array.of(FRAME.ack, 0, 9, 5, 0, 0)));
  world.run(0);
  assert.equal(world.sides[1].session.phase, "open");
});
