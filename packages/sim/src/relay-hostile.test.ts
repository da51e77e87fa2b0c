/**
 * Relays that do what they should not, to people who have nothing but them, or have an honest one as well. Whatever it is,
 * nobody hears anything that was not said to them, twice or out of order (the ledger and the watch throw); once the relay
 * behaves, or if there is another, everything arrives. docs/threat-model-relay.md has the table.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CALM_PLAN, type Plan } from "./plan.ts";
import { HostileHand, MISDEEDS } from "./relay-misdeeds.ts";
import { SimRandom } from "./sim-random.ts";
import { Trace } from "./trace.ts";
import { World } from "./world.ts";

const SEEDS_EACH = Number(process.env["KITH_HOSTILE_SEEDS"] ?? 4);
const NAMES = Object.keys(MISDEEDS);

/** Three people whom only relays connect, and who are away at times, so that something waits there. */
const PLAN: Plan = {
  ...CALM_PLAN,
  name: "hostile relay",
  hosts: [3, 3],
  hasDiscovery: false,
  texts: [12, 20],
  streams: [0, 2],
  kills: [2, 3],
  awayMax: 60_000,
  lasts: 120_000,
  relays: { count: [1, 1], restarts: [0, 0], drains: [0, 0], cuts: [0, 2], apart: 1 },
};

function worldWith(name: string, seed: number, plan: Plan): { world: World; hand: HostileHand } {
  const world = new World({ ...plan, name: `${plan.name} that ${name}` }, String(seed), new Trace(false));
  const hand = new HostileHand(name, new SimRandom(`hand ${name} ${seed}`));
  const [relay] = world.town?.relays ?? [];
  assert.ok(relay !== undefined);
  relay.misdeed = hand.misdeed;
  relay.isHonest = false;
  world.watch.mayAlarm = true;
  return { world, hand };
}

for (const name of NAMES) {
  test(`a relay that ${name}: nothing false is believed, and all arrives when it no longer does`, () => {
    let done = 0;
    for (let seed = 1; seed <= SEEDS_EACH; seed++) {
      const { world, hand } = worldWith(name, seed, PLAN);
      const [relay] = world.town?.relays ?? [];
      world.net.at(PLAN.lasts, () => {
        if (relay === undefined) return;
        relay.misdeed = undefined;
        relay.restart(1); // what was told of who is there is told again
      });
      world.run();
      done += hand.done;
    }
    assert.ok(done > 0, "it did something");
  });

  test(`a relay that ${name} for ever: with an honest one beside it, all arrives`, () => {
    for (let seed = 1; seed <= SEEDS_EACH; seed++) {
      const plan: Plan = { ...PLAN, relays: { ...(PLAN.relays ?? assert.fail()), count: [2, 2] } };
      worldWith(name, seed, plan).world.run();
    }
  });
}
