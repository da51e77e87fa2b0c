/**
 * Tells one story from one seed, and once more with its trace on if it fails.
 *
 * @module
 */
import { STORIES, type Story } from "./story.ts";
import { Trace } from "./trace.ts";
import type { WorldReport } from "./world.ts";

export interface Failure {
  readonly story: string;
  readonly seed: number;
  readonly error: unknown;
  readonly trace: string;
}

/** Stories that take ten times as long as another: told half as often. */
const LONG: readonly string[] = ["rooms"];
const SHORT = STORIES.filter(({ name }) => !LONG.includes(name));
const MIXED = [...SHORT, ...STORIES];

/** The story of a seed where nobody chooses one. */
export function storyOfSeed(seed: number): Story {
  const story = MIXED[seed % MIXED.length];
  if (story === undefined) throw new Error("a seed is a whole number");
  return story;
}

export function runSeed(story: Story, seed: number): WorldReport | Failure {
  try {
    return story.tell(String(seed), new Trace(false));
  } catch (error) {
    const trace = new Trace(true);
    try {
      story.tell(String(seed), trace);
    } catch {
      // as before: the same seed is the same world
    }
    return { story: story.name, seed, error, trace: trace.text() };
  }
}

export const isFailure = (result: WorldReport | Failure): result is Failure => "error" in result;
