/**
 * Runs one plan from one seed, and once more with its trace on if it fails.
 *
 * @module
 */
import { PLANS, type Plan } from "./plan.ts";
import { Trace } from "./trace.ts";
import { World, type WorldReport } from "./world.ts";

export interface Failure {
  readonly plan: string;
  readonly seed: number;
  readonly error: unknown;
  readonly trace: string;
}

/** The plan that a seed runs where nobody chooses one. */
export const planOfSeed = (seed: number): Plan => PLANS[seed % PLANS.length] ?? PLANS[0];

export const planNamed = (name: string): Plan | undefined => PLANS.find((plan) => plan.name === name);

export function runSeed(plan: Plan, seed: number): WorldReport | Failure {
  try {
    return new World(plan, String(seed), new Trace(false)).run();
  } catch (error) {
    const trace = new Trace(true);
    try {
      new World(plan, String(seed), trace).run();
    } catch {
      // as before: the same seed is the same world
    }
    return { plan: plan.name, seed, error, trace: trace.text() };
  }
}

export const isFailure = (result: WorldReport | Failure): result is Failure => "error" in result;
