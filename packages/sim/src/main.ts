/**
 * `npm run sim`: worlds from fresh seeds until one fails, or one seed again with its trace.
 *
 *     npm run sim                              1,000 fresh seeds on all cores
 *     npm run sim -- --count 100000 --from 1   those seeds
 *     npm run sim -- --scenario crowd          of one kind; --list names them
 *     npm run sim -- --seed 42                 this one, with what happened if it fails
 *     npm run sim -- --seed 42 --trace         … and if it does not
 *     npm run sim -- --mesh 1000               rooms of mesh machines, of 10, 100, … and that many members
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { runMeshCurves } from "./mesh-curves.ts";
import { isFailure, runSeed, storyOfSeed } from "./run-seed.ts";
import { STORIES, type Story, storyNamed } from "./story.ts";
import { sweep } from "./sweep.ts";
import { Trace } from "./trace.ts";

const COUNT_DEFAULT = 1_000;
const SEEDS_FRESH = 1_000_000_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string" },
    count: { type: "string" },
    scenario: { type: "string" },
    workers: { type: "string" },
    trace: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    mesh: { type: "string" },
  },
});

const story = values.scenario === undefined ? undefined : storyNamed(values.scenario);
if (values.mesh !== undefined) runMeshCurves(wholeNumber(values.mesh));
else if (values.list) for (const { name } of STORIES) console.log(name);
else if (values.scenario !== undefined && story === undefined) fail(`no scenario ${values.scenario}: see --list`);
else if (values.seed !== undefined) runOne(wholeNumber(values.seed), story);
else await runMany();

function runOne(seed: number, chosen: Story | undefined): void {
  const actual = chosen ?? storyOfSeed(seed);
  const result = runSeed(actual, seed);
  if (isFailure(result)) {
    console.log(result.trace);
    console.log(result.error);
    return fail(replay(actual.name, seed));
  }
  if (values.trace) {
    const trace = new Trace(true);
    actual.tell(String(seed), trace);
    console.log(trace.text());
  }
  console.log(`seed ${seed} of ${actual.name}:`, result);
}

async function runMany(): Promise<void> {
  const from = values.from === undefined ? Math.floor(Math.random() * SEEDS_FRESH) : wholeNumber(values.from);
  const count = values.count === undefined ? COUNT_DEFAULT : wholeNumber(values.count);
  console.log(`seeds ${from} to ${from + count - 1}${story === undefined ? "" : ` of ${story.name}`}`);
  let shown = 0;
  const result = await sweep({
    from,
    count,
    ...(story !== undefined && { story: story.name }),
    ...(values.workers !== undefined && { workers: wholeNumber(values.workers) }),
    progress: (passed) => {
      if (passed - shown < count / 20) return;
      shown = passed;
      console.log(`${passed} passed`);
    },
  });
  const seconds = result.tookMs / 1_000;
  const [hours, rate] = [(result.simulatedMs / 3_600_000).toFixed(0), (result.passed / seconds).toFixed(1)];
  console.log(
    `${result.passed} passed in ${seconds.toFixed(1)} s, ${rate} a second; ${hours} h simulated, ${result.texts} texts`,
  );
  if (result.failure === undefined) return;
  console.log(result.failure.trace);
  console.log(result.failure.text);
  fail(replay(result.failure.story, result.failure.seed));
}

function replay(name: string, seed: number): string {
  return `SEED=${seed} COMMIT=${commit()}: npm run sim -- --scenario ${name} --seed ${seed}`;
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) fail(`${text} is no whole number`);
  return number;
}

function fail(text: string): void {
  console.log(text);
  process.exitCode = 1;
}
