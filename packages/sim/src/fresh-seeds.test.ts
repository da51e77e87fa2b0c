/** Many worlds more; with `KITH_SEED=random` such as nobody has seen before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sweep } from "./sweep.ts";

const FRESH_SEEDS = 1_000;
const FIRST_SEED = 854_448_000;

test(`sim: ${FRESH_SEEDS} seeds more keep every promise`, async (context) => {
  const isRandom = process.env["KITH_SEED"] === "random";
  const from = Number(process.env["KITH_SIM_FROM"] ?? (isRandom ? Math.floor(Math.random() * 1e9) : FIRST_SEED));
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
