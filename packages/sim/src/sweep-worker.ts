/** One thread of a sweep: runs its seeds one after the other and tells how it went. */
import { parentPort, workerData } from "node:worker_threads";
import { isFailure, runSeed, storyOfSeed } from "./run-seed.ts";
import { storyNamed } from "./story.ts";
import type { SweepMessage, SweepTask } from "./sweep.ts";

const TELL_EVERY = 20;

const { from, end, step, story }: SweepTask = workerData;
const chosen = story === undefined ? undefined : storyNamed(story);
const tell = (message: SweepMessage): void => parentPort?.postMessage(message);

let [count, texts, simulatedMs] = [0, 0, 0];
for (let seed = from; seed < end; seed += step) {
  const result = runSeed(chosen ?? storyOfSeed(seed), seed);
  if (isFailure(result)) {
    const text = result.error instanceof Error ? (result.error.stack ?? result.error.message) : String(result.error);
    tell({ type: "failed", story: result.story, seed, text, trace: result.trace });
    break;
  }
  [count, texts, simulatedMs] = [count + 1, texts + result.texts, simulatedMs + result.simulatedMs];
  if (count < TELL_EVERY) continue;
  tell({ type: "passed", count, texts, simulatedMs });
  [count, texts, simulatedMs] = [0, 0, 0];
}
tell({ type: "passed", count, texts, simulatedMs });
