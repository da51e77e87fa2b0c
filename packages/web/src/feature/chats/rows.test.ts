import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AT_END, around, DRAWN_MAX, drawn, moved, type Reading, rowsOf } from "./rows.ts";
import { type Line, tally } from "./talk.ts";

const MINUTE_MS = 60_000;

const line = (index: number, more: Partial<Line> = {}): Line => ({
  ...{ id: `m${index}`, from: "ada", name: "Ada", isOurs: false, text: "", at: index * MINUTE_MS },
  ...{ reactions: [], isEdited: false, isDeleted: false },
  ...more,
});
const talk = (length: number): readonly Line[] => Array.from({ length }, (_, index) => line(index));

test("of ten thousand messages a few screens are drawn, and all are reached", () => {
  const lines = talk(10_000);
  let reading: Reading = AT_END;
  const seen = new Set<number>();
  for (let steps = 0; steps < 1_000; steps++) {
    const { start, end } = drawn(lines, reading);
    assert.ok(end - start <= DRAWN_MAX);
    for (let index = start; index < end; index++) seen.add(index);
    if (start === 0) break;
    reading = moved(lines, reading, "earlier");
  }
  assert.equal(seen.size, 10_000);
  while (reading.at !== "end") reading = moved(lines, reading, "later");
  assert.deepEqual(drawn(lines, reading), { start: 10_000 - DRAWN_MAX, end: 10_000 });
});

test("who reads the newest goes on with them, who reads older ones stays there", () => {
  const before = talk(1_000);
  const old = around(before, 300);
  assert.deepEqual(drawn(talk(1_005), AT_END), { start: 1_005 - DRAWN_MAX, end: 1_005 });
  assert.deepEqual(drawn(talk(1_005), old), drawn(before, old));
  const shorter = before.slice(7); // the time of some was over
  const { start } = drawn(shorter, old);
  assert.equal(shorter[start]?.id, before[drawn(before, old).start]?.id);
});

test("wherever one reads and whatever goes, something is drawn", () => {
  fc.assert(
    fc.property(fc.nat(600), fc.nat(600), fc.nat(700), fc.boolean(), (length, later, index, isEarlier) => {
      const reading = moved(talk(length), around(talk(length), index), isEarlier ? "earlier" : "later");
      const lines = talk(later);
      const { start, end } = drawn(lines, reading);
      assert.ok(start >= 0 && end <= later && end - start === Math.min(later, DRAWN_MAX));
    }),
  );
});

test("days, writers and what is new are told apart", () => {
  const noon = new Date(2026, 5, 1, 12).getTime();
  const at = (minutes: number): number => noon + minutes * MINUTE_MS;
  const lines = [
    line(0, { at: at(0) }),
    line(1, { at: at(1) }),
    line(2, { at: at(2), from: "ben" }),
    line(3, { at: at(3), from: "ben" }),
    line(4, { at: at(20), from: "ben" }),
    line(5, { at: at(24 * 60), from: "ben" }),
  ];
  const rows = rowsOf(lines, { start: 0, end: 6 }, "m3");
  assert.deepEqual(
    rows.map(({ day }) => day !== undefined),
    [true, false, false, false, false, true],
  );
  assert.deepEqual(
    rows.map(({ isFirst }) => isFirst),
    [true, false, true, true, true, true],
  );
  assert.deepEqual(
    rows.map(({ isNew }) => isNew),
    [false, false, false, true, false, false],
  );
  assert.deepEqual(
    rowsOf(lines, { start: 1, end: 3 }, undefined).map(({ isFirst }) => isFirst),
    [false, true],
  );
});

test("reactions of several are counted, and what is no emoji is none", () => {
  const said = [
    { symbol: "👍", isOurs: false },
    { symbol: "<b>", isOurs: false },
    { symbol: "👍", isOurs: true },
    { symbol: "🎉 party", isOurs: false },
  ];
  assert.deepEqual(tally(said), [
    { symbol: "👍", count: 2, isOurs: true },
    { symbol: "🎉", count: 1, isOurs: false },
  ]);
});
