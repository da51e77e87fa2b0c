/** Worlds that nobody has seen before: so many a run, by count, so that a red run can be repeated. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sweep } from "./sweep.ts";

const FRESH_SEEDS = 1_000;

test(`sim: ${FRESH_SEEDS} fresh seeds keep every promise`, async (context) => {
  const from = Number(process.env["KITH_SIM_FROM"] ?? Math.floor(Math.random() * 1e9));
  context.diagnostic(`seeds ${from} to ${from + FRESH_SEEDS - 1}`);
  const { passed, tookMs, simulatedMs, failure } = await sweep({ from, count: FRESH_SEEDS });
  if (failure !== undefined) {
    console.log(failure.trace);
    assert.fail(
      `SEED=${failure.seed}: npm run sim -- --scenario ${failure.story} --seed ${failure.seed}\n${failure.text}`,
    );
  }
  assert.equal(passed, FRESH_SEEDS);
  context.diagnostic(`${(tookMs / 1_000).toFixed(0)} s for ${(simulatedMs / 3_600_000).toFixed(0)} simulated hours`);
});
