import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../lib/time.ts";
import type { AckRange } from "../wire/session-frame.ts";
import { type SentRecord, SentRecords } from "./sent-records.ts";

/** Sends a record for each true, and takes a counter without remembering it for each false. */
function sent(eliciting: readonly boolean[]): SentRecords {
  const records = new SentRecords();
  for (const isEliciting of eliciting) {
    const counter = records.takeCounter();
    if (!isEliciting) continue;
    const carried = [{ type: "finish", channel: counter, offset: 0 } as const];
    records.add({ counter, at: instant(counter), bytes: 100, phase: 0, carried });
  }
  return records;
}

const counters = (records: readonly SentRecord[]): number[] => records.map(({ counter }) => counter);
const all = (count: number): boolean[] => Array.from({ length: count }, () => true);

test("sent records: acknowledged ones come out once, lowest first", () => {
  const records = sent(all(10));
  const ranges = [
    { first: 7, last: 8 },
    { first: 1, last: 2 },
  ];
  assert.deepEqual(counters(records.acknowledge(ranges)), [1, 2, 7, 8]);
  assert.deepEqual(records.acknowledge(ranges), []);
  assert.equal(records.count, 6);
  assert.equal(records.bytes, 600);
});

test("sent records: lost when three later ones were acknowledged, and not when two were", () => {
  const records = sent(all(6));
  records.acknowledge([{ first: 2, last: 2 }]);
  assert.deepEqual(records.takeOvertaken(), []);
  records.acknowledge([{ first: 4, last: 4 }]);
  assert.deepEqual(counters(records.takeOvertaken()), [0, 1]);
  assert.deepEqual(counters(records.acknowledge([{ first: 0, last: 5 }])), [3, 5], "too late for 0 and 1");
});

test("sent records: at the newest counter and one above", () => {
  const records = sent(all(3));
  assert.throws(() => records.acknowledge([{ first: 3, last: 3 }]), { code: "ERR_VALUE" });
  assert.deepEqual(counters(records.acknowledge([{ first: 2, last: 2 }])), [2]);
});

test("sent records: agree with a plain set, whatever is acknowledged", () => {
  const ranges = fc.array(fc.tuple(fc.nat(40), fc.nat(6)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 41, maxLength: 41 }),
      fc.array(ranges, { maxLength: 5 }),
      (eliciting, acks) => {
        const records = sent(eliciting);
        const waiting = new Set(eliciting.flatMap((isEliciting, counter) => (isEliciting ? [counter] : [])));
        for (const ack of acks) {
          const named = new Set(
            ack.flatMap(([last, length]) => Array.from({ length: Math.min(length, last) + 1 }, (_, i) => last - i)),
          );
          const expected = [...named].filter((counter) => waiting.delete(counter)).sort((x, y) => x - y);
          assert.deepEqual(counters(records.acknowledge(toRanges(named))), expected);
        }
        assert.deepEqual(counters(records.takeAll()), [...waiting]);
        assert.equal(records.bytes, 0);
      },
    ),
  );
});

test("sent records: only what carried nothing is forgotten", () => {
  const records = sent([true, false]);
  records.takeCounter();
  records.add({ counter: 2, at: instant(0), bytes: 33, phase: 0, carried: [] });
  records.forgetEmpty();
  assert.deepEqual([records.count, records.bytes], [1, 100]);
  assert.equal(records.takeOldest()?.counter, 0);
  assert.equal(records.takeOldest(), undefined);
});

/** A set of counters as an ack tells it. */
function toRanges(set: ReadonlySet<number>): AckRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const counter of [...set].sort((x, y) => y - x)) {
    const lowest = ranges.at(-1);
    if (lowest?.first === counter + 1) lowest.first = counter;
    else ranges.push({ first: counter, last: counter });
  }
  return ranges;
}
