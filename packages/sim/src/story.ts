/**
 * What can be told from a seed: a plan's storm, or a story of its own.
 *
 * @module
 */
import { tellPairing } from "./pairing-story.ts";
import { PLANS } from "./plan.ts";
import { tellResume } from "./resume-story.ts";
import { tellRooms } from "./rooms-story.ts";
import type { Trace } from "./trace.ts";
import { tellTwins } from "./twins-story.ts";
import { World, type WorldReport } from "./world.ts";

export interface Story {
  readonly name: string;
  /** @throws {Violation} or whatever a bug throws. */
  readonly tell: (seed: string, trace: Trace) => WorldReport;
}

export const STORIES: readonly Story[] = [
  ...PLANS.map((plan) => ({
    name: plan.name,
    tell: (seed: string, trace: Trace) => new World(plan, seed, trace).run(),
  })),
  { name: "resume", tell: tellResume },
  { name: "pairing", tell: tellPairing },
  { name: "twins", tell: tellTwins },
  { name: "rooms", tell: tellRooms },
];

export const storyNamed = (name: string): Story | undefined => STORIES.find((story) => story.name === name);
