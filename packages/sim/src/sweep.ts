/**
 * Runs many seeds on all cores, and stops at the first that fails: the least of those that were
 * tried, with what it takes to run it again.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

export interface SweepOptions {
  readonly from: number;
  readonly count: number;
  /** Every seed chooses its own if not said. */
  readonly story?: string;
  readonly workers?: number;
  /** Every so often, how many seeds have passed. */
  readonly progress?: (passed: number) => void;
}

/** What a worker is to do: seeds `from`, `from + step`, … below `end`. */
export interface SweepTask {
  readonly from: number;
  readonly end: number;
  readonly step: number;
  readonly story: string | undefined;
}

export type SweepMessage =
  | { readonly type: "passed"; readonly count: number; readonly texts: number; readonly simulatedMs: number }
  | {
      readonly type: "failed";
      readonly story: string;
      readonly seed: number;
      readonly text: string;
      readonly trace: string;
    };

export type SweepFailure = Extract<SweepMessage, { type: "failed" }>;

export interface SweepResult {
  readonly passed: number;
  readonly texts: number;
  readonly simulatedMs: number;
  readonly tookMs: number;
  readonly failure: SweepFailure | undefined;
}

export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { from, count, story, progress } = options;
  const step = Math.max(1, Math.min(options.workers ?? availableParallelism(), count));
  const started = performance.now();
  const totals = { passed: 0, texts: 0, simulatedMs: 0 };
  let failure: SweepFailure | undefined;
  const workers: Worker[] = [];
  const done = Array.from({ length: step }, (_, index) => {
    const task: SweepTask = { from: from + index, end: from + count, step, story };
    const worker = new Worker(new URL("./sweep-worker.ts", import.meta.url), { workerData: task });
    workers.push(worker);
    worker.on("message", (message: SweepMessage) => {
      if (message.type === "passed") {
        totals.passed += message.count;
        totals.texts += message.texts;
        totals.simulatedMs += message.simulatedMs;
        progress?.(totals.passed);
      } else {
        if (failure === undefined || message.seed < failure.seed) failure = message;
        for (const each of workers) void each.terminate();
      }
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.on("error", reject);
    worker.on("exit", () => resolve());
    return promise;
  });
  await Promise.all(done);
  return { ...totals, tookMs: performance.now() - started, failure };
}
