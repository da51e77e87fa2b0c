import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Deadlines } from "./deadlines.ts";
import { type Instant, instant } from "./time.ts";

test("Deadlines: agrees with a map that is searched, whatever is set, cleared and taken", () => {
  const step = fc.oneof(
    fc.record({ key: fc.nat(20), at: fc.option(fc.nat(100), { nil: undefined }) }),
    fc.record({ take: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<number>();
      const model = new Map<number, number>();
      for (const step of steps) {
        if ("take" in step) {
          const due = [...model].filter(([, at]) => at <= step.take);
          const taken = deadlines.take(instant(step.take));
          assert.deepEqual(
            [...taken].sort((a, b) => a - b),
            due.map(([key]) => key).sort((a, b) => a - b),
          );
          assert.deepEqual(
            taken.map((key) => model.get(key)),
            due.map(([, at]) => at).sort((a, b) => a - b),
          );
          for (const [key] of due) model.delete(key);
        } else {
          deadlines.set(step.key, step.at as Instant | undefined);
          if (step.at === undefined) model.delete(step.key);
          else model.set(step.key, step.at);
        }
        assert.equal(deadlines.next(), model.size === 0 ? undefined : Math.min(...model.values()));
        assert.equal(deadlines.size, model.size);
      }
    }),
  );
});

test("Deadlines: one key set a million times takes no room", () => {
  const deadlines = new Deadlines<string>();
  deadlines.set("other", instant(5_000_000));
  for (let at = 0; at < 1_000_000; at++) deadlines.set("busy", instant(at));
  assert.equal(deadlines.next(), instant(999_999));
  assert.equal(deadlines.size, 2);
});
