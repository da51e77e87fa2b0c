/** Situations of one session: paths, keys, timers. Closing is in session-closing.test.ts, weather is in session.test.ts, malice in session-hostile.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionError } from "../lib/assert.ts";
import { instant } from "../lib/time.ts";
import {
  ACK_DELAY,
  KEEPALIVE_MAX,
  KEEPALIVE_MIN,
  LINKS_PER_SESSION_MAX,
  OLD_KEYS_LIFETIME,
  PATH_BYTES_IN_FLIGHT_MAX,
  PATH_DEAD_AFTER,
  PATH_DOUBT_AFTER,
  PATHS_PER_KEYING_MAX,
  PROBE_TIMEOUT_MIN,
  REKEY_AGE,
  TRAFFIC_KEYS_AFTER_LINK,
} from "../wire/limits.ts";
import { decodeRecordHeader } from "../wire/record-header.ts";
import { Path } from "./path.ts";
import { connected, keyingPair, randomOf, seeded, World } from "./session-world.test.ts";

const ORDERED = { ordered: true, recordBytesMax: 65_535 };

/** A newer keying of the same pair, over a fresh link, which becomes path 0. */
function rekeyed(world: World, serial: number): void {
  const pair = keyingPair(randomOf(world.chance), serial);
  world.pipes.clear();
  world.sides[0].session.adoptKeying(pair.initiator, world.instant);
  world.sides[1].session.adoptKeying(pair.responder, world.instant);
  world.link(0, { ordered: true });
}

test("[SES-10] rekeying: channels go on, unacknowledged frames are resent, confirmed comes once per keying", () => {
  const world = connected();
  const [a, b] = world.sides;
  world.pipes.get(0)!.isCut = true;
  for (let i = 1; i <= 50; i++) a.waiting.push(i);
  world.run(50);
  assert.equal(a.waiting.length, 0, "all in flight, none arrived");
  rekeyed(world, 1);
  world.run(1_000);
  assert.deepEqual(new Set(b.received), new Set(Array.from({ length: 51 }, (_, i) => i)));
  assert.equal(a.types().filter((type) => type === "confirmed").length, 1);
  assert.equal(b.types().filter((type) => type === "confirmed").length, 1);
  assert.equal(a.acked.size, 51);
});

test("[SES-11] rekeying: records under the keys before still open, until one opened under the new ones", () => {
  for (const isConfirmedFirst of [false, true]) {
    const world = connected();
    const [a, b] = world.sides;
    a.waiting.push(77);
    const late = a.flush(0, 65_535, world.provider, world.instant)[0]!;
    const pair = keyingPair(randomOf(world.chance), 1);
    world.pipes.clear();
    a.session.adoptKeying(pair.initiator, world.instant);
    b.session.adoptKeying(pair.responder, world.instant);
    a.drain();
    a.waiting.length = 0; // this test wants the old record, not its repetition
    world.link(0, { ordered: true });
    if (isConfirmedFirst) {
      a.waiting.push(78);
      world.run(500);
    }
    world.arrive(1, 0, late);
    world.run(10);
    assert.equal(b.received.includes(77), !isConfirmedFirst);
    assert.ok(!b.types().includes("pathFailed"), "a late record is no fault of the link");
  }
});

test("rekeying: unconfirmed, the keys before end after their time", () => {
  const world = connected();
  const [a, b] = world.sides;
  a.waiting.push(77);
  const late = a.flush(0, 65_535, world.provider, world.instant)[0]!;
  world.pipes.clear();
  b.session.adoptKeying(keyingPair(randomOf(world.chance), 1).responder, world.instant);
  b.session.addPath(0, ORDERED, world.instant);
  const expiry = world.now + OLD_KEYS_LIFETIME;
  assert.ok(b.session.handleRecord(0, late, instant(expiry - 1)) !== undefined);
  assert.equal(b.session.handleRecord(0, late, instant(expiry)), undefined);
  const { receiveSecret, sendSecret } = world.keyings.responder;
  assert.ok(!receiveSecret.isWiped && !sendSecret.isWiped);
  b.session.handleTimeout(instant(expiry));
  assert.ok(receiveSecret.isWiped && sendSecret.isWiped);
});

test("rekeying: a keying of other processes is our bug", () => {
  const world = connected();
  const pair = keyingPair(randomOf(seeded(1)), 1);
  const restarted = { ...pair.initiator, remoteIncarnation: "cc".repeat(16) };
  assert.throws(() => world.sides[0].session.adoptKeying(restarted, world.instant), AssertionError);
});

test("[SES-7] key update: by age, without a handshake, unnoticed by frames", () => {
  const world = connected();
  const phases = new Set<number>();
  world.meddle = (packet) => {
    phases.add(decodeRecordHeader(packet).phase);
    return packet;
  };
  for (let i = 1; i <= 5; i++) {
    for (const side of world.sides) side.waiting.push(i);
    world.run(REKEY_AGE);
  }
  for (const side of world.sides) assert.equal(side.acked.size, 6);
  assert.deepEqual([...phases].sort(), [0, 1, 2, 3, 4, 5].slice(0, phases.size));
  assert.ok(phases.size >= 5, `${phases.size} phases`);
});

test("[SES-6] path numbers: each side gives its own, once", () => {
  const world = connected();
  const [a, b] = world.sides.map(({ session }) => session);
  assert.deepEqual([a!.takePathNumber(), a!.takePathNumber()], [2, 4]);
  assert.deepEqual([b!.takePathNumber(), b!.takePathNumber()], [1, 3]);
  assert.ok(!a!.canAddPath(6), "not given yet");
  assert.ok(a!.canAddPath(5), "the peer's");
  assert.ok(!a!.canAddPath(0) && !a!.canAddPath(PATHS_PER_KEYING_MAX + 1) && !a!.canAddPath(-1) && !a!.canAddPath(1.5));
  a!.removePath(0, world.instant);
  assert.ok(!a!.canAddPath(0), "spent");
  assert.throws(() => a!.addPath(0, ORDERED, world.instant), AssertionError);
  let last: number | undefined = 4;
  for (let given: number | undefined = 4; given !== undefined; given = a!.takePathNumber()) last = given;
  assert.equal(last, PATHS_PER_KEYING_MAX - 2);
});

test("[SES-12] path numbers: at most so many links of strangers; ours are as many as we dial", () => {
  const { session } = connected().sides[0];
  for (let i = 1; i <= LINKS_PER_SESSION_MAX; i++) session.addPath(session.takePathNumber()!, ORDERED, instant(2_001));
  assert.ok(session.canAddPath(session.takePathNumber()!), "the worst of them goes: see LinkSet");
  for (let i = 0; i < LINKS_PER_SESSION_MAX; i++) session.addPath(1 + 2 * i, ORDERED, instant(2_001));
  assert.ok(!session.canAddPath(101));
});

test("[SES-23] a link that we dialled and that led nowhere: resume instead, unless another path works", () => {
  const world = connected();
  const { session } = world.sides[0];
  const second = session.takePathNumber()!;
  session.addPath(second, ORDERED, world.instant);
  session.removePath(second, world.instant);
  assert.equal(session.takePathNumber(), 4, "path 0 shows that the peer has the keys");
  session.removePath(0, world.instant);
  assert.equal(session.takePathNumber(), undefined);
  const start = world.now;
  session.addPath(4, ORDERED, world.instant);
  world.run(TRAFFIC_KEYS_AFTER_LINK + 1);
  assert.equal(session.phase, "dormant", "tries that nobody answers do not keep the keys");
  assert.ok(world.now - start <= TRAFFIC_KEYS_AFTER_LINK + 1);
  assert.ok(world.sides[0].outputs.some((output) => output.type === "pathFailed" && output.path === 4));
});

test("[SES-12] a path that the peer dialled stays silent until a record opens on it, and ends without one", () => {
  const world = connected();
  const { session } = world.sides[1];
  session.addPath(2, ORDERED, world.instant);
  assert.equal(session.beginRecord(2, 65_535, world.instant), undefined);
  assert.ok(!session.wantsToSend(2, world.instant));
  assert.ok(session.canAddPath(4));
  session.removePath(2, world.instant);
  assert.ok(session.canAddPath(2), "nothing happened on it, so the number is free");
  session.addPath(2, ORDERED, world.instant);
  world.run(11_000);
  assert.ok(world.sides[1].outputs.some((output) => output.type === "pathFailed" && output.path === 2));
});

test("[SES-13] an unvalidated path carries no channel frames", () => {
  const world = connected();
  const { session } = world.sides[0];
  const number = session.takePathNumber()!;
  session.addPath(number, ORDERED, world.instant);
  const builder = session.beginRecord(number, 65_535, world.instant);
  assert.equal(builder?.room, 0);
  assert.throws(() => builder?.data(0, 0, Uint8Array.of(1)), AssertionError);
  assert.ok(session.finishRecord(builder!, world.instant) !== undefined, "its probe");
});

test("[SES-14] acknowledgements: ride along, or leave after a short wait, and answer no acknowledgement", () => {
  const world = connected();
  const [a, b] = world.sides;
  const sentAt: number[] = [];
  world.meddle = (packet) => {
    sentAt.push(world.now);
    return packet;
  };
  a.waiting.push(1);
  world.run(1_000);
  assert.equal(sentAt.length, 2, "the record and its acknowledgement");
  const wait = sentAt[1]! - sentAt[0]!;
  assert.ok(wait >= ACK_DELAY && wait <= ACK_DELAY + 5, `${wait} ms`);
  assert.ok(a.acked.has(1));
  world.run(5_000);
  assert.equal(sentAt.length, 2);
  assert.equal(b.session.wantsToSend(0, world.instant), false);
});

test("[SES-15] bytes in flight are bounded, and acknowledgements open the way again", () => {
  const world = new World(3);
  world.link(0, { ordered: true });
  const { session } = world.sides[0];
  const payload = new Uint8Array(65_000);
  const sealed: Uint8Array[] = [];
  for (let i = 0; ; i++) {
    const builder = session.beginRecord(0, 1_048_576, world.instant);
    if (builder === undefined) break;
    builder.data(0, i, payload);
    const job = session.finishRecord(builder, world.instant)!;
    sealed.push(
      Uint8Array.from(
        [job.header, ...world.provider.seal(job.key, job.nonce, job.header, job.plaintext)].flatMap((part) => [
          ...part,
        ]),
      ),
    );
  }
  const bytes = sealed.reduce((sum, packet) => sum + packet.length, 0);
  assert.ok(bytes <= PATH_BYTES_IN_FLIGHT_MAX && bytes > PATH_BYTES_IN_FLIGHT_MAX - 2 * 65_535, `${bytes} bytes`);
  assert.equal(session.stats(0)?.bytesInFlight, bytes);
});

test("[SES-16] a path on which nothing comes back is given up, and not before", () => {
  for (const ordered of [true, false]) {
    const world = connected(5, ordered);
    const [a] = world.sides;
    world.pipes.get(0)!.isCut = true;
    a.waiting.push(1);
    const start = world.now;
    world.run(PATH_DEAD_AFTER - 100);
    assert.ok(!a.types().includes("pathFailed"));
    world.run(1_000);
    const failed = a.outputs.find((output) => output.type === "pathFailed");
    assert.deepEqual(failed, { type: "pathFailed", path: 0, reason: "silent" });
    assert.ok(a.types().includes("lost") || a.waiting.length > 0);
    assert.ok(world.now - start < PATH_DEAD_AFTER + 2_000);
  }
});

test("[SES-16] a path whose link takes nothing more is given up, though something was heard after its last record", () => {
  const path = new Path(0, "handshake", ORDERED, (length) => new Uint8Array(length), instant(0));
  assert.ok(path.begin(ORDERED.recordBytesMax, instant(0)));
  path.assembly.data(0, 0, Uint8Array.of(1));
  path.commit(100, 0, instant(0));
  path.handleOpened(0, instant(1_000));
  assert.equal(path.handleTimeout(instant(1_000 + PATH_DEAD_AFTER - 1)).failure, undefined);
  assert.equal(path.handleTimeout(instant(1_000 + PATH_DEAD_AFTER)).failure, "silent");
  path.handleAck([{ first: 0, last: 0 }], instant(1_000 + PATH_DEAD_AFTER));
  assert.equal(path.handleTimeout(instant(3_000 + PATH_DEAD_AFTER)).failure, undefined, "nothing is owed any more");
});

test("[SES-16] a path that owes an answer is given up soon if the peer is heard on another, and not before", () => {
  const world = connected();
  const [a, b] = world.sides;
  const second = a.session.takePathNumber()!;
  world.link(second, { ordered: true });
  world.run(1_000);
  world.pipes.get(0)!.isCut = true;
  a.waiting.push(1);
  world.run(PATH_DOUBT_AFTER + 100);
  assert.ok(!a.types().includes("pathFailed"), "nothing was heard on the other either");
  b.usePath = second;
  b.waiting.push(2);
  world.run(100);
  assert.deepEqual(
    a.outputs.find((output) => output.type === "pathFailed"),
    { type: "pathFailed", path: 0, reason: "silent" },
  );
  a.usePath = second;
  world.run(100);
  assert.ok(a.acked.has(1), "what it held went the other way");
});

test("[SES-16] a path that owes an answer for a moment stays, though the peer is heard on another", () => {
  const world = connected();
  const [a, b] = world.sides;
  const second = a.session.takePathNumber()!;
  world.link(second, { ordered: true });
  world.run(1_000);
  world.pipes.get(0)!.isCut = true;
  a.waiting.push(1);
  b.usePath = second;
  for (let i = 0; i < 12; i++) {
    b.waiting.push(10 + i);
    world.run(PATH_DOUBT_AFTER / 20);
  }
  world.pipes.get(0)!.isCut = false;
  world.run(PATH_DOUBT_AFTER / 20);
  world.run(10 * PATH_DOUBT_AFTER);
  assert.deepEqual(
    a.types().filter((type) => type === "pathFailed"),
    [],
  );
});

test("probe timeout: on an ordered link a ping, elsewhere the oldest is lost; doubling either way", () => {
  for (const ordered of [true, false]) {
    const world = connected(5, ordered);
    const [a] = world.sides;
    world.run(1_000);
    const sentAt: number[] = [];
    world.meddle = (_packet, _path, to) => {
      if (to === world.sides[1]) sentAt.push(world.now);
      return undefined;
    };
    a.waiting.push(1);
    world.run(10 * PROBE_TIMEOUT_MIN);
    const waits = sentAt.slice(1).map((at, i) => Math.round(at - sentAt[i]!));
    assert.deepEqual(
      waits,
      [1, 2, 4].map((factor) => factor * PROBE_TIMEOUT_MIN),
    );
    assert.equal(a.types().includes("lost"), !ordered);
  }
});

test("[SES-17] keepalive: backs off while idle, and begins anew with traffic", () => {
  const world = connected();
  const [a, b] = world.sides;
  const sentAt: number[] = [];
  world.run(1_000);
  world.meddle = (packet) => {
    if (packet.length === 33) sentAt.push(world.now); // a ping and nothing else, of either side
    return packet;
  };
  world.run(3_600_000);
  // Both sides may come to it within one crossing of the link.
  const waits = sentAt
    .slice(1)
    .map((at, i) => at - sentAt[i]!)
    .filter((wait) => wait > 10);
  assert.ok(Math.min(...waits) >= KEEPALIVE_MIN, `${waits}`);
  assert.ok(Math.max(...waits) <= KEEPALIVE_MAX + 1_000);
  assert.ok(sentAt.length < 45, `${sentAt.length} keepalives in an hour`);
  assert.ok(!a.types().includes("pathFailed") && !b.types().includes("pathFailed"));
  sentAt.length = 0;
  a.waiting.push(1);
  world.run(KEEPALIVE_MIN + 1_000);
  assert.ok(sentAt.length > 0, "soon again after traffic");
});

test("[SES-19] without a path the keys are erased in time, and a new keying brings the session back", () => {
  const world = connected();
  const [a, b] = world.sides;
  world.pipes.get(0)!.isCut = true;
  a.waiting.push(1);
  world.run(10);
  world.unlink(0);
  world.run(TRAFFIC_KEYS_AFTER_LINK - 1);
  assert.equal(a.session.phase, "open");
  world.run(2);
  assert.deepEqual([a.session.phase, b.session.phase], ["dormant", "dormant"]);
  assert.equal(a.types().at(-1), "keysErased");
  assert.equal(a.session.takePathNumber(), undefined);
  assert.ok(!a.session.canAddPath(1));
  rekeyed(world, 2);
  world.run(1_000);
  assert.deepEqual(b.received, [0, 1]);
});

test("a builder that is not finished never was", () => {
  const world = connected();
  const { session } = world.sides[0];
  session.beginRecord(0, 65_535, world.instant)!.data(9, 9, Uint8Array.of(1));
  const builder = session.beginRecord(0, 65_535, world.instant)!;
  assert.equal(session.finishRecord(builder, world.instant), undefined, "empty");
  assert.equal(session.stats(0)?.bytesInFlight, 0);
  assert.throws(() => builder.data(1, 0, new Uint8Array(builder.room)), AssertionError);
});
