/** Runs named stages one after the other and says how long each took; the first that fails ends the run. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const MINUTE_MS = 60_000;

export interface Stage {
  readonly name: string;
  /** A program of node_modules/.bin, or node itself, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** @returns never: ends the process with the first failing stage's code, or 0. */
export function runStages(stages: readonly Stage[]): never {
  for (const { name, command } of stages) {
    const [program, ...args] = command;
    const started = Date.now();
    process.stdout.write(`== ${name}\n`);
    const { status, error } = spawnSync(program, args, { stdio: "inherit" });
    if (error !== undefined) process.stderr.write(`${error.message}\n`);
    process.stdout.write(
      `== ${name}: ${status === 0 ? "ok" : "FAILED"} after ${((Date.now() - started) / 1_000).toFixed(1)} s\n`,
    );
    if (status !== 0) process.exit(status ?? 1);
  }
  process.exit(0);
}

/** A stage of tests. A pattern that matches no file is an error: node would call it a success (T4). */
export function testStage(
  name: string,
  patterns: readonly string[],
  options: { concurrency: number; timeoutMinutes: number },
): Stage {
  const files = patterns
    .flatMap((pattern) => globSync(pattern, { exclude: (path) => path.includes("node_modules") }))
    .sort();
  const system = patterns.some((pattern) => pattern.includes(".system."));
  const chosen = files.filter((file) => system || !file.includes(".system.test."));
  if (chosen.length === 0) throw new Error(`${name}: no test matches ${patterns.join(" ")}`);
  return {
    name,
    command: [
      "node",
      "--import=./tools/seed.ts",
      "--import=./tools/ending.ts",
      "--test",
      "--test-reporter=./tools/reporter.ts",
      `--test-concurrency=${options.concurrency}`,
      `--test-timeout=${options.timeoutMinutes * MINUTE_MS}`,
      ...chosen,
    ],
  };
}
