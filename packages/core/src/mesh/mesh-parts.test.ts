/** Parts of a mesh by themselves: what waits for a neighbour, holes of a stream, answers, ids, history. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../lib/hex.ts";
import { type Duration, instant } from "../lib/time.ts";
import {
  FORMER_ORIGINS_MAX,
  HELD_BACK_MAX,
  HISTORY_AGE_MAX,
  HISTORY_BYTES_MAX,
  HISTORY_ENVELOPES_MAX,
  NEIGHBOUR_CONTROL_MAX,
  NEIGHBOUR_QUEUE_BYTES_MAX,
  NEIGHBOUR_QUEUE_MESSAGES_MAX,
  RETIRED_STREAMS_MAX,
  STRANGE_STREAMS_MAX,
  STREAMS_PER_ORIGIN_MAX,
} from "../wire/mesh-limits.ts";
import { MESH_MESSAGE } from "../wire/registry.ts";
import { encodeBroadcast, roomTagOf, sequenceOf, streamNameOf } from "./envelope.ts";
import { cheapProvider, MeshWorld, memberId, memberIdentity, memberKey, ROOM } from "./mesh-fixture.test.ts";
import { decodeMeshMessage } from "./mesh-message.ts";
import { Neighbour } from "./neighbour.ts";
import { Answer } from "./pull-answer.ts";
import { RecentIds } from "./recent-ids.ts";
import type { Stream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

const NOW = instant(1_000_000);
const KEY = Uint8Array.of(...memberKey(1), ...new Uint8Array(16).fill(5));

function put(table: StreamTable, stream: Stream, sequence: number, length = 200, originAt = NOW): void {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(74, sequence);
  table.add({ stream, sequence, bytes, originAt, addedAt: originAt, hops: 0, from: memberId(2) });
  table.touch(stream);
}

test("[MSH-20] what waits for a neighbour: so many envelopes, so many bytes, and then no more", () => {
  const byNumber = new Neighbour(memberId(1), NOW);
  for (let i = 0; i < NEIGHBOUR_QUEUE_MESSAGES_MAX; i++) assert.ok(byNumber.push(new Uint8Array(10)));
  assert.ok(!byNumber.push(new Uint8Array(10)));
  const byBytes = new Neighbour(memberId(1), NOW);
  for (let i = 0; i < 16; i++) assert.ok(byBytes.push(new Uint8Array(NEIGHBOUR_QUEUE_BYTES_MAX / 16)));
  assert.ok(!byBytes.push(new Uint8Array(1)));
  byBytes.next(NOW);
  assert.ok(byBytes.push(new Uint8Array(1)), "there is room again");
  const byControl = new Neighbour(memberId(1), NOW);
  for (let i = 0; i < NEIGHBOUR_CONTROL_MAX; i++) byControl.say({ type: "prune" });
  assert.ok(!byControl.isOverrun);
  byControl.say({ type: "prune" });
  assert.ok(byControl.isOverrun);
});

test("[MSH-9] at most so many of a stream wait; one more, and the hole counts as missed", () => {
  const world = new MeshWorld({ members: 2 });
  world.run(3_000);
  const [us, other] = [world.host(0), world.host(1)];
  world.onWay = (from, _to, bytes) => (from === us ? Uint8Array.of(MESH_MESSAGE.prune) : bytes); // nobody is asked
  const signer = { provider: cheapProvider, identity: memberIdentity(1) };
  const say = (sequence: number): void => {
    const stream = new Uint8Array(16).fill(3);
    world.inject(
      other,
      us,
      encodeBroadcast(signer, roomTagOf(cheapProvider, ROOM), stream, sequence, new Uint8Array(1)),
    );
    world.now += 6; // within its quota, and sooner than any hole is given up
  };
  for (let i = 1; i <= HELD_BACK_MAX; i++) say(i);
  assert.deepEqual([us.delivered.length, us.missed.length], [0, 0]);
  say(HELD_BACK_MAX + 1);
  assert.deepEqual(us.missed.map(({ from, to, isStart }) => ({ from, to, isStart })), [{ from: 0, to: 1, isStart: true }]); // biome-ignore format: one line
  assert.equal(us.delivered.length, HELD_BACK_MAX + 1);
});

test("[MSH-12] gone is what is not there and will not be, not what we wait for ourselves", () => {
  const table = new StreamTable(cheapProvider);
  const stream = table.create(KEY);
  for (const sequence of [0, 1, 4, 7]) put(table, stream, sequence);
  stream.takeNext();
  stream.takeNext(); // 0 and 1; 2 and 3 are missing, 5 and 6 too
  const [first] = stream.entries.values();
  assert.ok(first !== undefined);
  table.drop(first); // too old
  const answer = new Answer([{ key: KEY, from: 0, to: 10 }, { key: memberlessKey(), from: 0, to: 5 }], table); // biome-ignore format: one line
  const sequences: number[] = [];
  let last = answer.next(NOW);
  for (; last?.[0] === MESH_MESSAGE.repair; last = answer.next(NOW)) sequences.push(sequenceOf(last));
  assert.deepEqual(sequences, [1, 4, 7]);
  assert.ok(last !== undefined);
  assert.deepEqual(decodeMeshMessage(last), { type: "gone", ranges: [{ key: KEY, from: 0, to: 1 }] });
  assert.equal(answer.next(NOW), undefined);
});

const memberlessKey = (): Uint8Array => new Uint8Array(48);

test("[MSH-10] history: at most so many, so many bytes, so old", () => {
  const overdue = (fill: (table: StreamTable, stream: Stream) => void, at = NOW): number | undefined => {
    const table = new StreamTable(cheapProvider);
    fill(table, table.create(KEY));
    return table.overdue(at)?.sequence;
  };
  const many = (count: number, length?: number) => (table: StreamTable, stream: Stream) => {
    for (let i = 0; i < count; i++) put(table, stream, i, length);
  };
  assert.equal(overdue(many(HISTORY_ENVELOPES_MAX)), undefined);
  assert.equal(overdue(many(HISTORY_ENVELOPES_MAX + 1)), 0);
  assert.equal(overdue(many(128, HISTORY_BYTES_MAX / 128)), undefined);
  assert.equal(overdue(many(129, HISTORY_BYTES_MAX / 128)), 0);
  assert.equal(overdue(many(1), instant(NOW + HISTORY_AGE_MAX)), undefined);
  assert.equal(overdue(many(1), instant(NOW + HISTORY_AGE_MAX + 1)), 0);
});

test("[MSH-12] digests are equal when streams are, whatever came first, and else they tell where", () => {
  const keys = Array.from({ length: 20 }, (_, i) => Uint8Array.of(...memberKey(i + 1), ...new Uint8Array(16).fill(i)));
  const filled = (order: readonly Uint8Array[]): StreamTable => {
    const table = new StreamTable(cheapProvider);
    for (const key of order) {
      const stream = table.create(key);
      for (const sequence of [0, 1]) put(table, stream, sequence);
      stream.takeNext();
      table.touch(stream);
    }
    return table;
  };
  const [a, b] = [filled(keys), filled([...keys].reverse())];
  assert.equal(a.differing(b.digest()), 0);
  const [key] = keys;
  assert.ok(key !== undefined);
  const changed = b.find(key);
  assert.ok(changed !== undefined);
  put(b, changed, 2);
  assert.notEqual(a.differing(b.digest()), 0);
  b.forgetOrigin(changed.origin);
  assert.equal(b.find(key), undefined);
  assert.equal(filled(keys.slice(1)).differing(b.digest()), 0);
});

test("[MSH-11] [MSH-21] a stream is found by its name while it is known; then its name says that it is retired", () => {
  const table = new StreamTable(cheapProvider);
  const keyOf = (i: number) => Uint8Array.of(...memberKey(1), ...new Uint8Array(16).fill(i));
  const nameOf = (i: number) => bytesToHex(streamNameOf(cheapProvider, keyOf(i)));
  const total = STREAMS_PER_ORIGIN_MAX + RETIRED_STREAMS_MAX + 1;
  for (let i = 0; i < total; i++) assert.equal(table.findByName(nameOf(i)), undefined);
  for (let i = 0; i < total; i++) table.create(keyOf(i));
  const newest = table.findByName(nameOf(total - 1));
  assert.deepEqual(newest?.key, keyOf(total - 1));
  assert.equal(newest, table.find(keyOf(total - 1)));
  assert.equal(table.findByName(nameOf(1)), undefined);
  const refused = () => Array.from({ length: total }, (_, i) => table.refusal(nameOf(i)) === "retired");
  const expected = Array.from({ length: total }, (_, i) => i > 0 && i <= RETIRED_STREAMS_MAX);
  assert.deepEqual(refused(), expected);
  assert.deepEqual([table.isRetired(keyOf(0)), table.isRetired(keyOf(1))], [false, true]);
  table.forgetOrigin(memberId(1));
  assert.equal(table.findByName(nameOf(total - 1)), undefined);
  assert.deepEqual(refused(), expected, "should it come back");
  for (let i = 0; i < FORMER_ORIGINS_MAX; i++) {
    const { origin } = table.create(Uint8Array.of(...memberKey(i + 2), ...new Uint8Array(16)));
    table.forgetOrigin(origin);
  }
  assert.ok(!refused().includes(true));
});

test("[MSH-4] names of strangers' streams: so many, and the oldest goes", () => {
  const table = new StreamTable(cheapProvider);
  const keyOf = (i: number) => Uint8Array.of(...memberKey(i), ...new Uint8Array(16));
  const names = Array.from({ length: STRANGE_STREAMS_MAX + 1 }, (_, i) => table.noteStranger(keyOf(i)));
  assert.equal(names[0], bytesToHex(streamNameOf(cheapProvider, keyOf(0))));
  const strange = () => names.filter((name) => table.refusal(name) === "strange").length;
  assert.deepEqual([table.refusal(names[0] ?? ""), strange()], [undefined, STRANGE_STREAMS_MAX]);
  table.forgetStrangers();
  assert.equal(strange(), 0);
});

test("[MSH-17] ids are remembered for a lifetime, and no more than fit", () => {
  const ids = new RecentIds(10, 1_000 as Duration, NOW);
  assert.ok(ids.admit("a", NOW));
  assert.ok(!ids.admit("a", instant(NOW + 1_000)));
  assert.ok(ids.admit("b", instant(NOW + 1_000)));
  assert.ok(ids.admit("a", instant(NOW + 2_500)), "two lifetimes later");
  for (let i = 0; i < 100; i++) ids.admit(`${i}`, instant(NOW + 2_600));
  assert.ok(ids.size <= 10);
});
