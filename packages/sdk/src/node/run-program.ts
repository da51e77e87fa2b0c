import { execFile } from "node:child_process";

/** Runs a program of the system to its end; `undefined` if it is not there, may not be run, or takes too long. */
export type RunProgram = (
  program: string,
  args: readonly string[],
) => Promise<{ readonly code: number; readonly output: string } | undefined>;

const TIMEOUT_MS = 3_000;
const OUTPUT_BYTES_MAX = 1_048_576;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, env: { ...process.env, LC_ALL: "C" } };
    execFile(program, args, options, (error, output) => {
      if (error === null) resolve({ code: 0, output });
      else resolve(typeof error.code === "number" ? { code: error.code, output } : undefined);
    });
  });
