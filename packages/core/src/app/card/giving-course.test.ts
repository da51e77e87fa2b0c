/** The next way when one fails. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Instant, instant } from "../../lib/time.ts";
import { CARD_RETRY, CARD_TRIES_MAX } from "../../wire/card-limits.ts";
import { GIVING_WAYS, GivingCourse, type GivingFailure, type GivingOutput, type GivingWay } from "./giving-course.ts";

const random = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const course = (...ways: readonly GivingWay[]): GivingCourse =>
  new GivingCourse(new Set(ways.length > 0 ? ways : GIVING_WAYS), random);
const outputs = (of: GivingCourse): readonly GivingOutput[] => {
  const all: GivingOutput[] = [];
  for (let output = of.poll(); output !== undefined; output = of.poll()) all.push(output);
  return all;
};
const T0 = instant(0);

test("[CARD-22] when one way fails the next is offered, in order, to the last", () => {
  const giving = course();
  for (const [at, way] of GIVING_WAYS.entries()) {
    const before = GIVING_WAYS[at - 1];
    assert.deepEqual(outputs(giving), [
      { type: "offer", way, ...(before !== undefined && { after: before, because: "unreachable" }) },
    ]);
    giving.take();
    assert.deepEqual(outputs(giving), [{ type: "try", way, attempt: 1 }]);
    giving.handleFailed(way, "unreachable", T0);
  }
  assert.deepEqual(outputs(giving), [{ type: "exhausted", because: "unreachable" }]);
  assert.equal(giving.phase, "ended");
});

test("[CARD-22] a way that does not exist here is not offered", () => {
  const giving = course("manual", "link", "nearby");
  giving.take();
  giving.handleFailed("nearby", "too-large", T0);
  assert.deepEqual(outputs(giving).at(-1), { type: "offer", way: "link", after: "nearby", because: "too-large" });
});

test("[CARD-22] no answer: again, with pauses that grow, CARD_TRIES_MAX times; then the next way", () => {
  const giving = course("nearby", "code");
  giving.take();
  let now: Instant = T0;
  for (let attempt = 1; attempt <= CARD_TRIES_MAX; attempt++) {
    assert.deepEqual(outputs(giving).at(-1), { type: "try", way: "nearby", attempt });
    giving.handleFailed("nearby", "timeout", now);
    if (attempt === CARD_TRIES_MAX) break;
    const next = giving.nextTimeout();
    const pause = CARD_RETRY * 2 ** (attempt - 1);
    assert.ok(next !== undefined && next - now >= pause / 2 && next - now <= 1.5 * pause, `${next} after ${now}`);
    giving.handleTimeout(instant(next - 1));
    assert.equal(giving.phase, "pausing");
    giving.handleTimeout(next);
    now = next;
  }
  assert.deepEqual(outputs(giving).at(-1), { type: "offer", way: "code", after: "nearby", because: "timeout" });
});

test("[CARD-22] after a no, of theirs or ours, nothing is offered", () => {
  for (const because of ["declined", "cancelled"] as const) {
    const giving = course();
    giving.take();
    giving.handleFailed("nearby", because, T0);
    assert.deepEqual(outputs(giving).at(-1), { type: "stopped", because });
    giving.take();
    giving.choose("link");
    assert.deepEqual([outputs(giving), giving.phase], [[], "ended"]);
  }
});

test("[CARD-22] a person may begin with any way, and change it while one is tried; late news of that one is ignored", () => {
  const giving = course();
  giving.choose("code");
  giving.choose("link");
  giving.handleFailed("code", "failed", T0);
  giving.handleGiven("code");
  assert.equal(giving.phase, "trying");
  giving.handleGiven("link");
  assert.deepEqual(outputs(giving).at(-1), { type: "given", way: "link" });
});

test("[CARD-22] whatever happens, nothing is tried that nobody chose, and it ends once", () => {
  const act = fc.oneof(
    fc.constantFrom("take", "cancel", "timeout").map((type) => ({ type })),
    fc.record({
      type: fc.constant("failed"),
      because: fc.constantFrom<GivingFailure>("timeout", "unreachable", "too-large", "failed", "declined", "cancelled"),
    }),
    fc.record({ type: fc.constant("given") }),
  );
  fc.assert(
    fc.property(fc.array(act as fc.Arbitrary<{ type: string; because?: GivingFailure }>, { maxLength: 40 }), (acts) => {
      const giving = course();
      let [now, taken, ends] = [0, 0, 0];
      let way: GivingWay = "nearby";
      for (const { type, because } of acts) {
        now += 10_000;
        if (type === "take") {
          if (giving.phase === "offering") taken++;
          giving.take();
        } else if (type === "cancel") giving.cancel();
        else if (type === "timeout") giving.handleTimeout(instant(now));
        else if (type === "given") giving.handleGiven(way);
        else giving.handleFailed(way, because ?? "failed", instant(now));
        for (const output of outputs(giving)) {
          if (output.type === "try") way = output.way;
          if (output.type === "try" && output.attempt === 1) assert.ok(taken-- > 0);
          if (["given", "stopped", "exhausted"].includes(output.type)) ends++;
        }
        assert.equal(ends, giving.phase === "ended" ? 1 : 0);
      }
    }),
  );
});
