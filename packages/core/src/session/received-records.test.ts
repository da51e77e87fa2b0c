import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../lib/time.ts";
import { ACK_BYTES, ACK_DELAY, ACK_RANGES_MAX, REPLAY_WINDOW } from "../wire/limits.ts";
import { ReceivedRecords } from "./received-records.ts";

const t = instant;

function receive(
  records: ReceivedRecords,
  counter: number,
  overrides: { bytes?: number; isEliciting?: boolean; isUrgent?: boolean } = {},
): void {
  assert.ok(records.admit(counter));
  records.note({ counter, bytes: 100, isEliciting: true, isUrgent: false, ...overrides }, t(1_000));
}

test("[SES-14] received records: acknowledged with the next record, or after a wait", () => {
  const records = new ReceivedRecords();
  receive(records, 0);
  assert.ok(records.isOwed);
  assert.equal(records.nextTimeout(), t(1_000 + ACK_DELAY));
  assert.ok(!records.isDue(t(1_000 + ACK_DELAY - 1)));
  assert.ok(records.isDue(t(1_000 + ACK_DELAY)));
  records.handleTimeout(t(1_000 + ACK_DELAY));
  assert.equal(records.nextTimeout(), undefined, "a link without room does not make the timer spin");
  assert.ok(records.isDue(t(1_000 + ACK_DELAY)));
  records.handleAckSent();
  assert.ok(!records.isOwed);
});

test("received records: at once for a gap, something urgent, or enough bytes", () => {
  const urgent = new ReceivedRecords();
  receive(urgent, 0, { isUrgent: true });
  assert.ok(urgent.isDue(t(1_000)));

  const gap = new ReceivedRecords();
  receive(gap, 0);
  receive(gap, 2);
  assert.ok(gap.isDue(t(1_000)));

  const bytes = new ReceivedRecords();
  receive(bytes, 0, { bytes: ACK_BYTES - 1 });
  assert.ok(!bytes.isDue(t(1_000)));
  receive(bytes, 1, { bytes: 1 });
  assert.ok(bytes.isDue(t(1_000)));
});

test("received records: what wants no answer gets none, but is told later", () => {
  const records = new ReceivedRecords();
  receive(records, 0, { isEliciting: false });
  receive(records, 5, { isEliciting: false });
  assert.ok(!records.isOwed);
  receive(records, 6);
  assert.deepEqual(records.ranges(), [
    { first: 5, last: 6 },
    { first: 0, last: 0 },
  ]);
});

test("received records: at most so many ranges, the highest, and none below the window", () => {
  const records = new ReceivedRecords();
  for (let i = 0; i <= ACK_RANGES_MAX; i++) receive(records, 2 * i);
  const ranges = records.ranges();
  assert.equal(ranges.length, ACK_RANGES_MAX);
  assert.deepEqual(ranges.at(-1), { first: 2, last: 2 });
  receive(records, 100 + REPLAY_WINDOW);
  assert.deepEqual(records.ranges(), [{ first: 100 + REPLAY_WINDOW, last: 100 + REPLAY_WINDOW }]);
  assert.ok(!records.isNew(100));
});
