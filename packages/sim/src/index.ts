/** The only door of `@kith/sim`: worlds from seeds, for whoever writes a story of their own. */
export { Ledger, PLAINTEXT_MARK, Violation } from "./ledger.ts";
export { SimNetwork, type Station } from "./network.ts";
export { Person } from "./person.ts";
export { CALM_PLAN, PLANS, type Plan } from "./plan.ts";
export { identityOf, type RoomHeard, RoomPerson, RoomWorld, type RoomWorldOptions } from "./room-world.ts";
export { type Failure, isFailure, runSeed, storyOfSeed } from "./run-seed.ts";
export { SimHost } from "./sim-host.ts";
export { SimRandom } from "./sim-random.ts";
export { STORIES, type Story, storyNamed } from "./story.ts";
export { type SweepFailure, type SweepOptions, type SweepResult, sweep } from "./sweep.ts";
export { Trace } from "./trace.ts";
export { CALM, type Climate, Weather } from "./weather.ts";
export { World, type WorldReport } from "./world.ts";
