import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../lib/time.ts";
import {
  CODE_ATTEMPT_COOLDOWN,
  CODE_PAUSE,
  SOURCES_MAX,
  WRONG_CODES_PER_MINUTE,
  WRONG_CODES_PER_SOURCE_PER_HOUR,
} from "../wire/limits.ts";
import { AttemptLimits } from "./attempt-limits.ts";
import { at, NOW, WALL, wallAt } from "./trust-fixture.test.ts";

const HOUR = 3_600_000;
const fresh = (): AttemptLimits => new AttemptLimits([], NOW, WALL);

test("[PAI-7] AttemptLimits.begin lets a source try once in CODE_ATTEMPT_COOLDOWN, to the millisecond", () => {
  const limits = fresh();
  assert.equal(limits.begin("a", false, at(0)).answer, "go");
  assert.deepEqual(limits.begin("a", false, at(CODE_ATTEMPT_COOLDOWN - 1)), {
    answer: "wait",
    reason: "cooldown",
    until: at(CODE_ATTEMPT_COOLDOWN),
  });
  assert.equal(limits.begin("b", false, at(1)).answer, "go", "another source is another source");
  assert.equal(limits.begin("a", false, at(CODE_ATTEMPT_COOLDOWN)).answer, "go");
});

test("[PAI-7] AttemptLimits blocks a source at its fifth wrong code in an hour, until the first is an hour old", () => {
  const limits = fresh();
  for (let i = 0; i < WRONG_CODES_PER_SOURCE_PER_HOUR; i++) {
    assert.equal(limits.begin("a", false, at(i * 60_000)).answer, "go", `after ${i} wrong codes`);
    limits.wrongCode("a", false, at(i * 60_000), wallAt(i * 60_000));
  }
  assert.deepEqual(limits.begin("a", false, at(HOUR - 1)), { answer: "wait", reason: "blocked", until: at(HOUR) });
  assert.equal(limits.begin("b", false, at(HOUR - 1)).answer, "go");
  assert.equal(limits.begin("a", false, at(HOUR)).answer, "go");
});

test("[PAI-7] AttemptLimits pauses strangers of all sources for CODE_PAUSE at ten wrong codes a minute, not at nine", () => {
  const limits = fresh();
  for (let i = 1; i < WRONG_CODES_PER_MINUTE; i++) limits.wrongCode(`s${i}`, false, at(i * 1_000), WALL);
  assert.equal(limits.begin("x", false, at(10_000)).answer, "go");
  limits.wrongCode("s10", false, at(10_000), WALL);
  assert.deepEqual(limits.begin("y", false, at(10_000 + CODE_PAUSE - 1)), {
    answer: "wait",
    reason: "paused",
    until: at(10_000 + CODE_PAUSE),
  });
  assert.equal(limits.begin("y", false, at(10_000 + CODE_PAUSE)).answer, "go");
});

test("[PAI-7] wrong codes more than a minute apart do not add up to a pause", () => {
  const limits = fresh();
  for (let i = 1; i < WRONG_CODES_PER_MINUTE; i++) limits.wrongCode(`s${i}`, false, at(0), WALL);
  limits.wrongCode("late", false, at(60_000), WALL);
  assert.equal(limits.begin("x", false, at(60_001)).answer, "go");
});

test("[PAI-8] a known peer is never paused, cooled down or blocked, and counts nothing", () => {
  const limits = fresh();
  for (let i = 0; i < 20; i++) limits.wrongCode("a", false, at(0), WALL);
  assert.equal(limits.begin("a", false, at(1)).answer, "wait");
  assert.equal(limits.begin("a", true, at(1)).answer, "go");
  assert.equal(limits.begin("a", true, at(1)).answer, "go");
  const other = fresh();
  for (let i = 0; i < 20; i++) assert.deepEqual(other.wrongCode("a", true, at(0), WALL), { puts: [], deletes: [] });
  assert.equal(other.begin("a", false, at(0)).answer, "go");
});

test("[PAI-9] attempts that were begun and left, or malformed, count for no block and no pause", () => {
  const limits = fresh();
  for (let i = 0; i < 100; i++) limits.begin("a", false, at(i * CODE_ATTEMPT_COOLDOWN));
  assert.equal(limits.begin("a", false, at(100 * CODE_ATTEMPT_COOLDOWN)).answer, "go");
});

test("[PAI-10] a restart forgives nothing: neither the block of a source nor the pause of all", () => {
  const limits = fresh();
  const stored = new Map<string, Uint8Array>();
  for (let i = 0; i < WRONG_CODES_PER_SOURCE_PER_HOUR; i++) {
    for (const source of ["a", "b"]) {
      const { puts } = limits.wrongCode(source, false, at(i), wallAt(i));
      for (const { key, value } of puts) stored.set(key, value);
    }
  }
  const restored = [...stored].map(([key, value]) => ({ key, value }));
  const later = instant(7);
  const again = new AttemptLimits(restored, later, wallAt(10_000));
  assert.deepEqual(again.begin("c", false, later), {
    answer: "wait",
    reason: "paused",
    until: instant(7 - 10_000 + 4 + CODE_PAUSE),
  });
  const past = instant(7 + CODE_PAUSE);
  assert.deepEqual(again.begin("a", false, past), {
    answer: "wait",
    reason: "blocked",
    until: instant(7 - 10_000 + HOUR),
  });
  assert.equal(again.begin("c", false, past).answer, "go");
  // A clock set back by ten years makes it longer, not shorter; one set forward is a person's doing.
  const back = new AttemptLimits(restored, later, wallAt(-10 * 365 * 24 * HOUR));
  assert.deepEqual(back.begin("a", false, past), { answer: "wait", reason: "blocked", until: instant(7 + HOUR) });
});

test("AttemptLimits counts a damaged entry as a block that began now", () => {
  const limits = new AttemptLimits([{ key: "trust/attempts/a", value: Uint8Array.of(1, 6) }], NOW, WALL);
  assert.deepEqual(limits.begin("a", false, NOW), { answer: "wait", reason: "blocked", until: at(HOUR) });
});

test("[PAI-11] AttemptLimits holds SOURCES_MAX sources: one more drops the one heard of longest ago without a wrong code", () => {
  const limits = fresh();
  limits.wrongCode("guilty", false, NOW, WALL);
  for (let i = 1; i < SOURCES_MAX; i++) limits.begin(`s${i}`, false, NOW);
  assert.equal(limits.size, SOURCES_MAX);
  limits.begin("one more", false, NOW);
  assert.equal(limits.size, SOURCES_MAX);
  assert.equal(limits.begin("s1", false, at(1)).answer, "go", "s1 was forgotten, with its cool-down");
  assert.equal(limits.begin("one more", false, at(1)).answer, "wait");
});

test("[PAI-11] what AttemptLimits forgets it also deletes from the store", () => {
  const limits = fresh();
  const stored = new Set<string>();
  for (let i = 0; i < SOURCES_MAX + 10; i++) {
    const { puts, deletes } = limits.wrongCode(`s${i}`, false, at(i), wallAt(i));
    for (const { key } of puts) stored.add(key);
    for (const key of deletes) stored.delete(key);
  }
  assert.equal(limits.size, SOURCES_MAX);
  assert.ok(stored.size <= SOURCES_MAX + 1);
  const { deletes } = limits.wrongCode("late", false, at(2 * HOUR), wallAt(2 * HOUR));
  for (const key of deletes) stored.delete(key);
  assert.equal(limits.size, 1);
  assert.equal(stored.size, 0);
});

test("AttemptLimits agrees with a naive count over random attempts", () => {
  const step = fc.record({ source: fc.constantFrom("a", "b", "c"), wait: fc.nat(400_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limits = fresh();
      const wrong: { source: string; ms: number }[] = [];
      let ms = 0;
      for (const { source, wait } of steps) {
        ms += wait + CODE_ATTEMPT_COOLDOWN;
        const count = wrong.filter((each) => each.source === source && ms - each.ms < HOUR).length;
        const verdict = limits.begin(source, false, at(ms));
        if (verdict.answer === "wait" && verdict.reason === "paused") continue;
        assert.equal(verdict.answer, count < WRONG_CODES_PER_SOURCE_PER_HOUR ? "go" : "wait");
        if (verdict.answer === "go") {
          wrong.push({ source, ms });
          limits.wrongCode(source, false, at(ms), wallAt(ms));
        }
      }
    }),
  );
});
